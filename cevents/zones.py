"""Time zones, and the times that a person types in one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from cevents.errors import CeventsError
from cevents.timestamps import TimestampError, instant, normalised, parse, quoted, to_seconds

#: Hours whose offset a zone remembers: a year and a half.
_CACHED = 16384


class Zone:
    """A time zone by the name a person gives it: IANA, `utc`, `local`, or an offset as `+05:30`.

    Raises CeventsError for a name that is none of these.
    """

    def __init__(self, name: str) -> None:
        self.name = "UTC" if name.lower() in ("utc", "z") else name
        self._tzinfo = _tzinfo(self.name)
        self._hours: dict[str, tuple[str, str, int, str]] = {}

    def __reduce__(self) -> tuple[Callable[[str], Zone], tuple[str]]:
        # By way of `zone`, a worker keeps one zone, and what it remembers, for all its portions.
        return (zone, (self.name,))

    def at(self, minute: str) -> tuple[str, str]:
        """Return a UTC minute (`2020-03-24T16:55`) as the minute here and the offset (`-06:00`).

        Offsets are written in whole minutes, as ISO 8601 must: local mean times, whose offset has
        seconds, are rounded, and the instant stays. Raises OverflowError past the calendar's ends.
        """
        here, next_hour, shift, offset = self._hours.get(minute[:13]) or self._hour(minute[:13])
        if not shift:
            return here + minute[13:], offset
        late = int(minute[14:]) + shift
        if offset:
            return (f"{here}:{late:02}" if late < 60 else f"{next_hour}:{late - 60:02}"), offset
        return self._at(minute)

    def _hour(self, hour: str) -> tuple[str, str, int, str]:
        """Find out, and keep, what holds through a UTC hour: the hour here, the next, the minutes
        into it at which it begins, and the offset; no offset where clocks change within it."""
        known = "", "", 1, ""
        try:
            (start, offset), (end, offset_at_end) = self._at(hour + ":00"), self._at(hour + ":59")
            if offset == offset_at_end:
                known = start[:13], end[:13], int(start[14:]), offset
        except OverflowError:  # an end of the calendar, perhaps within the hour
            pass
        if len(self._hours) >= _CACHED:
            self._hours.clear()
        self._hours[hour] = known
        return known

    def _at(self, minute: str) -> tuple[str, str]:
        try:
            utc = dt.datetime.fromisoformat(minute + "+00:00")
            offset = utc.astimezone(self._tzinfo).utcoffset() or dt.timedelta()
        except ValueError:
            raise OverflowError(f"{minute} is in no calendar") from None
        minutes = round(offset / dt.timedelta(minutes=1))
        if minutes == 0:
            return minute, "Z" if self.name == "UTC" else "+00:00"
        local = utc.replace(tzinfo=None) + dt.timedelta(minutes=minutes)
        sign, ahead = "-" if minutes < 0 else "+", abs(minutes)
        return local.isoformat()[:16], f"{sign}{ahead // 60:02}:{ahead % 60:02}"

    def show(self, stamp: str) -> str:
        """Return a timestamp, given its stamp, as it reads here, as precise as it was.

        Raises OverflowError past the calendar's ends.
        """
        known = self._hours.get(stamp[:13])
        if known and not known[2]:
            return known[0] + stamp[13:] + known[3]
        minute, offset = self.at(stamp[:16])
        return minute + stamp[16:] + offset

    def show_instant(self, instant: str) -> str:
        """Return an instant as it reads here; as it is, where no calendar reaches."""
        try:
            return self.show(instant)
        except OverflowError:
            return instant + "Z"

    def show_instants(self, column: Sequence[str | None]) -> list[str]:
        """Return instants as they read here, "" for None."""
        if self.name == "UTC":
            return [instant + "Z" if instant else "" for instant in column]
        return [self.show_instant(instant) if instant else "" for instant in column]

    def instant_of(self, local: dt.datetime) -> str:
        """Return the instant at which clocks here show *local*, which has no offset.

        Raises CeventsError where a clock change makes that two instants, or none.
        """
        try:
            first, second = (self._utc_of(local, fold) for fold in (0, 1))
        except OverflowError:
            raise CeventsError(f"{local.isoformat()} is outside the calendar in UTC") from None
        here = [
            utc.astimezone(self._tzinfo).replace(tzinfo=None, fold=0) for utc in (first, second)
        ]
        if first == second:
            return _instant_of(first)
        names = sorted(self.show_instant(_instant_of(utc)) for utc in (first, second))
        if here[0] == here[1] == local:
            what, tip = "happens twice", f"write {names[0]} or {names[1]}"
        else:
            what, tip = "does not exist", f"clocks change then: write {names[0]} or {names[1]}"
        raise CeventsError(f"{local.isoformat()} {what} in {self.name}", tip)

    def _utc_of(self, local: dt.datetime, fold: int) -> dt.datetime:
        return local.replace(tzinfo=self._tzinfo, fold=fold).astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        """Return the time here, without an offset."""
        return dt.datetime.now(dt.UTC).astimezone(self._tzinfo).replace(tzinfo=None)


@lru_cache(maxsize=1024)
def zone(name: str) -> Zone:
    """Return the zone called *name*. Raises CeventsError."""
    return Zone(name)


@lru_cache(maxsize=4096)
def is_zone(name: str) -> bool:
    """Whether *name* is an IANA time zone."""
    return _rules(name) is not None


def _tzinfo(name: str) -> dt.tzinfo | None:
    """Return the rules of a zone; None stands for this computer's, as for `astimezone`."""
    if name == "UTC":
        return dt.UTC
    if name.lower() == "local":
        return None
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


