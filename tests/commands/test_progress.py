"""The progress bar: on stderr, for long work, and only where it disturbs nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from ..conftest import message

pty = pytest.importorskip("pty", reason="needs POSIX terminals")

#: The bar is the same whatever reads.
pytestmark = pytest.mark.reader("any")

#: The program, for which any input is long work.
PROGRAM = (
    "import sys, cevents.output.progress as progress; progress._WORTH_A_BAR = 1;"
    "from cevents.__main__ import main; sys.argv = ['cevents', *sys.argv[1:]]; main()"
)


def on_terminal(*arguments: str, stdout: bool, stdin: bytes = b"", status: int = 1) -> str:
    """Run the program with stderr, and *stdout* too if so, on a terminal; return what it shows."""
    parent, child = pty.openpty()
    command = [sys.executable, "-c", PROGRAM, *arguments]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "140"}
    out = child if stdout else subprocess.DEVNULL
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=out, stderr=child, env=environment
    ) as process:
        os.close(child)
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        shown = b""
        with suppress(OSError):  # how a terminal ends that no program has open
            while data := os.read(parent, 65536):
                shown += data
    os.close(parent)
    assert process.returncode == status
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())


@pytest.fixture
def dump(tmp_path: Path) -> str:
    """Give a dump with one line that is not usable."""
    path = tmp_path / "dump.jsonl"
    path.write_bytes(message() * 3000 + b"oops\n" + message() * 3000)
    return str(path)


def test_bar_shows_bytes_events_findings(dump: str) -> None:
    """It shows how far the work is, and is gone when the summary comes."""
    shown = on_terminal("validate", dump, stdout=False)
    size = os.path.getsize(dump) / 1e6
    assert f"{size:.1f}/{size:.1f} MB" in shown
    assert "6,001 events" in shown
    assert "1 findings" in shown
    assert shown.rstrip().endswith("6001 events read: 6000 valid, 1 with errors\r\n  not-json  1")


@pytest.mark.parametrize(
    ("arguments", "stdout", "expected"),
    [
        (("stats",), False, True),
        (("stats",), True, True),
        (("filter", "--count"), True, True),
        (("filter",), False, True),
        (("filter",), True, False),
        (("validate",), True, False),
        (("validate", "--statistics"), True, True),
        (("validate", "--no-progress"), False, False),
        (("stats", "-q"), False, False),
    ],
)
def test_bar_disturbs_nothing(
    dump: str, arguments: tuple[str, ...], stdout: bool, expected: bool
) -> None:
    """It is left out where the same terminal is written to meanwhile, or when told so."""
    assert (" MB" in on_terminal(*arguments, dump, stdout=stdout)) is expected


def test_no_bar_for_input_of_unknown_size() -> None:
    """Nobody knows how much a pipe will bring."""
    assert " MB" not in on_terminal("validate", stdout=False, stdin=message() * 9, status=0)
