"""ISO 8601 text and the instants it names: which texts are timestamps, and how they sort."""

from __future__ import annotations

import datetime as dt
import itertools
import pickle
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cevents.canvas.timestamps import (
    DAY,
    MINUTE,
    TimestampError,
    in_calendar,
    instant_of,
    moved,
    offset_text,
    parse,
    parts,
    pattern,
    quoted,
    text_of,
)

from ..strategies import quick

#: Timestamps, and the instant that each names.
VALID = {
    # extended form
    "2020-03-24T16:55:59Z": "2020-03-24T16:55:59",
    "2020-03-24T16:55:59z": "2020-03-24T16:55:59",
    "2020-03-24t16:55:59Z": "2020-03-24T16:55:59",
    "2020-03-24t16:55:59z": "2020-03-24T16:55:59",
    "2020-03-24T16:55Z": "2020-03-24T16:55:00",
    "2020-03-24T16Z": "2020-03-24T16:00:00",
    "2020-03-30T11:18:51-06:00": "2020-03-30T17:18:51",
    "2020-03-24T16:55:59+05:30": "2020-03-24T11:25:59",
    "2020-03-24T16:55:59-0600": "2020-03-24T22:55:59",
    "2020-03-24T16:55:59+01": "2020-03-24T15:55:59",
    "2020-03-24T16:55:59+00:00": "2020-03-24T16:55:59",
    "2020-03-24T16:55:59+05:45": "2020-03-24T11:10:59",
    "2020-03-24T16:55:59+23:59": "2020-03-23T16:56:59",
    "2020-03-24T16:55:59-23:59": "2020-03-25T16:54:59",
    "2020-03-24T16:55-06": "2020-03-24T22:55:00",
    "2020-12-31T23:30:00-01:00": "2021-01-01T00:30:00",
    "2021-01-01T00:30:00+01:00": "2020-12-31T23:30:00",
    # fractions of a second: what is finer than a microsecond is cut off
    "2020-03-24T16:55:59.973Z": "2020-03-24T16:55:59.973",
    "2020-03-24T16:55:59,973Z": "2020-03-24T16:55:59.973",
    "2020-03-24T16:55:59.9Z": "2020-03-24T16:55:59.9",
    "2020-03-24T16:55:59.000Z": "2020-03-24T16:55:59",
    "2020-03-24T16:55:59.120Z": "2020-03-24T16:55:59.12",
    "2020-03-24T16:55:59.123456789Z": "2020-03-24T16:55:59.123456",
    "2020-03-24T16:55:59.999999999999+02:00": "2020-03-24T14:55:59.999999",
    "2020-03-24T16:55:59.000000000000000000001Z": "2020-03-24T16:55:59",
    # fractions of a minute and of an hour
    "2020-03-24T16:55.5Z": "2020-03-24T16:55:30",
    "2020-03-24T16:55,25Z": "2020-03-24T16:55:15",
    "2020-03-24T16:55.0Z": "2020-03-24T16:55:00",
    "2020-03-24T16:55.12345Z": "2020-03-24T16:55:07.407",
    "2020-03-24T16.5Z": "2020-03-24T16:30:00",
    "2020-03-24T16,51Z": "2020-03-24T16:30:36",
    "2020-03-24T16.999Z": "2020-03-24T16:59:56.4",
    "2020-03-24T16.5+05:30": "2020-03-24T11:00:00",
    "20200324T16.25Z": "2020-03-24T16:15:00",
    "20200324T1655,5Z": "2020-03-24T16:55:30",
    # basic form
    "20200324T165559Z": "2020-03-24T16:55:59",
    "20200330T111851-0600": "2020-03-30T17:18:51",
    "20200330T111851-06": "2020-03-30T17:18:51",
    "20200324T165559.973Z": "2020-03-24T16:55:59.973",
    "20200324T165559,973+0530": "2020-03-24T11:25:59.973",
    "20200324T1655Z": "2020-03-24T16:55:00",
    "20200324T16Z": "2020-03-24T16:00:00",
    # week dates
    "2020-W13-2T16:55:59Z": "2020-03-24T16:55:59",
    "2020W132T165559Z": "2020-03-24T16:55:59",
    "2020-W01-1T00:00:00Z": "2019-12-30T00:00:00",
    "2020-W53-7T00:00:00Z": "2021-01-03T00:00:00",
    "2015-W53-4T12:00:00Z": "2015-12-31T12:00:00",
    "1976-W53-6T12:00:00Z": "1977-01-01T12:00:00",
    # ordinal dates
    "2020-084T16:55:59Z": "2020-03-24T16:55:59",
    "2020084T165559Z": "2020-03-24T16:55:59",
    "2021-001T00:00:00Z": "2021-01-01T00:00:00",
    "2021-365T00:00:00Z": "2021-12-31T00:00:00",
    "2020-366T00:00:00Z": "2020-12-31T00:00:00",
    # midnight at the end of a day
    "2020-03-24T24:00:00Z": "2020-03-25T00:00:00",
    "2020-03-24T24:00:00.000Z": "2020-03-25T00:00:00",
    "2020-03-24T24:00Z": "2020-03-25T00:00:00",
    "2020-03-24T24:00:00-06:00": "2020-03-25T06:00:00",
    "20201231T240000Z": "2021-01-01T00:00:00",
    "2020-366T24:00:00+01:00": "2020-12-31T23:00:00",
    "2020-W53-4T24:00:00Z": "2021-01-01T00:00:00",
    # leap seconds: the second after them
    "2016-12-31T23:59:60Z": "2017-01-01T00:00:00",
    "2016-12-31T23:59:60.5Z": "2017-01-01T00:00:00.5",
    "2016-12-31T18:59:60-05:00": "2017-01-01T00:00:00",
    "2017-01-01T05:29:60+05:30": "2017-01-01T00:00:00",
    "2017-01-01T05:44:60,25+05:45": "2017-01-01T00:00:00.25",
    "2017-01-01T00:59:60+01": "2017-01-01T00:00:00",
    "20150630T235960Z": "2015-07-01T00:00:00",
    "20170101T085960+0900": "2017-01-01T00:00:00",
    "2016-W52-6T23:59:60Z": "2017-01-01T00:00:00",
    "2016-366T23:59:60Z": "2017-01-01T00:00:00",
    # leap years
    "2020-02-29T00:00:00Z": "2020-02-29T00:00:00",
    "2000-02-29T00:00:00Z": "2000-02-29T00:00:00",
    "20000229T000000Z": "2000-02-29T00:00:00",
    "2400-02-29T00:00:00Z": "2400-02-29T00:00:00",
    "2020-02-28T24:00:00Z": "2020-02-29T00:00:00",
    # the ends of the calendar
    "0001-01-01T00:00:00Z": "0001-01-01T00:00:00",
    "00010101T000000Z": "0001-01-01T00:00:00",
    "0001-W01-1T00:00:00Z": "0001-01-01T00:00:00",
    "0001-01-01T00:00:00-05:30": "0001-01-01T05:30:00",
    "0001-01-02T00:00:00+23:59": "0001-01-01T00:01:00",
    "9999-12-31T23:59:59.999Z": "9999-12-31T23:59:59.999",
    "9999-12-31T23:59:59+05:30": "9999-12-31T18:29:59",
    "9999-W52-5T00:00:00Z": "9999-12-31T00:00:00",
    "9999-365T00:00:00Z": "9999-12-31T00:00:00",
}

