"""What a scan finds: columns of numbers, one row for each text of a block.

The columns hold no text, only where each value stands in the block's bytes. Both readers fill the
same buffers, so that a task never knows which of them took a line.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import compress, count
from typing import Any, Final, NamedTuple

from cevents.canvas.events import EVENT_NAME
from cevents.canvas.problems import Problem
from cevents.input.blocks import Block
from cevents.scan.compiled import native
from cevents.scan.plan import Plan

#: States of a text.
BLANK, TAKEN, REFUSED = range(3)

#: Kinds of a value. ESCAPED is a string with a backslash in it, OTHER an object, array or boolean.
ABSENT, NULL, STRING, ESCAPED, NUMBER, OTHER = range(6)

#: The `event` of a text that is none of the documented ones.
OTHER_EVENT: Final = 255

_STRINGS = bytes((STRING, ESCAPED))
_OTHERS = bytes(number == OTHER_EVENT for number in range(256))

#: The value of a field that holds no id, or no timestamp.
NONE: Final = -(2**63)

#: Stands for the zone of a row that has none.
NO_ZONE: Final = 0xFFFF

#: The value of an id that is no number: `Columns.odd` has its text.
ODD: Final = -1


class Column(NamedTuple):
    """One field of every text.

    *start* and *length* are bytes in the block's data: of a string its content between the quotes,
    of a number or another value all of it. *value* is the number of an id, or the instant of a
    timestamp in microseconds since 1970; *offset* the timestamp's offset in minutes east of UTC.
    """

    start: array[int]
    length: array[int]
    kind: bytearray
    value: array[int]
    offset: array[int]

    @classmethod
    def of(cls, count: int) -> Column:
        """Return a column of *count* rows."""
        four, eight, two = bytes(4 * count), bytes(8 * count), bytes(2 * count)
        return cls(
            array("I", four), array("I", four), bytearray(count), array("q", eight), array("h", two)
        )


class Columns:
    """The rows of one block: *state* and *event* of each text, and a column for each wanted field.

    *odd* has the text of each id that is no number, by path and row. *by_reference* are the rows
    that the reference has read, in order, and *problems* what it found wrong, by row. *used* are
    the rows that are used in spite of an error.
    """

    def __init__(self, block: Block, plan: Plan) -> None:
        count = len(block)
        self.block = block
        self.state = bytearray(count)
        self.event = bytearray(count)
        self.odd: dict[tuple[str, int], str] = {}
        self.by_reference: list[int] = []
        self.problems: dict[int, list[Problem]] = {}
        self.used: set[int] = set()
        self._by_path = {path: Column.of(count) for path in plan.wanted}

    @property
    def paths(self) -> list[str]:
        """The wanted fields."""
        return list(self._by_path)

    def __getitem__(self, path: str) -> Column:
        return self._by_path[path]

    def buffers(self) -> tuple[bytearray | array[int], ...]:
        """Return what a reader fills, in the order that the readers agree on."""
        return (self.state, self.event, *(part for c in self._by_path.values() for part in c))

    def taken(self) -> range | list[int]:
        """Return the rows that are usable."""
        state = self.state
        if state.count(TAKEN) == len(state):
            return range(len(state))
        return [row for row, what in enumerate(state) if what == TAKEN]

    def is_taken(self, row: int) -> bool:
        """Whether a row is usable."""
        return self.state[row] == TAKEN

    def lacking(self, path: str) -> list[int]:
        """Return the usable rows without a timestamp at *path*, which the plan needs.

        A row whose event's schema does not have the field may hold another kind of value there.
        """
        value, kind = self._by_path[path].value, self._by_path[path].kind
        rows = {*self.by_reference, *_places(kind, NUMBER), *_places(kind, OTHER)}
        return [row for row in sorted(rows) if self.is_taken(row) and value[row] == NONE]

    def refused(self) -> list[int]:
        """Return the rows that are refused."""
        state = self.state
        return list(_places(state, REFUSED))

    def blanks(self) -> list[int]:
        """Return the rows without a text."""
        return list(_places(self.state, BLANK))

    def raw(self, path: str, row: int) -> bytes:
        """Return the bytes of a value, as `Column` says; none where it is absent or null."""
        column = self._by_path[path]
        start = column.start[row]
        return bytes(self.block.data[start : start + column.length[row]])

    def raws(self, path: str) -> list[bytes]:
        """Return a column of bytes as `raw` does."""
        column, reader = self._by_path[path], native()
        if reader is not None:
            found: list[bytes] = reader.slices(self.block.data, column.start, column.length)
            return found
        data, spans = bytes(self.block.data), zip(column.start, column.length, strict=True)
        return [data[start : start + length] for start, length in spans]

    def text(self, path: str, row: int) -> str | None:
        """Return a string, decoded; None where the value is no string."""
        column = self._by_path[path]
        kind = column.kind[row]
        if kind == STRING:
            start = column.start[row]
            return self.block.data[start : start + column.length[row]].decode()
        if kind == ESCAPED:
            import orjson

            return str(orjson.loads(b'"%b"' % self.raw(path, row)))
        return None

    def as_text(self, path: str, row: int, deeper: Sequence[str] = ()) -> str | None:
        """Return a value as text: a string itself, another value as JSON; None if it is absent.

        *deeper* are keys of objects, and indexes of arrays, within the value.
        """
        kind = self._by_path[path].kind[row]
        if deeper:
            return _inside(self.raw(path, row), deeper) if kind == OTHER else None
        if kind == ABSENT:
            return None
        if kind == NULL:
            return "null"
        if kind in (NUMBER, OTHER):
            return _shortest(self.raw(path, row))
        return self.text(path, row)

    def others(self) -> list[int]:
        """Return the rows of events that are not documented, and of what is no event."""
        return list(compress(count(), self.event.translate(_OTHERS)))

    def other_names(self) -> dict[int, str]:
        """Return the names of events that are not documented, by row. The plan must want them."""
        path = EVENT_NAME.path
        kind, raws = self._by_path[path].kind, self.raws(path)
        known = {raw: raw.decode() for raw in set(raws)}
        return {
            row: known[raws[row]] if kind[row] == STRING else self.text(path, row) or ""
            for row in self.others()
            if kind[row] in _STRINGS
        }

    def judge(self, row: int, problems: list[Problem]) -> None:
        """Record a verdict on a text; with an error, its row is refused."""
        self.problems[row] = problems
        if self.is_bad(row):
            self.state[row] = REFUSED

    def is_bad(self, row: int) -> bool:
        """Whether a row has an error."""
        return any(problem.severity == "error" for problem in self.problems.get(row, ()))

    def reject(self, row: int, problem: Problem | None) -> None:
        """Refuse a row that was taken, and report *problem*, if any."""
        self.state[row] = REFUSED
        if problem:
            self.problems.setdefault(row, []).append(problem)

    def note(self, row: int, problem: Problem | None) -> None:
        """Report *problem*, if any, of a row that is used all the same."""
        if problem:
            self.problems.setdefault(row, []).append(problem)
            self.used.add(row)


def _inside(raw: bytes, keys: Sequence[str]) -> str | None:
    """Return what is deeper in a JSON value, as text."""
    import json

    try:
        value = json.loads(raw)
    except RecursionError:
        return None
    for key in keys:
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value if isinstance(value, str) else _dumped(value)


def _shortest(raw: bytes) -> str:
    """Return a JSON value in its shortest form; integers keep all their digits."""
    import json

    if raw.isdigit():
        return raw.decode()
    try:
        return _dumped(json.loads(raw))
    except (RecursionError, ValueError):  # it nests too deep, or has too many digits for Python
        return raw.decode()


def _dumped(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _places(data: bytearray, byte: int) -> Iterator[int]:
    at = data.find(byte)
    while at >= 0:
        yield at
        at = data.find(byte, at + 1)
