"""`filter`: which events it writes, and that it writes them as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ..conftest import Dump, Ran, Run, created, forwarded, message, other
from .cases import A, B, C, D, E, case, table

DUMP = A + B + C + D + E


@pytest.mark.parametrize(
    ("options", "matches"),
    [
        ("", DUMP),
        ("-c 53", A + B + C),
        ("--conversation 53 --conversation 54", A + B + C + D),
        ("-c 5", b""),
        ("-c 053", A + B + C),
        ("-e conversation_created", A),
        ("--event course_created --event conversation_forwarded", D + E),
        ("-a 2", B),
        ("--author 2 --author 3", B + C),
        ("-u 21070000000000123", A + B),
        ("--user 21070000000000124", b""),
        ("-c 53 -e conversation_message_created -a 3", C),
        ("-c 54 -a 3", b""),
        ("-v", b""),
        ("-v -c 53", D + E),
        ("--invert-match -c 53 -a 2", A + C + D + E),
        ("-n 2", A + B),
        ("--limit 1 -c 54", D),
        ("-n 0", b""),
        ("-n 99 -e course_created", E),
        ("--count", b"5\n"),
        ("--count -c 53", b"3\n"),
        ("--count -n 2", b"2\n"),
        ("--count -v -c 53", b"2\n"),
        ("--count -c 5", b"0\n"),
        ("-c 53 --line-buffered", A + B + C),
    ],
)
def test_filter_by_options(run: Run, options: str, matches: bytes) -> None:
    """Values of one option are alternatives; different options must all hold."""
    assert Ran(0, matches, "") == run(f"filter {options}", DUMP)


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ("metadata.time_zone", A),
        ("metadata.time_zone=America/Denver", A),
        ("metadata.time_zone = America/Denver", A),
        ("metadata.time_zone=America", b""),
        ("body.conversation_id=53", A + B + C),
        ("body.author_id!=2", A + C + D + E),
        ("metadata.url~=/conversations/53/", B),
        ("metadata.url~=^h..p:", B),
        ("metadata.event_name~=^conversation_(created|forwarded)$", A + D),
        ("body.message_id<10", B),
        ("body.message_id<=10", B + C),
        ("body.message_id>9", C),
        ("body.message_id>=9", B + C),
        ("metadata.user_id=21070000000000123", A + B),
        ("metadata.user_id>21070000000000122", A + B),
        ("metadata.event_time<2020-03-24T17:00:00Z", A + B + C),
        ("metadata.event_time<2020-03-24T10:30:00.001-06:00", A + C),
        ("metadata.event_time>=2020-03-24T17:00:00-06:00", D),
        ("metadata.event_time=2020-03-24T16:30:00Z", C),
        ("body.created_at=2020-03-24T16:55:59.000Z", B + C),
        ("body.nested", E),
        ("body.nested.deep", E),
        ("body.nested.deep.1=two", E),
        ("body.nested.deep.2", b""),
        ("body.nested.deep.x", b""),
        ("body.flag=true", E),
        ("body.none", E),
        ("body.none=null", E),
        ("body.score<1", E),
        ("body.score=0.1", E),
        ("body.absent", b""),
        ("body.absent=", b""),
    ],
)
def test_filter_where(run: Run, condition: str, matches: bytes) -> None:
    """Any field can be asked for: texts as texts, numbers by size, times by instant."""
    assert Ran(0, matches, "") == run(f"filter -w '{condition}'", DUMP)


def test_filter_where_all_hold(run: Run) -> None:
    """Several conditions must all hold, with the other options."""
    command = "filter -w body.message_id -w 'body.author_id!=2' -c 53"
    assert Ran(0, C, "") == run(command, DUMP)


@pytest.mark.parametrize(
    "value",
    [
        b"9007199254740993",
        b"18446744073709551617",
        b"123456789012345678901234567890",
    ],
)
def test_filter_compares_huge_numbers_exactly(run: Run, value: bytes) -> None:
    """A number past 2^53, or past 64 bits, is never rounded."""
    line = other(body={"n": 0, "x": 0}).replace(b'"n":0', b'"n":' + value)
    line = line.replace(b'"x":0', b'"x":1e999')
    near = str(int(value) - 1)
    assert Ran(0, line, "") == run(f"filter -w body.n={value.decode()}", line)
    assert Ran(0, b"", "") == run(f"filter -w body.n={near}", line)


ODD = (
    b' { "body":{"conversation_id" : "53","n":123456789012345678901234567890,"n":1E+2,"f":1.0},'
    rb'"metadata":{"event_name":"\u0063onversation_created","event_name":"x\u00e9\/",'
    b'"user_login":"\xc3\xa9"} }\t'
)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(ODD + b"\n" + A, id="spacing, escapes, duplicate keys, huge numbers"),
        pytest.param(A.replace(b"\n", b"\r\n") * 2, id="CRLF"),
        pytest.param((A + B)[:-1], id="no final newline"),
        pytest.param(A.replace(b'"conversation_id"', rb'"conversation\u005fid"'), id="escaped key"),
        pytest.param(A.replace(b'"53"', rb'"\u00353"'), id="escaped value"),
        pytest.param(A.replace(b'"53"', b'"5","conversation_id":"53"'), id="the last key counts"),
    ],
)
def test_filter_writes_lines_as_they_were(run: Run, lines: bytes) -> None:
    """What matches is written byte for byte."""
    assert Ran(0, lines, "") == run("filter -c 53", lines)


def test_filter_drops_what_is_no_line(run: Run) -> None:
    """Blank lines and a byte order mark are no events, so they are not written."""
    assert Ran(0, A + B, "") == run("filter", b"\xef\xbb\xbf\n" + A + b" \r\n" + B + b"\n")


def test_filter_joins_files_at_line_ends(run: Run, dump: Dump) -> None:
    """A file that ends without a newline doesn't run into the next."""
    dump(A[:-1], "a.jsonl")
    dump(B[:-1], "b.jsonl")
    assert Ran(0, A + B[:-1], "") == run("filter a.jsonl b.jsonl")
    assert Ran(0, A[:-1], "") == run("filter -e conversation_created a.jsonl b.jsonl")