#: Timestamps at which UTC is before the year 1, or after the year 9999.
OFF_THE_CALENDAR = (
    "0001-01-01T00:00:00+05:30",
    "00010101T000000+0001",
    "9999-12-31T23:59:59-12:00",
    "9999-12-31T24:00:00Z",
)

#: ISO 8601 but for the offset.
WITHOUT_OFFSET = (
    "2020-03-24T16:55:59",
    "2020-03-24T16:55:59.973",
    "2020-03-24t16:55:59",
    "2020-03-24T16:55",
    "2020-03-24T16",
    "2020-03-24T16,5",
    "20200324T165559",
    "20200324T1655",
    "2020-W13-2T16:55:59",
    "2020-084T16:55:59",
    "2020-03-24T24:00:00",
    "2016-12-31T23:59:60",
)

#: Not timestamps, by what is wrong with them.
INVALID = (
    # no such date
    "2020-13-01T00:00:00Z",
    "2020-00-01T00:00:00Z",
    "2020-01-00T00:00:00Z",
    "2020-01-32T00:00:00Z",
    "2020-04-31T00:00:00Z",
    "2020-02-30T00:00:00Z",
    "2021-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "20210229T000000Z",
    "2020-000T00:00:00Z",
    "2020-367T00:00:00Z",
    "2021-366T00:00:00Z",
    "2020-W00-1T00:00:00Z",
    "2020-W54-1T00:00:00Z",
    "2019-W53-1T00:00:00Z",
    "2020-W13-0T00:00:00Z",
    "2020-W13-8T00:00:00Z",
    "0000-01-01T00:00:00Z",
    # no such time
    "2020-03-24T25:00:00Z",
    "2020-03-24T24:00:01Z",
    "2020-03-24T24:00:00.1Z",
    "2020-03-24T24:01Z",
    "2020-03-24T16:60:00Z",
    "2020-03-24T16:55:61Z",
    # second 60 where UTC is not at 23:59
    "2020-03-24T16:55:60Z",
    "2020-03-24t16:55:60Z",
    "2016-12-31T23:59:60+01:00",
    "2016-12-31T22:59:60Z",
    "2017-01-01T05:30:60+05:30",
    "20161231T235960-0600",
    # no such offset
    "2020-03-24T16:55:59+24:00",
    "2020-03-24T16:55:59+2400",
    "2020-03-24T16:55:59+99",
    "2020-03-24T16:55:59+05:60",
    "2020-03-24T16:55:59+5:30",
    "2020-03-24T16:55:59+5",
    "2020-03-24T16:55:59+05:3",
    "2020-03-24T16:55:59+05:",
    "2020-03-24T16:55:59+",
    "2020-03-24T16:55:59+05:30:15",
    "2020-03-24T16:55:59ZZ",
    "2020-03-24T16:55:59UTC",
    "2020-03-24T16:55:59−06:00",
    # other notations
    "2020-03-24 16:55:59Z",
    "2020-03-24 16:55:59",
    "2019-11-05 07:38:00 -0800",
    "2020-03-24 16:55:59.973 UTC",
    "2020-03-24T16:55:59 Z",
    "2020-03-24T16:55:59 -06:00",
    "2020-03-24_16:55:59Z",
    "2020/03/24T16:55:59Z",
    "24.03.2020T16:55:59Z",
    "Tue, 24 Mar 2020 16:55:59 GMT",
    "Tue Mar 24 16:55:59 UTC 2020",
    "1585068959",
    "1585068959.973",
    "now",
    "",
    "T",
    "Z",
    "null",
    # basic and extended form in one
    "20200324T16:55:59Z",
    "2020-03-24T165559Z",
    "2020-03-24T16:5559Z",
    "2020-03-24T1655:59Z",
    "2020-0324T16:55:59Z",
    "202003-24T16:55:59Z",
    "2020-W132T16:55:59Z",
    "2020W13-2T165559Z",
    # parts left out
    "2020-03T16:55:59Z",
    "2020-W13T16:55:59Z",
    "2020T16:55:59Z",
    "20-03-24T16:55:59Z",
    "2020-3-24T16:55:59Z",
    "2020-03-24T6:55:59Z",
    "2020-03-24T16:5:59Z",
    "2020-03-24T16:55:9Z",
    "2020-03-24T16:55:Z",
    "2020-03-24T16:55:59.Z",
    "2020-03-24T16:55:59,Z",
    "2020-03-24T16.Z",
    "2020-03-24T.5Z",
    "2020-03-24TZ",
    "2020-03-24T",
    "2020-03-24Z",
    "T16:55:59Z",
    # too much
    "02020-03-24T16:55:59Z",
    "+002020-03-24T16:55:59Z",
    "-2020-03-24T16:55:59Z",
    "10000-01-01T00:00:00Z",
    "2020-03-24T16:55:59.9.73Z",
    "2020-03-24T16:55.5:59Z",
    "2020-03-24T16.5:55Z",
    "2020-03-24T16:55:59e3Z",
    # space and line ends around it
    "2020-03-24T16:55:59Z\n",
    "2020-03-24T16:55:59.973Z\n",
    "20200324T165559Z\n",
    "2020-03-24T16:55:59+05:30\n",
    "2020-03-24T16:55:59Z\r\n",
    "2020-03-24T16:55:59Z ",
    " 2020-03-24T16:55:59Z",
    "\n2020-03-24T16:55:59Z",
    "2020-03-24T16:55:59Z\0",
    "\ufeff2020-03-24T16:55:59Z",
    # digits, and letters, of other scripts
    "２０２０-03-24T16:55:59Z",
    "2020-03-24T16:55:٥٩Z",
    "2020-03-24T16:55:59.٩Z",
    "2020-03-24T16:55:5९Z",
    "2020-W1३-2T16:55:59Z",
    "2020-03-24T16:55:59+0५:30",
    "2020-03-24Ｔ16:55:59Z",
    "2020-03-24T16：55：59Z",
    # a date alone
    "2020-03-24",
    "20200324",
    "2020-084",
    "2020-W13-2",
    "2020W132",
)

