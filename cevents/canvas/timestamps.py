"""ISO 8601 text and the instants it names.

An *instant* is a whole number of microseconds since 1970 in UTC: finer digits are cut off, and a
leap second is the second after it. Instants before the year 1 and after 9999 are numbers like any
other: an offset may take a timestamp there.

`pattern` is the whole grammar (ISO 8601-1, combined date and time, with an offset). `parts` tries
it if a timestamp is not in the usual form, and the exported JSON Schema carries it. Offsets are
whole minutes, so a change of offset touches nothing after the minute: that is how `moved` keeps
every digit.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache, cached_property
from typing import NamedTuple

MINUTE = 60 * 10**6
DAY = 24 * 60 * MINUTE

_EPOCH = dt.datetime(1970, 1, 1)
_MICROSECOND = dt.timedelta(microseconds=1)


def _years(wanted: Callable[[int], bool]) -> str:
    """Return a pattern of the four-digit years that are *wanted*: a rule that repeats every 400."""
    centuries = (
        "(?:[02468][048]|[13579][26])",
        "(?:[02468][159]|[13579][37])",
        "(?:[02468][26]|[13579][048])",
        "(?:[02468][37]|[13579][159])",
    )
    tails = ("|".join(f"{y:02}" for y in range(100) if wanted(400 + 100 * c + y)) for c in range(4))
    return "(?:" + "|".join(f"{c}(?:{t})" for c, t in zip(centuries, tails, strict=True)) + ")"


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _has_week_53(year: int) -> bool:
    return dt.date(year, 12, 28).isocalendar().week == 53


@cache
def _date(dash: str) -> str:
    leap, long = _years(_is_leap), _years(_has_week_53)
    return "|".join(
        (
            f"[0-9]{{4}}{dash}(?:0[13578]|1[02]){dash}(?:0[1-9]|[12][0-9]|3[01])",
            f"[0-9]{{4}}{dash}(?:0[469]|11){dash}(?:0[1-9]|[12][0-9]|30)",
            f"[0-9]{{4}}{dash}02{dash}(?:0[1-9]|1[0-9]|2[0-8])",
            f"{leap}{dash}02{dash}29",
            f"[0-9]{{4}}{dash}(?:00[1-9]|0[1-9][0-9]|[12][0-9][0-9]|3[0-5][0-9]|36[0-5])",
            f"{leap}{dash}366",
            f"[0-9]{{4}}{dash}W(?:0[1-9]|[1-4][0-9]|5[0-2]){dash}[1-7]",
            f"{long}{dash}W53{dash}[1-7]",
        )
    )


def _time(colon: str) -> str:
    hour, sixty, fraction = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]", "(?:[.,][0-9]+)?"
    seconds = f"{colon}(?:{sixty}|60){fraction}"
    midnight = f"24(?:{colon}00(?:{colon}00(?:[.,]0+)?)?)?"
    return f"{hour}(?:{fraction}|{colon}{sixty}(?:{fraction}|{seconds}))|{midnight}"


_OFFSET = "[Zz]|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?"


@cache
def _local() -> str:
    extended, basic = (f"(?:{_date(d)})[Tt](?:{_time(c)})" for d, c in (("-", ":"), ("", "")))
    return f"(?!0000|9999-?W52-?[67])(?:{extended}|{basic})"


def pattern() -> str:
    """Return the timestamps with an offset, as an ECMA-262 pattern.

    It leaves one rule to `parse`: second 60 is a leap second, so it is valid only where UTC is at
    23:59. The pattern is built on first use: that takes longer than a short run.
    """
    return f"^{_local()}(?:{_OFFSET})$"


#: A code, what is wrong, and what may be meant.
Verdict = tuple[str, str, str | None]


class TimestampError(ValueError):
    """*text* is not a timestamp. Its verdict is found when first asked for: often nobody asks."""

    def __init__(self, text: str, verdict: Verdict | None = None) -> None:
        super().__init__(text)
        self.text = text
        if verdict is not None:
            self.verdict = verdict

    @cached_property
    def verdict(self) -> Verdict:
        return _verdict_on(self.text)

    @property
    def code(self) -> str:
        """`bad-timestamp` or `missing-offset`."""
        return self.verdict[0]

    @property
    def reason(self) -> str:
        """What is wrong with the text."""
        return self.verdict[1]

    @property
    def hint(self) -> str | None:
        """What the text may mean, or how it should read."""
        return self.verdict[2]


class Timestamp(NamedTuple):
    """What a timestamp says: its instant, and its offset in minutes east of UTC."""

    instant: int
    offset: int


class Parts(NamedTuple):
    """A timestamp in parts.

    *minute* counts minutes of UTC since 1970; *tail* is what follows the minute in extended form
    (`:59.973`, or nothing), with every digit that was given; *offset* is in minutes.
    """

    minute: int
    tail: str
    offset: int


def parse(text: str) -> Timestamp:
    """Return what a timestamp of any form says. Raises TimestampError."""
    minute, tail, offset = parts(text)
    return Timestamp(minute * MINUTE + microseconds(tail), offset)


def parts(text: str) -> Parts:
    """Return a timestamp of any form in parts. Raises TimestampError."""
    usual = _USUAL.fullmatch(text)
    if usual is None:
        return _parts_of_any(text)
    try:
        local = dt.datetime.fromisoformat(usual["minute"])
    except ValueError:
        raise TimestampError(text) from None
    offset = _offset(usual["offset"])
    return Parts((local - _EPOCH) // dt.timedelta(minutes=1) - offset, usual["tail"], offset)


#: RFC 3339 without leap seconds, except that the date may not exist.
_USUAL = re.compile(
    r"(?P<minute>\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d)"
    r"(?P<tail>:[0-5]\d(?:\.\d+)?)"
    r"(?P<offset>[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)


def _parts_of_any(text: str) -> Parts:
    matched = _grammar().fullmatch(text)
    if matched is None:
        raise TimestampError(text)
    hour, minute, tail = _clock(matched)
    offset = _offset(matched["offset"])
    days = (_day(matched["date"]) - _EPOCH.date()).days
    minute += (days * 24 + hour) * 60 - offset
    if tail.startswith(":60") and minute % (24 * 60) != _LAST_MINUTE:
        reason = f"{quoted(text)} has a second 60, but UTC is not at 23:59 then"
        raise TimestampError(text, ("bad-timestamp", reason, None))
    return Parts(minute, tail, offset)


_LAST_MINUTE = 24 * 60 - 1


def microseconds(tail: str) -> int:
    """Return how long after its minute a timestamp is, by its tail; finer digits are cut off."""
    return int(tail[1:3]) * 10**6 + int(tail[4:10].ljust(6, "0")) if tail else 0


def moved(text: str, offset: int, in_utc: bool = False) -> str:
    """Return a timestamp with another *offset*: the same instant, as precise as it was.

    Seconds that were not given stay away, every digit of a fraction stays, and all other forms
    become the extended one. Raises TimestampError, and OverflowError past the calendar's ends.
    """
    minute, tail, _ = parts(text)
    utc = _EPOCH + dt.timedelta(minutes=minute)
    local = utc + dt.timedelta(minutes=offset)
    return local.isoformat(timespec="minutes") + tail + offset_text(offset, in_utc)


def offset_text(offset: int, in_utc: bool = False) -> str:
    """Return an offset in minutes as `-06:00`; `Z` if it is 0 and *in_utc*."""
    if in_utc and offset == 0:
        return "Z"
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"


def text_of(instant: int) -> str:
    """Return an instant as `2020-03-24T16:55:59.973`, in UTC.

    Past either end of the calendar its day is 0000-12-31 or 9999-12-32.
    """
    try:
        text = utc_of(instant).isoformat()
    except OverflowError:
        time = _EPOCH + dt.timedelta(microseconds=instant % DAY)
        text = ("0000-12-31" if instant < 0 else "9999-12-32") + time.isoformat()[10:]
    return text.rstrip("0") if len(text) > _TO_SECONDS else text


#: Characters of a time to the second.
_TO_SECONDS = len("2020-03-24T16:55:59")


def utc_of(instant: int) -> dt.datetime:
    """Return an instant as a time of UTC, without an offset.

    Raises OverflowError past the calendar's ends.
    """
    return _EPOCH + dt.timedelta(microseconds=instant)


def instant_of(utc: dt.datetime) -> int:
    """Return the instant of a time of UTC, which has no offset."""
    return (utc - _EPOCH) // _MICROSECOND


def in_calendar(instant: int) -> bool:
    """Whether an instant is in the years 1 to 9999 of UTC."""
    return _FIRST <= instant <= _LAST


_FIRST, _LAST = instant_of(dt.datetime.min), instant_of(dt.datetime.max)


def _is_timestamp(text: str) -> bool:
    try:
        parts(text)
    except TimestampError:
        return False
    return True


def _day(date: str) -> dt.date:
    digits = date.replace("-", "")
    if len(digits) == len("2020084"):
        return dt.date(int(digits[:4]), 1, 1) + dt.timedelta(days=int(digits[4:]) - 1)
    return dt.date.fromisoformat(date)


def _clock(matched: re.Match[str]) -> tuple[int, int, str]:
    """Return hour, minute and tail; a fraction of an hour or minute becomes seconds, exactly."""
    hour, minute, second = int(matched["hour"]), matched["minute"], matched["second"]
    fraction = (matched["fraction"] or "")[1:]
    if second:
        return hour, int(minute), f":{second}" + (f".{fraction}" if fraction else "")
    if not fraction:
        return hour, int(minute or 0), ""
    from decimal import Context, Decimal

    exact = Context(prec=len(fraction) + 4)
    length = Decimal(60 if minute else 3600)
    seconds = exact.multiply(Decimal(f"0.{fraction}"), length)
    whole = int(seconds)
    digits = f"{exact.subtract(seconds, whole):f}"[2:].rstrip("0")
    minutes = int(minute or 0) + whole // 60
    return hour, minutes, f":{whole % 60:02}" + (f".{digits}" if digits else "")


def _offset(text: str) -> int:
    """Return an offset, `Z`, `-06:00`, `-0600` or `-06`, in minutes."""
    if text in "Zz":
        return 0
    size = int(text[1:3]) * 60 + int(text[3:].lstrip(":") or 0)
    return -size if text[0] == "-" else size


@cache
def _grammar() -> re.Pattern[str]:
    return re.compile(
        f"(?={_local()}(?:{_OFFSET})$)"
        r"(?P<date>[0-9W-]+)[Tt](?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d))?)?"
        r"(?P<fraction>[.,]\d+)?(?P<offset>.+)",
        re.ASCII,
    )


def quoted(text: str, most: int = 60) -> str:
    """Return *text* as a short JSON string that is safe to show in a message."""
    import json

    return json.dumps(shortened(text, most), ensure_ascii=False)


def shortened(text: str, most: int) -> str:
    """Return *text*, or what fits of it into *most* characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


