"""Time zones, and the times that a person types in one."""

from __future__ import annotations

import datetime as dt
import pickle
import time
from collections.abc import Callable, Iterator

import pytest

from cevents.errors import CeventsError
from cevents.timestamps import instant, parse
from cevents.zones import Zone, is_zone, typed_instant

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


def error_of(call: Callable[[], object]) -> str:
    """Return the message and the tip of the error that *call* raises."""
    with pytest.raises(CeventsError) as error:
        call()
    return f"{error.value.message} | {error.value.tip}"


@pytest.mark.parametrize(
    ("name", "minute", "expected"),
    [
        # clocks go forward, and back
        ("America/Denver", "2020-03-08T08:59", ("2020-03-08T01:59", "-07:00")),
        ("America/Denver", "2020-03-08T09:00", ("2020-03-08T03:00", "-06:00")),
        ("America/Denver", "2020-11-01T07:59", ("2020-11-01T01:59", "-06:00")),
        ("America/Denver", "2020-11-01T08:00", ("2020-11-01T01:00", "-07:00")),
        ("Europe/London", "2020-03-29T00:59", ("2020-03-29T00:59", "+00:00")),
        ("Europe/London", "2020-03-29T01:00", ("2020-03-29T02:00", "+01:00")),
        # by half an hour
        ("Australia/Lord_Howe", "2020-04-04T14:59", ("2020-04-05T01:59", "+11:00")),
        ("Australia/Lord_Howe", "2020-04-04T15:00", ("2020-04-05T01:30", "+10:30")),
        # in the middle of an hour of UTC
        ("Asia/Kathmandu", "1985-12-31T18:29", ("1985-12-31T23:59", "+05:30")),
        ("Asia/Kathmandu", "1985-12-31T18:30", ("1986-01-01T00:15", "+05:45")),
        ("Asia/Kathmandu", "1985-12-31T18:59", ("1986-01-01T00:44", "+05:45")),
        # a day left out
        ("Pacific/Apia", "2011-12-30T09:59", ("2011-12-29T23:59", "-10:00")),
        ("Pacific/Apia", "2011-12-30T10:00", ("2011-12-31T00:00", "+14:00")),
        # offsets that are no whole hours
        ("Asia/Kolkata", "2020-03-24T18:29", ("2020-03-24T23:59", "+05:30")),
        ("Asia/Kolkata", "2020-03-24T18:30", ("2020-03-25T00:00", "+05:30")),
        ("America/St_Johns", "2020-03-24T02:29", ("2020-03-23T23:59", "-02:30")),
        ("Asia/Kathmandu", "2020-12-31T18:15", ("2021-01-01T00:00", "+05:45")),
        # the rules of other times
        ("America/Denver", "1944-01-15T12:00", ("1944-01-15T06:00", "-06:00")),
        ("America/Denver", "2100-07-01T12:00", ("2100-07-01T06:00", "-06:00")),
        ("Europe/Dublin", "1970-01-01T00:00", ("1970-01-01T01:00", "+01:00")),
        # local mean time, whose offset has seconds
        ("America/Denver", "1850-01-01T12:00", ("1850-01-01T05:00", "-07:00")),
        ("Asia/Kolkata", "1850-01-01T12:00", ("1850-01-01T17:53", "+05:53")),
        # fixed offsets
        ("+05:30", "2020-03-24T16:55", ("2020-03-24T22:25", "+05:30")),
        ("-0600", "2020-03-24T16:55", ("2020-03-24T10:55", "-06:00")),
        ("+01", "2020-03-24T16:55", ("2020-03-24T17:55", "+01:00")),
        ("-23:59", "2020-03-24T16:55", ("2020-03-23T16:56", "-23:59")),
        ("+00:00", "2020-03-24T16:55", ("2020-03-24T16:55", "+00:00")),
        # UTC
        ("UTC", "2020-03-24T16:55", ("2020-03-24T16:55", "Z")),
        ("utc", "2020-03-24T16:55", ("2020-03-24T16:55", "Z")),
        ("Z", "2020-03-24T16:55", ("2020-03-24T16:55", "Z")),
        # the ends of the calendar
        ("UTC", "0001-01-01T00:00", ("0001-01-01T00:00", "Z")),
        ("UTC", "9999-12-31T23:59", ("9999-12-31T23:59", "Z")),
        ("+05:30", "0001-01-01T00:00", ("0001-01-01T05:30", "+05:30")),
        ("-06:00", "9999-12-31T23:59", ("9999-12-31T17:59", "-06:00")),
        ("+00:30", "9999-12-31T23:10", ("9999-12-31T23:40", "+00:30")),
        ("-00:30", "0001-01-01T00:45", ("0001-01-01T00:15", "-00:30")),
    ],
)
def test_minute_in_a_zone(name: str, minute: str, expected: tuple[str, str]) -> None:
    """A UTC minute reads in a zone as the offset that is right there and then has it."""
    assert Zone(name).at(minute) == expected


