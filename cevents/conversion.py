"""`convert`: timestamps shown in another zone, and no other byte of the line touched."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from msgspec import UNSET

from cevents.blocks import Block, Result
from cevents.editing import exchanged
from cevents.errors import CeventsError
from cevents.events import BODIES, METADATA, Field
from cevents.explanation import explain_field
from cevents.parsing import a_type
from cevents.problems import Problem
from cevents.reading import Reading, getter, require_plain
from cevents.spans import locate
from cevents.timestamps import quoted, stamps
from cevents.writing import Writing
from cevents.zones import Zone, is_zone, zone

_EVENT_TIME = next(field for field in METADATA if field.name == "event_time")
_DOCUMENTED = {
    name: tuple(field for field in fields if field.kind == "timestamp")
    for name, fields in BODIES.items()
}


@dataclass(frozen=True)
class Conversion(Writing):
    """Rewrite an event's timestamps in *to*, or each in its own `metadata.time_zone` if None.

    *fields* are the paths to convert; without any, the documented timestamps of each event.
    *extra* paths come on top. Offsets differ from field to field, so each is read by itself.
    """

    to: Zone | None
    fields: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def __call__(self, block: Block) -> Result:
        reading = self.read(block, self._paths)
        chosen = [index for index, event in enumerate(reading.events) if event is not None]
        lines = list(reading.lines)
        kinds: dict[Any, list[int]] = {}
        for index in chosen:
            name = reading.events[index].metadata.event_name
            kinds.setdefault(name if name.__class__ is str else None, []).append(index)
        for name, indexes in kinds.items():
            zones = [self.to or self._own_zone(reading, index) for index in indexes]
            for field in self._fields(name):
                self._convert(reading, field, indexes, zones, lines)
        if len(chosen) < len(lines):
            lines = [lines[index] for index in chosen]
        return self.written(reading, chosen, lines)

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        names = [None, *BODIES]
        timed = {field.path for name in names for field in self._fields(name)}
        own = ("metadata.time_zone",) if self.to is None else ()
        return tuple(sorted({*timed, "metadata.event_name", *own}))

    def _fields(self, name: str | None) -> tuple[Field, ...]:
        """Return the fields to convert in an event called *name*."""
        documented = () if self.fields else (_EVENT_TIME, *_DOCUMENTED.get(name or "", ()))
        named = (Field(p, "timestamp", False, "") for p in (*self.fields, *self.extra))
        return tuple({field.path: field for field in (*named, *documented)}.values())

    def _convert(
        self,
        reading: Reading,
        field: Field,
        indexes: list[int],
        zones: list[Zone | None],
        lines: list[bytes],
    ) -> None:
        """Rewrite, in *lines* with events of one kind, *field*; report where that cannot be."""
        get = getter(field.path)
        texts = [get(reading.events[index]) for index in indexes]
        shown = self._shown(reading, field, indexes, zones, texts)
        if None in shown:
            usable = [at for at, text in enumerate(shown) if text is not None]
            indexes, texts, shown = ([c[at] for at in usable] for c in (indexes, texts, shown))
        found = exchanged([lines[index] for index in indexes], field.path, texts, shown)
        for index, line in zip(indexes, found, strict=True):
            lines[index] = line

    def _shown(
        self,
        reading: Reading,
        field: Field,
        indexes: list[int],
        zones: list[Zone | None],
        texts: list[Any],
    ) -> list[Any]:
        """Return *texts* as they are to read; None for each that cannot be, and report why."""
        try:
            found = stamps(texts)
        except TypeError:  # something among them that is no string
            found = [stamps([text])[0] if isinstance(text, str) else None for text in texts]
        if self.to is not None and None not in found:
            with suppress(OverflowError):
                return list(map(self.to.show, found))  # type: ignore[arg-type]
        shown: list[Any] = []
        for index, to, text, stamp in zip(indexes, zones, texts, found, strict=True):
            shown.append(None)
            if to is None:
                continue
            if stamp is not None:
                try:
                    shown[-1] = to.show(stamp)
                except OverflowError:
                    message = f"{field.path} is outside the calendar in {to.name}"
                    problem = _at(reading.lines[index], "bad-timestamp", field.path, message)
                    reading.note(index, problem)
            elif field.required or not (text is UNSET or text is None):
                reading.note(index, explain_field(reading.lines[index], field))
        return shown

    def _own_zone(self, reading: Reading, index: int) -> Zone | None:
        name = reading.events[index].metadata.time_zone
        if isinstance(name, str) and is_zone(name):
            return zone(name)
        path = "metadata.time_zone"
        if name is UNSET or name is None:
            message = "the event has no time zone of its own"
        else:
            shown = quoted(name) if isinstance(name, str) else a_type(name)
            message = f"{path} is {shown}, not an IANA time zone"
        reading.note(index, _at(reading.lines[index], "unknown-zone", path, message))
        return None


def _at(line: bytes, code: str, path: str, message: str, hint: str | None = None) -> Problem:
    spans = locate(line)
    part, _, name = path.partition(".")
    span = spans.get((part, name)) or spans[(part,)]
    return Problem(code, span.start + 1, message, hint, path)


def field_path(name: str) -> str:
    """Return the path of the field that a person calls *name*: `created_at`, `body.due_at`.

    Raises CeventsError where it is neither documented nor a path of two parts.
    """
    documented = {field.name: field.path for fields in _DOCUMENTED.values() for field in fields}
    path = {**documented, _EVENT_TIME.name: _EVENT_TIME.path}.get(name, name)
    part, _, rest = path.partition(".")
    if part not in ("metadata", "body") or not rest or "." in rest:
        raise CeventsError(f"unknown field {quoted(name)}", "as in created_at or body.due_at")
    require_plain(rest)
    return path
