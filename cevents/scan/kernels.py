"""The kernels on columns: compiled if they were built, else in plain Python."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import add
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from cevents.canvas.zones import Zone
from cevents.input.blocks import Block
from cevents.scan.columns import ABSENT, NULL, STRING, TAKEN, Column, Columns
from cevents.scan.compiled import native
from cevents.scan.rows import Cell

if TYPE_CHECKING:
    from cevents.scan.paste import Layout

#: The offsets of a zone: from which instants on, how many minutes, and whether it is UTC.
Table: TypeAlias = "tuple[array[int], array[int], bool]"

_Text = TypeVar("_Text", bound="str | None")


def tally(message: int, created: int, forwarded: int) -> Any:
    """Return an empty tally of conversations; the arguments are the numbers of the events."""
    kernels = native()
    if kernels is None:
        from cevents.scan import tally as kernels
    return kernels.Tally(message, created, forwarded, int.from_bytes(os.urandom(8)))


def copy(block: Block, rows: Iterable[int]) -> bytes:
    """Return texts of a block as they are, each with a line feed behind it."""
    kernels = native()
    if kernels is None:
        from cevents.scan import paste as kernels
    chosen = bytearray(len(block))
    for row in rows:
        chosen[row] = TAKEN
    kernel: Callable[..., bytes] = kernels.copy
    return kernel(block.data, block.starts, block.ends, chosen, 0, len(block))


def indent(columns: Columns, first: int, last: int) -> bytes:
    """Return the usable texts of rows indented, each with a line feed behind it."""
    block = columns.block
    kernels = native()
    if kernels is None:
        from cevents.scan import indent as kernels
    kernel: Callable[..., bytes] = kernels.indent
    return kernel(block.data, block.starts, block.ends, columns.state, first, last)


def retime(
    columns: Columns,
    first: int,
    last: int,
    times: list[Column],
    tables: list[Table],
    zone_of: array[int] | None,
    otherwise: Callable[[int], bytes],
) -> list[bytes]:
    """Return the usable lines of rows in pieces, their *times* rewritten in other zones.

    That of a row with a timestamp that is not in the usual form or leaves the calendar, or without
    a zone, is *otherwise* of it.
    """
    texts = (columns.block.starts, columns.block.ends)
    fields = [(c.start, c.length, c.kind, c.value) for c in times]
    return _retimed(columns, first, last, texts, fields, tables, zone_of, otherwise)


def retimed(
    columns: Columns,
    path: str,
    tables: list[Table],
    zone_of: array[int] | None,
    otherwise: Callable[[int], str],
) -> bytes:
    """Return the timestamps at *path* of the usable rows, which all have one, in other zones.

    Each with a line feed behind it; that of a row that `retime` does not do is *otherwise* of it.
    """
    column = columns[path]
    ends = array("I", map(add, column.start, column.length))
    fields = [(column.start, column.length, column.kind, column.value)]

    def line(row: int) -> bytes:
        return b"%b\n" % otherwise(row).encode()

    texts, last = (column.start, ends), len(columns.state)
    return b"".join(_retimed(columns, 0, last, texts, fields, tables, zone_of, line))


def _retimed(
    columns: Columns,
    first: int,
    last: int,
    texts: tuple[array[int], array[int]],
    fields: list[tuple[Any, ...]],
    tables: list[Table],
    zone_of: array[int] | None,
    otherwise: Callable[[int], bytes],
) -> list[bytes]:
    kernels = native()
    if kernels is None:
        from cevents.scan import retime as kernels
    data, state = columns.block.data, columns.state
    parts: list[bytes] = []
    row, count = first, last - first
    while row < last:
        end = min(last, row + count)
        lines, row = kernels.retime(data, *texts, state, row, end, fields, tables, zone_of)
        parts.append(lines)
        count *= 2
        if row < end:  # after each such row a few, as the kernel begins with a look at all
            parts.append(otherwise(row))
            row, count = row + 1, _FEW_ROWS
    return parts


_FEW_ROWS = 16


def strings(columns: Columns, path: str, rows: Sequence[int]) -> bytes:
    """Return the strings without escapes at *path* in some rows, each with a line feed behind it.

    A row that has another value, or none, gets an empty line.
    """
    column, data = columns[path], columns.block.data
    kernels = native()
    if kernels is None:
        from cevents.scan import paste as kernels
    kernel: Callable[..., bytes] = kernels.strings
    return kernel(data, column.start, column.length, column.kind, array("I", rows))


def texts(
    columns: Columns, path: str, rows: Sequence[int], absent: _Text, null: _Text
) -> list[str | _Text]:
    """Return the values at *path* in some rows as `Columns.as_text` does.

    *absent* stands for a value that is not there, *null* for one that is null.
    """
    kinds = columns[path].kind
    found: list[Any] = strings(columns, path, rows).decode().split("\n")[:-1]
    if kinds.count(STRING) < len(kinds):
        nothing = {ABSENT: absent, NULL: null}
        for index, row in enumerate(rows):
            if (kind := kinds[row]) in nothing:
                found[index] = nothing[kind]
            elif kind != STRING:
                found[index] = columns.as_text(path, row)
    return found


def paste(columns: tuple[bytes, ...], layouts: tuple[Layout, ...], which: bytes) -> bytes:
    """Return columns, which are lines, side by side: line i by the layout number which[i]."""
    kernels = native()
    if kernels is None:
        from cevents.scan import paste as kernels
    kernel: Callable[..., bytes] = kernels.paste
    return kernel(columns, layouts, which)


def sort(rows: array[int], cell: Cell, down: bool) -> None:
    """Sort rows by a cell, NONE last; ties stay in their order."""
    kernels = native()
    if kernels is None:
        from cevents.scan import rows as kernels
    kernels.sort(rows, cell, down)


#: What is written at the end of a line, around each text in it, and in place of NONE.
Around: TypeAlias = "tuple[bytes, bytes, bytes]"


def lines(
    rows: array[int],
    cells: Sequence[tuple[Cell, bytes]],
    around: Around,
    zone: Table,
    line: Callable[[int], bytes],
) -> Iterator[bytes]:
    """Yield rows as lines, some at a time: each of the *cells* behind what stands before it.

    *line* writes one row: what is not plain is left to it.
    """
    kernel = native()
    if kernel is None:
        yield from map(line, rows)
        return
    columns = tuple((*cell, before) for cell, before in cells)
    at = 0
    while at < len(rows):
        part = rows[at : at + _ROWS]
        done, count = kernel.lines_of(part, columns, around, zone)
        at += count
        yield done
        if count < len(part):
            yield line(rows[at])
            at += 1


#: Rows that are written at a time.
_ROWS = 1024


def table(zone: Zone, instants: set[int]) -> Table:
    """Return the offsets of a zone that hold at *instants*."""
    stretches = zone.stretches(min(instants), max(instants)) if instants else []
    starts = array("q", (start for start, _ in stretches))
    return starts, array("h", (offset for _, offset in stretches)), zone.is_utc
