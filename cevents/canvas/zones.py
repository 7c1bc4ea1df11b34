"""Time zones, and the times that a person types in one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from cevents.canvas.timestamps import (
    DAY,
    MINUTE,
    TimestampError,
    in_calendar,
    instant_of,
    microseconds,
    offset_text,
    parse,
    parts,
    quoted,
    text_of,
    utc_of,
)
from cevents.errors import CeventsError


class Zone:
    """A time zone by the name a person gives it: IANA, `utc`, `local`, or an offset as `+05:30`.

    Raises CeventsError for any other name. Several threads may share a zone.
    """

    def __init__(self, name: str) -> None:
        self.name = "UTC" if name.lower() in ("utc", "z") else name
        self._tzinfo = _tzinfo(self.name)
        self._known: dict[int, list[tuple[int, int]]] = {}

    def __reduce__(self) -> tuple[Callable[[str], Zone], tuple[str]]:
        # By way of `zone`, a process keeps one zone, and what it remembers, for all it is sent.
        return (zone, (self.name,))

    @property
    def is_utc(self) -> bool:
        """Whether offsets are written `Z` here."""
        return self.name == "UTC"

    def offset_at(self, instant: int) -> int:
        """Return the offset here at an instant, in minutes east of UTC.

        Local mean times, whose offset has seconds, are rounded to whole minutes, as ISO 8601 writes
        offsets. Past the calendar's ends the offset is that of its first or last day.
        """
        return self._offset(utc_of(min(max(instant, _EARLIEST), _LATEST)).replace(tzinfo=dt.UTC))

    def _offset(self, utc: dt.datetime) -> int:
        """Return the offset here at a time of UTC, at least a day within the calendar.

        Raises CeventsError for one of a day or more: no timestamp has it.
        """
        try:
            offset = round((utc.astimezone(self._tzinfo).utcoffset() or _NO_TIME) / _ONE_MINUTE)
        except (OverflowError, ValueError):  # Python refuses it, too
            offset = _DAY_IN_MINUTES
        if abs(offset) >= _DAY_IN_MINUTES:
            message = f"the time zone {quoted(self.name)} has an offset of a day or more"
            raise CeventsError(message, "TZ says what is local, and PYTHONTZPATH where zones are")
        return offset

    def stretches(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return the stretches of constant offset from the instant *first* to *last*.

        Each is its first instant and the offset in minutes; the first one begins at *first*.
        """
        found = [(first, self.offset_at(first))]
        if not isinstance(self._tzinfo, dt.timezone):
            years = range(max(_year(first), _FIRST_CHANGES), _year(last) + 1)
            changes = (change for year in years for change in self._changes(year))
            found += (change for change in changes if first < change[0] <= last)
        return found

    def _changes(self, year: int) -> list[tuple[int, int]]:
        """Return when clocks change in a year of UTC, and the offset from then on."""
        if year >= _RULES_ONLY + _PERIOD:
            periods, alike = divmod(year - _RULES_ONLY, _PERIOD)
            later = periods * _DAYS_IN_PERIOD * DAY
            return [(at + later, offset) for at, offset in self._changes(_RULES_ONLY + alike)]
        if year not in self._known:
            self._known[year] = self._find_changes(year)
        return self._known[year]

    def _find_changes(self, year: int) -> list[tuple[int, int]]:
        # No zone changes its offset twice in one day of UTC, so no change hides between two days.
        start, end = (dt.datetime(y, 1, 1, tzinfo=dt.UTC) for y in (year, year + 1))
        days = [start + dt.timedelta(days=day) for day in range((end - start).days + 1)]
        offsets = [self._offset(day) for day in days]
        found, midnight = [], instant_of(start.replace(tzinfo=None))
        for before, after in pairwise(offsets):
            if before != after:
                found.append((self._change_between(midnight, midnight + DAY, after), after))
            midnight += DAY
        return found

    def _change_between(self, before: int, after: int, offset: int) -> int:
        """Return the first instant, to the second, at which the offset is *offset*."""
        while after - before > _SECOND:
            middle = (before + after) // (2 * _SECOND) * _SECOND
            if self.offset_at(middle) == offset:
                after = middle
            else:
                before = middle
        return after

    def show(self, instant: int) -> str:
        """Return an instant as it reads here; in UTC where it is past the calendar's ends here."""
        offset = self.offset_at(instant)
        here = instant + offset * MINUTE
        if not in_calendar(instant) or not in_calendar(here):
            return text_of(instant) + "Z"
        return text_of(here) + offset_text(offset, self.is_utc)

    def instant_of(self, local: dt.datetime) -> int:
        """Return the instant at which clocks here show *local*, which has no offset.

        Raises CeventsError where a clock change makes that two instants, or none.
        """
        from dateutil.tz import datetime_ambiguous, datetime_exists

        here = local.replace(tzinfo=self._tzinfo, fold=0)
        try:
            first, second = (
                instant_of(here.replace(fold=fold).astimezone(dt.UTC).replace(tzinfo=None))
                for fold in (0, 1)
            )
            exists, is_ambiguous = datetime_exists(here), datetime_ambiguous(here)
        except (OverflowError, ValueError):  # ValueError: this computer's zone, in the year 1
            raise CeventsError(f"{local.isoformat()} is outside the calendar in UTC") from None
        if exists and not is_ambiguous:
            return first
        names = sorted((self.show(first), self.show(second)))
        if exists:
            what, tip = "happens twice", f"write {names[0]} or {names[1]}"
        else:
            what, tip = "does not exist", f"clocks change then: write {names[0]} or {names[1]}"
        raise CeventsError(f"{local.isoformat()} {what} in {self.name}", tip)

    def now(self) -> dt.datetime:
        """Return the time here, without an offset."""
        utc = dt.datetime.now(dt.UTC)
        return utc.replace(tzinfo=None) + self._offset(utc) * _ONE_MINUTE