#: Instants in order, each written in several ways.
ASCENDING = (
    ("0001-01-01T00:00:00+05:30",),
    ("0001-01-01T00:00:00Z", "00010101T053000+0530"),
    ("0999-12-31T23:59:59Z",),
    ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.9999999Z"),
    ("1970-01-01T00:00:00Z",),
    ("2016-12-31T23:59:59Z", "2016-12-31T23:59:59.000Z", "2017-01-01T05:29:59+05:30"),
    ("2016-12-31T23:59:59.999999999999Z", "2016-12-31T23:59:59,999999Z"),
    (
        "2016-12-31T23:59:60Z",
        "2016-12-31T18:59:60.00-05:00",
        "20170101T085960+0900",
        "2017-01-01T00:00:00Z",
        "2016-12-31T24:00:00Z",
        "2016-12-31T17:00:00-07:00",
    ),
    ("2016-12-31T23:59:60.5Z", "2017-01-01T00:59:60,50+01:00", "2017-01-01T00:00:00.5Z"),
    ("2020-03-24T16:55:00Z", "2020-03-24T16:55Z", "2020-084T16:55Z"),
    ("2020-03-24T16:55:00.1Z",),
    ("2020-03-24T16:55:09Z",),
    (
        "2020-03-24T16:55:30Z",
        "2020-03-24T16:55.5Z",
        "2020-W13-2T10:55:30-06:00",
        "2020-03-24T16:55:30.0000000001Z",
    ),
    ("2020-03-24T16:55:30.09Z", "2020-03-24T16:55:30.090000Z"),
    ("2020-03-24T16:55:30.1Z", "2020-03-24t16:55:30.10z"),
    ("2020-03-24T16:55:30.12Z", "2020-03-24t16:55:30.12Z"),
    ("2020-03-24T22:30:00+05:30", "2020-03-24T17:00:00Z", "20200324T17Z"),
    ("2020-03-24T11:00:00.001-06:00",),
    ("2020-03-24t18:00:00Z", "2020-03-24T12:00:00-06:00"),
    ("2020-03-25T00:00:00Z",),
    ("9999-12-31T23:59:59.999Z",),
    ("9999-12-31T24:00:00Z",),
    ("9999-12-31T23:59:59-12:00",),
)


