"""Time zones, and the times that a person types in one."""

from __future__ import annotations

import datetime as dt
import pickle
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cevents.canvas.timestamps import instant_of, moved, parse, text_of, utc_of
from cevents.canvas.zones import Zone, is_zone, typed_instant, zone
from cevents.errors import CeventsError

from ..strategies import quick

LocalZone = Callable[[str], Zone]


@pytest.fixture
def local_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalZone]:
    """Give a function that moves this computer to a zone and returns `local` there."""

    def move(name: str) -> Zone:
        monkeypatch.setenv("TZ", name)
        time.tzset()
        return Zone("local")

    yield move
    monkeypatch.undo()
    time.tzset()


def at(text: str) -> int:
    """Return the instant of a time of UTC."""
    return parse(text + "Z").instant


def error_of(call: Callable[[], object]) -> str:
    """Return the message and the tip of the error that *call* raises."""
    with pytest.raises(CeventsError) as error:
        call()
    return f"{error.value.message} | {error.value.tip}"


@pytest.mark.parametrize(
    ("name", "utc", "expected"),
    [
        # clocks go forward, and back
        ("America/Denver", "2020-03-08T08:59", "2020-03-08T01:59:00-07:00"),
        ("America/Denver", "2020-03-08T09:00", "2020-03-08T03:00:00-06:00"),
        ("America/Denver", "2020-11-01T07:59", "2020-11-01T01:59:00-06:00"),
        ("America/Denver", "2020-11-01T08:00", "2020-11-01T01:00:00-07:00"),
        ("Europe/London", "2020-03-29T00:59", "2020-03-29T00:59:00+00:00"),
        ("Europe/London", "2020-03-29T01:00", "2020-03-29T02:00:00+01:00"),
        # by half an hour
        ("Australia/Lord_Howe", "2020-04-04T14:59", "2020-04-05T01:59:00+11:00"),
        ("Australia/Lord_Howe", "2020-04-04T15:00", "2020-04-05T01:30:00+10:30"),
        # in the middle of an hour of UTC
        ("Asia/Kathmandu", "1985-12-31T18:29", "1985-12-31T23:59:00+05:30"),
        ("Asia/Kathmandu", "1985-12-31T18:30", "1986-01-01T00:15:00+05:45"),
        ("Asia/Kathmandu", "1985-12-31T18:59", "1986-01-01T00:44:00+05:45"),
        # a day left out
        ("Pacific/Apia", "2011-12-30T09:59", "2011-12-29T23:59:00-10:00"),
        ("Pacific/Apia", "2011-12-30T10:00", "2011-12-31T00:00:00+14:00"),
        # offsets that are no whole hours
        ("Asia/Kolkata", "2020-03-24T18:29", "2020-03-24T23:59:00+05:30"),
        ("Asia/Kolkata", "2020-03-24T18:30", "2020-03-25T00:00:00+05:30"),
        ("America/St_Johns", "2020-03-24T02:29", "2020-03-23T23:59:00-02:30"),
        ("Asia/Kathmandu", "2020-12-31T18:15", "2021-01-01T00:00:00+05:45"),
        # the rules of other times
        ("America/Denver", "1944-01-15T12:00", "1944-01-15T06:00:00-06:00"),
        ("America/Denver", "2100-07-01T12:00", "2100-07-01T06:00:00-06:00"),
        ("Europe/Dublin", "1970-01-01T00:00", "1970-01-01T01:00:00+01:00"),
        # local mean time, whose offset has seconds
        ("America/Denver", "1850-01-01T12:00", "1850-01-01T05:00:00-07:00"),
        ("Asia/Kolkata", "1850-01-01T12:00", "1850-01-01T17:53:00+05:53"),
        # fixed offsets
        ("+05:30", "2020-03-24T16:55", "2020-03-24T22:25:00+05:30"),
        ("-0600", "2020-03-24T16:55", "2020-03-24T10:55:00-06:00"),
        ("+01", "2020-03-24T16:55", "2020-03-24T17:55:00+01:00"),
        ("-23:59", "2020-03-24T16:55", "2020-03-23T16:56:00-23:59"),
        ("+00:00", "2020-03-24T16:55", "2020-03-24T16:55:00+00:00"),
        # UTC
        ("UTC", "2020-03-24T16:55", "2020-03-24T16:55:00Z"),
        ("utc", "2020-03-24T16:55", "2020-03-24T16:55:00Z"),
        ("Z", "2020-03-24T16:55", "2020-03-24T16:55:00Z"),
        # the ends of the calendar
        ("UTC", "0001-01-01T00:00", "0001-01-01T00:00:00Z"),
        ("UTC", "9999-12-31T23:59", "9999-12-31T23:59:00Z"),
        ("+05:30", "0001-01-01T00:00", "0001-01-01T05:30:00+05:30"),
        ("-06:00", "9999-12-31T23:59", "9999-12-31T17:59:00-06:00"),
        ("+00:30", "9999-12-31T23:10", "9999-12-31T23:40:00+00:30"),
        ("-00:30", "0001-01-01T00:45", "0001-01-01T00:15:00-00:30"),
    ],
)
def test_instant_in_a_zone(name: str, utc: str, expected: str) -> None:
    """An instant reads in a zone as the offset that is right there and then has it."""
    assert Zone(name).show(at(utc)) == expected
    assert Zone(name).offset_at(at(utc)) == parse(expected).offset