AT_6 = created(time="2020-03-24T06:00:00Z", updated="2020-03-20T00:00:00Z")
AT_6_IN_DENVER = message(time="2020-03-24T06:00:00-06:00", created="2020-03-24T05:59:59.999999Z")
AT_7_IN_INDIA = forwarded(time="20200324T123000+0530", updated="2020-03-24T00:00:00-06:00")
AT_7_IN_FULL = other(time="2020-03-24T07:00:00.000001Z")
TIMES = AT_6 + AT_6_IN_DENVER + AT_7_IN_INDIA + AT_7_IN_FULL


@pytest.mark.parametrize(
    ("options", "matches"),
    [
        ("--since 2020-03-24T06:00:00Z", TIMES),
        ("--since 2020-03-24T06:00:00.000001Z", AT_6_IN_DENVER + AT_7_IN_INDIA + AT_7_IN_FULL),
        ("--until 2020-03-24T06:00:00Z", b""),
        ("--until 2020-03-24T07:00:00Z", AT_6),
        ("--until 2020-03-24T07:00:00.000001Z", AT_6 + AT_7_IN_INDIA),
        ("--since 2020-03-24T07:00:00Z --until 2020-03-24T12:00:00Z", AT_7_IN_INDIA + AT_7_IN_FULL),
        ("--since 2020-03-24T06:00-06:00", AT_6_IN_DENVER),
        ("--since 2020-03-24T12:00", AT_6_IN_DENVER),
        ("--since 2020-03-24T06:00 --tz America/Denver", AT_6_IN_DENVER),
        ("--since 2020-03-24T12:30 --tz +05:30", AT_6_IN_DENVER + AT_7_IN_INDIA + AT_7_IN_FULL),
        ("--since 20200324T1200", AT_6_IN_DENVER),
        ("--since 2020-03-24", TIMES),
        ("--until 2020-03-24", b""),
        ("--until 2020-03-25", TIMES),
        ("--since 2020-03-24 --tz America/Denver", TIMES),
        ("--until 2020-03-24 --tz America/Denver", b""),
        ("--since 2020-03-24 --tz Pacific/Honolulu", AT_6_IN_DENVER),
        ("--time-field updated_at --since 2020-03-24T06:00Z", AT_7_IN_INDIA),
        ("--time-field updated_at --until 2020-03-24T06:00Z", AT_6),
        ("--time-field event_time --until 2020-03-24T06:00:01Z", AT_6),
        ("-v --since 2020-03-24T12:00", AT_6 + AT_7_IN_INDIA + AT_7_IN_FULL),
        ("--since 2020-03-24T12:00 -e conversation_created", b""),
        ("--count --since 2020-03-24T12:00", b"1\n"),
        ("--since now", b""),
        ("--until now", TIMES),
        ("--since '1 year ago'", b""),
    ],
)
def test_filter_by_time(run: Run, options: str, matches: bytes) -> None:
    """Times are half-open, from --since up to, not including, --until, and compare by instant."""
    assert Ran(0, matches, "") == run(f"filter {options}", TIMES)


