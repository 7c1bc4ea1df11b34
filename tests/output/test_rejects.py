"""--rejects: the file that it writes, and that every byte of the input is somewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cevents.canvas.problems import Problem
from cevents.canvas.timestamps import parse
from cevents.canvas.zones import zone
from cevents.errors import CeventsError
from cevents.input.compression import is_plain
from cevents.input.sources import Source
from cevents.output import rejects
from cevents.output.rejects import Rejects
from cevents.tasks.conversion import Conversion
from cevents.tasks.display import Display
from cevents.tasks.engine import Cutting, run
from cevents.tasks.restoration import Restoration
from cevents.tasks.result import Reject
from cevents.tasks.selection import Selection, Times
from cevents.tasks.summing import Summing
from cevents.tasks.task import Task
from cevents.tasks.validation import Validation

from ..conftest import Dump, message
from ..strategies import dumps, mutilated, quick
from ..tasks.answers import Answer, add_reject, answer, result_of

TASKS: dict[str, Callable[[], Task]] = {
    "validate": Validation,
    "validate strict": lambda: Validation(strict=True),
    "filter": Selection,
    "filter by time": lambda: Selection(
        times=Times("metadata.event_time", parse("2020-03-05T00:00:00Z").instant, None)
    ),
    "stats": Summing,
    "convert": lambda: Conversion(None),
    "show": lambda: Display(zone("utc")),
}
GOOD = message()


@pytest.fixture(autouse=True)
def every_reader(reader: str) -> None:
    """Try each on both readers."""


# What is written


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"oops\n", {"raw": "oops"}),
        (b"oops", {"raw": "oops", "newline": False}),
        (b"oops\r\n", {"raw": "oops\r"}),
        ("é\u2028\n".encode(), {"raw": "é\u2028"}),
        (b"\xff\n", {"base64": "/w=="}),
        (b"\n", {"raw": ""}),
        (b"", {"raw": "", "newline": False}),
        (b"\x1b[2J\n", {"raw": "\x1b[2J"}),
    ],
)
def test_record(dump: Dump, raw: bytes, expected: dict[str, Any]) -> None:
    """A record is a line of JSON that no terminal obeys: a line, and all that is wrong with it."""
    errors = (
        Problem("bad-id", 7, 'it is "\x1b"', "a hint", "body.author_id", "e", line=4),
        Problem("not-json", 9, "why", line=5),
        Problem("bad-id", 9, "once more", line=5),
    )
    with Rejects("bad", []) as kept:
        kept.add(Source("dump.jsonl"), [Reject(3, errors, raw)])
    [record] = Path("bad").read_bytes().splitlines(keepends=True)
    whole = json.loads(record)
    assert whole.pop("findings") == [found(problem) for problem in errors]
    assert whole == {"file": "dump.jsonl", "line": 3, "codes": ["bad-id", "not-json"]} | expected
    assert b"\x1b" not in record


def found(problem: Problem) -> dict[str, Any]:
    """Return a problem as a record holds it."""
    values = problem._asdict()
    order = ("line", "column", "code", "severity", "path", "event", "message", "hint")
    return {name: values[name] for name in order}


def test_long_line_is_several_records(dump: Dump, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pieces are alike, however the line comes; the last says what is wrong."""
    error = Problem("x", 1, "why")
    monkeypatch.setattr(rejects, "PIECE_BYTES", 4)
    for raws in ([b"abcdefghij\n"], [b"ab", b"cdefghi", b"", b"j\n"]):
        with Rejects("bad", []) as kept:
            for at, raw in enumerate(raws):
                kept.add(Source(None), [Reject(1, (error,), raw, at + 1 < len(raws))])
        records = [json.loads(line) for line in Path("bad").read_bytes().splitlines()]
        assert [record["raw"] for record in records] == ["abcd", "efgh", "ij"]
        assert [record.get("more") for record in records] == [True, True, None]
        assert [record["codes"] for record in records] == [["x"]] * 3
        assert [record.get("findings") for record in records] == [None, None, [found(error)]]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("-", "--rejects takes the name of a file, not -"),
        ("dump.jsonl", "--rejects would overwrite the input dump.jsonl"),
        ("./dump.jsonl", "--rejects would overwrite the input dump.jsonl"),
        ("no/such/folder", "cannot write no/such/folder: no such file or directory"),
        (".", "cannot write .: is a directory"),
    ],
)
def test_file_that_must_not_be(dump: Dump, path: str, message: str) -> None:
    dump(GOOD)
    with pytest.raises(CeventsError) as error:
        Rejects(path, [Source("dump.jsonl")])
    assert error.value.message == message
    assert Path("dump.jsonl").read_bytes() == GOOD


# Every byte

hostile = st.lists(mutilated() | st.binary(max_size=30), max_size=6).map(b"\n".join) | dumps


def set_aside(task: Task, path: Path, bad: Path, **how: Any) -> bytes:
    """Run a task over a file and return the bytes of what it rejected, as they are written."""
    with Rejects(str(bad), [Source(str(path))]) as kept:
        for step in run(task, [Source(str(path))], **how):
            kept.add(step.source, step.result.rejects(step.findings))
    return bad.read_bytes()


