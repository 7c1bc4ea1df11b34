"""ISO 8601 text and the instants it names: which texts are timestamps, and how they sort."""

from __future__ import annotations

import datetime as dt
import itertools
import re

import pytest

from cevents.timestamps import (
    TimestampError,
    are_extended,
    instant,
    instants,
    normalised,
    parse,
    pattern,
    stamps,
)

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
    # fractions of a second
    "2020-03-24T16:55:59.973Z": "2020-03-24T16:55:59.973",
    "2020-03-24T16:55:59,973Z": "2020-03-24T16:55:59.973",
    "2020-03-24T16:55:59.9Z": "2020-03-24T16:55:59.9",
    "2020-03-24T16:55:59.000Z": "2020-03-24T16:55:59",
    "2020-03-24T16:55:59.120Z": "2020-03-24T16:55:59.12",
    "2020-03-24T16:55:59.123456789Z": "2020-03-24T16:55:59.123456789",
    "2020-03-24T16:55:59.999999999999+02:00": "2020-03-24T14:55:59.999999999999",
    "2020-03-24T16:55:59.000000000000000000001Z": "2020-03-24T16:55:59.000000000000000000001",
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
    # leap seconds
    "2016-12-31T23:59:60Z": "2016-12-31T23:59:60",
    "2016-12-31T23:59:60.5Z": "2016-12-31T23:59:60.5",
    "2016-12-31T18:59:60-05:00": "2016-12-31T23:59:60",
    "2017-01-01T05:29:60+05:30": "2016-12-31T23:59:60",
    "2017-01-01T05:44:60,25+05:45": "2016-12-31T23:59:60.25",
    "2017-01-01T00:59:60+01": "2016-12-31T23:59:60",
    "20150630T235960Z": "2015-06-30T23:59:60",
    "20170101T085960+0900": "2016-12-31T23:59:60",
    "2016-W52-6T23:59:60Z": "2016-12-31T23:59:60",
    "2016-366T23:59:60Z": "2016-12-31T23:59:60",
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
    ("2016-12-31T23:59:59Z", "2016-12-31T23:59:59.000Z", "2017-01-01T05:29:59+05:30"),
    ("2016-12-31T23:59:59.999999999999Z",),
    ("2016-12-31T23:59:60Z", "2016-12-31T18:59:60.00-05:00", "20170101T085960+0900"),
    ("2016-12-31T23:59:60.5Z", "2017-01-01T00:59:60,50+01:00"),
    ("2017-01-01T00:00:00Z", "2016-12-31T24:00:00Z", "2016-12-31T17:00:00-07:00"),
    ("2020-03-24T16:55:00Z", "2020-03-24T16:55Z", "2020-084T16:55Z"),
    ("2020-03-24T16:55:00.1Z",),
    ("2020-03-24T16:55:09Z",),
    ("2020-03-24T16:55:30Z", "2020-03-24T16:55.5Z", "2020-W13-2T10:55:30-06:00"),
    ("2020-03-24T16:55:30.0000000001Z",),
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
    """Every form of ISO 8601 is read, alone as in a column."""
    assert instant(text) == expected
    assert [normalised(found or "") for found in instants([text])] == [expected]
    assert stamps([text]) == [parse(text)]


@pytest.mark.parametrize("text", [*VALID, *OFF_THE_CALENDAR])
def test_pattern_matches_timestamp(text: str) -> None:
    """The grammar that the exported schema carries takes every timestamp."""
    assert re.fullmatch(pattern(), text)


@pytest.mark.parametrize("text", INVALID)
def test_not_a_timestamp(text: str) -> None:
    """What is not ISO 8601, or names no time that exists, is refused alone and in a column."""
    assert code_of(text) == "bad-timestamp"
    assert instants([text]) == [None]
    assert stamps([text]) == [None]
    assert not are_extended([text])


@pytest.mark.parametrize("text", WITHOUT_OFFSET)
def test_missing_offset(text: str) -> None:
    """A timestamp without an offset has a code of its own, and a hint of what to add."""
    assert code_of(text) == "missing-offset"
    assert "offset" in hint_of(text)
    assert instants([text]) == [None]


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


@pytest.mark.parametrize("text", OFF_THE_CALENDAR)
def test_timestamp_off_the_calendar_is_valid(text: str) -> None:
    """An offset may carry an instant past either end of the calendar; it is one all the same."""
    assert instants([text]) == [instant(text)]