def test_filter_by_time_of_the_message(run: Run) -> None:
    """Only messages have a created_at: the other documented events do not match, nor fail."""
    command = "filter --time-field created_at --until"
    assert Ran(0, AT_6_IN_DENVER, "") == run(f"{command} 2020-03-24T06:00Z", AT_6 + AT_6_IN_DENVER)
    assert Ran(0, b"", "") == run(f"{command} 2020-03-24T05:59:59.999999Z", AT_6 + AT_6_IN_DENVER)


@pytest.mark.parametrize(
    ("value", "what"), [(5, "a number"), ({"a": 1}, "an object"), (False, "a boolean")]
)
def test_filter_by_time_that_is_none(run: Run, value: Any, what: str) -> None:
    """Another kind of event need not have the time; what it has there should be one."""
    line = other(body={"created_at": value})
    ran = run("filter --time-field created_at --since 2020-03-24", line)
    at = line.index(b'"created_at":') + len('"created_at":') + 1
    finding = f"wrong-type  1, first at <stdin>:1:{at}: body.created_at is {what}, not a string"
    assert ran == (
        1,
        b"",
        f"1 of 1 line could not be used (validate checks every field):\n  {finding}\n",
    )
    line = other(body={"created_at": None})
    assert run("filter --time-field created_at --since 2020-03-24", line) == (0, b"", "")


def ago(**span: float) -> bytes:
    """Return an event of so long ago."""
    return other(time=(datetime.now(UTC) - timedelta(**span)).isoformat())


@pytest.mark.parametrize(
    ("since", "before", "after"),
    [
        ("-2h", {"hours": 2.1}, {"hours": 1.9}),
        ("-90m", {"minutes": 91}, {"minutes": 89}),
        ("-30s", {"seconds": 40}, {"seconds": 0}),
        ("-1d", {"hours": 25}, {"hours": 23}),
        ("-2w", {"days": 14.1}, {"days": 13.9}),
        ("2 hours ago", {"hours": 2.1}, {"hours": 1.9}),
        ("3 days ago", {"days": 3.1}, {"days": 2.9}),
        ("1 week ago", {"days": 7.1}, {"days": 6.9}),
        ("2 months ago", {"days": 64}, {"days": 58}),
        ("today", {"hours": 24.1}, {"hours": -0.1}),
        ("yesterday", {"hours": 48.1}, {"hours": 23.9}),
        ("NOW", {"seconds": 5}, {"minutes": -5}),
    ],
)
def test_filter_by_typed_time(
    run: Run, since: str, before: dict[str, float], after: dict[str, float]
) -> None:
    """People type times as they think of them."""
    kept = ago(**after)
    assert Ran(0, kept, "") == run(f"filter --since '{since}'", ago(**before) + kept)


