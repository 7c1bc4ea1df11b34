"""`convert`: the same instants in another zone, and nothing else changed."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ..conftest import Ran, Run, created, forwarded, message, other
from .cases import CREATED_AT, MISSING_TIME, OTHER_TIME_AT, A, at, case, table


@pytest.mark.parametrize(
    ("time", "zone", "there"),
    [
        ("2020-03-24T16:55:59Z", "America/Denver", "2020-03-24T10:55:59-06:00"),
        ("2020-01-24T16:55:59Z", "America/Denver", "2020-01-24T09:55:59-07:00"),
        ("2020-03-24T16:55:59.973Z", "America/Denver", "2020-03-24T10:55:59.973-06:00"),
        ("2020-03-24T16:55:59.123456789Z", "Asia/Tokyo", "2020-03-25T01:55:59.123456789+09:00"),
        ("2020-03-24T16:55:59.500Z", "Asia/Tokyo", "2020-03-25T01:55:59.500+09:00"),
        ("2020-03-24T16:55Z", "Asia/Tokyo", "2020-03-25T01:55+09:00"),
        ("2020-03-08T08:59:59Z", "America/Denver", "2020-03-08T01:59:59-07:00"),
        ("2020-03-08T09:00:00Z", "America/Denver", "2020-03-08T03:00:00-06:00"),
        ("2020-11-01T07:30:00Z", "America/Denver", "2020-11-01T01:30:00-06:00"),
        ("2020-11-01T08:30:00Z", "America/Denver", "2020-11-01T01:30:00-07:00"),
        ("2020-04-04T15:00:00Z", "Australia/Lord_Howe", "2020-04-05T01:30:00+10:30"),
        ("1985-06-01T00:00:00Z", "Asia/Kathmandu", "1985-06-01T05:30:00+05:30"),
        ("1986-06-01T00:00:00Z", "Asia/Kathmandu", "1986-06-01T05:45:00+05:45"),
        ("2020-01-01T00:00:00Z", "Europe/London", "2020-01-01T00:00:00+00:00"),
        ("1969-01-01T00:00:00Z", "Europe/London", "1969-01-01T01:00:00+01:00"),
        ("2011-12-30T10:00:00Z", "Pacific/Apia", "2011-12-31T00:00:00+14:00"),
        ("2020-03-24T16:55:59Z", "+05:30", "2020-03-24T22:25:59+05:30"),
        ("2020-03-24T16:55:59Z", "-0330", "2020-03-24T13:25:59-03:30"),
        ("2020-03-24T16:55:59Z", "+14", "2020-03-25T06:55:59+14:00"),
        ("2020-03-24T16:55:59Z", "utc", "2020-03-24T16:55:59Z"),
        ("2020-03-24T16:55:59Z", "UTC", "2020-03-24T16:55:59Z"),
        ("2020-03-24T10:55:59.973-06:00", "utc", "2020-03-24T16:55:59.973Z"),
        ("2020-03-24T10:55:59-0600", "utc", "2020-03-24T16:55:59Z"),
        ("2020-03-24T17:55:59+01", "utc", "2020-03-24T16:55:59Z"),
        ("2020-03-24T16:55:59+00:00", "utc", "2020-03-24T16:55:59Z"),
        ("20200330T111851-0600", "utc", "2020-03-30T17:18:51Z"),
        ("2020-W13-2T16:55:59Z", "+01:00", "2020-03-24T17:55:59+01:00"),
        ("2020-084T16:55:59Z", "+01:00", "2020-03-24T17:55:59+01:00"),
        ("2020-03-24T24:00:00Z", "utc", "2020-03-25T00:00:00Z"),
        ("2019-12-31T23:30:00-01:00", "utc", "2020-01-01T00:30:00Z"),
        ("2016-12-31T23:59:60Z", "+05:30", "2017-01-01T05:29:60+05:30"),
        ("2016-12-31T23:59:60.5Z", "America/Denver", "2016-12-31T16:59:60.5-07:00"),
    ],
)
def test_convert_time(run: Run, time: str, zone: str, there: str) -> None:
    """The same instant, the offset that is right then and there, the same precision."""
    expected = message(time=there, created=there)
    assert Ran(0, expected, "") == run(f"convert --to {zone}", message(time=time, created=time))


def test_convert_to_the_zone_of_this_computer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`local` is the zone of the computer, with its clock changes."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        ran = run("convert --to local", other(time="2004-05-06T07:08:09Z"))
    time.tzset()
    assert Ran(0, other(time="2004-05-06T12:38:09+05:30"), "") == ran


def test_convert_every_documented_timestamp(run: Run) -> None:
    """Each timestamp has its own offset; other events have their event_time."""
    lines = (
        created(updated="2020-03-24T00:30:00+01:00", time="2020-03-24T16:00:00.123Z")
        + forwarded(updated="2020-03-30T11:18:51-06:00", time="2020-03-27T17:30:26.715Z")
        + message(created="2020-03-24T10:55:59-06:00", time="2020-03-24T16:55:59.973Z")
        + other(body={"updated_at": "2020-03-24T16:00:00Z"}, time="2020-03-24T16:00:00Z")
    )
    expected = (
        created(updated="2020-03-24T08:30:00+09:00", time="2020-03-25T01:00:00.123+09:00")
        + forwarded(updated="2020-03-31T02:18:51+09:00", time="2020-03-28T02:30:26.715+09:00")
        + message(created="2020-03-25T01:55:59+09:00", time="2020-03-25T01:55:59.973+09:00")
        + other(body={"updated_at": "2020-03-24T16:00:00Z"}, time="2020-03-25T01:00:00+09:00")
    )
    assert Ran(0, expected, "") == run("convert --to Asia/Tokyo", lines)


def test_convert_to_the_zone_of_each_event(run: Run) -> None:
    """`event` shows each event's times in its own metadata.time_zone."""
    lines = other(time_zone="America/Denver") + other(time_zone="Asia/Tokyo")
    expected = other(time="2020-03-24T12:00:00-06:00", time_zone="America/Denver") + other(
        time="2020-03-25T03:00:00+09:00", time_zone="Asia/Tokyo"
    )
    assert Ran(0, expected, "") == run("convert --to event", lines)


