"""`convert`: timestamps shown in another zone, and no other byte of the line touched."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import cached_property

from cevents.canvas.events import BODIES, EVENT_TIME, FIELDS, Field
from cevents.canvas.problems import Problem
from cevents.canvas.timestamps import moved, quoted
from cevents.canvas.zones import Zone, is_zone, zone
from cevents.errors import CeventsError
from cevents.input.blocks import Block, one_line
from cevents.scan.columns import ABSENT, NO_ZONE, NONE, NULL, Column, Columns
from cevents.scan.kernels import Table, retime, table
from cevents.scan.plan import Plan
from cevents.scan.reading import explain_field
from cevents.tasks.task import Made
from cevents.tasks.writing import Writing, runs

_ZONE = "metadata.time_zone"


@dataclass(frozen=True)
class Conversion(Writing):
    """Rewrite timestamps in the zone *to*; if None, in each event's own `metadata.time_zone`.

    *fields* are the paths to convert; without any, the documented timestamps of each event.
    *extra* paths come on top. Offsets differ from field to field, so each is read by itself.
    """

    to: Zone | None
    fields: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def __call__(self, block: Block, columns: Columns) -> Made:
        zones = self._zones(columns)
        times = [self._times(columns, field, zones) for field in self._fields]
        rows = self.sortable(columns, columns.taken())
        apart = self.one_piece_per_event
        stretches = [(row, row + 1) for row in rows] if apart else runs(rows)
        one_by_one = block.is_multiline
        converted = (_converted(columns, *s, times, zones, one_by_one) for s in stretches)
        output = [b"".join(lines) for lines in converted]
        return self.made(columns, rows, output)

    @cached_property
    def plan(self) -> Plan:
        paths = tuple(field.path for field in self._fields)
        own = (_ZONE,) if self.to is None else ()
        return self.wanting(*paths, *own)._replace(times=paths, needs=paths)

    @cached_property
    def _fields(self) -> tuple[Field, ...]:
        """The fields to convert; one that a person has named replaces a documented one."""
        named = [Field(path, "timestamp", False, "") for path in (*self.fields, *self.extra)]
        documented = () if self.fields else _DOCUMENTED
        return tuple({field.path: field for field in (*documented, *named)}.values())

    def _applies_to(self, field: Field) -> frozenset[int] | None:
        """Return the events that have a field by the documentation; None for any event."""
        if field.path in (*self.fields, *self.extra, EVENT_TIME.path):
            return None
        return frozenset(number for number, fields in enumerate(BODIES.values()) if field in fields)

    def _times(self, columns: Columns, field: Field, zones: _Zones) -> Column:
        """Return the column of a field, with NONE in each row that is left as it is.

        Reports the rows that should hold a timestamp there, and hold none.
        """
        column, applies_to = columns[field.path], self._applies_to(field)
        event = columns.event
        for row in columns.lacking(field.path):
            if zones.of(row) is None or (applies_to is not None and event[row] not in applies_to):
                continue
            if field.required or column.kind[row] not in (ABSENT, NULL):
                columns.note(row, explain_field(columns, row, field))
        if applies_to is None or not _meet(column.kind, event, applies_to):
            return column
        value = array("q", column.value)
        for row, number in enumerate(event):
            if number not in applies_to:
                value[row] = NONE
        return column._replace(value=value)

    def _zones(self, columns: Columns) -> _Zones:
        """Return the zones of the rows; report the events without one of their own."""
        if self.to is not None:
            return _Zones([self.to], None)
        names: dict[str, int] = {}
        zone_of = array("H", bytes(2 * len(columns.state)))
        for row in columns.taken():
            name = columns.text(_ZONE, row)
            if name is not None and is_zone(name):
                zone_of[row] = names.setdefault(name, len(names))
            else:
                zone_of[row] = NO_ZONE
                columns.note(row, _no_zone(columns.block.text(row)))
        return _Zones([zone(name) for name in names], zone_of)


def _meet(kind: bytearray, event: bytearray, applies_to: frozenset[int]) -> bool:
    """Whether any event has a value although the field is not its own: all rows at once."""
    foreign = bytes(number not in applies_to for number in range(256))
    there = bytes(number != ABSENT for number in range(256))
    rows = int.from_bytes(event.translate(foreign)) & int.from_bytes(kind.translate(there))
    return rows != 0


class _Zones:
    """The zones of a block's rows: one for all, or, by *zone_of*, each row's own."""

    def __init__(self, zones: list[Zone], zone_of: array[int] | None) -> None:
        self.zones = zones
        self.zone_of = zone_of
        self._tables: list[Table] | None = None

    def of(self, row: int) -> Zone | None:
        """Return the zone of a row; None where it has none."""
        if self.zone_of is None:
            return self.zones[0]
        number = self.zone_of[row]
        return None if number == NO_ZONE else self.zones[number]

    def tables(self, times: list[Column]) -> list[Table]:
        """Return the offsets of each zone at the instants in *times*."""
        if self._tables is None:
            instants = set().union(*(column.value for column in times)) - {NONE}
            ends = {min(instants), max(instants)} if instants else set()
            self._tables = [table(zone, ends) for zone in self.zones]
        return self._tables


def _converted(
    columns: Columns, first: int, last: int, times: list[Column], zones: _Zones, one_by_one: bool
) -> list[bytes]:
    """Return the lines of usable rows that follow each other, with their times converted.

    Texts over several lines must be converted *one_by_one*: each becomes one line.
    """

    def otherwise(row: int) -> bytes:
        return _one_converted(columns, row, times, zones.of(row))

    if one_by_one:
        output = [otherwise(row) for row in range(first, last)]
    else:
        tables = zones.tables(times)
        output = retime(columns, first, last, times, tables, zones.zone_of, otherwise)
    block = columns.block
    if block.lacks_newline and last == len(block):
        output[-1] = output[-1].removesuffix(b"\n")
    return output


def _one_converted(columns: Columns, row: int, times: list[Column], to: Zone | None) -> bytes:
    """Return the line of one row, whatever form its timestamps have; report those that leave the
    calendar."""
    text, start = columns.block.text(row), columns.block.starts[row]
    edits = []
    for column in times:
        instant = column.value[row]
        if to is None or instant == NONE:
            continue
        at, length = column.start[row] - start, column.length[row]
        try:
            new = moved(_string(text[at : at + length]), to.offset_at(instant), to.is_utc)
        except OverflowError:
            columns.note(row, _past_calendar(columns, row, column, to))
            continue
        edits.append((at, length, new.encode()))
    for at, length, edit in sorted(edits, reverse=True):
        text = text[:at] + edit + text[at + length :]
    return one_line(text) + b"\n"


def _string(raw: bytes) -> str:
    import orjson

    return str(orjson.loads(b'"%b"' % raw))


def _past_calendar(columns: Columns, row: int, column: Column, to: Zone) -> Problem:
    path = next(path for path in columns.paths if columns[path].start is column.start)
    at = column.start[row] - columns.block.starts[row]  # the quote's column, from 1
    return Problem("bad-timestamp", at, f"{path} is outside the calendar in {to.name}", None, path)


def _no_zone(text: bytes) -> Problem:
    from cevents.scan.reference import a_type, parse

    parsed, _ = parse(text)
    zone = parsed.value["metadata"].get("time_zone")
    if zone is None:
        message = "the event has no time zone of its own"
    else:
        shown = quoted(zone) if isinstance(zone, str) else a_type(zone)
        message = f"{_ZONE} is {shown}, not an IANA time zone"
    spans = parsed.spans
    span = spans.get(("metadata", "time_zone")) or spans[("metadata",)]
    return Problem("unknown-zone", span.start + 1, message, None, _ZONE)


#: The documented timestamps, `event_time` first.
_DOCUMENTED = tuple(field for field in FIELDS.values() if field.kind == "timestamp")


def field_path(name: str) -> str:
    """Return the path of the field that a person calls *name*: `created_at`, `body.due_at`.

    Raises CeventsError where it is neither documented nor a path of two parts.
    """
    documented = {field.name: field.path for field in _DOCUMENTED}
    path = documented.get(name, name)
    part, _, rest = path.partition(".")
    if part not in ("metadata", "body") or not rest or "." in rest:
        raise CeventsError(f"unknown field {quoted(name)}", "as in created_at or body.due_at")
    return path