def instant(text: str) -> int:
    """Return the instant that a timestamp names."""
    return parse(text).instant


def code_of(text: str) -> str:
    """Return the code that is reported of *text*."""
    with pytest.raises(TimestampError) as error:
        parse(text)
    return error.value.code


def hint_of(text: str) -> str:
    """Return the hint that comes with what is reported of *text*."""
    with pytest.raises(TimestampError) as error:
        parse(text)
    return error.value.hint or ""


@pytest.mark.parametrize(("text", "expected"), VALID.items())
def test_timestamp_names_an_instant(text: str, expected: str) -> None:
    """Every form of ISO 8601 is read."""
    assert text_of(instant(text)) == expected
    assert instant(text) == instant_of(dt.datetime.fromisoformat(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-03-24T16:55:59Z", 0),
        ("2020-03-24T16:55:59z", 0),
        ("2020-03-24T16:55:59-00:00", 0),
        ("2020-03-24T16:55:59-06:00", -360),
        ("2020-03-24T16:55:59+05:45", 345),
        ("2020-03-24T16:55:59-0930", -570),
        ("20200324T165559+14", 840),
        ("2020-W13-2T16-23:59", -1439),
    ],
)
def test_timestamp_has_an_offset(text: str, expected: int) -> None:
    """An offset counts minutes east of UTC."""
    assert parse(text).offset == expected
    assert parts(text).offset == expected


