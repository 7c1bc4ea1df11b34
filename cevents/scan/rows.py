"""The rows of a table of numbers put in order: what the compiled `sort` does, in plain Python."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from cevents.canvas.ids import order
from cevents.scan.columns import NONE

#: What a cell shows: *first* as an id, as it reads in the account *second*; *first* as an instant;
#: how much *first* is more than *second*, as a count or, of microseconds, in seconds.
ID, INSTANT, COUNT, SECONDS = range(4)

#: Sorts behind every id that is a number, and behind everything.
_ODD, _LAST = 2**63 - 1, 2**64


class Cell(NamedTuple):
    """What each row of a table shows of one or two columns of numbers. No *second* is 0."""

    kind: int
    first: Sequence[int]
    second: Sequence[int] | None = None

    def value(self, row: int) -> int:
        """Return what a row's cell is worth: NONE if it is empty, an id as it reads in its account.

        Ids that are odd are worth the same.
        """
        first = self.first[row]
        second = self.second[row] if self.second is not None else 0
        if first == NONE or self.kind == INSTANT:
            return first
        if self.kind == ID:
            return _ODD if first < 0 else order(first, second)
        return first - second


def sort(rows: array[int], cell: Cell, down: bool) -> None:
    """Sort rows by a cell, NONE last; ties stay in their order."""

    def key(row: int) -> int:
        value = cell.value(row)
        return _LAST if value == NONE else -value if down else value

    rows[:] = array("I", sorted(rows, key=key))
