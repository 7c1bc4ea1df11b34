"""Sorts more than memory holds: what does not fit goes to disk in sorted runs, which are merged.

A run is extended as long as what comes next is not before its end, so a stretch of input that is in
order already makes one run however long it is.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO
from operator import itemgetter

from cevents.errors import CeventsError

#: So many runs of one level are merged into one: each is an open file and some memory.
_MOST_RUNS = 64

#: What Python takes to hold one item, besides its piece.
_ITEM_BYTES = 200

#: A key, and the piece of output that it places.
Item = tuple[int, bytes]

_key = itemgetter(0)


class Sorter:
    """Gives back pieces of output by their keys, those with equal keys as they were added.

    Holds some *memory* bytes, and puts the rest into temporary files without a name. Used in a
    `with` statement, and iterated over once, when all is added. Raises CeventsError where the files
    cannot be written or read.
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._held: list[Item] = []
        self._size = 0
        self._runs: list[_Run] = []

    def __enter__(self) -> Sorter:
        return self

    def __exit__(self, *error: object) -> None:
        for run in self._runs:
            run.close()

    def add(self, key: int, piece: bytes) -> None:
        self._held.append((key, piece))
        self._size += len(piece) + _ITEM_BYTES
        if self._size > self._memory:
            self._spill()

    def __iter__(self) -> Iterator[bytes]:
        self._held.sort(key=_key)
        for _, piece in heapq.merge(*self._runs, self._held, key=_key):
            yield piece

    def _spill(self) -> None:
        """Put what is held on disk: behind the last run where it goes on, else as a run."""
        self._held.sort(key=_key)
        if not self._runs or self._held[0][0] < self._runs[-1].last:
            self._runs.append(_Run())
        self._write(self._runs[-1], self._held)
        self._held, self._size = [], 0
        while self._are_many():
            several = self._runs[-_MOST_RUNS:]  # neighbours, so that equal keys stay in order
            self._runs.append(_Run(several[-1].level + 1))
            self._write(self._runs[-1], heapq.merge(*several, key=_key))
            for run in several:
                run.close()
            del self._runs[-_MOST_RUNS - 1 : -1]

    def _are_many(self) -> bool:
        levels = [run.level for run in self._runs[-_MOST_RUNS:]]
        return len(levels) == _MOST_RUNS and levels[0] == levels[-1]

    def _write(self, run: _Run, items: Iterable[Item]) -> None:
        """Add *items* to *run* in parts so small that one of each run takes little memory."""
        part, size = [], 0
        for item in items:
            part.append(item)
            size += len(item[1]) + _ITEM_BYTES
            if size > self._memory // (4 * _MOST_RUNS):
                run.append(part)
                part, size = [], 0
        if part:
            run.append(part)


class _Run:
    """Items in order, in a file that is gone as soon as nobody has it open. *last* is their last
    key, *level* how often they were merged."""

    def __init__(self, level: int = 0) -> None:
        from tempfile import TemporaryFile

        self.level = level
        self.last = _NEVER
        with _disk_errors():
            self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - see close

    def append(self, items: list[Item]) -> None:
        keys, pieces = zip(*items, strict=True)
        lengths = array("q", map(len, pieces))
        head = len(items).to_bytes(_COUNT_BYTES)
        rest = memoryview(b"".join((head, array("q", keys), lengths, *pieces)))
        with _disk_errors():
            while rest:
                rest = rest[self._file.write(rest) :]
        self.last = keys[-1]

    def __iter__(self) -> Iterator[Item]:
        """Yield the items, once."""
        with _disk_errors():
            self._file.seek(0)
            with BufferedReader(self._file) as reader:
                while head := reader.read(_COUNT_BYTES):
                    size = 8 * int.from_bytes(head)
                    keys, lengths = array("q", reader.read(size)), array("q", reader.read(size))
                    pieces = BytesIO(reader.read(sum(lengths)))
                    yield from zip(keys, map(pieces.read, lengths), strict=True)

    def close(self) -> None:
        self._file.close()


#: Before every key.
_NEVER = -(2**63)

_COUNT_BYTES = 8


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        tip = "TMPDIR names the folder that they are in; with more --sort-memory they are fewer"
        raise CeventsError(f"cannot sort in temporary files: {reason}", tip) from None
