"""`validate --min-events` and `--newer-than`: what is missing is a finding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ..conftest import Dump, Ran, Run, message, other
from .cases import TIME_AT, TWO, case, objects, table

OLD = message(time="2020-03-24T16:55:59.973Z")
OLDER = message(time="2020-03-24T10:55:58-06:00")
BAD = message(author="2a")

TOO_FEW = b"<stdin>:1:1: too-few-events: 2 valid events, at least 3 expected\n"
STALE = (
    f"<stdin>:1:{TIME_AT}: stale: the newest event is of 2020-03-24T16:55:59.973Z, more than 26h"
    " ago (does what writes the dump still run?)\n"
).encode()
NO_EVENT = (
    b"<stdin>:1:1: stale: no valid event, and so none of the last 1w"
    b" (does what writes the dump still run?)\n"
)
NOTHING_READ = "0 events read: the input is empty\n"


@table(
    case("enough", "validate --min-events 2", OLD + OLDER, stderr=TWO),
    case("too few", "validate --min-events 3", OLD + OLDER, TOO_FEW, f"{TWO}  too-few-events  1\n",
         1),
    case("too old", "validate --newer-than 26h", OLD + OLDER, STALE, f"{TWO}  stale  1\n", 1),
    case("both", "validate --newer-than 26h --min-events 3", OLD + OLDER, TOO_FEW + STALE,
         f"{TWO}  too-few-events  1\n  stale           1\n", 1),
    case("nothing at all", "validate --newer-than 1w --min-events 1", b"",
         b"<stdin>:1:1: too-few-events: 0 valid events, at least 1 expected\n" + NO_EVENT,
         f"{NOTHING_READ}  too-few-events  1\n  stale           1\n", 1),
    case("an event with an error does not count", "validate --min-events 2 --max-findings 2",
         OLD + BAD,
         b'<stdin>:2:%d: bad-id: body.author_id is "2a", not an id (an id is digits in quotes, or'
         b" 7~123)\n<stdin>:1:1: too-few-events: 1 valid event, at least 2 expected"
         b" (1 event with errors not counted)\n" % (BAD.index(b'"2a"') + 1),
         "2 events read: 1 valid, 1 with errors\n  bad-id          1\n  too-few-events  1\n", 1),
    case("unless that error is ignored", "validate --min-events 2 --ignore bad-id", OLD + BAD,
         stderr=TWO),
    case("it is no warning", "validate --min-events 3 --fail-on error -q", OLD + OLDER, status=1),
    case("at most one finding", "validate --newer-than 26h --min-events 3 --max-findings 1",
         OLD + OLDER, TOO_FEW, f"{TWO}  too-few-events  1\n  stale           1\n", 1),
    case("only this code", "validate --min-events 3 --select too-few-events", OLD + b"{}",
         stderr=f"{TWO}  too-few-events  1\n", stdout=TOO_FEW, status=1),
    case("statistics", "validate --min-events 3 --statistics", OLD + OLDER,
         f"{TWO}  too-few-events  1\n".encode(), status=1),
    case("workflow command", "validate --min-events 3 --format github", OLD + OLDER,
         b"::error file=<stdin>,line=1,col=1::too-few-events: 2 valid events,"
         b" at least 3 expected\n",
         f"{TWO}  too-few-events  1\n", 1),
    case("selected, not asked for", "validate --select stale,bad-id", OLD, b"",
         "cevents: error: --select stale finds nothing without --newer-than\n"
         "  tip: add --newer-than, or leave stale out\n", 2),
    case("a warning selected, not asked for", "validate --select odd-offset", OLD, b"",
         "cevents: error: --select odd-offset finds nothing without --strict\n"
         "  tip: add --strict, or leave odd-offset out\n", 2),
    case("asked for, not selected", "validate --newer-than 2h --select bad-id", OLD, b"",
         "cevents: error: --newer-than finds nothing where --select leaves stale out\n"
         "  tip: drop --newer-than, or change --select\n", 2),
    case("asked for and ignored", "validate --min-events 2 --ignore too-few-events", OLD, b"",
         "cevents: error: --min-events finds nothing where --ignore leaves too-few-events out\n"
         "  tip: drop --min-events, or change --ignore\n", 2),
    case("no age", "validate --newer-than ''", OLD, b"",
         'cevents: error: "" is no age\n  tip: as in 26h, 90m, 2d or 1w\n', 2),
)  # fmt: skip
def test_expectations(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """What is expected of all input and missing is a finding, and the status is 1."""
    assert expected == run(command, stdin)


def ago(**span: float) -> bytes:
    """Return an event of so long ago."""
    return other(time=(datetime.now(UTC) - timedelta(**span)).isoformat())


@pytest.mark.parametrize(
    ("age", "before", "after"),
    [
        ("26h", {"hours": 26.1}, {"hours": 25.9}),
        ("90m", {"minutes": 91}, {"minutes": 89}),
        ("2d", {"hours": 49}, {"hours": 47}),
        ("1w", {"days": 7.1}, {"days": 6.9}),
        ("'3 days'", {"hours": 73}, {"hours": 71}),
        ("0h", {"seconds": 1}, {"hours": -1}),
    ],
)
def test_newer_than(run: Run, age: str, before: dict[str, float], after: dict[str, float]) -> None:
    """The newest event decides, wherever it is; one of the future is not old."""
    command = f"validate --newer-than {age} --format json"
    assert [finding["code"] for finding in objects(run(command, ago(**before)).stdout)] == ["stale"]
    assert run(command, ago(**before) + ago(**after) + ago(**before)).stdout == b""


@pytest.mark.parametrize(
    ("options", "newest"),
    [("", 2), ("--ignore bad-id", 3), ("--ignore bad-id,missing-field,not-json", 3)],
)
def test_newest_is_a_valid_event(run: Run, options: str, newest: int) -> None:
    """Where an error is ignored, the event is valid; without a time it is never the newest."""
    later = message(author="2a", time="2020-03-24T17:00:00Z")
    lines = OLDER + OLD + later + b"\n" + b'{"metadata":{"event_name":"x"},"body":{}}\noops\n'
    command = f"validate --format json --newer-than 1w {options}"
    [found] = [f for f in objects(run(command, lines).stdout) if f["code"] == "stale"]
    assert found["line"] == newest


@pytest.mark.parametrize("jobs", [1, 2])
def test_where_it_stands(run: Run, dump: Dump, jobs: int) -> None:
    """`stale` stands at the newest event, of whatever input; what is not there at all of them."""
    Path("folder").mkdir()
    dump(b"[\n" + OLDER + b",\n" + OLD + b"]", "folder/a")
    dump(OLDER, "folder/b")
    command = f"validate --format json -j {jobs} --newer-than 1h --min-events 9 "
    for inputs, name in (("folder", "folder"), ("folder/a folder/b", "<all inputs>")):
        few, stale = objects(run(command + inputs).stdout)
        assert (few["file"], few["line"], few["column"]) == (name, 1, 1)
        assert (stale["file"], stale["line"], stale["column"]) == ("folder/a", 4, TIME_AT)


def test_statistics_count_it_once(run: Run) -> None:
    """The counts of all input have it, those of an input do not."""
    [counts] = objects(run("validate --statistics --format json --min-events 9", OLD).stdout)
    assert counts["codes"] == {"too-few-events": 1}
    assert [counts["valid"], counts["invalid"], counts["files"][0]["codes"]] == [1, 0, {}]
