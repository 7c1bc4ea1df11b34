"""Distinct pairs of numbers, counted exactly in as little memory as sorted arrays take."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cevents.lookup import distinct
from cevents.ticks import MOST, Numbers


class Pairs:
    """Pairs of a conversation's index and a number below `ticks.MOST`: the distinct ones count.

    Packed into 64 bits they are sorted in parts, of as many conversations as there are bits for.
    """

    def __init__(self) -> None:
        self._new: list[tuple[Numbers, Numbers]] = []
        self._count = 0
        self._parts: dict[int, list[Numbers]] = {}

    def add(self, owners: Numbers, numbers: Numbers) -> None:
        """Add pairs, in two columns."""
        self._new.append((owners, numbers))
        self._count += len(owners)
        if self._count >= _MANY:
            self.pack()

    def pack(self) -> None:
        """Put what is new among the parts."""
        if not self._new:
            return
        owners, numbers = map(np.concatenate, zip(*self._new, strict=True))
        self._new, self._count = [], 0
        parts = owners >> _PART_BITS
        packed = (owners & (2**_PART_BITS - 1)) << _ID_BITS | numbers
        for part in np.flatnonzero(np.bincount(parts)).tolist():
            runs = self._parts.setdefault(part, [_NONE])
            runs.append(packed[parts == part])
            if sum(map(len, runs[1:])) > max(len(runs[0]), _MANY):
                self._parts[part] = [_distinct(runs)]

    def merge(self, pairs: Pairs, moved: Numbers, renumbered: Numbers | None = None) -> None:
        """Add the pairs of another; *moved* tells the index here of each conversation there, less
        than 0 to leave it out, and *renumbered* the number here of each there, if it is another."""
        for owners, ids in pairs.unpacked():
            taken = moved[owners] >= 0
            numbers = ids if renumbered is None else renumbered[ids]
            self.add(moved[owners][taken], numbers[taken])

    def unpacked(self) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield the distinct pairs as two columns, some at a time."""
        self.compact()
        for part, (packed,) in self._parts.items():
            for at in range(0, len(packed), _MANY):
                some = packed[at : at + _MANY]
                yield (part << _PART_BITS) + (some >> _ID_BITS), some & (MOST - 1)

    def compact(self) -> None:
        """Forget repeats: they make no difference."""
        self.pack()
        for part, runs in self._parts.items():
            self._parts[part] = [_distinct(runs)]

    def distinct(self, count: int) -> Numbers:
        """Return how many distinct numbers each of *count* conversations has, by index."""
        counts = np.zeros(count, np.int64)
        for owners, _ in self.unpacked():
            first, found = owners[0], np.bincount(owners - owners[0])
            counts[first : first + len(found)] += found
        return counts

    def of(self, wanted: list[int]) -> dict[int, list[int]]:
        """Return the distinct numbers of each of the *wanted* conversations."""
        found: dict[int, list[int]] = {owner: [] for owner in wanted}
        for owners, ids in self.unpacked():
            own = np.isin(owners, wanted)
            for owner, id_ in zip(owners[own].tolist(), ids[own].tolist(), strict=True):
                found[owner].append(id_)
        return found


def _distinct(runs: list[Numbers]) -> Numbers:
    if len(runs) == 1:
        return runs[0]
    joined = np.concatenate(runs)
    runs.clear()
    joined.sort()
    return distinct(joined)


_ID_BITS = MOST.bit_length() - 1
_PART_BITS = 63 - _ID_BITS
_NONE = np.zeros(0, np.int64)

#: Pairs that are sorted at a time, at least.
_MANY = 2**16