@pytest.mark.parametrize("text", [*VALID, *OFF_THE_CALENDAR])
def test_pattern_matches_timestamp(text: str) -> None:
    """The grammar that the exported schema carries takes every timestamp."""
    assert re.fullmatch(pattern(), text)


@pytest.mark.parametrize("text", INVALID)
def test_not_a_timestamp(text: str) -> None:
    """What is not ISO 8601, or names no time that exists, is refused."""
    assert code_of(text) == "bad-timestamp"


@pytest.mark.parametrize("text", WITHOUT_OFFSET)
def test_missing_offset(text: str) -> None:
    """A timestamp without an offset has a code of its own, and a hint of what to add."""
    assert code_of(text) == "missing-offset"
    assert hint_of(text) == "add the offset from UTC, such as Z or -06:00"


@pytest.mark.parametrize("text", [text for text in (*INVALID, *WITHOUT_OFFSET) if "60" not in text])
def test_pattern_refuses(text: str) -> None:
    """The exported grammar refuses what is no timestamp; leap seconds are beyond a grammar."""
    assert re.fullmatch(pattern(), text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2019-11-05 07:38:00 -0800", "2019-11-05T07:38:00-0800"),
        ("2020-03-24 16:55:59.973 UTC", "2020-03-24T16:55:59.973Z"),
        ("2020-03-24 16:55:59Z", "2020-03-24T16:55:59Z"),
        ("2020-03-24 16:55:59+05:30", "2020-03-24T16:55:59+05:30"),
    ],
)
def test_hint_says_what_is_meant(text: str, meant: str) -> None:
    """Ruby's and BigQuery's notation get the timestamp that they mean."""
    assert meant in hint_of(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2020-03-24T16:55:59", '"2020-03-24T16:55:59" says no offset from UTC'),
        ("2020-03-24", '"2020-03-24" is a date without a time'),
        ("yesterday", '"yesterday" is not ISO 8601'),
        ("2020-02-30T00:00:00Z", '"2020-02-30T00:00:00Z" names no time that exists, or is not'
         " ISO 8601"),
        ("2020-03-24T16:55:60Z", '"2020-03-24T16:55:60Z" has a second 60, but UTC is not at 23:59'
         " then"),
    ],
)  # fmt: skip
def test_reason(text: str, reason: str) -> None:
    """What is refused gets a reason, also after a journey between processes."""
    with pytest.raises(TimestampError) as error:
        parse(text)
    assert error.value.reason == reason
    assert pickle.loads(pickle.dumps(error.value)).verdict == error.value.verdict


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0001-01-01T00:00:00+05:30", "0000-12-31T18:30:00"),
        ("00010101T000000.5+0001", "0000-12-31T23:59:00.5"),
        ("0001-01-01T00:00:00+23:59", "0000-12-31T00:01:00"),
        ("9999-12-31T23:59:59-12:00", "9999-12-32T11:59:59"),
        ("9999-12-31T24:00:00-23:59", "9999-12-32T23:59:00"),
    ],
)
def test_timestamp_off_the_calendar_is_valid(text: str, expected: str) -> None:
    """An offset may take an instant past either end of the calendar; it is one all the same."""
    assert not in_calendar(instant(text))
    assert text_of(instant(text)) == expected


@pytest.mark.parametrize("instant", [-(2**63), -(10**30), 2**63 - 1, 10**30])
def test_any_number_has_a_text(instant: int) -> None:
    """A number that no timestamp names is written all the same."""
    assert text_of(instant)[:10] in ("0000-12-31", "9999-12-32")


@pytest.mark.parametrize(("earlier", "later"), [*itertools.pairwise(ASCENDING)])
def test_instants_sort_as_time_passes(earlier: tuple[str, ...], later: tuple[str, ...]) -> None:
    """Offsets, forms and lengths of fractions do not change which is first."""
    for first, second in itertools.product(earlier, later):
        assert instant(first) < instant(second)