@pytest.mark.reader("any")
@table(
    case(
        "a local time that happens twice",
        "filter --since 2020-11-01T01:30 --tz America/Denver",
        A,
        b"",
        "cevents: error: 2020-11-01T01:30:00 happens twice in America/Denver\n"
        "  tip: write 2020-11-01T01:30:00-06:00 or 2020-11-01T01:30:00-07:00\n",
        2,
    ),
    case(
        "a local time that never happens",
        "filter --until 2020-03-08T02:30 --tz America/Denver",
        A,
        b"",
        "cevents: error: 2020-03-08T02:30:00 does not exist in America/Denver\n"
        "  tip: clocks change then: write 2020-03-08T01:30:00-07:00 or"
        " 2020-03-08T03:30:00-06:00\n",
        2,
    ),
    case(
        "no time",
        "filter --since soon",
        A,
        b"",
        'cevents: error: "soon" is not a time\n'
        "  tip: as in 2020-03-24, 2020-03-24T16:55-06:00, yesterday, -2h or '3 days ago'\n",
        2,
    ),
    case(
        "no day",
        "filter --since 2020-02-30",
        A,
        b"",
        'cevents: error: "2020-02-30" is not a time\n'
        "  tip: as in 2020-03-24, 2020-03-24T16:55-06:00, yesterday, -2h or '3 days ago'\n",
        2,
    ),
    case(
        "no unit",
        "filter --since '3 fortnights ago'",
        A,
        b"",
        'cevents: error: unknown unit in "3 fortnights ago"\n'
        "  tip: use s, m, h, d, w, months or years\n",
        2,
    ),
    case(
        "no condition",
        "filter -w '=53'",
        A,
        b"",
        'cevents: error: cannot read the condition "=53"\n'
        "  tip: PATH OP VALUE, as in 'body.author_id!=2'; OP is one of = != ~= < <= > >=\n",
        2,
    ),
    case(
        "no such part",
        "filter -w author_id=2",
        A,
        b"",
        'cevents: error: unknown field "author_id"\n  tip: paths start with metadata. or body.\n',
        2,
    ),
    case(
        "no regular expression",
        "filter -w 'metadata.url~=('",
        A,
        b"",
        'cevents: error: bad regular expression "(": missing ), unterminated subpattern at'
        " position 0\n  tip: Python's syntax, as in metadata.url~=/53/\n",
        2,
    ),
    case(
        "no number",
        "filter -n many",
        A,
        b"",
        "cevents: error: Invalid value for '-n' / '--limit': 'many' is not a valid integer"
        " range.\n  tip: try `cevents filter --help`\n",
        2,
    ),
    case(
        "no such zone",
        "filter --since today --tz Denver",
        A,
        b"",
        "cevents: error: Invalid value for '--tz': unknown time zone \"Denver\": did you mean"
        " America/Denver?\n  tip: try `cevents filter --help`\n",
        2,
    ),
)
def test_filter_refuses(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """What cannot be meant is an error of one line, with a tip, before anything is read."""
    assert expected == run(command, stdin)


NO_PART = "  tip: paths start with metadata. or body.\n"
NO_CONDITION = "  tip: PATH OP VALUE, as in 'body.author_id!=2'; OP is one of = != ~= < <= > >=\n"
NO_TIME = "  tip: as in 2020-03-24, 2020-03-24T16:55-06:00, yesterday, -2h or '3 days ago'\n"


@pytest.mark.reader("any")
@pytest.mark.parametrize(
    ("option", "error"),
    [
        ("-w body=2", f'unknown field "body"\n{NO_PART}'),
        ("-w metadata", f'unknown field "metadata"\n{NO_PART}'),
        ("-w ''", f'cannot read the condition ""\n{NO_CONDITION}'),
        ("--since ''", f'"" is not a time\n{NO_TIME}'),
        ("--until ' '", f'"" is not a time\n{NO_TIME}'),
        ("--since 2019-W53", f'"2019-W53" is not a time\n{NO_TIME}'),
        ("--since 2019-366", f'"2019-366" is not a time\n{NO_TIME}'),
        ("--since 2020-03-24T25:00", f'"2020-03-24T25:00" is not a time\n{NO_TIME}'),
        ("--since 0001-01-01 --tz +14:00", "0001-01-01T00:00:00 is outside the calendar in UTC\n"),
        ("--until 9999-12-31T23:00 --tz America/Denver",
         "9999-12-31T23:00:00 is outside the calendar in UTC\n"),
        ("--since '99999999999999999999 days ago'",
         '"99999999999999999999 days ago" is before all calendars\n'),
        ("--since -9999999d", '"-9999999d" is before all calendars\n'),
        ("--since -5000y", '"-5000y" is before all calendars\n'),
    ],
)  # fmt: skip
def test_filter_refuses_what_means_nothing(run: Run, option: str, error: str) -> None:
    """An odd condition or time is an error like any other, never ignored, never a traceback."""
    assert Ran(2, b"", f"cevents: error: {error}") == run(f"filter {option}", A)