def test_minutes_may_come_in_any_order() -> None:
    """What a zone remembers of one minute is right for the others."""
    minutes = [f"2020-{month:02}-08T{hour:02}:30" for month in (1, 3, 7) for hour in (8, 9, 10)]
    denver = Zone("America/Denver")
    alone = [Zone("America/Denver").at(minute) for minute in minutes]
    assert [denver.at(minute) for minute in [*minutes, *reversed(minutes)]] == alone + alone[::-1]


@pytest.mark.parametrize(
    "name",
    ["America/Denver", "Asia/Kolkata", "Africa/Monrovia", "Europe/Paris", "Asia/Kathmandu"],
)
@pytest.mark.parametrize("minute", ["1700-06-01T00:00", "1890-02-03T04:05", "1950-12-31T23:58"])
def test_historic_offset_keeps_the_instant(name: str, minute: str) -> None:
    """Offsets with seconds are rounded to minutes, and the instant stays."""
    shown = Zone(name).show(minute + ":07.5")
    assert instant(shown) == f"{minute}:07.5"


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("2020-03-27T17:30:26.715Z", "America/Denver", "2020-03-27T11:30:26.715-06:00"),
        ("2020-03-30T11:18:51-06:00", "utc", "2020-03-30T17:18:51Z"),
        ("2020-03-30T11:18:51-06:00", "Asia/Kolkata", "2020-03-30T22:48:51+05:30"),
        ("2020-03-24T16:55:59.120000000Z", "+01:00", "2020-03-24T17:55:59.120000000+01:00"),
        ("20200324T1655Z", "utc", "2020-03-24T16:55Z"),
        ("2016-12-31T23:59:60Z", "Asia/Kolkata", "2017-01-01T05:29:60+05:30"),
        ("2020-03-24T24:00:00Z", "utc", "2020-03-25T00:00:00Z"),
        ("0001-01-01T00:00:00+05:30", "Asia/Kolkata", None),
        ("0001-01-01T00:00:00+05:30", "utc", None),
        ("9999-12-31T23:59:59-12:00", "utc", None),
        ("9999-12-31T23:59:59Z", "Asia/Kolkata", None),
    ],
)
def test_timestamp_in_a_zone(text: str, name: str, expected: str | None) -> None:
    """A timestamp reads in a zone as precise as it was; past the calendar it reads in none."""
    if expected is None:
        with pytest.raises(OverflowError):
            Zone(name).show(parse(text))
    else:
        assert Zone(name).show(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("2020-03-24T16:55:59.973", "utc", "2020-03-24T16:55:59.973Z"),
        ("2020-03-24T16:55:59.973", "America/Denver", "2020-03-24T10:55:59.973-06:00"),
        ("2016-12-31T23:59:60", "+05:30", "2017-01-01T05:29:60+05:30"),
        ("9999-12-31T23:59:59", "Asia/Kolkata", "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00", "America/Denver", "0001-01-01T00:00:00Z"),
    ],
)
def test_instant_in_a_zone(text: str, name: str, expected: str) -> None:
    """An instant reads in a zone; where no calendar reaches, in UTC."""
    assert Zone(name).show_instant(text) == expected


