"""Sorts more than memory holds: what does not fit goes to disk in sorted runs, which are merged.

A run is extended as long as what comes next is not before its end, so a stretch of input that is in
order already makes one run however long it is.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader, BytesIO
from itertools import accumulate
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

    def add(self, keys: Sequence[int], pieces: Sequence[bytes]) -> None:
        """Take in pieces, each with its key."""
        self._held.extend(zip(keys, pieces, strict=True))
        self._size += sum(map(len, pieces)) + _ITEM_BYTES * len(pieces)
        if self._size > self._memory:
            self._spill()

    def __iter__(self) -> Iterator[list[bytes]]:
        """Yield the pieces in order, some at a time."""
        self._held.sort(key=_key)
        for items in _merged([*self._runs, self._parts(self._held)]):
            for part in self._parts(items):
                yield [piece for _, piece in part]

    def _spill(self) -> None:
        """Put what is held on disk: behind the last run where it goes on, else as a run."""
        self._held.sort(key=_key)
        if not self._runs or self._held[0][0] < self._runs[-1].last:
            self._runs.append(_Run())
        for part in self._parts(self._held):
            self._runs[-1].append(part)
        self._held, self._size = [], 0
        while self._are_many():
            several = self._runs[-_MOST_RUNS:]  # neighbours, so that equal keys stay in order
            run = _Run(several[-1].level + 1)
            self._runs.append(run)
            for items in _merged(several):
                for part in self._parts(items):
                    run.append(part)
            for one in several:
                one.close()
            del self._runs[-_MOST_RUNS - 1 : -1]

    def _are_many(self) -> bool:
        levels = [run.level for run in self._runs[-_MOST_RUNS:]]
        return len(levels) == _MOST_RUNS and levels[0] == levels[-1]

    def _parts(self, items: list[Item]) -> Iterator[list[Item]]:
        """Yield *items* in parts so small that one of each run takes little memory."""
        ends = list(accumulate((len(piece) + _ITEM_BYTES for _, piece in items), initial=0))
        at = 0
        while at < len(items):
            end = bisect_left(ends, ends[at] + self._memory // (4 * _MOST_RUNS), at + 1)
            yield items[at:end]
            at = end


def _merged(runs: Sequence[Iterable[list[Item]]]) -> Iterator[list[Item]]:
    """Merge runs, each in parts, into lists; of equal keys those of an earlier run come first.

    Whole parts are sorted at once, in which the stretches that are in order cost little.
    """
    heads = [(next(rest, []), rest) for rest in map(iter, runs)]
    while heads := [(part, rest) for part, rest in heads if part]:
        lasts = [part[-1][0] for part, _ in heads]
        last = min(lasts)
        first_to_end = lasts.index(last)
        items: list[Item] = []
        for index, (part, rest) in enumerate(heads):
            # That run may go on with its last key: with the same key, later ones wait for it.
            bisect = bisect_right if index <= first_to_end else bisect_left
            end = bisect(part, last, key=_key)
            if end:
                items += part[:end]
                heads[index] = part[end:] or next(rest, []), rest
        items.sort(key=_key)
        yield items


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

    def __iter__(self) -> Iterator[list[Item]]:
        """Yield the items, once, in the parts that they were added in."""
        with _disk_errors():
            self._file.seek(0)
            with BufferedReader(self._file, _BUFFER_BYTES) as reader:
                while head := reader.read(_COUNT_BYTES):
                    size = 8 * int.from_bytes(head)
                    keys, lengths = array("q", reader.read(size)), array("q", reader.read(size))
                    pieces = BytesIO(reader.read(sum(lengths)))
                    yield list(zip(keys, map(pieces.read, lengths), strict=True))

    def close(self) -> None:
        self._file.close()


#: Every run that is merged has such a buffer; the default is 128 KiB from Python 3.14 on.
_BUFFER_BYTES = 1 << 13

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