def test_convert_leaves_events_without_a_zone(run: Run) -> None:
    """An event that names no zone, or none there is, stays as it is and is reported."""
    lines = other() + other(time_zone="Mars/Olympus_Mons") + other(time_zone=None)
    report = (
        "3 of 3 lines could not be used (validate checks every field):\n"
        "  unknown-zone  3, first at <stdin>:1:13: the event has no time zone of its own\n"
    )
    assert Ran(1, lines, report) == run("convert --to event", lines)


TIME = b"2020-03-24T16:55:59Z"
THERE = b"2020-03-24T10:55:59-06:00"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            b' { "body" : { "z":1, "a" : 2 } ,\t"metadata": {"x":[ ],"event_time" : "@" ,'
            b'"event_name":"x"} } ',
            id="key order and spacing",
        ),
        pytest.param(
            rb'{"metadata":{"user_login":"\u00e9\/\ud83d\ude00","event_name":"\u0078",'
            b'"event_time":"@"},"body":{"t":"caf\xc3\xa9"}}',
            id="escapes",
        ),
        pytest.param(
            b'{"metadata":{"event_time":"x","event_name":"x","event_time":"@","a":1,"a":2},'
            b'"body":{"a":1,"a":2}}',
            id="duplicate keys: the last counts",
        ),
        pytest.param(
            b'{"metadata":{"event_time":"' + TIME + b'","event_name":"x","event_time":"@"},'
            b'"body":{}}',
            id="duplicate keys with the same value",
        ),
        pytest.param(
            b'{"metadata":{"event_time":"' + TIME + b'"},"body":{},'
            b'"metadata":{"event_name":"x","event_time":"@"}}',
            id="duplicate metadata",
        ),
        pytest.param(
            b'{"metadata":{"event_name":"x","event_time":"@"},'
            b'"body":{"n":123456789012345678901234567890,"f":1.0,"e":1E+2,"z":-0,"inf":1e999}}',
            id="huge and odd numbers",
        ),
        pytest.param(
            rb'{"metadata":{"event\u005ftime":"@","event_name":"x"},"body":{}}',
            id="key spelt with an escape",
        ),
        pytest.param(
            rb'{"m\u0065tadata":{"event_time":"@","event_name":"x"},"body":{}}',
            id="metadata spelt with an escape",
        ),
        pytest.param(
            b'{"metadata":{"event_time":"' + TIME + rb'","event_\u0074ime":"@",'
            b'"event_name":"x"},"body":{}}',
            id="key spelt twice, plainly and with an escape",
        ),
        pytest.param(
            b'{"event_time":"' + TIME + b'","metadata":{"event_name":"x","a":{"event_time":"'
            + TIME + b'"},"event_time":"@"},"body":{"event_time":"' + TIME + b'"}}',
            id="the same key elsewhere",
        ),
        pytest.param(
            rb'{"metadata":{"event_name":"x","a":"\"event_time\":\"' + TIME
            + rb'\"","event_time":"@"},"body":{"a":"},{"}}',
            id="the same text in a string",
        ),
        pytest.param(
            b'{"body":{"event_time":"' + TIME + b'"},"metadata":{"event_name":"x",'
            rb'"event\u005Ftime":"@"}}',
            id="an escape in capitals, and a plain key in the body",
        ),
        pytest.param(b'{"metadata":{"event_name":"x","event_time":"@"},"body":{}}\r', id="CRLF"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", [b"\n", b""], ids=["newline", "no newline"])
def test_convert_changes_nothing_else(run: Run, line: bytes, end: bytes) -> None:
    """But for the timestamp at `@`, not a byte of the line changes."""
    lines = line.replace(b"@", TIME) + end
    assert Ran(0, line.replace(b"@", THERE) + end, "") == run("convert --to -06:00", lines)


def test_convert_reads_values_spelt_with_escapes(run: Run) -> None:
    """A timestamp is what its text means, not how JSON spells it."""
    line = other(time="T").replace(b'"T"', rb'"2020-03-24T16\u003a55\u003A59Z"')
    expected = other(time="2020-03-24T10:55:59-06:00")
    assert Ran(0, expected, "") == run("convert --to -06:00", line)


def test_convert_in_documented_bodies_spelt_oddly(run: Run) -> None:
    """The body's timestamps are found however its keys are spelt, and only there."""
    line = message(created="@", conversation=b"53".decode(), created_at="x").replace(
        b'"created_at":"@"', rb'"created\u005fat":"2020-03-24T16:55:59Z"'
    )
    expected = line.replace(TIME, THERE).replace(b"16:55:59.973Z", b"10:55:59.973-06:00")
    assert Ran(0, expected, "") == run("convert --to -06:00", line)


@table(
    case(
        "no time",
        "convert --to -06:00",
        message(created="soon") + A,
        message(created="soon", time="2020-03-24T10:55:59.973-06:00")
        + A.replace(b"T16:00:00Z", b"T10:00:00-06:00").replace(b"16:00:00.123Z",
                                                               b"10:00:00.123-06:00"),
        "1 of 2 lines could not be used (validate checks every field):\n"
        f"  bad-timestamp  1, first at <stdin>:1:{CREATED_AT}:"
        ' body.created_at: "soon" is not ISO 8601\n',
        1,
    ),
    case(
        "no offset",
        "convert --to utc",
        other(time="2020-03-24T16:55:59"),
        other(time="2020-03-24T16:55:59"),
        "1 of 1 line could not be used (validate checks every field):\n"
        f"  missing-offset  1, first at <stdin>:1:{OTHER_TIME_AT}:"
        ' metadata.event_time: "2020-03-24T16:55:59" says no offset from UTC\n',
        1,
    ),
    case(
        "outside the calendar",
        "convert --to +05:30",
        other(time="9999-12-31T23:59:59Z"),
        other(time="9999-12-31T23:59:59Z"),
        "1 of 1 line could not be used (validate checks every field):\n"
        f"  bad-timestamp  1, first at <stdin>:1:{OTHER_TIME_AT}:"
        " metadata.event_time is outside the calendar in +05:30\n",
        1,
    ),
    case(
        "not there",
        "convert --to utc",
        MISSING_TIME,
        MISSING_TIME,
        "1 of 1 line could not be used (validate checks every field):\n"
        "  missing-field  1, first at <stdin>:1:13: metadata.event_time is missing\n",
        1,
    ),
    case("silently", "convert --to utc --bad-lines skip", MISSING_TIME, MISSING_TIME),
)  # fmt: skip
def test_convert_leaves_what_it_cannot_convert(
    run: Run, command: str, stdin: bytes, expected: Ran
) -> None:
    """A timestamp that cannot be converted stays, its line is written, and status is 1."""
    assert expected == run(command, stdin)


SUBMITTED = other(body={"due_at": "2020-03-24T16:00:00Z"}, time="2020-03-24T16:00:00Z")
HERE, NOON = b"2020-03-24T16:00:00Z", b"2020-03-24T10:00:00-06:00"
DUE = SUBMITTED.replace(b'"due_at":"' + HERE, b'"due_at":"' + NOON)
HAPPENED = SUBMITTED.replace(b'"event_time":"' + HERE, b'"event_time":"' + NOON)


@table(
    case("one of them", "convert --to -06:00 --field created_at", message(created=TIME.decode()),
         message(created=THERE.decode())),
    case("one that others lack", "convert --to -06:00 --field created_at", SUBMITTED, SUBMITTED),
    case("event_time alone", "convert --to -06:00 --field event_time", SUBMITTED, HAPPENED),
    case("any field", "convert --to -06:00 --field body.due_at", SUBMITTED, DUE),
    case("another one too", "convert --to -06:00 --field +body.due_at", SUBMITTED,
         DUE.replace(HERE, NOON)),
    case("several", "convert --to -06:00 --field body.due_at --field event_time", SUBMITTED,
         DUE.replace(HERE, NOON)),
    case("the same one twice", "convert --to -06:00 --field event_time"
         " --field metadata.event_time", SUBMITTED, HAPPENED),
    case("a documented one too", "convert --to -06:00 --field +event_time", SUBMITTED, HAPPENED),
    case("no such field", "convert --to utc --field due", SUBMITTED, b"",
         'cevents: error: unknown field "due"\n  tip: as in created_at or body.due_at\n', 2),
    case("no zone", "convert", SUBMITTED, b"",
         "cevents: error: Missing option '--to'.\n  tip: try `cevents convert --help`\n", 2),
    case("no such zone", "convert --to America/Denvr", SUBMITTED, b"",
         "cevents: error: Invalid value for '--to': unknown time zone \"America/Denvr\": did you"
         " mean America/Denver?\n  tip: try `cevents convert --help`\n", 2),
)  # fmt: skip
def test_convert_options(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """--field limits what is converted, or with a plus extends it."""
    assert expected == run(command, stdin)


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        (None, None),
        ("2020-03-24T16:00:00Z", None),
        (
            "tomorrow",
            'bad-timestamp  1, first at <stdin>:1:@: body.due_at: "tomorrow" is not ISO 8601',
        ),
        (5, "wrong-type  1, first at <stdin>:1:@: body.due_at is a number, not a string"),
        (True, "wrong-type  1, first at <stdin>:1:@: body.due_at is a boolean, not a string"),
        ({"a": 1}, "wrong-type  1, first at <stdin>:1:@: body.due_at is an object, not a string"),
    ],
)
def test_convert_reports_a_named_field_that_holds_no_time(
    run: Run, value: Any, finding: str | None
) -> None:
    """Null aside, what stands in a field that is to be converted should be a timestamp."""
    line = other(body={"due_at": value})
    ran = run("convert --to utc --field body.due_at", line)
    column = at(line, '"due_at":') + len('"due_at":')
    said = f"1 of 1 line could not be used (validate checks every field):\n  {finding}\n".replace(
        "@", str(column)
    )
    assert ran == ((1, line, said) if finding else (0, line, ""))