@pytest.mark.parametrize(
    "name",
    ["America/Denver", "Asia/Kolkata", "Africa/Monrovia", "Europe/Paris", "Asia/Kathmandu"],
)
@pytest.mark.parametrize("minute", ["1700-06-01T00:00", "1890-02-03T04:05", "1950-12-31T23:58"])
def test_historic_offset_keeps_the_instant(name: str, minute: str) -> None:
    """Offsets with seconds are rounded to minutes, and the instant stays."""
    instant = at(minute + ":07.5")
    assert parse(Zone(name).show(instant)).instant == instant


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("utc", "2020-03-24T16:55:59.973Z", "2020-03-24T16:55:59.973Z"),
        ("utc", "2020-03-24T16:55:59.120Z", "2020-03-24T16:55:59.12Z"),
        ("America/Denver", "2020-03-24T16:55:59.973Z", "2020-03-24T10:55:59.973-06:00"),
        ("America/Denver", "2020-03-24T16:55Z", "2020-03-24T10:55:00-06:00"),
        ("+05:30", "2016-12-31T23:59:60Z", "2017-01-01T05:30:00+05:30"),
        # where no calendar reaches: in UTC
        ("Asia/Kolkata", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("America/Denver", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("Asia/Kolkata", "0001-01-01T00:00:00+05:30", "0000-12-31T18:30:00Z"),
        ("utc", "9999-12-31T23:59:59-12:00", "9999-12-32T11:59:59Z"),
        ("-12:00", "9999-12-31T23:59:59-12:00", "9999-12-32T11:59:59Z"),
    ],
)
def test_timestamp_in_a_zone(name: str, text: str, expected: str) -> None:
    """An instant is shown to the microsecond, without zeros at its end."""
    assert Zone(name).show(parse(text).instant) == expected


@pytest.mark.parametrize("name", ["utc", "+05:30", "local", "America/Denver", "Pacific/Apia"])
@pytest.mark.parametrize("instant", [-(2**63), -(10**30), 2**63 - 1, 10**30])
def test_any_number_is_shown(name: str, instant: int) -> None:
    """A number that is no time of the calendar has an offset, and reads somehow."""
    there = Zone(name)
    assert abs(there.offset_at(instant)) < 24 * 60
    assert there.show(instant).endswith("Z")
    assert there.stretches(instant, instant) == [(instant, there.offset_at(instant))]


def stretched(name: str, first: str, last: str) -> list[tuple[str, int]]:
    """Return the stretches of a zone, their starts as text."""
    found = Zone(name).stretches(at(first), at(last))
    return [(text_of(start), offset) for start, offset in found]


