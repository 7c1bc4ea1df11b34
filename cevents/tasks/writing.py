"""What the commands that write events share: order, repeats, and pieces that can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import TypeVar

from cevents.canvas.events import EVENT_TIME
from cevents.input.blocks import Block
from cevents.scan.columns import NONE, Columns
from cevents.scan.kernels import copy
from cevents.scan.plan import Plan
from cevents.scan.reading import explain_field
from cevents.tasks.identity import KEY_PATHS, keys
from cevents.tasks.result import Result
from cevents.tasks.task import InOrderStep, Made, Task

_Value = TypeVar("_Value")


@dataclass(slots=True)
class Arranged:
    """What is known of each piece of output: its *instant* and the *key* of its event.

    *repeats* are the rows that were left out because their events came before.
    """

    instants: list[int] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)

    def up_to(self, count: int, kept: int) -> Arranged:
        repeats = [row for row in self.repeats if row < count]
        return Arranged(self.instants[:kept], self.keys[:kept], repeats)


@dataclass(frozen=True, kw_only=True)
class Writing(Task):
    """A task that writes a piece of output for each event that it chooses.

    *places*: there is one piece for each event, so that the output can be cut short. *sort*: the
    instant of each is told, and an event whose time cannot be read is rejected. *dedup*: events
    that came before are left out.
    """

    places: bool = False
    sort: bool = False
    dedup: bool = False

    @property
    def one_piece_per_event(self) -> bool:
        return self.places or self.sort or self.dedup

    def wanting(self, *paths: str) -> Plan:
        """Return the plan for *paths*, and for the fields that *sort* and *dedup* need."""
        times = (EVENT_TIME.path,) if self.sort else ()
        identity = KEY_PATHS if self.dedup else ()
        return Plan(tuple(dict.fromkeys((*paths, *times, *identity))), needs=times)

    def sortable(self, columns: Columns, rows: list[int] | range) -> list[int] | range:
        """Return those of *rows* that have a place in the order; reject the others."""
        if not self.sort:
            return rows
        instants = columns[EVENT_TIME.path].value
        wanted = rows if isinstance(rows, range) else set(rows)
        lost = [row for row in columns.lacking(EVENT_TIME.path) if row in wanted]
        for row in lost:
            known = any(p.path == EVENT_TIME.path for p in columns.problems.get(row, ()))
            columns.used.discard(row)
            columns.reject(row, None if known else explain_field(columns, row, EVENT_TIME))
        return [row for row in rows if instants[row] != NONE] if lost else rows

    def made(self, columns: Columns, rows: list[int] | range, output: list[bytes]) -> Made:
        """Return what is made of the events in *rows*, which are in order and sortable."""
        if not self.one_piece_per_event:
            return Made(list(rows), output)
        own = Arranged()
        if self.sort:
            own.instants = _of(columns[EVENT_TIME.path].value, rows)
        if self.dedup:
            own.keys = keys(columns, rows)
        return Made(list(rows), output, own)

    def in_order_step(self) -> InOrderStep | None:
        """Return what leaves out the events that came before."""
        if not self.dedup:
            return None
        seen: set[bytes] = set()

        def leave_out_repeats(result: Result, _: str) -> None:
            if result.own is None:  # nothing was read
                return
            kept = []
            for index, key in enumerate(result.own.keys):
                if key is None or key not in seen:
                    kept.append(index)
                if key is not None:
                    seen.add(key)
            if len(kept) == len(result.chosen):
                return
            own, rows = result.own, result.chosen
            result.chosen = _of(rows, kept)
            result.output = _of(result.output, kept) if result.output else []
            own.instants = _of(own.instants, kept) if own.instants else []
            own.repeats = sorted(set(rows) - set(result.chosen))

        return leave_out_repeats


def lines_of(block: Block, rows: list[int] | range, one_piece_per_event: bool) -> list[bytes]:
    """Return the lines of events as they go out: one for each, or all in one piece."""
    if block.places is not None:
        return [block.line_of(row) for row in rows]
    lines = copy(block, rows)
    if block.lacks_newline and rows and rows[-1] == len(block) - 1:
        lines = lines[:-1]
    return BytesIO(lines).readlines() if one_piece_per_event else [lines]


def runs(rows: list[int] | range) -> list[tuple[int, int]]:
    """Return the stretches of rows that follow each other, each as its first row and its end."""
    if isinstance(rows, range):
        return [(rows.start, rows.stop)] if rows else []
    found: list[tuple[int, int]] = []
    first = end = -1
    for row in rows:
        if row != end:
            if end >= 0:
                found.append((first, end))
            first = row
        end = row + 1
    if end >= 0:
        found.append((first, end))
    return found


def _of(values: Sequence[_Value], rows: list[int] | range) -> list[_Value]:
    return [values[row] for row in rows]