@pytest.mark.parametrize("name", ["utc", "America/Denver", "+05:30"])
def test_zone_travels_to_another_process(name: str) -> None:
    """A zone can be pickled."""
    copy = pickle.loads(pickle.dumps(Zone(name)))
    assert copy.at("2020-03-24T16:55") == Zone(name).at("2020-03-24T16:55")


@pytest.mark.parametrize(
    ("name", "minute", "expected"),
    [
        ("America/Denver", "2020-03-08T08:59", ("2020-03-08T01:59", "-07:00")),
        ("America/Denver", "2020-03-08T09:00", ("2020-03-08T03:00", "-06:00")),
        ("Asia/Kolkata", "2020-03-24T16:55", ("2020-03-24T22:25", "+05:30")),
        ("UTC", "2020-03-24T16:55", ("2020-03-24T16:55", "+00:00")),
    ],
)
def test_local_zone(
    local_zone: LocalZone, name: str, minute: str, expected: tuple[str, str]
) -> None:
    """`local` is the zone of this computer, with its clock changes."""
    assert local_zone(name).at(minute) == expected


@pytest.mark.parametrize("minute", ["0001-01-01T00:00", "9999-12-31T23:59", "1800-01-01T00:00"])
def test_local_zone_at_the_ends_of_the_calendar(local_zone: LocalZone, minute: str) -> None:
    """`local` keeps the instant, or says that the calendar ends."""
    for name in ("America/Denver", "Asia/Kolkata"):
        shown = local_zone(name).show_instant(f"{minute}:00")
        assert instant(shown) == f"{minute}:00"


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
        ("2020-03-24T16:55:59.123456789Z", "utc", "2020-03-24T16:55:59.123456789"),
        ("2016-12-31T23:59:60Z", "utc", "2016-12-31T23:59:60"),
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
        ("2020-03-24T16:55:59.123456789", "utc", "2020-03-24T16:55:59.123456789"),
        ("2020-03-24T16:55:59.9999999", "America/Denver", "2020-03-24T22:55:59.9999999"),
        ("2020-03-24T16,5", "utc", "2020-03-24T16:30:00"),
        ("2020-03-24T16:55.5", "utc", "2020-03-24T16:55:30"),
        ("2016-12-31T23:59:60", "utc", "2016-12-31T23:59:60"),
        # a date alone: its first moment
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
    assert typed_instant(text, Zone(name)) == expected


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
    found = dt.datetime.fromisoformat(typed_instant(text, Zone("utc")) + "+00:00")
    assert before - ago <= found <= dt.datetime.now(dt.UTC) - ago


@pytest.mark.parametrize(("text", "days"), [("today", 0), ("yesterday", 1), ("Yesterday", 1)])
@pytest.mark.parametrize("hours", [0, 14, -11])
def test_typed_day(text: str, days: int, hours: int) -> None:
    """`today` and `yesterday` begin at midnight in the zone."""
    zone = dt.timezone(dt.timedelta(hours=hours))
    before = dt.datetime.now(zone).date()
    found = dt.datetime.fromisoformat(typed_instant(text, Zone(f"{hours:+03}:00")) + "+00:00")
    assert found.astimezone(zone).time() == dt.time()
    assert (
        before <= found.astimezone(zone).date() + dt.timedelta(days) <= dt.datetime.now(zone).date()
    )


@pytest.mark.parametrize(("text", "months"), [("1 month ago", 1), ("-2 months", 2), ("-1y", 12)])
def test_typed_months_ago(text: str, months: int) -> None:
    """Months and years go by the calendar."""
    before = dt.datetime.now(dt.UTC)
    found = dt.datetime.fromisoformat(typed_instant(text, Zone("utc")) + "+00:00")
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
    zone = local_zone("America/Denver")
    error = error_of(lambda: typed_instant("2020-11-01T01:30", zone))
    assert "2020-11-01T01:30:00-06:00" in error
    assert "2020-11-01T01:30:00-07:00" in error
    assert typed_instant("2020-03-24T16:55", zone) == "2020-03-24T22:55:00"


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
    assert typed_instant(meant, Zone("utc")) == "2019-11-05T15:38:00"
    assert meant in error_of(lambda: typed_instant(text, Zone("utc")))
