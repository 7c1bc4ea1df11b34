"""`filter`: which events are wanted. Lines go out as they came in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import compress
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from cevents.blocks import Block, Result
from cevents.errors import CeventsError
from cevents.events import BODIES, Field
from cevents.explanation import explain_field
from cevents.reading import Reading, column, getter, require_plain, text_of
from cevents.timestamps import TimestampError, are_extended, instant, instants, quoted
from cevents.writing import Writing


class Times(NamedTuple):
    """A half-open range of instants, *since* ≤ t < *until*, on the field *path*."""

    path: str
    since: str | None
    until: str | None

    def held(self, instants: list[str]) -> list[bool]:
        """Return whether each instant is in the range. Zeros at its end make no difference."""
        since, until = self.since or "", self.until or _NEVER
        return [since <= instant < until for instant in instants]

    def hold(self, texts: list[str]) -> bool | None:
        """Return whether all timestamps are in the range, or none is; None if each is to be read.

        That it is another day in UTC matters only near the ends of the range.
        """
        try:
            low = dt.date.fromisoformat(min(texts)[:10]) - dt.timedelta(days=1)
            high = dt.date.fromisoformat(max(texts)[:10]) + dt.timedelta(days=2)
        except (ValueError, OverflowError):
            return None
        since, until = self.since or "", self.until or _NEVER
        if since <= low.isoformat() and high.isoformat() <= until:
            return are_extended(texts) or None
        if high.isoformat() <= since or until <= low.isoformat():
            return False if are_extended(texts) else None
        return None


_NEVER = "~"  # after every instant


class Where(NamedTuple):
    """One `PATH OP VALUE`: a condition on any field. No *op* asks whether the field is there."""

    path: str
    op: str = ""
    value: str = ""

    def test(self) -> Callable[[Any], bool]:
        """Return a test of a field's value, UNSET where it is not there."""
        if not self.op:
            return lambda value: value is not UNSET
        if self.op == "~=":
            search = re.compile(self.value).search
            return lambda value: value is not UNSET and search(text_of(value)) is not None
        compare = _COMPARE[self.op]
        wanted_instant, wanted_number = _instant_or_none(self.value), _number_or_none(self.value)

        def test(value: Any) -> bool:
            if value is UNSET:
                return self.op == "!="
            text = text_of(value)
            if wanted_instant is not None:
                found = _instant_or_none(text)
                if found is not None:
                    return compare(found, wanted_instant)
            elif wanted_number is not None and self.op in ("<", "<=", ">", ">="):
                number = _number_or_none(text)
                return number is not None and compare(number, wanted_number)
            return compare(text, self.value)

        return test


#: Characters that JSON can hold only as they are, or as an escape with four hex digits.
_PLAIN = re.compile(r"[0-9A-Za-z_.~-]+")

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_WHERE = re.compile(r"\s*([^\s=!~<>]+)\s*(?:(!=|~=|<=|>=|=|<|>)\s*(.*))?", re.DOTALL)


def parse_where(text: str) -> Where:
    """Read a `PATH OP VALUE`. Raises CeventsError."""
    matched = _WHERE.fullmatch(text)
    if matched is None:
        tip = "PATH OP VALUE, as in 'body.author_id!=2'; OP is one of = != ~= < <= > >="
        raise CeventsError(f"cannot read the condition {quoted(text)}", tip)
    where = Where(matched[1], matched[2] or "", matched[3] or "")
    part, *names = where.path.split(".")
    if part not in ("metadata", "body") or not names or "" in names:
        tip = "paths start with metadata. or body."
        raise CeventsError(f"unknown field {quoted(where.path)}", tip)
    require_plain(names[0])
    if where.op == "~=":
        try:
            re.compile(where.value)
        except re.error as error:
            message = f"bad regular expression {quoted(where.value)}: {error}"
            raise CeventsError(message, "Python's syntax, as in metadata.url~=/53/") from None
    return where


#: Tells which values of a column meet a condition; there is nothing behind the last that does.
Test = Callable[[list[Any]], Iterable[bool]]


