"""Lines: the texts of a block, the values of a column, and such lines side by side.

In plain Python: the compiled `copy`, `strings` and `paste` do the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from cevents.scan.columns import STRING, TAKEN

#: Part of a line: some text, and the value of a column, by its number, filled up with spaces to a
#: number of characters: behind it, or before it if the number is negative.
Part: TypeAlias = tuple[bytes, int, int]
Layout: TypeAlias = tuple[Part, ...]


def copy(
    data: bytes | bytearray,
    starts: Sequence[int],
    ends: Sequence[int],
    state: Sequence[int],
    first: int,
    last: int,
) -> bytes:
    """Return the taken texts from row *first* up to *last*, with a line feed behind each."""
    rows = (row for row in range(first, last) if state[row] == TAKEN)
    return b"".join(bytes(data[starts[row] : ends[row]]) + b"\n" for row in rows)


def strings(
    data: bytes | bytearray,
    start: Sequence[int],
    length: Sequence[int],
    kind: Sequence[int],
    rows: Iterable[int],
) -> bytes:
    """Return the strings without escapes in *rows*, each with a line feed behind it.

    A row that has another value, or none, gets an empty line.
    """
    spans = ((start[row], start[row] + length[row] * (kind[row] == STRING)) for row in rows)
    return b"".join(bytes(data[first:last]) + b"\n" for first, last in spans)


def paste(columns: tuple[bytes, ...], layouts: tuple[Layout, ...], which: Sequence[int]) -> bytes:
    """Return the lines of *columns* side by side, line i by the layout number which[i].

    Lines end without spaces.
    """
    values = [lines.decode().split("\n")[:-1] for lines in columns]
    lines = []
    for layout, *row in zip((layouts[number] for number in which), *values, strict=True):
        parts = [text.decode() + _filled(row[column], width) for text, column, width in layout]
        lines.append("".join(parts).rstrip(" ") + "\n")
    return "".join(lines).encode()


def _filled(value: str, width: int) -> str:
    return value.rjust(-width) if width < 0 else value.ljust(width)