@pytest.mark.parametrize("same", ASCENDING)
def test_equal_instants_are_equal(same: tuple[str, ...]) -> None:
    """However it is written, an instant is one."""
    assert {instant(text) for text in same} == {instant(same[0])}


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        # as precise as it was
        ("2020-03-27T17:30:26.715Z", -360, "2020-03-27T11:30:26.715-06:00"),
        ("2020-03-30T11:18:51-06:00", 330, "2020-03-30T22:48:51+05:30"),
        ("2020-03-24T16:55:59.120000000Z", 60, "2020-03-24T17:55:59.120000000+01:00"),
        ("2020-03-24T16:55:59,120+01:00", 0, "2020-03-24T15:55:59.120Z"),
        ("2020-03-24T16:55:59.000000000000000000001Z", 0,
         "2020-03-24T16:55:59.000000000000000000001Z"),
        # seconds that were not given stay away
        ("20200324T1655Z", 0, "2020-03-24T16:55Z"),
        ("2020-03-24T16-06:00", -420, "2020-03-24T15:00-07:00"),
        # fractions of an hour or minute become seconds
        ("2020-03-24T16.5Z", 0, "2020-03-24T16:30:00Z"),
        ("2020-03-24T16:55,12345Z", 0, "2020-03-24T16:55:07.407Z"),
        # other forms become the extended one
        ("2020-W13-2T16:55:59z", 0, "2020-03-24T16:55:59Z"),
        ("2020084t165559.0+00", 345, "2020-03-24T22:40:59.0+05:45"),
        ("2020-03-24T24:00:00Z", 0, "2020-03-25T00:00:00Z"),
        # a leap second stays one
        ("2016-12-31T23:59:60Z", 330, "2017-01-01T05:29:60+05:30"),
        ("20161231T235960,25Z", 0, "2016-12-31T23:59:60.25Z"),
        # past the ends of the calendar, here or in UTC
        ("0001-01-01T00:00:00+05:30", 330, None),
        ("0001-01-01T00:00:00Z", -1, None),
        ("9999-12-31T23:59:59-12:00", -720, None),
        ("9999-12-31T23:59:59Z", 330, None),
    ],
)  # fmt: skip
def test_moved(text: str, offset: int, expected: str | None) -> None:
    """A timestamp with another offset is as precise as it was; no calendar, no text."""
    if expected is None:
        with pytest.raises(OverflowError):
            moved(text, offset, in_utc=True)
    else:
        assert moved(text, offset, in_utc=True) == expected


def test_moved_to_an_offset_of_zero() -> None:
    """Only UTC itself is written Z."""
    assert moved("2020-03-24T16:55Z", 0) == "2020-03-24T16:55+00:00"


@quick
@given(
    st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 12, 31)),
    st.integers(-1439, 1439),
    st.integers(-1439, 1439),
)
@example(dt.datetime(1969, 12, 31, 23, 59, 59, 999999), 0, 0)
def test_moved_keeps_the_instant(utc: dt.datetime, first: int, second: int) -> None:
    """From offset to offset, a timestamp names the same instant, which is the calendar's."""
    text = moved(text_of(instant_of(utc)) + "Z", first)
    assert parse(text) == (instant_of(utc), first)
    assert parse(moved(text, second)) == (instant_of(utc), second)
    assert dt.datetime.fromisoformat(text) == utc.replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("offset", "in_utc", "expected"),
    [
        (0, True, "Z"),
        (0, False, "+00:00"),
        (-360, True, "-06:00"),
        (345, False, "+05:45"),
        (-30, False, "-00:30"),
        (1439, False, "+23:59"),
    ],
)
def test_offset_text(offset: int, in_utc: bool, expected: str) -> None:
    """An offset is written in hours and minutes."""
    assert offset_text(offset, in_utc) == expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (0, "1970-01-01T00:00:00"),
        (-1, "1969-12-31T23:59:59.999999"),
        (MINUTE, "1970-01-01T00:01:00"),
        (DAY, "1970-01-02T00:00:00"),
        (100_000, "1970-01-01T00:00:00.1"),
        (1585068959973000, "2020-03-24T16:55:59.973"),
        (1585068600000000, "2020-03-24T16:50:00"),
    ],
)
def test_text_of(instant: int, expected: str) -> None:
    """An instant is written in UTC, without zeros at the end of its fraction."""
    assert text_of(instant) == expected


