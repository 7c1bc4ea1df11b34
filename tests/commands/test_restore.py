"""--rejects and `restore`: unusable lines are set aside, and can be had back."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cevents.canvas.events import METADATA

from ..conftest import Dump, Ran, Run, created, interrupt, message
from .cases import at, objects

GOOD = message()
COMMANDS = ("validate", "filter", "stats", "convert --to utc", "show")


def records(path: str = "bad.ndjson") -> list[dict[str, Any]]:
    """Return what --rejects wrote."""
    return [json.loads(line) for line in Path(path).read_bytes().split(b"\n")[:-1]]


@pytest.mark.parametrize("command", COMMANDS)
def test_bad_lines_are_set_aside(run: Run, dump: Dump, command: str) -> None:
    """Each line that is not usable is a record: its input, its line, why, and the line itself."""
    dump(GOOD + b"oops\r\n" + b"\n" + GOOD + b"[\xff]\n" + b"{}")
    status, *_ = run(f"{command} --rejects bad.ndjson dump.jsonl")
    assert status == 1
    found = records()
    assert [record.pop("findings")[0]["code"] for record in found] == [
        "not-json",
        "not-utf8",
        "missing-field",
    ]
    assert found == [
        {"file": "dump.jsonl", "line": 2, "codes": ["not-json"], "raw": "oops\r"},
        {"file": "dump.jsonl", "line": 5, "codes": ["not-utf8"], "base64": "W/9d"},
        {
            "file": "dump.jsonl",
            "line": 6,
            "codes": ["missing-field"],
            "raw": "{}",
            "newline": False,
        },
    ]
    assert Ran(0, b"oops\r\n[\xff]\n{}", "") == run("restore bad.ndjson")


INDENTED = message(author="x", number=5).replace(b",", b",\n ")
WARNED = message(author="x", subject="y") + message(subject="y")


@pytest.mark.parametrize(
    "data",
    [
        message(author="x", number=5, created="soon"),
        b"{}\n" + GOOD + b"oops",
        b"[%b,\n%b]" % (INDENTED, INDENTED),
        json.dumps({"Body": message(author="x").decode()}).encode(),
        message(author="x").decode().encode("utf-16"),
        b"\x7fELF\0\0",
        b"x" * 3_000_000,
        WARNED,
    ],
    ids=["line", "lines", "indented", "envelope", "UTF-16", "binary", "long", "warned of"],
)
def test_records_say_why(run: Run, dump: Dump, data: bytes) -> None:
    """The findings of all records are the errors that `validate` prints, and nothing else."""
    dump(data)
    options = "--strict --format json --max-line-bytes 100000 --rejects bad.ndjson"
    printed = objects(run(f"validate {options} dump.jsonl").stdout)
    kept = [
        {"file": record["file"]} | finding
        for record in records()
        for finding in record.get("findings", ())
    ]
    assert kept
    assert kept == [finding for finding in printed if finding["severity"] == "error"]


def test_record_tells_other_lines_of_a_text(run: Run, dump: Dump) -> None:
    """A text over several lines is a record with its first line, and each finding with its own."""
    dump(b"[\n" + INDENTED + b"]")
    run("validate -q --rejects bad.ndjson dump.jsonl")
    [record] = records()
    lines = (b"[\n" + INDENTED).split(b"\n")
    assert record["line"] == 2
    for finding, value in zip(record["findings"], ('"x"', "5}"), strict=True):
        assert at(lines[finding["line"] - 1], value) == finding["column"]


@pytest.mark.parametrize(
    ("name", "errors"),
    [
        ("conversation_message_created", len(METADATA) + 3),
        ("conversation_" + "x" * 50_000, len(METADATA)),
    ],
    ids=["documented", "endless"],
)
def test_record_stays_small(run: Run, dump: Dump, name: str, errors: int) -> None:
    """Of a line in which everything is wrong, or is warned of, a record says a bounded lot."""
    metadata = {field.name: 5 for field in METADATA}
    body = dict.fromkeys(("author_id", "conversation_id", "created_at"), "x" * 50_000)
    strange = {f"strange{number}": number for number in range(40_000)}
    whole = {"metadata": metadata | {"event_name": name}, "body": body}
    dump(json.dumps(whole | strange).encode())
    run("validate -q --strict --rejects bad.ndjson dump.jsonl")
    [record] = [record for record in records() if "findings" in record]
    assert len(record["findings"]) == errors
    assert len(json.dumps(record["findings"])) < 500 * errors


def test_records_of_earlier_releases_are_restored(run: Run, dump: Dump) -> None:
    """A record needs no findings: before, there were only codes."""
    dump(b'{"file":"a","line":2,"codes":["not-json"],"raw":"oops","newline":false}\n', "old")
    assert Ran(0, b"oops", "") == run("restore old")


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_but_rejects_is_different(run: Run, dump: Dump, command: str) -> None:
    """--rejects changes neither what is printed nor the status."""
    dump(GOOD + b"oops\n" + b"x" * 3000 + b"\n{}\n")
    plain = run(f"{command} --max-line-bytes 2000 dump.jsonl")
    assert plain.status == 1
    assert plain == run(f"{command} --max-line-bytes 2000 --rejects bad.ndjson dump.jsonl")


@pytest.mark.parametrize("command", COMMANDS)
def test_without_rejects_the_file_is_empty(run: Run, dump: Dump, command: str) -> None:
    """A file from an earlier run is emptied, and one is there where nothing was bad."""
    dump(b"an earlier run", "bad.ndjson")
    assert run(f"{command} --rejects bad.ndjson", GOOD).status == 0
    assert records() == []


@pytest.mark.parametrize(
    ("command", "line", "codes"),
    [
        # Only what was not usable: a finding may be a warning, or of a line that was used.
        ("validate --strict", created(subject="x"), None),
        ("validate --strict", message(author="x", subject="y"), ["bad-id"]),
        ("validate", message(author="x", number=5, created="soon"), ["bad-id", "bad-timestamp",
                                                                     "wrong-type"]),
        ("validate", message(author="x", number="y"), ["bad-id"]),
        ("validate --ignore bad-id", message(author="x"), None),
        ("filter", message(author="x"), None),
        ("filter --since 2020-01-01", message(time="soon"), ["bad-timestamp"]),
        ("filter -c 99", b"oops\n", ["not-json"]),
        ("filter --count", b"oops\n", ["not-json"]),
        ("stats", message(author="x"), ["bad-id"]),
        ("show", message(time="soon"), ["bad-timestamp"]),
        ("show -x", message(time="soon"), None),
        ("filter --bad-lines skip", b"oops\n", ["not-json"]),
        ("filter --bad-lines stop", b"oops\n" * 2, ["not-json"]),
        ("filter -n 1", GOOD + b"oops\n", None),
        # It is written, with the timestamp as it was: set aside too, it would be there twice.
        ("convert --to utc", message(time="soon"), None),
        ("convert --to event", message(), None),
        ("convert --to utc", message(time="soon") + b"oops\n", ["not-json"]),
    ],
)  # fmt: skip
def test_what_is_set_aside(
    run: Run, dump: Dump, command: str, line: bytes, codes: list[str] | None
) -> None:
    """What a command could not use: neither what it warns of, nor what it wrote all the same."""
    dump(line)
    run(f"{command} --rejects bad.ndjson dump.jsonl")
    assert [record["codes"] for record in records()] == ([] if codes is None else [codes])


@pytest.mark.parametrize(
    "text",
    ['"\\', "\0", "\x1b[31m", "é\N{PILE OF POO}", "\u2028\u0085\x0b\x0c", "\ufeff\ud7ff\uffff"],
)
def test_any_text_comes_back(run: Run, dump: Dump, text: str) -> None:
    """Text is kept as text, whatever characters are in it, and one record is one line."""
    dump(GOOD + text.encode() + b"\n")
    run("filter --rejects bad.ndjson dump.jsonl")
    assert [record["raw"] for record in records()] == [text]
    assert run("restore bad.ndjson").stdout == text.encode() + b"\n"


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("size", [1001, 1 << 20, (1 << 20) + 1, 3_000_000])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_line_too_long_comes_back(run: Run, dump: Dump, size: int, end: bytes, jobs: int) -> None:
    """A line too long to be held is set aside as it is read, a MiB a record."""
    line = b"x" * size + end
    dump(GOOD + line)
    options = f"--max-line-bytes 1000 -j {jobs} --rejects bad.ndjson"
    assert run(f"filter {options} dump.jsonl").stdout == GOOD
    found = records()
    assert [record.get("more", False) for record in found] == [True] * (len(found) - 1) + [False]
    assert {(record["line"], *record["codes"]) for record in found} == {(2, "line-too-long")}
    assert max(len(record["raw"]) for record in found) <= 1 << 20
    assert run("restore bad.ndjson").stdout == line


def test_refused_input_comes_back(run: Run, tmp_path: Path) -> None:
    """An input that is refused as a whole is set aside as a whole."""
    data = b"\0\1\2" * 700_000
    bad = tmp_path / "bad.ndjson"
    assert run(f"stats --rejects {bad}", data).status == 1
    assert run(f"restore {bad}").stdout == data


@pytest.mark.parametrize("jobs", [1, 2])
def test_events_come_back_from_what_they_were_in(run: Run, dump: Dump, jobs: int) -> None:
    """Of an envelope or an array, the events that are not usable are set aside, not the rest."""
    bad = created().replace(b'"53"', b"53")
    bodies = [{"Body": text[:-1].decode()} for text in (GOOD, bad)]
    inside = json.dumps({"Messages": bodies}).encode()
    array = b"[\n%b,\n%b,\n{\n oops},\n%b]" % (GOOD[:-1], bad[:-1], b"[" + GOOD[:-1] + b"]")
    for data, found in ((inside, bad), (array, bad + b"{\n oops}\n")):
        dump(data)
        assert run(f"validate -q -j {jobs} --rejects bad.ndjson dump.jsonl").status == 1
        assert run("restore bad.ndjson").stdout == found


@pytest.mark.parametrize("jobs", [1, 2])
def test_long_text_of_an_array_comes_back(run: Run, dump: Dump, jobs: int) -> None:
    """A text too long to be held is set aside from where it begins to where the next one does."""
    long = b'{"metadata":{"x":"%b"}}' % (b"y" * 3_000_000)
    dump(b"[\n%b,\n%b,\n%b]" % (GOOD[:-1], long, GOOD[:-1]))
    options = f"--max-line-bytes 1000 -j {jobs} --rejects bad.ndjson"
    assert run(f"filter {options} dump.jsonl").stdout == GOOD * 2
    assert {(record["line"], *record["codes"]) for record in records()} == {(3, "line-too-long")}
    assert run("restore bad.ndjson").stdout.rstrip(b",\n") == long


def test_what_is_compressed_comes_back_plain(run: Run, dump: Dump) -> None:
    """Of a compressed input, lines are what they are without the compression."""
    dump(gzip.compress(GOOD + b"oops\n"))
    run("filter --rejects bad.ndjson dump.jsonl")
    assert run("restore bad.ndjson").stdout == b"oops\n"


def test_lines_of_several_inputs_stay_lines(run: Run, dump: Dump) -> None:
    """A line without a line feed gets one where another line follows, as everywhere."""
    dump(b"oops", "a")
    dump(b"no\nnever", "b")
    run("filter --rejects bad.ndjson a b a")
    assert run("restore bad.ndjson").stdout == b"oops\nno\nnever\noops"
    dump(b"".join(Path("bad.ndjson").read_bytes().splitlines(keepends=True)[:1]), "first")
    assert run("restore first bad.ndjson").stdout == b"oops\noops\nno\nnever\noops"


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        (b"oops", "not-json  1"),
        (b"\xff", "not-json  1"),
        (b'{"raw":"\\ud800"}', "not-json  1"),
        (b'{"x":' + b"[" * 100_000, "not-json  1"),
        (b"[]", "wrong-type  1"),
        (b'{"raw":5}', "wrong-type  1"),
        (b'{"base64":"?"}', "wrong-type  1"),
        (GOOD.strip(), "wrong-type  1"),
    ],
)
def test_restore_passes_over_what_is_no_record(
    run: Run, dump: Dump, line: bytes, finding: str
) -> None:
    """What --rejects did not write is said, with its line and status 1; the rest is restored."""
    dump(b'{"raw":"a"}\n' + line + b'\n\n{"base64":"Yg=="}\n', "bad.ndjson")
    status, stdout, stderr = run("restore bad.ndjson")
    said = stderr.splitlines()
    assert (status, stdout, len(said)) == (1, b"a\nb\n", 2)
    assert said[0] == "1 of 3 lines could not be used (validate checks every field):"
    assert said[1].startswith(f"  {finding}, first at bad.ndjson:2:1: no record of --rejects: ")


def test_restore_of_what_is_not_there(run: Run, dump: Dump) -> None:
    """A file that cannot be read is status 2, and the others are restored."""
    dump(b'{"raw":"a"}\n', "bad.ndjson")
    error = "cevents: error: cannot read missing: no such file or directory\n"
    assert Ran(2, b"a\n", error) == run("restore missing bad.ndjson")


@pytest.mark.reader("any")
@pytest.mark.parametrize(
    ("options", "error"),
    [
        ("--rejects dump.jsonl dump.jsonl", "--rejects would overwrite the input dump.jsonl"),
        ("--rejects ./dump.jsonl dump.jsonl", "--rejects would overwrite the input dump.jsonl"),
        ("--rejects link dump.jsonl", "--rejects would overwrite the input dump.jsonl"),
        ("--rejects dump.jsonl folder", "--rejects would overwrite the input folder/hard.jsonl"),
        ("--rejects - dump.jsonl", "--rejects takes the name of a file, not -"),
        ("--rejects no/such dump.jsonl", "cannot write no/such: no such file or directory"),
        ("--rejects folder dump.jsonl", "cannot write folder: is a directory"),
        ("--rejects '' dump.jsonl", "cannot write : no such file or directory"),
    ],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_file_that_cannot_be_written(
    run: Run, dump: Dump, command: str, options: str, error: str
) -> None:
    """It is an error of one line and status 2, before anything is read or overwritten."""
    Path(dump(GOOD)).touch()
    Path("folder").mkdir()
    os.link("dump.jsonl", "folder/hard.jsonl")
    os.symlink("dump.jsonl", "link")
    status, stdout, stderr = run(f"{command} {options}")
    assert (status, stdout) == (2, b"")
    assert stderr.splitlines()[0] == f"cevents: error: {error}"
    assert Path("dump.jsonl").read_bytes() == GOOD


@pytest.mark.reader("any")
def test_input_that_is_redirected_is_not_overwritten(dump: Dump) -> None:
    """An input is known by its file, not by its name."""
    dump(GOOD)
    for redirected in ("< dump.jsonl", "dump.jsonl > other.jsonl"):
        name = redirected.split()[-1]
        command = f'"$0" -m cevents filter --rejects {name} {redirected}'
        ran = subprocess.run(
            ["sh", "-c", command, sys.executable], capture_output=True, check=False
        )
        assert (ran.returncode, ran.stderr[:25]) == (2, b"cevents: error: --rejects")
    assert Path("dump.jsonl").read_bytes() == GOOD


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_full_disk(run: Run, dump: Dump) -> None:
    """Rejects that cannot be written end the run: nothing may be lost unsaid."""
    dump(b"oops\n" + GOOD)
    error = "cevents: error: cannot write /dev/full: no space left on device\n"
    assert run("filter --rejects /dev/full dump.jsonl") == Ran(2, b"", error)


def test_interrupted_run_leaves_what_was_set_aside(tmp_path: Path) -> None:
    """What was not usable so far is in the file while the run goes on, and after Ctrl-C."""
    bad = tmp_path / "bad.ndjson"
    command = [sys.executable, "-m", "cevents", "filter", "--line-buffered", "--rejects", str(bad)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in (b"oops\n", GOOD):
            process.stdin.write(line)
            process.stdin.flush()
        assert process.stdout.readline() == GOOD
        assert [record["raw"] for record in records(str(bad))] == ["oops"]
        interrupt(process)
        assert process.wait(10) == 130
    assert len(records(str(bad))) == 1