def _rules(name: str) -> dt.tzinfo | None:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        # ValueError and OSError: a name that is a path, a folder or no file of zone rules.
        return None


def _zone_tip(name: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    zones = {zone.lower(): zone for zone in available_timezones()}
    cities = {zone.rpartition("/")[2]: zone for zone in zones}
    wanted = name.lower().replace(" ", "_")
    near = [cities[wanted]] if wanted in cities else get_close_matches(wanted, zones, n=1)
    if near:
        return f"did you mean {zones[near[0]]}?"
    return "give an IANA name such as America/Denver, utc, local, or an offset such as +05:30"


def _instant_of(utc: dt.datetime) -> str:
    return normalised(utc.replace(tzinfo=None).isoformat())


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
_WALL_UNITS = ("days", "weeks", "months", "years")


def typed_instant(text: str, zone: Zone) -> str:
    """Return the instant that a person means by *text*, read in *zone* where it has no offset.

    ISO 8601 with or without an offset, a date alone, `now`, `today`, `yesterday`, `-2h`,
    `3 days ago`. Raises CeventsError.
    """
    words = text.strip().lower()
    now = zone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if words == "now":
        return _instant_of(dt.datetime.now(dt.UTC))
    if words in days:
        return zone.instant_of(midnight + dt.timedelta(days=days[words]))
    relative = _RELATIVE.fullmatch(words)
    if relative:
        return _relative(text, relative[1] or relative[3], relative[2] or relative[4], zone)
    return _typed_iso(text.strip(), zone)


def _relative(text: str, digits: str, word: str, zone: Zone) -> str:
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
        return _instant_of(dt.datetime.now(dt.UTC) - dt.timedelta(**{unit: count}))
    except (OverflowError, ValueError):
        raise CeventsError(f"{quoted(text)} is before all calendars") from None


def _typed_iso(text: str, zone: Zone) -> str:
    from dateutil.parser import isoparser

    text = re.sub(r"^(\S+\d) (\d\S*)$", r"\1T\2", text)
    try:
        return instant(text)
    except TimestampError as error:
        hint = error.hint
    try:
        # Read as if in UTC: its minute is the local one, and its seconds are kept as they are.
        stamp = parse(text + "Z")
        local = zone.instant_of(dt.datetime.fromisoformat(stamp[:16]))
        return normalised(to_seconds(local[:16] + stamp[16:]))
    except ValueError:  # a TimestampError, or midnight at the end of the calendar
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