@pytest.mark.parametrize(
    ("name", "first", "last", "expected"),
    [
        # no change
        ("utc", "0001-01-01T00:00", "9999-12-31T23:59", [("0001-01-01T00:00:00", 0)]),
        ("+05:30", "2020-01-01T00:00", "2020-12-31T00:00", [("2020-01-01T00:00:00", 330)]),
        ("America/Phoenix", "1970-01-01T00:00", "9999-12-31T00:00",
         [("1970-01-01T00:00:00", -420)]),
        ("America/Denver", "0001-01-01T00:00", "1883-01-01T00:00",
         [("0001-01-01T00:00:00", -420)]),
        # two in a year
        ("America/Denver", "2020-01-01T00:00", "2020-12-31T00:00",
         [("2020-01-01T00:00:00", -420), ("2020-03-08T09:00:00", -360),
          ("2020-11-01T08:00:00", -420)]),
        # just before a change, and just at it
        ("America/Denver", "2020-03-08T08:59", "2020-03-08T08:59:59.999999",
         [("2020-03-08T08:59:00", -420)]),
        ("America/Denver", "2020-03-08T08:59", "2020-03-08T09:00",
         [("2020-03-08T08:59:00", -420), ("2020-03-08T09:00:00", -360)]),
        ("America/Denver", "2020-03-08T09:00", "2020-03-08T09:01",
         [("2020-03-08T09:00:00", -360)]),
        # at midnight of UTC, within an hour and within a minute
        ("Africa/Casablanca", "2009-05-01T00:00", "2009-12-31T00:00",
         [("2009-05-01T00:00:00", 0), ("2009-06-01T00:00:00", 60), ("2009-08-20T23:00:00", 0)]),
        ("Asia/Kathmandu", "1985-12-31T00:00", "1986-01-01T12:00",
         [("1985-12-31T00:00:00", 330), ("1985-12-31T18:30:00", 345)]),
        ("Asia/Shanghai", "1900-12-31T00:00", "1901-01-02T00:00",
         [("1900-12-31T00:00:00", 486), ("1900-12-31T15:54:17", 480)]),
        # a day left out; DST stopped for a month
        ("Pacific/Apia", "2011-12-30T00:00", "2011-12-31T00:00",
         [("2011-12-30T00:00:00", -600), ("2011-12-30T10:00:00", 840)]),
        ("Africa/Cairo", "2014-01-01T00:00", "2014-12-31T00:00",
         [("2014-01-01T00:00:00", 120), ("2014-05-15T22:00:00", 180),
          ("2014-06-26T21:00:00", 120), ("2014-07-31T22:00:00", 180),
          ("2014-09-25T21:00:00", 120)]),
        # far on, by the rules of today
        ("America/Denver", "9998-12-31T00:00", "9999-12-31T00:00",
         [("9998-12-31T00:00:00", -420), ("9999-03-14T09:00:00", -360),
          ("9999-11-07T08:00:00", -420)]),
    ],
)  # fmt: skip
def test_stretches(name: str, first: str, last: str, expected: list[tuple[str, int]]) -> None:
    """The times of constant offset follow one another, and begin where clocks change."""
    assert stretched(name, first, last) == expected


@quick
@given(
    name=st.sampled_from(sorted(available_timezones())),
    instants=st.lists(
        st.datetimes(dt.datetime(1840, 1, 1), dt.datetime(2150, 1, 1)) | st.datetimes(), min_size=1
    ),
)
@example("Africa/Monrovia", [dt.datetime(1972, 1, 7, 0, 44, 29), dt.datetime(1972, 1, 7, 0, 44)])
@example("Africa/El_Aaiun", [dt.datetime(2085, 1, 1), dt.datetime(2095, 1, 1)])
@example("America/New_York", [dt.datetime(2499, 12, 31), dt.datetime(2500, 3, 14, 12)])
def test_stretches_have_the_offset_of_each_instant(name: str, instants: list[dt.datetime]) -> None:
    """The stretch that an instant is in has its offset."""
    there, known = zone(name), sorted(map(instant_of, instants))
    found = there.stretches(known[0], known[-1])
    starts = [start for start, _ in found]
    assert starts[0] <= known[0]
    assert starts == sorted(set(starts))
    for instant in known:
        assert found[bisect_right(starts, instant) - 1][1] == there.offset_at(instant)
    for start, offset in found[1:][:3]:
        assert there.offset_at(start - 1) != offset
        assert there.offset_at(start) == offset