def restored(records: bytes) -> dict[int, bytes]:
    """Return the lines that records hold, by their number, each alone as `restore` writes it."""
    pieces: dict[int, list[bytes]] = {}
    for record in records.splitlines(keepends=True):
        pieces.setdefault(json.loads(record)["line"], []).append(record)
    found = {}
    for line, its in pieces.items():
        result = result_of(Restoration(), b"".join(its))
        assert result.problems == {}
        found[line] = b"".join(result.output)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder whose files are written over and over."""
    return tmp_path_factory.mktemp("every byte")


@quick
@given(data=hostile, longest=st.sampled_from((10, 200, 1 << 20)), task=st.sampled_from([*TASKS]))
@example(b"\xef\xbb\xbfoops\n{}", 1 << 20, "filter")
@example(b"x" * 5000 + b"\n" + GOOD + b"\r\n \n" + b"\0", 200, "convert")
def test_every_byte_is_accounted_for(folder: Path, data: bytes, longest: int, task: str) -> None:
    """Usable lines, rejects and blank lines make up the input, but for a byte order mark."""
    assume(is_plain(data))
    path = folder / "dump.jsonl"
    path.write_bytes(data)
    cutting = Cutting(100, longest, framing="ndjson", keep=True)
    rejected = restored(set_aside(TASKS[task](), path, folder / "bad.ndjson", cutting=cutting))
    found = answer(TASKS[task](), [str(path)], cutting=cutting)
    if any(problem.message.startswith("the input is") for _, problem in found.findings):
        assert b"".join(rejected.values()) == data
        return
    data = data.removeprefix(b"\xef\xbb\xbf")
    assert_accounted_for(data, found, rejected)
    if task == "filter":
        usable = [line for number, line in numbered(data) if number not in rejected]
        assert found.output == b"".join(line for line in usable if line.strip())


def numbered(data: bytes) -> list[tuple[int, bytes]]:
    lines = data.split(b"\n")
    whole = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    return list(enumerate(whole, 1))


def assert_accounted_for(data: bytes, found: Answer, rejected: dict[int, bytes]) -> None:
    """Fail if a line is not used, rejected as it is, or blank: one of them, and once."""
    lines = dict(numbered(data))
    blank = [line for line, _ in found.blanks]
    used = [line for line, _ in found.chosen]
    assert found.texts == len(lines)
    assert rejected == {line: lines[line] for line in rejected}
    assert not any(lines[line].strip() for line in blank)
    assert len({*rejected, *blank, *used}) == len(rejected) + len(blank) + len(used)


@quick
@given(
    data=hostile,
    longest=st.sampled_from((10, 200, 1 << 20)),
    task=st.sampled_from([*TASKS]),
    block_bytes=st.integers(1, 300),
)
@example(b"{}" * 300 + GOOD + b"x" * 5000 + b"\n" + GOOD + b"y" * 300, 200, "stats", 7)
def test_rejects_are_the_same_however_it_is_cut(
    folder: Path, data: bytes, longest: int, task: str, block_bytes: int
) -> None:
    """The file that --rejects writes is the same to the byte for all jobs and sizes of blocks."""
    path = folder / "dump.jsonl"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rejects, "PIECE_BYTES", 64)
        one = Cutting(max_line_bytes=longest, keep=True)
        expected = set_aside(TASKS[task](), path, folder / "one.ndjson", cutting=one)
        cut = Cutting(block_bytes, longest, keep=True)
        bad = folder / "cut.ndjson"
        assert set_aside(TASKS[task](), path, bad, cutting=cut) == expected
        assert set_aside(TASKS[task](), path, bad, cutting=cut, jobs=2) == expected


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_result_holds_a_line_that_is_too_long(dump: Dump, jobs: int) -> None:
    """A line too long to be held is handed on in pieces."""
    source = Source(dump(GOOD + b"x" * 100_000 + b"\n" + GOOD))
    cutting = Cutting(1000, max_line_bytes=3000, keep=True)
    held: list[int] = []
    whole: list[tuple[str, Reject]] = []
    for step in run(Selection(), [source], cutting=cutting, jobs=jobs):
        for reject in step.result.rejects(step.findings):
            held.append(len(reject.raw))
            add_reject(whole, "", reject)
    assert [len(reject.raw) for _, reject in whole] == [100_001]
    assert max(held) <= 3000 + 4096  # what may be held of a line, and one read more


def test_nothing_is_kept_unless_asked_for(dump: Dump) -> None:
    """A run without --rejects holds no line for it."""
    source = Source(dump(b"oops\n" + b"x" * 300 + b"\n"))
    cutting = Cutting(max_line_bytes=100)
    results = [step.result for step in run(Selection(), [source], cutting=cutting)]
    assert b"".join(result.block.raw for result in results) == b""
    assert sum(result.bad for result in results) == 2