_SECOND = 10**6


#: A day away from the calendar's ends, so that every zone's time is within it.
_EARLIEST = instant_of(dt.datetime.min) + DAY
_LATEST = instant_of(dt.datetime.max) - DAY

#: The first change in the zone database is of 1844.
_FIRST_CHANGES = 1800
#: From here on no zone has a change of its own (the last, Morocco's, are of 2087): clocks follow
#: rules, and the calendar that these go by repeats itself every 400 years.
_RULES_ONLY = 2100
_PERIOD = 400
_DAYS_IN_PERIOD = 146_097


_NO_TIME = dt.timedelta()
_ONE_MINUTE = dt.timedelta(minutes=1)
_DAY_IN_MINUTES = DAY // MINUTE


def _year(instant: int) -> int:
    return utc_of(min(max(instant, _EARLIEST), _LATEST)).year


@lru_cache(maxsize=1024)
def zone(name: str) -> Zone:
    """Return the zone called *name*. Raises CeventsError."""
    return Zone(name)


def is_zone(name: str) -> bool:
    """Whether *name* is an IANA time zone."""
    return len(name) <= _LONGEST_NAME and _is_zone(name)


@lru_cache(maxsize=4096)
def _is_zone(name: str) -> bool:
    return _rules(name) is not None


class _ThisComputer(dt.tzinfo):
    """The zone of this computer, by the rules that its C library has for each time."""

    def utcoffset(self, local: dt.datetime | None) -> dt.timedelta | None:
        return None if local is None else local.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, local: dt.datetime | None) -> None:
        """Return nothing: only the offset is ever asked for."""

    def tzname(self, local: dt.datetime | None) -> str:
        return "local"

    def fromutc(self, utc: dt.datetime) -> dt.datetime:
        # With its offset fixed: without, the two halves of a repeated hour would be alike.
        return utc.replace(tzinfo=dt.UTC).astimezone()


def _tzinfo(name: str) -> dt.tzinfo:
    if name == "UTC":
        return dt.UTC
    if name.lower() == "local":
        return _ThisComputer()
    fixed = re.fullmatch(r"([+-])([01]\d|2[0-3])(?::?([0-5]\d))?", name, re.ASCII)
    if fixed:
        size = dt.timedelta(hours=int(fixed[2]), minutes=int(fixed[3] or 0))
        return dt.timezone(-size if fixed[1] == "-" else size)
    return _iana(name)


def _iana(name: str) -> dt.tzinfo:
    rules = _rules(name)
    if rules is None:
        raise CeventsError(f"unknown time zone {quoted(name)}", _zone_tip(name))
    return rules


#: Beside the zones, a computer has files of its own, which no event can mean.
_NAME = re.compile(r"(?!localtime$|posixrules$|posix/|right/)[\w+-]+(?:/[\w+-]+)*", re.ASCII)
_LONGEST_NAME = 100