def test_threads_share_a_zone() -> None:
    """Several threads that look for clock changes in one zone find the same."""
    shared = Zone("America/New_York")
    first, last = at("1900-01-01T00:00"), at("2037-01-01T00:00")
    with ThreadPoolExecutor(4) as pool:
        found = [*pool.map(lambda _: shared.stretches(first, last), range(8))]
    assert found == [Zone("America/New_York").stretches(first, last)] * 8


@pytest.mark.parametrize("name", ["utc", "America/Denver", "+05:30"])
def test_zone_travels_to_another_process(name: str) -> None:
    """A zone can be pickled."""
    copy = pickle.loads(pickle.dumps(Zone(name)))
    assert copy.show(at("2020-03-24T16:55")) == Zone(name).show(at("2020-03-24T16:55"))
    assert copy is zone(copy.name)


@pytest.mark.parametrize(
    ("name", "utc", "expected"),
    [
        ("America/Denver", "2020-03-08T08:59", "2020-03-08T01:59:00-07:00"),
        ("America/Denver", "2020-03-08T09:00", "2020-03-08T03:00:00-06:00"),
        ("America/Denver", "2020-11-01T07:59", "2020-11-01T01:59:00-06:00"),
        ("America/Denver", "2020-11-01T08:00", "2020-11-01T01:00:00-07:00"),
        ("Asia/Kolkata", "2020-03-24T16:55", "2020-03-24T22:25:00+05:30"),
        ("UTC", "2020-03-24T16:55", "2020-03-24T16:55:00+00:00"),
    ],
)
def test_local_zone(local_zone: LocalZone, name: str, utc: str, expected: str) -> None:
    """`local` is the zone of this computer, with its clock changes."""
    assert local_zone(name).show(at(utc)) == expected


def test_stretches_of_local_zone(local_zone: LocalZone) -> None:
    """So are its times of constant offset."""
    first, last = at("2000-01-01T00:00"), at("2030-01-01T00:00")
    expected = Zone("America/Denver").stretches(first, last)
    assert local_zone("America/Denver").stretches(first, last) == expected


@pytest.mark.parametrize("minute", ["0001-01-01T00:00", "9999-12-31T23:59", "1800-01-01T00:00"])
def test_local_zone_at_the_ends_of_the_calendar(local_zone: LocalZone, minute: str) -> None:
    """`local` keeps the instant."""
    for name in ("America/Denver", "Asia/Kolkata"):
        assert parse(local_zone(name).show(at(minute))).instant == at(minute)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("2020-03-30T11:18:51-06:00", "Asia/Kolkata", "2020-03-30T22:48:51+05:30"),
        ("2020-03-24T16:55:59.120000000Z", "America/Denver",
         "2020-03-24T10:55:59.120000000-06:00"),
        ("20200324T1655Z", "utc", "2020-03-24T16:55Z"),
        ("2020-03-24T16:55Z", "Europe/London", "2020-03-24T16:55+00:00"),
    ],
)  # fmt: skip
def test_timestamp_moved_to_a_zone(text: str, name: str, expected: str) -> None:
    """The text of a timestamp is moved to the offset that a zone has at its instant."""
    there = Zone(name)
    assert moved(text, there.offset_at(parse(text).instant), there.is_utc) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("America/Denvr", "did you mean America/Denver?"),
        ("america/denver", "did you mean America/Denver?"),
        ("denver", "did you mean America/Denver?"),
        ("New York", "did you mean America/New_York?"),
        ("Europe/Berlinn", "did you mean Europe/Berlin?"),
        ("asia/calcuta", "did you mean Asia/Calcutta?"),
        ("Mars/Olympus_Mons", "give an IANA name"),
        ("+5:30", "give an IANA name"),
        ("+24:00", "give an IANA name"),
    ],
)
def test_unknown_zone_gets_a_tip(name: str, expected: str) -> None:
    """An unknown zone is told the nearest one, or what a zone may be."""
    error = error_of(lambda: Zone(name))
    assert "unknown time zone" in error
    assert expected in error