@pytest.mark.parametrize(("earlier", "later"), [*itertools.pairwise(ASCENDING)])
def test_instants_sort_as_time_passes(earlier: tuple[str, ...], later: tuple[str, ...]) -> None:
    """Offsets, forms, lengths of fractions and leap seconds do not change which is first."""
    for first, second in itertools.product(earlier, later):
        assert instant(first) < instant(second)
        assert (instants([first])[0] or "") < (instants([second])[0] or "")


@pytest.mark.parametrize("same", ASCENDING)
def test_equal_instants_are_equal(same: tuple[str, ...]) -> None:
    """However it is written, an instant is one."""
    assert {instant(text) for text in same} == {instant(same[0])}
    assert {normalised(found or "") for found in instants(list(same))} == {instant(same[0])}


def test_column_sorts_as_its_timestamps() -> None:
    """A whole column of mixed forms sorts as its timestamps do one by one."""
    column = [text for same in ASCENDING for text in same]
    assert [normalised(found or "") for found in instants(column)] == [*map(instant, column)]
    usual = [text for text in column if are_extended([text])]
    assert [normalised(found or "") for found in instants(usual)] == [*map(instant, usual)]


def test_column_keeps_its_places() -> None:
    """A text that is no timestamp leaves a gap, and its neighbours where they are."""
    texts = ["2020-03-24T16:55:59Z", "today", "", "20200324T165559Z"]
    assert instants(texts) == ["2020-03-24T16:55:59", None, None, "2020-03-24T16:55:59"]
    assert stamps(texts) == ["2020-03-24T16:55:59", None, None, "2020-03-24T16:55:59"]


def test_empty_column() -> None:
    """No timestamps give no instants."""
    assert instants([]) == []
    assert stamps([]) == []
    assert are_extended([])


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2020-03-24T16:55:59Z", "2020-03-24T16:55:59.973-06:00"], True),
        (["2020-03-24t16:55:59z"], True),
        (["2020-03-24T16:55:59Z", "2020-03-24 16:55:59Z"], False),
        (["2020-03-24 16:55:59Z", "2020-03-24TT16:55:59Z"], False),
        (["2020-03-24T16:55:59"], False),
        (["2020-03-24T16:55:59Z", ""], False),
    ],
)
def test_usual_form(texts: list[str], expected: bool) -> None:
    """A column is of the usual form, RFC 3339's, when each of its texts is."""
    assert are_extended(texts) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-03-24T16:55:59Z", ":59"),
        ("2020-03-24T16:55:59.120Z", ":59.120"),
        ("2020-03-24T16:55:59,120+01:00", ":59.120"),
        ("2020-03-24T16:55:59.000000000-06:00", ":59.000000000"),
        ("2020-03-24T16:55Z", ""),
        ("20200324T1655Z", ""),
        ("2016-12-31T23:59:60.0Z", ":60.0"),
    ],
)
def test_timestamp_keeps_its_precision(text: str, expected: str) -> None:
    """What follows the minute is kept as precise as it was written."""
    assert parse(text)[16:] == expected


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
    offset = moment_offset(minutes)
    texts = [moment.astimezone(zone).strftime(form) + offset for moment in MOMENTS]
    assert instants(texts) == [moment.strftime("%Y-%m-%dT%H:%M:%S") for moment in MOMENTS]


def moment_offset(minutes: int) -> str:
    """Return an offset from UTC as ISO 8601 writes it."""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def test_leap_days_and_long_years() -> None:
    """February 29, day 366 and week 53 are there in the years that have them, in no others."""
    years = range(1890, 2130)
    leap = [year for year in years if dt.date(year, 12, 31).timetuple().tm_yday == 366]
    long = [year for year in years if dt.date(year, 12, 28).isocalendar().week == 53]
    for day, expected in (("02-29", leap), ("366", leap), ("W53-1", long)):
        found = instants([f"{year:04}-{day}T12Z" for year in years])
        assert [year for year, known in zip(years, found, strict=True) if known] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-03-24T16:55:59." + "7" * 100_000 + "Z", "2020-03-24T16:55:59." + "7" * 100_000),
        ("2020-03-24T16:55:59." + "0" * 100_000 + "Z", "2020-03-24T16:55:59"),
        ("2020-03-24T16:55." + "0" * 10_000 + "1Z", "2020-03-24T16:55:00." + "0" * 9_999 + "6"),
        ("2020-03-24T16." + "5" + "0" * 10_000 + "Z", "2020-03-24T16:30:00"),
        ("2020-03-24T16." + "9" * 1_000 + "Z", "2020-03-24T16:59:59." + "9" * 996 + "64"),
    ],
    ids=["sevens", "zeros", "minute", "hour", "nines"],
)
def test_long_fraction_is_exact(text: str, expected: str) -> None:
    """A fraction of any length is read to its last digit."""
    assert instant(text) == expected


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
