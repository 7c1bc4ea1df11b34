"""--bad-lines: what becomes of lines that a command cannot use."""

from __future__ import annotations

import pytest

from ..conftest import Dump, Ran, Run, message
from .cases import FIRST_FOUND, MISSING_TIME, TIME_AT, A, B, C, case, table

BROKEN = A + b"oops\n" + B + b"53\n" + b"{}\n" + C

BROKEN_FOUND = (
    "3 of 6 lines could not be used (validate checks every field):\n"
    "  not-json       1, first at <stdin>:2:1: unexpected character, expected a JSON value\n"
    "  not-an-object  1, first at <stdin>:4:1: the line is a number\n"
    "  missing-field  1, first at <stdin>:5:1: metadata is missing\n"
)

TO_UTC = B.replace(b"10:55:59-06:00", b"16:55:59Z")
C_TO_UTC = C.replace(b"10:55:59-06:00", b"16:55:59Z").replace(b"17:30:00+01:00", b"16:30:00Z")


@table(
    case("filter reports", "filter", BROKEN, A + B + C, BROKEN_FOUND, 1),
    case("filter skips", "filter --bad-lines skip", BROKEN, A + B + C),
    case("filter stops", "filter --bad-lines stop", BROKEN, A, FIRST_FOUND, 1),
    case("the others do not match either", "filter -v -c 53", BROKEN, b"", BROKEN_FOUND, 1),
    case("count reports", "filter --count", BROKEN, b"3\n", BROKEN_FOUND, 1),
    case("count stops", "filter --count --bad-lines stop", BROKEN, b"1\n", FIRST_FOUND, 1),
    case("the limit ends before", "filter -n 1", BROKEN, A),
    case("nothing bad to stop at", "filter --bad-lines stop", A + B, A + B),
    case("convert reports", "convert --to utc", BROKEN, A + TO_UTC + C_TO_UTC, BROKEN_FOUND, 1),
    case("convert skips", "convert --to utc --bad-lines skip", BROKEN, A + TO_UTC + C_TO_UTC),
    case("convert stops", "convert --to utc --bad-lines stop", BROKEN, A, FIRST_FOUND, 1),
    case(
        "places of the first of each code",
        "filter -c 1 --max-line-bytes 500",
        b"[]\n" + A + b"\n[]\n" + b"\xff\n" + b"x" * 600,
        b"",
        "4 of 5 lines could not be used (validate checks every field):\n"
        "  not-an-object  2, first at <stdin>:1:1: the line is an array\n"
        "  not-utf8       1, first at <stdin>:5:1: byte 0xff is not UTF-8\n"
        "  line-too-long  1, first at <stdin>:6:1: the line is longer than 500 bytes\n",
        1,
    ),
    case(
        "only what the work needs",
        "filter",
        message(conversation=None, number=[], time="soon") + MISSING_TIME,
        message(conversation=None, number=[], time="soon") + MISSING_TIME,
    ),
    case(
        "the time, where it is asked for",
        "filter --since 2020-01-01",
        MISSING_TIME + message(time="soon") + message(time=None) + A,
        A,
        "3 of 4 lines could not be used (validate checks every field):\n"
        "  missing-field  1, first at <stdin>:1:13: metadata.event_time is missing\n"
        f"  bad-timestamp  1, first at <stdin>:2:{TIME_AT}:"
        ' metadata.event_time: "soon" is not ISO 8601\n'
        f"  wrong-type     1, first at <stdin>:3:{TIME_AT}:"
        " metadata.event_time is null, not a string\n",
        1,
    ),
)
def test_bad_lines(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """A bad line never stops a run and never vanishes, unless that is asked for."""
    assert expected == run(command, stdin)


@pytest.mark.parametrize("command", ["filter", "stats", "convert --to utc", "show"])
def test_unreadable_file_fails_and_the_others_are_read(run: Run, dump: Dump, command: str) -> None:
    """A file that cannot be read gives status 2, whatever becomes of bad lines."""
    dump(A)
    alone = run(f"{command} dump.jsonl")
    both = run(f"{command} --bad-lines skip missing.jsonl dump.jsonl")
    error = "cevents: error: cannot read missing.jsonl: no such file or directory\n"
    assert Ran(2, alone.stdout, error) == both


@pytest.mark.parametrize("command", ["filter", "stats", "convert --to utc", "show"])
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (A.decode().encode("utf-16-le"), "not-utf8"),
        (b"\x7fELF\x02\x01\x01\0\0\0\n", "not-utf8"),
    ],
    ids=["UTF-16", "binary"],
)
def test_input_that_is_not_lines(run: Run, command: str, data: bytes, code: str) -> None:
    """An input that is no lines of events is one bad line to every command."""
    status, _, stderr = run(command, data)
    report = stderr.splitlines()
    assert (status, report[0], len(report)) == (
        1,
        "1 of 1 line could not be used (validate checks every field):",
        2,
    )
    assert report[1].startswith(f"  {code}  1, first at <stdin>:1:1: the input is ")