HOSTILE_NAMES = {
    "empty": "",
    "space": " ",
    "nul": "\0",
    "nul inside": "America/Den\0ver",
    "root": "/",
    "dot": ".",
    "parent": "..",
    "absolute": "/usr/share/zoneinfo/UTC",
    "climbs": "../../etc/passwd",
    "climbs inside": "America/../../../../etc/passwd",
    "folder": "America",
    "folder with slash": "America/",
    "table": "zone.tab",
    "backslash": "America\\Denver",
    "newline": "America/Denver\n",
    "long": "x" * 1_000_000,
    "long path": "a/" * 100_000,
    "surrogate": "\ud800",
    "wide": "\N{PILE OF POO}",
    "other digits": "+0٥:30",
    "offset and line end": "+05:30\n",
}


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_hostile_name_is_no_zone(name: str) -> None:
    """A path, a folder or any other text is an unknown zone, and read as nothing else."""
    assert "unknown time zone" in error_of(lambda: Zone(name))
    assert not is_zone(name)


@pytest.mark.parametrize(
    ("name", "expected"), [("America/Denver", True), ("UTC", True), ("+05:30", False)]
)
def test_is_zone(name: str, expected: bool) -> None:
    """Only an IANA name is the zone of an event."""
    assert is_zone(name) is expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        # with an offset: the zone has no say
        ("2020-03-24T16:55:59.973Z", "America/Denver", "2020-03-24T16:55:59.973"),
        ("2020-03-30T11:18:51-06:00", "utc", "2020-03-30T17:18:51"),
        ("20200330T111851-0600", "utc", "2020-03-30T17:18:51"),
        ("2020-03-24T16:55:59.123456789Z", "utc", "2020-03-24T16:55:59.123456"),
        ("2016-12-31T23:59:60Z", "utc", "2017-01-01T00:00:00"),
        (" 2020-03-24T16:55Z ", "utc", "2020-03-24T16:55:00"),
        # without: local time there
        ("2020-03-24T16:55:59", "utc", "2020-03-24T16:55:59"),
        ("2020-03-24T16:55:59", "America/Denver", "2020-03-24T22:55:59"),
        ("2020-01-24T16:55", "America/Denver", "2020-01-24T23:55:00"),
        ("2020-03-24T16", "+05:30", "2020-03-24T10:30:00"),
        ("2020-03-24 16:55", "America/Denver", "2020-03-24T22:55:00"),
        ("20200324T165559", "America/Denver", "2020-03-24T22:55:59"),
        ("2020-W13-2T16:55", "America/Denver", "2020-03-24T22:55:00"),
        ("2020-084T16:55", "America/Denver", "2020-03-24T22:55:00"),
        ("2020-03-24T24:00", "America/Denver", "2020-03-25T06:00:00"),
        ("2020-03-24T16:55:59.5", "utc", "2020-03-24T16:55:59.5"),
        ("2020-03-24T16:55:59,5", "utc", "2020-03-24T16:55:59.5"),
        ("2020-03-24T16:55:59.123456789", "utc", "2020-03-24T16:55:59.123456"),
        ("2020-03-24T16:55:59.9999999", "America/Denver", "2020-03-24T22:55:59.999999"),
        ("2020-03-24T16,5", "utc", "2020-03-24T16:30:00"),
        ("2020-03-24T16:55.5", "utc", "2020-03-24T16:55:30"),
        ("2016-12-31T23:59:60", "utc", "2017-01-01T00:00:00"),
        # local mean time, whose offset has seconds
        ("1880-01-01T00:00", "America/Denver", "1880-01-01T06:59:56"),
        ("1880-01-01T00:00:30", "America/Denver", "1880-01-01T07:00:26"),
        # a date alone: its first moment
        ("1880-01-01", "America/Denver", "1880-01-01T06:59:56"),
        ("2020-03-24", "utc", "2020-03-24T00:00:00"),
        ("2020-03-24", "America/Denver", "2020-03-24T06:00:00"),
        ("2020-03-24", "Asia/Kolkata", "2020-03-23T18:30:00"),
        ("20200324", "utc", "2020-03-24T00:00:00"),
        ("2020-W13-2", "utc", "2020-03-24T00:00:00"),
        ("2020-084", "utc", "2020-03-24T00:00:00"),
        # around a clock change, but not within it
        ("2020-03-08T01:59:59", "America/Denver", "2020-03-08T08:59:59"),
        ("2020-03-08T03:00", "America/Denver", "2020-03-08T09:00:00"),
        ("2020-11-01T00:59:59", "America/Denver", "2020-11-01T06:59:59"),
        ("2020-11-01T02:00", "America/Denver", "2020-11-01T09:00:00"),
    ],
)
def test_typed_time(text: str, name: str, expected: str) -> None:
    """A time that a person types is ISO 8601, with or without an offset, or a date alone."""
    assert text_of(typed_instant(text, Zone(name))) == expected


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("now", dt.timedelta()),
        ("NOW", dt.timedelta()),
        ("-90s", dt.timedelta(seconds=90)),
        ("-5 min", dt.timedelta(minutes=5)),
        ("-2h", dt.timedelta(hours=2)),
        ("- 2 hours", dt.timedelta(hours=2)),
        ("2 hours ago", dt.timedelta(hours=2)),
        ("1 hour ago", dt.timedelta(hours=1)),
        ("3 days ago", dt.timedelta(days=3)),
        ("-3d", dt.timedelta(days=3)),
        ("1 week ago", dt.timedelta(weeks=1)),
        ("-0s", dt.timedelta()),
    ],
)
def test_typed_time_ago(text: str, ago: dt.timedelta) -> None:
    """A time may be said as how long ago it was."""
    before = dt.datetime.now(dt.UTC)
    found = utc_of(typed_instant(text, Zone("utc"))).replace(tzinfo=dt.UTC)
    assert before - ago <= found <= dt.datetime.now(dt.UTC) - ago


