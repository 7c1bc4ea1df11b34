"""Names of files, events and fields that mean harm, wherever they are shown or remembered."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from cevents.terminal import UNSAFE

from ..conftest import Dump, Run, message, other

pytestmark = pytest.mark.usefixtures("reader")


def test_what_is_counted_of_names_is_bounded(run: Run, dump: Dump) -> None:
    """Of very many names the first 256 are told apart, and of a long one the beginning."""
    names = [f"n{n:04}" for n in range(5000)]
    dump(b"".join(map(other, names)) + other("n0000") + other("x" * 5000) + other("n0" * 300))
    for jobs in (1, 2):
        command = f"validate --statistics -j {jobs} dump.jsonl"
        found = json.loads(run(f"{command} --format json").stdout)["other_events"]
        assert found == {**dict.fromkeys(names[1:256], 1), "n0000": 2, "…": 4746}
        assert run(command).stdout.decode().endswith("n0254 1, n0255 1, … 4746\n")


def test_beginning_of_a_long_name(run: Run) -> None:
    found = json.loads(run("validate --statistics --format json", other("é" * 101)).stdout)
    assert found["other_events"] == {"é" * 99 + "…": 1}


HOSTILE = (
    "line\nfeed", "carriage\rreturn", "\x1b[2J\x1b]0;x\a", "\u202egnp.exe", "tab\tx", "del\x7f",
    "c1\x9b31m", "\u2028", "\ufeff", "::error::x", "%0A::error::x", "-rf", "--help", "a;b", "=1",
    "'q'", '"q"', "$(id)", "`id`", "\\", " ", "%s{}", "é", "\udcff\udcfe", "{a,b}", "*", "[x]",
)  # fmt: skip


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="no such names there")
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
@pytest.mark.parametrize("way", ["named", "in a folder", "as a folder"])
def test_no_name_of_a_file_takes_effect(run: Run, dump: Dump, name: str, way: str) -> None:
    """A file's name is shown in one line, without what a terminal or a workflow may obey."""
    dump(message() + b"53\n" + message(), "plain.jsonl")
    folder = Path(name if way == "as a folder" else "folder")
    folder.mkdir()
    os.rename("plain.jsonl", folder / (name if way != "as a folder" else "x"))
    (folder / "gone").symlink_to(name + "-gone")
    given = {"named": str(folder / name), "in a folder": "folder", "as a folder": name}[way]
    asked = f"-- {shlex.quote(given)}"
    for command in ("validate", "validate --strict", "validate --format json",
                    "validate --format github", "validate --statistics",
                    "validate --statistics --format json", "filter --count", "stats", "show -n 0",
                    "show --rejects bad.ndjson", "convert --to utc", "restore"):  # fmt: skip
        _, stdout, stderr = run(f"{command} {asked}")
        printed = stdout.decode() + stderr
        assert [char for char in re.findall(UNSAFE, printed) if char != "\n"] == []
        for line in stdout.splitlines():
            if command.endswith("--format json"):
                json.loads(line)
            elif command.endswith("github"):
                assert re.match(rb"::(error|warning) file=[^,:]*,line=[0-9]+,col=[0-9]+::", line)
                assert not re.search(rb"%(?!25|0A|0D|2C|3A)", line)
    rejects = Path("bad.ndjson").read_text()
    assert [json.loads(line)["raw"] for line in rejects.splitlines()] == ["53"]
    assert re.findall(UNSAFE, rejects.replace("\n", "")) == []


ARGUMENTS = (
    "filter -w", "filter -c", "filter -e", "filter --since", "filter --tz", "filter --time-field",
    "convert --to utc --field", "convert --to", "stats --sort", "validate --select",
    "validate --format", "validate -j", "validate --max-line-bytes", "filter --sort-memory",
    "explain", "schema", "schema --format", "filter --input", "filter --include",
    "filter --rejects /dev/null/", "filter --", "", "filter --no-such-", "show --color",
)  # fmt: skip


@pytest.mark.parametrize("command", ARGUMENTS)
@pytest.mark.reader("any")
def test_no_argument_takes_effect(run: Run, dump: Dump, command: str) -> None:
    """What was typed is shown without what a terminal may obey, and never as a traceback."""
    dump(b"")
    for text in (*HOSTILE, "\x1b[31m" * 1000):
        argument = shlex.quote(text)
        ends = command.endswith(("/", "-"))
        status, stdout, stderr = run(f"{command}{'' if ends else ' '}{argument}", message())
        assert status in (0, 1, 2)
        printed = stdout.decode() + stderr
        assert [char for char in re.findall(UNSAFE, printed) if char != "\n"] == []