@cache
def _without_offset() -> re.Pattern[str]:
    return re.compile(_local(), re.ASCII)


@cache
def _date_alone() -> re.Pattern[str]:
    return re.compile(f"{_date('-')}|{_date('')}", re.ASCII)


def _verdict_on(text: str) -> Verdict:
    """Say why *text* is not a timestamp, and what it may mean."""
    shown = quoted(text)
    if _without_offset().fullmatch(text):
        hint = "add the offset from UTC, such as Z or -06:00"
        return "missing-offset", f"{shown} says no offset from UTC", hint
    if _date_alone().fullmatch(text):
        hint = "a timestamp is a date, T, a time and an offset"
        return "bad-timestamp", f"{shown} is a date without a time", hint
    reason = f"{shown} is not ISO 8601"
    spaced = re.fullmatch(r"(\S+) ([0-9:.,]+) ?(UTC|GMT|Z|[+-][0-9:]+)?", text, re.ASCII)
    if spaced:
        date, time, offset = spaced.groups()
        meant = f"{date}T{time}" + ("Z" if offset in ("UTC", "GMT") else offset or "")
        if _is_timestamp(meant):
            return "bad-timestamp", reason, f"probably {meant}"
        return "bad-timestamp", reason, "join date and time with T, and add the offset from UTC"
    if re.match(r"\d{4}-?\d\d-?\d\d[Tt]\d", text, re.ASCII):
        reason = f"{shown} names no time that exists, or is not ISO 8601"
    return "bad-timestamp", reason, "as in 2020-03-24T16:55:59.973Z"
