"""`convert`: timestamps shown in another zone, and no other byte of the line touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from msgspec import UNSET

from cevents.errors import CeventsError
from cevents.events import BODIES, METADATA, Field
from cevents.explanation import explain_field
from cevents.problems import Problem
from cevents.reading import Block, Reading, Result, getter, read
from cevents.spans import Span, locate
from cevents.timestamps import Timestamp, quoted, stamps
from cevents.zones import Zone, is_zone, zone

_EVENT_TIME = next(field for field in METADATA if field.name == "event_time")
_DOCUMENTED = {
    name: tuple(field for field in fields if field.kind == "timestamp")
    for name, fields in BODIES.items()
}


@dataclass(frozen=True)
class Conversion:
    """Rewrite an event's timestamps in *to*, or each in its own `metadata.time_zone` if None.

    *fields* are the paths to convert; without any, the documented timestamps of each event.
    *extra* paths come on top. Offsets differ from field to field, so each is read by itself.
    """

    to: Zone | None
    fields: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    places: bool = False

    def __call__(self, block: Block) -> Result:
        reading = read(block, self._paths)
        columns = {path: self._column(reading, path) for path in self._timed_paths}
        chosen = [index for index, event in enumerate(reading.events) if event is not None]
        lines = [self._convert(reading, index, columns) for index in chosen]
        return reading.result(chosen, lines, self.places)

    @cached_property
    def _timed_paths(self) -> tuple[str, ...]:
        documented = {f.path for fields in _DOCUMENTED.values() for f in fields}
        chosen = {*self.fields} if self.fields else documented | {_EVENT_TIME.path}
        return tuple(sorted(chosen | {*self.extra}))

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        return tuple(sorted({*self._timed_paths, "metadata.event_name", "metadata.time_zone"}))

    def _wanted(self, name: Any) -> tuple[Field, ...]:
        """Return the fields to convert in an event called *name*."""
        named = tuple(Field(p, "timestamp", False, "") for p in (*self.fields, *self.extra))
        if self.fields:
            return named
        body = _DOCUMENTED.get(name, ()) if isinstance(name, str) else ()
        return (_EVENT_TIME, *body, *named)

    def _column(self, reading: Reading, path: str) -> dict[int, Timestamp | None]:
        get = getter(path)
        indexes = [i for i, e in enumerate(reading.events) if e and isinstance(get(e), str)]
        found = stamps([get(reading.events[i]) for i in indexes])
        return dict(zip(indexes, found, strict=True))

    def _convert(
        self, reading: Reading, index: int, columns: dict[str, dict[int, Timestamp | None]]
    ) -> bytes:
        line, event = reading.lines[index], reading.events[index]
        problems: list[Problem] = []
        edits: list[tuple[str, str, str]] = []
        to = self.to or self._own_zone(line, event, problems)
        for field in self._fields_of(event.metadata.event_name) if to else ():
            stamp = columns[field.path].get(index)
            try:
                if stamp is not None and to is not None:
                    old = getter(field.path)(event)
                    edits.append((field.path, old, to.show(stamp)))
                    continue
            except OverflowError:
                message = f"{field.path} is outside the calendar in {to and to.name}"
                problems.append(_at(line, "bad-timestamp", field.path, message))
                continue
            value = getter(field.path)(event)
            if field.required or not (value is UNSET or value is None):
                problem = explain_field(line, field)
                problems += [problem] if problem else []
        reading.problems.extend(problem.on_line(index + 1) for problem in problems)
        return replaced(line, edits)

    @cached_property
    def _fields_of(self) -> Callable[[Any], tuple[Field, ...]]:
        seen: dict[str, tuple[Field, ...]] = {name: self._wanted(name) for name in BODIES}
        other = self._wanted(None)
        return lambda name: seen.get(name, other) if isinstance(name, str) else other

    def _own_zone(self, line: bytes, event: Any, problems: list[Problem]) -> Zone | None:
        name = event.metadata.time_zone
        if isinstance(name, str) and is_zone(name):
            return zone(name)
        path = "metadata.time_zone"
        if name is UNSET or name is None:
            message, hint = "the event has no time zone of its own", None
        else:
            shown = quoted(name) if isinstance(name, str) else "not a string"
            message, hint = f"metadata.time_zone is {shown}, not an IANA time zone", None
        problems.append(_at(line, "unknown-zone", path, message, hint))
        return None


def _at(line: bytes, code: str, path: str, message: str, hint: str | None = None) -> Problem:
    spans = locate(line)
    part, _, name = path.partition(".")
    span = spans.get((part, name)) or spans[(part,)]
    return Problem(code, span.start + 1, message, hint, path)


def replaced(line: bytes, edits: list[tuple[str, str, str]]) -> bytes:
    """Return *line* with the string at each path, *old*, replaced by *new*, byte for byte.

    The usual line spells each key once and plainly: then the key and its value, as bytes, are
    the place. Any other line is taken apart.
    """
    plain = b"\\u00" not in line or not any(e in line for e in (b"\\u005", b"\\u006", b"\\u007"))
    result = line
    for path, old, new in edits:
        name = path.partition(".")[2].encode()
        token = b'"%b":"%b"' % (name, old.encode())
        at = result.find(token)
        if not plain or at < 0 or result.count(name) != 1:
            return _taken_apart(line, edits)
        value = at + len(name) + 4
        result = result[:value] + new.encode() + result[value + len(old) :]
    return result


def _taken_apart(line: bytes, edits: list[tuple[str, str, str]]) -> bytes:
    spans = locate(line)
    places: list[tuple[Span, str]] = []
    for path, _, new in edits:
        part, _, name = path.partition(".")
        places.append((spans[(part, name)], new))
    for span, new in sorted(places, reverse=True):
        line = line[: span.start] + b'"%b"' % new.encode() + line[span.end :]
    return line


def field_path(name: str) -> str:
    """Return the path of the field that a person calls *name*: `created_at`, `body.due_at`.

    Raises CeventsError where it is neither documented nor a path of two parts.
    """
    documented = {field.name: field.path for fields in _DOCUMENTED.values() for field in fields}
    path = {**documented, _EVENT_TIME.name: _EVENT_TIME.path}.get(name, name)
    part, _, rest = path.partition(".")
    if part not in ("metadata", "body") or not rest or "." in rest:
        raise CeventsError(f"unknown field {quoted(name)}", "as in created_at or body.due_at")
    return path