def _rules(name: str) -> dt.tzinfo | None:
    from struct import error
    from zoneinfo import ZoneInfo

    if not _NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (ArithmeticError, LookupError, OSError, ValueError, error):
        return None  # there is no such file, or it is a folder, or it makes no sense


def _zone_tip(name: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    zones = {zone.lower(): zone for zone in available_timezones()}
    cities = {zone.rpartition("/")[2]: zone for zone in zones}
    wanted = name.lower().replace(" ", "_")
    near = [cities[wanted]] if wanted in cities else get_close_matches(wanted, zones, n=1)
    if near and zones[near[0]] != name:  # else there is such a file, and it makes no sense
        return f"did you mean {zones[near[0]]}?"
    return "give an IANA name such as America/Denver, utc, local, or an offset such as +05:30"


_UNITS = {
    "s": "seconds",
    "sec": "seconds",
    "m": "minutes",
    "min": "minutes",
    "h": "hours",
    "hr": "hours",
    "d": "days",
    "w": "weeks",
    "y": "years",
}
_RELATIVE = re.compile(r"(?:-\s*(\d+)\s*([a-z]+)|(\d+)\s*([a-z]+)\s+ago)", re.ASCII)
_AGE = re.compile(r"(\d+)\s*([a-z]+)", re.ASCII)
_WALL_UNITS = ("days", "weeks", "months", "years")


def typed_instant(text: str, zone: Zone) -> int:
    """Return the instant that a person means by *text*, read in *zone* where it has no offset.

    ISO 8601 with or without an offset, a date alone, `now`, `today`, `yesterday`, `-2h`,
    `3 days ago`. Raises CeventsError.
    """
    words = text.strip().lower()
    now = zone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if words == "now":
        return instant_of(_utc_now())
    if words in days:
        return zone.instant_of(midnight + dt.timedelta(days=days[words]))
    relative = _RELATIVE.fullmatch(words)
    if relative:
        return _relative(text, relative[1] or relative[3], relative[2] or relative[4], zone)
    return _typed_iso(text.strip(), zone)


class Age(NamedTuple):
    """A stretch of time as a person types it, and the instant that is so long ago."""

    text: str
    since: int


def typed_age(text: str) -> Age:
    """Return the age that a person means by *text*: `26h`, `90m`, `2d`. Raises CeventsError."""
    found = _AGE.fullmatch(text.strip().lower())
    if found is None:
        raise CeventsError(f"{quoted(text)} is no age", "as in 26h, 90m, 2d or 1w")
    return Age(text.strip(), _relative(text, found[1], found[2], zone("utc")))


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def _relative(text: str, digits: str, word: str, zone: Zone) -> int:
    from dateutil.relativedelta import relativedelta

    known = {*_UNITS.values(), "months"}
    unit = _UNITS.get(word) or next((u for u in known if word in (u, u[:-1])), None)
    if unit is None:
        raise CeventsError(f"unknown unit in {quoted(text)}", "use s, m, h, d, w, months or years")
    try:
        count = int(digits)
        if unit in _WALL_UNITS:
            step = {unit: count}
            return zone.instant_of(zone.now() - relativedelta(**step))  # type: ignore[arg-type]
        return instant_of(_utc_now() - dt.timedelta(**{unit: count}))
    except (OverflowError, ValueError):
        raise CeventsError(f"{quoted(text)} is before all calendars") from None


def _typed_iso(text: str, zone: Zone) -> int:
    from dateutil.parser import isoparser

    text = re.sub(r"^(\S+\d) (\d\S*)$", r"\1T\2", text)
    try:
        return parse(text).instant
    except TimestampError as error:
        hint = error.hint
    try:
        # Read as if in UTC: its minute is the local one, and its seconds are those of any zone.
        minute, tail, _ = parts(text + "Z")
        return zone.instant_of(utc_of(minute * MINUTE)) + microseconds(tail)
    except (TimestampError, OverflowError):  # midnight at the end of the calendar overflows
        pass
    try:
        if "W" in text:  # isoparser takes a week 53 in any year
            dt.date.fromisocalendar(int(text[:4]), int(text.partition("W")[2][:2]), 1)
        day = isoparser().parse_isodate(text)
    except (ValueError, OverflowError):
        example = "as in 2020-03-24, 2020-03-24T16:55-06:00, yesterday, -2h or '3 days ago'"
        tip = hint if hint and "probably" in hint else example
        raise CeventsError(f"{quoted(text)} is not a time", tip) from None
    return zone.instant_of(dt.datetime.combine(day, dt.time()))