@dataclass(frozen=True)
class Selection(Writing):
    """Write the lines whose event meets every condition; *wanted* maps a path to any-of values.

    With *count* they are only counted.
    """

    wanted: tuple[tuple[str, frozenset[str]], ...] = ()
    times: Times | None = None
    where: tuple[Where, ...] = ()
    invert: bool = False
    assume_valid: bool = False
    count: bool = False

    def __call__(self, block: Block) -> Result:
        reading = self.read(block, self._paths)
        chosen = self._in_time(reading)
        for take, are_met in self._tests:
            chosen = list(compress(chosen, are_met(take(reading.at(chosen)))))
        if self.invert:
            met = set(chosen)
            usable = [i for i, event in enumerate(reading.events) if event is not None]
            chosen = [index for index in usable if index not in met]
        lines = [] if self.count else [reading.lines[index] for index in chosen]
        return self.written(reading, chosen, lines)

    @cached_property
    def needles(self) -> tuple[bytes, ...]:  # type: ignore[override]
        """What a line must hold to match, if all lines are valid; nothing if that cannot be told.

        A value of plain characters stands in the line as it is, or with some of them escaped.
        """
        if not self.assume_valid or self.invert or not self.wanted:
            return ()
        values = self.wanted[0][1]
        if not all(_PLAIN.fullmatch(value) for value in values):
            return ()
        escapes = {f"\\u00{ord(char) >> 4:x}" for value in values for char in value}
        return tuple(text.encode() for text in sorted(values | escapes))

    @property
    def _paths(self) -> tuple[str, ...]:
        times = ("metadata.event_name", self.times.path) if self.times else ()
        return tuple(
            sorted({path for path, _ in self.wanted} | {w.path for w in self.where} | {*times})
        )

    @cached_property
    def _tests(self) -> list[tuple[Callable[[list[Any]], list[Any]], Test]]:
        """Of each condition but the times: how to take a field's column, and a test of that."""
        tests = [(column(path), _any_of(values)) for path, values in self.wanted]
        return tests + [(column(where.path), _each(where.test())) for where in self.where]

    def _in_time(self, reading: Reading) -> list[int]:
        """Return the indexes of the usable events within the times; reject those without one."""
        usable = [i for i, event in enumerate(reading.events) if event is not None]
        if self.times is None:
            return usable
        get = getter(self.times.path)
        texts = column(self.times.path)(reading.at(usable))
        if {text.__class__ for text in texts} - {str}:
            timed = [i for i, text in zip(usable, texts, strict=True) if isinstance(text, str)]
            texts = [text for text in texts if isinstance(text, str)]
        else:
            timed = usable
            if (all_held := self.times.hold(texts)) is not None:
                return usable if all_held else []
        found = instants(texts)
        if len(timed) < len(usable) or None in found:
            bad = {i for i, instant in zip(timed, found, strict=True) if instant is None}
            for index in usable:
                if index in bad or self._lacks_time(reading.events[index], get):
                    self._reject(reading, index, self.times.path)
        held = self.times.held([instant or _NEVER for instant in found])
        return list(compress(timed, held))

    def _lacks_time(self, event: Any, get: Callable[[Any], Any]) -> bool:
        """Whether the event should hold the time, by its schema, and does not."""
        value, path = get(event), self.times.path if self.times else ""
        if isinstance(value, str):
            return False
        name = event.metadata.event_name
        fields = BODIES.get(name, ()) if isinstance(name, str) else ()
        needed = path == "metadata.event_time" or any(field.path == path for field in fields)
        return needed or not (value is UNSET or value is None)

    def _reject(self, reading: Reading, index: int, path: str) -> None:
        field = Field(path, "timestamp", True, "")
        reading.reject(index, explain_field(reading.lines[index], field))


def _each(test: Callable[[Any], bool]) -> Test:
    return lambda found: map(test, found)


def _any_of(values: frozenset[str]) -> Test:
    def are_any(found: list[Any]) -> Iterable[bool]:
        if {value.__class__ for value in found} <= _TEXT_OR_NOTHING:
            return () if values.isdisjoint(found) else map(values.__contains__, found)
        return [value is not UNSET and text_of(value) in values for value in found]

    return are_any


_TEXT_OR_NOTHING = {str, UnsetType}


def _instant_or_none(text: str) -> str | None:
    try:
        return instant(text)
    except TimestampError:
        return None


def _number_or_none(text: str) -> Decimal | None:
    if not re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?", text):
        return None
    return Decimal(text)
