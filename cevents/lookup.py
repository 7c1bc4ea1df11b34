"""A hash table of numbers in which a whole column is looked up at once."""

from __future__ import annotations

import numpy as np

from cevents.ticks import Numbers


class Lookup:
    """Gives each of the 64-bit numbers that it has not seen yet the next index, from 0."""

    def __init__(self) -> None:
        self.keys = np.zeros(0, np.int64)  # by index; there may be room behind the last
        self.count = 0
        self._slots = np.full(_SLOTS, -1)

    def __len__(self) -> int:
        return self.count

    def find(self, keys: Numbers) -> Numbers:
        """Return the index of each, -1 where there is none."""
        if not self.count:
            return np.full(len(keys), -1)
        slots = self._first_slots(keys)
        found = self._slots[slots]
        others = np.flatnonzero((found >= 0) & (self.keys[found] != keys))
        while len(others):
            slots[others] = slots[others] + 1 & len(self._slots) - 1
            found[others] = self._slots[slots[others]]
            others = others[(found[others] >= 0) & (self.keys[found[others]] != keys[others])]
        return found

    def add(self, keys: Numbers) -> Numbers:
        """Return the index of each, the next ones for those that are new."""
        found = self.find(keys)
        new = found < 0
        if new.any():
            self._append(distinct(np.sort(keys[new])))
            found[new] = self.find(keys[new])
        return found

    def _append(self, keys: Numbers) -> None:
        start, self.count = self.count, self.count + len(keys)
        if self.count > len(self.keys):
            room = np.zeros(self.count + self.count // 4, np.int64)
            room[:start] = self.keys[:start]
            self.keys = room
        self.keys[start : self.count] = keys
        if self.count > len(self._slots) // 2:
            self._slots = np.full(2 ** (2 * self.count).bit_length(), -1)
            start = 0
        self._place(np.arange(start, self.count))

    def _place(self, indexes: Numbers) -> None:
        """Put indexes into free slots, each as near behind its first as there is one."""
        slots = self._first_slots(self.keys[indexes])
        while len(indexes):
            free = self._slots[slots] < 0
            self._slots[slots[free]] = indexes[free]
            # Of several for one slot, one has got it.
            left = self._slots[slots] != indexes
            indexes, slots = indexes[left], slots[left] + 1 & len(self._slots) - 1

    def _first_slots(self, keys: Numbers) -> Numbers:
        mixed = keys.view(np.uint64) * _GOLDEN
        return (mixed >> np.uint64(64 - self._slots.size.bit_length() + 1)).astype(np.int64)


def distinct(column: Numbers) -> Numbers:
    """Return the distinct ones of sorted numbers; `np.unique` takes ten times as long."""
    are_first = np.concatenate(([True], column[1:] != column[:-1]))
    return column if are_first.all() else column[are_first]


_SLOTS = 2**14
#: 2**64 by the golden ratio: its products spread numbers that follow each other.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
