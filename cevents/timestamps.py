"""ISO 8601 text and the instants it names.

An *instant* is text here: UTC, extended form, no `Z`, and no zeros at the end of its fraction, as
`2020-03-24T16:55:59.973`. Such texts compare as the instants they name, at any precision and
through leap seconds, and are made from the usual timestamp by cutting off its last character;
a datetime would cost more and stop at microseconds. A *stamp* is the same but as precise as it was
written: it keeps the zeros, and seconds that were not given stay away. Offsets are whole minutes,
so no change of zone touches what follows the minute: that is how every digit survives one.

`pattern` is the whole grammar (ISO 8601-1, combined date and time, with an offset). The slow path
matches it; the exported JSON Schema carries it; `instants` proves whole columns of RFC 3339
timestamps in C instead, and falls back to it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache, cached_property
from typing import Annotated

import msgspec


def _years(wanted: Callable[[int], bool]) -> str:
    """Return a pattern of the four-digit years that are *wanted*, a rule of period 400."""
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

    The one rule it leaves to `parse`: a second 60 is a leap second, so it stands only where UTC is
    at 23:59. Made when first needed, for it costs more than a short run.
    """
    return f"^{_local()}(?:{_OFFSET})$"


_AT_END = re.compile(f"(?:{_OFFSET})$", re.ASCII)
_EXTENDED = Annotated[dt.datetime, msgspec.Meta(tz=True)]
_COLUMN = list[_EXTENDED]


#: A code, what is wrong, and what may be meant.
Verdict = tuple[str, str, str | None]


class TimestampError(ValueError):
    """*text* is not a timestamp. The verdict is found when it is asked for: often nobody does."""

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


def instants(texts: list[str]) -> list[str | None]:
    """Return the instants of a column of timestamps; None for each text that is not one.

    Zeros at the end of a fraction are left on: they never change which of two instants is first.
    """
    if are_extended(texts):
        return _from_all_extended(texts)
    return [stamp and normalised(to_seconds(stamp)) for stamp in map(_parse_or_none, texts)]


def stamps(texts: list[str]) -> list[str | None]:
    """Return the stamps of a column of timestamps; None for each text that is not one."""
    if are_extended(texts):
        return _from_all_extended(texts)
    return list(map(_parse_or_none, texts))


def are_extended(texts: list[str]) -> bool:
    """Whether every text is a valid timestamp of the usual form, RFC 3339's, proved in C.

    msgspec also takes a space for the `T`. A text that it took holds one `T` or none, so as many
    `T` as texts means one in each.
    """
    try:
        msgspec.convert(texts, _COLUMN)
    except (msgspec.ValidationError, UnicodeEncodeError):  # a lone surrogate cannot be encoded
        return False
    joined = "".join(texts)
    return joined.count("T") + joined.count("t") == len(texts)


def instant(text: str) -> str:
    """Return the instant that *text* names. Raises TimestampError."""
    return normalised(to_seconds(parse(text)))


def parse(text: str) -> str:
    """Return the stamp of a timestamp in any form of ISO 8601. Raises TimestampError."""
    if are_extended([text]):
        return _from_extended(text)
    matched = _grammar().fullmatch(text)
    if matched is None:
        raise TimestampError(text)
    day = _day(matched["date"])
    hour, minute, tail = _clock(matched)
    time = dt.timedelta(hours=hour, minutes=minute) - _offset(matched["offset"])
    stamp = _utc(day, time) + tail
    if tail.startswith(":60") and stamp[10:16] != "T23:59":
        reason = f"{quoted(text)} has a second 60, but UTC is not at 23:59 then"
        raise TimestampError(text, ("bad-timestamp", reason, None))
    return stamp


def to_seconds(stamp: str) -> str:
    """Return *stamp* with its seconds written, if they were not."""
    return stamp if len(stamp) >= _TO_SECONDS else stamp + ":00"


def offset(text: str) -> str:
    """Return the offset of a timestamp as it is written: `Z`, `-06:00`, `-0600` or `-06`."""
    found = _AT_END.search(text)
    return found[0] if found else ""


def normalised(instant: str) -> str:
    """Return *instant* without zeros at the end of its fraction, so that equals are equal."""
    return instant.rstrip("0").rstrip(".") if "." in instant else instant


#: Characters of a stamp with its seconds.
_TO_SECONDS = len("2020-03-24T16:55:59")


def _parse_or_none(text: str) -> str | None:
    try:
        return parse(text)
    except TimestampError:
        return None


def _from_all_extended(texts: list[str]) -> list[str | None]:
    if "t" in "".join(texts):
        return list(map(_from_extended, texts))
    return [text[:-1] if text[-1] == "Z" else _from_extended(text) for text in texts]


def _from_extended(text: str) -> str:
    if text[-1] in "Zz":
        return text[:10] + "T" + text[11:-1]
    sign = -6 if text[-3] == ":" else -5
    if text[-2:] == "00":
        return _UTC[text[:13] + text[sign:]] + text[13:sign]
    if text[-2:] == "30":
        half = "00" if text[14] < "3" else "30"
        start = _UTC[f"{text[:14]}{half}{text[sign:]}"]
        return start[:14] + _HALF_AN_HOUR_ON[text[14]] + text[15:sign]
    return _UTC[text[:16] + text[sign:]] + text[16:sign]


_HALF_AN_HOUR_ON = dict(zip("012345", "345012", strict=True))


class _InUtc(dict[str, str]):
    """Local hours or minutes with an offset (`2020-03-24T10-06:00`), and what they are in UTC.

    A dump has few of them, so that most of its timestamps are a look-up and a slice.
    """

    def __missing__(self, local: str) -> str:
        sign = 16 if local[13] == ":" else 13
        read = dt.datetime.fromisoformat(f"{local[:13]}:{local[14:sign] or '00'}{local[sign:]}")
        try:
            utc = read.astimezone(dt.UTC).isoformat()
        except OverflowError:
            time = dt.timedelta(hours=read.hour, minutes=read.minute)
            utc = _utc(read.date(), time - (read.utcoffset() or dt.timedelta()))
        if len(self) >= _CACHED:
            self.clear()
        self[local] = utc[:sign]
        return self[local]


_CACHED = 65536
_UTC = _InUtc()


def _utc(day: dt.date, time: dt.timedelta) -> str:
    """Return the minute *time* after the start of *day*. Past either end of the calendar it is
    written on a day that no calendar has: it must still sort."""
    days, minutes = divmod(time // dt.timedelta(minutes=1), 24 * 60)
    try:
        date = (day + dt.timedelta(days=days)).isoformat()
    except OverflowError:
        date = "0000-12-31" if days < 0 else "9999-12-32"
    return f"{date}T{minutes // 60:02}:{minutes % 60:02}"


def _day(date: str) -> dt.date:
    from dateutil.parser import isoparser

    return isoparser().parse_isodate(date)


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


def _offset(text: str) -> dt.timedelta:
    if text in "Zz":
        return dt.timedelta()
    size = dt.timedelta(hours=int(text[1:3]), minutes=int(text[3:].lstrip(":") or 0))
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

    return json.dumps(text if len(text) <= most else text[: most - 1] + "…", ensure_ascii=False)


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
        if _parse_or_none(meant):
            return "bad-timestamp", reason, f"probably {meant}"
        return "bad-timestamp", reason, "join date and time with T, and add the offset from UTC"
    if re.match(r"\d{4}-?\d\d-?\d\d[Tt]\d", text, re.ASCII):
        reason = f"{shown} names no time that exists, or is not ISO 8601"
    return "bad-timestamp", reason, "as in 2020-03-24T16:55:59.973Z"