FORMS = (
    "%Y-%m-%dT%H:%M:%S",
    "%Y%m%dT%H%M%S",
    "%G-W%V-%uT%H:%M:%S",
    "%GW%V%uT%H%M%S",
    "%Y-%jT%H:%M:%S",
    "%Y%jT%H%M%S",
)
MOMENTS = [
    dt.datetime(year, month, day, 7, 8, 9, tzinfo=dt.UTC)
    for year in (1583, 1900, 1999, 2000, 2015, 2020, 2021, 2026, 2100, 9998)
    for month, day in ((1, 1), (1, 3), (2, 28), (3, 1), (12, 28), (12, 31))
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("minutes", [0, 330, -360, 765, -1439])
def test_all_forms_agree_with_the_calendar(form: str, minutes: int) -> None:
    """Calendar, week and ordinal dates, basic and extended, name what `datetime` says they do."""
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    texts = [moment.astimezone(zone).strftime(form) + offset_text(minutes) for moment in MOMENTS]
    assert [*map(instant, texts)] == [instant_of(at.replace(tzinfo=None)) for at in MOMENTS]


def is_timestamp(text: str) -> bool:
    """Whether *text* is one."""
    try:
        parse(text)
    except TimestampError:
        return False
    return True


def test_leap_days_and_long_years() -> None:
    """February 29, day 366 and week 53 are there in the years that have them, in no others."""
    years = range(1890, 2130)
    leap = [year for year in years if dt.date(year, 12, 31).timetuple().tm_yday == 366]
    long = [year for year in years if dt.date(year, 12, 28).isocalendar().week == 53]
    for day, expected in (("02-29", leap), ("366", leap), ("W53-1", long)):
        assert [year for year in years if is_timestamp(f"{year:04}-{day}T12Z")] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-03-24T16:55:59." + "7" * 100_000 + "Z", "2020-03-24T16:55:59." + "7" * 100_000),
        ("2020-03-24T16:55:59." + "0" * 100_000 + "Z", "2020-03-24T16:55:59." + "0" * 100_000),
        ("2020-03-24T16:55." + "0" * 10_000 + "1Z", "2020-03-24T16:55:00." + "0" * 9_999 + "6"),
        ("2020-03-24T16." + "5" + "0" * 10_000 + "Z", "2020-03-24T16:30:00"),
        ("2020-03-24T16." + "9" * 1_000 + "Z", "2020-03-24T16:59:59." + "9" * 996 + "64"),
    ],
    ids=["sevens", "zeros", "minute", "hour", "nines"],
)
def test_long_fraction_is_exact(text: str, expected: str) -> None:
    """A fraction of any length is read, and moved, to its last digit."""
    assert moved(text, 0, in_utc=True) == expected + "Z"
    assert text_of(instant(text)) == text_of(instant(expected + "Z"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a third of an hour in 50 digits, just below and just above it
        ("2020-03-24T16." + "3" * 50 + "Z", "2020-03-24T16:19:59.999999"),
        ("2020-03-24T16." + "3" * 49 + "4Z", "2020-03-24T16:20:00"),
        ("2020-03-24T16:55." + "9" * 5_000 + "Z", "2020-03-24T16:55:59.999999"),
    ],
    ids=["below", "above", "nines"],
)
def test_fraction_is_cut_off_not_rounded(text: str, expected: str) -> None:
    """What is finer than a microsecond is cut off after all digits have counted."""
    assert text_of(instant(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2" * 1_000_000,
        "2020-03-24T16:55:59" + "Z" * 1_000_000,
        "2020-03-24T16:55:59." + "9" * 1_000_000,
        "2020-03-24 " + "1" * 1_000_000 + " UTC",
        "2020-03-24" + " " * 1_000_000 + "16:55:59Z",
        "-" * 1_000_000,
        "\N{PILE OF POO}" * 1_000_000,
    ],
    ids=["digits", "offsets", "fraction", "time", "spaces", "dashes", "wide"],
)
def test_hostile_length_is_refused(text: str) -> None:
    """A text of a million characters is refused, and not repeated in the message."""
    with pytest.raises(TimestampError) as error:
        parse(text)
    assert len(error.value.reason) < 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", '"x"'),
        ('a"b\n', '"a\\"b\\n"'),
        ("é", '"é"'),
        ("x" * 61, '"' + "x" * 59 + '…"'),
    ],
)
def test_quoted(text: str, expected: str) -> None:
    """A text is shown as a short JSON string."""
    assert quoted(text) == expected