@pytest.mark.parametrize(("text", "days"), [("today", 0), ("yesterday", 1), ("Yesterday", 1)])
@pytest.mark.parametrize("hours", [0, 14, -11])
def test_typed_day(text: str, days: int, hours: int) -> None:
    """`today` and `yesterday` begin at midnight in the zone."""
    zone = dt.timezone(dt.timedelta(hours=hours))
    before = dt.datetime.now(zone).date()
    found = dt.datetime.fromisoformat(
        text_of(typed_instant(text, Zone(f"{hours:+03}:00"))) + "+00:00"
    )
    assert found.astimezone(zone).time() == dt.time()
    assert (
        before <= found.astimezone(zone).date() + dt.timedelta(days) <= dt.datetime.now(zone).date()
    )


@pytest.mark.parametrize(("text", "months"), [("1 month ago", 1), ("-2 months", 2), ("-1y", 12)])
def test_typed_months_ago(text: str, months: int) -> None:
    """Months and years go by the calendar."""
    before = dt.datetime.now(dt.UTC)
    found = utc_of(typed_instant(text, Zone("utc"))).replace(tzinfo=dt.UTC)
    month = before.year * 12 + before.month - 1 - months
    assert found.year * 12 + found.month - 1 - month in (0, 1)  # 1: a month has just begun


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (
            "2020-11-01T01:30",
            "America/Denver",
            ("twice", "2020-11-01T01:30:00-06:00", "2020-11-01T01:30:00-07:00"),
        ),
        (
            "2020-10-25 02:00",
            "Europe/Berlin",
            ("twice", "2020-10-25T02:00:00+02:00", "2020-10-25T02:00:00+01:00"),
        ),
        (
            "2020-03-08T02:30",
            "America/Denver",
            ("not exist", "2020-03-08T01:30:00-07:00", "2020-03-08T03:30:00-06:00"),
        ),
        (
            "2011-12-30",
            "Pacific/Apia",
            ("not exist", "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"),
        ),
        (
            "2020-10-04T02:15",
            "Australia/Lord_Howe",
            ("not exist", "2020-10-04T01:45:00+10:30", "2020-10-04T02:45:00+11:00"),
        ),
    ],
)
def test_clock_change_is_an_error(text: str, name: str, expected: tuple[str, ...]) -> None:
    """A local time that is there twice, or never, is an error that names both instants."""
    error = error_of(lambda: typed_instant(text, Zone(name)))
    assert [part for part in (name, *expected) if part not in error] == []


def test_clock_change_in_local_zone(local_zone: LocalZone) -> None:
    """So it is where the zone is this computer's."""
    here = local_zone("America/Denver")
    error = error_of(lambda: typed_instant("2020-11-01T01:30", here))
    assert "2020-11-01T01:30:00-06:00" in error
    assert "2020-11-01T01:30:00-07:00" in error
    assert text_of(typed_instant("2020-03-24T16:55", here)) == "2020-03-24T22:55:00"


@pytest.mark.parametrize(
    ("name", "text"), [("Asia/Kolkata", "0001-01-01"), ("America/Denver", "9999-12-31T23:59")]
)
def test_ends_of_the_calendar_in_local_zone(local_zone: LocalZone, name: str, text: str) -> None:
    """A local time whose instant is past the calendar is an error here too."""
    here = local_zone(name)
    assert "outside the calendar in UTC" in error_of(lambda: typed_instant(text, here))


NOT_TIMES = {
    "empty": ("", "utc"),
    "space": (" ", "utc"),
    "word": ("soon", "utc"),
    "german": ("24.03.2020", "utc"),
    "no such date": ("2020-02-30", "utc"),
    "no such hour": ("2020-03-24T25:00", "utc"),
    "no such offset": ("2020-03-24T16:55:59+24:00", "utc"),
    "unknown unit": ("-2 fortnights", "utc"),
    "no number": ("-h", "utc"),
    "no direction": ("3 days", "utc"),
    "other digits": ("-٢h", "utc"),
    "too many hours": ("-999999999999h", "utc"),
    "too many years": ("-99999 years", "utc"),
    "too many days": ("99999999999999999999 days ago", "utc"),
    "a number of 5000 digits": ("-" + "9" * 5_000 + "h", "utc"),
    "days of 5000 digits": ("9" * 5_000 + " days ago", "utc"),
    "before the calendar": ("0001-01-01", "Asia/Kolkata"),
    "before the calendar of 14 hours on": ("0001-01-01", "+14:00"),
    "after the calendar": ("9999-12-31T23:59", "America/Denver"),
    "midnight after the calendar": ("9999-12-31T24:00", "utc"),
    "very long": ("2020-03-24T16:55:59Z" * 10_000, "utc"),
    "nul": ("\0", "utc"),
    "surrogate": ("\ud800", "utc"),
}


@pytest.mark.parametrize(("text", "name"), NOT_TIMES.values(), ids=NOT_TIMES)
def test_not_a_time(text: str, name: str) -> None:
    """Anything else is an error in one line, whatever it is."""
    error = error_of(lambda: typed_instant(text, Zone(name)))
    assert len(error) < 300


def test_ruby_notation_is_told_the_right_one() -> None:
    """Ruby's notation is understood, or answered with what it probably means."""
    text, meant = "2019-11-05 07:38:00 -0800", "2019-11-05T07:38:00-0800"
    assert text_of(typed_instant(meant, Zone("utc"))) == "2019-11-05T15:38:00"
    assert meant in error_of(lambda: typed_instant(text, Zone("utc")))
