"""What `stats` knows: a `Summary` of conversations, and its rows."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cevents.canvas.events import CREATED, EVENT_TIME, EVENTS, FORWARDED, MESSAGE
from cevents.canvas.ids import is_id, shown, spelling
from cevents.scan.columns import NONE, ODD
from cevents.scan.kernels import sort, tally
from cevents.scan.rows import COUNT, ID, INSTANT, SECONDS, Cell
from cevents.tasks.summing import ACCOUNT, AUTHOR, CONVERSATION, MESSAGE_ID, SENT, Batch


class Row(NamedTuple):
    """One conversation as it is shown: `stats --format json` has exactly these fields.

    Ids are texts, a conversation's as it reads in its account. Times are instants, in microseconds
    since 1970; *first_reply_seconds* is how long the first message waited for an answer.
    """

    root_account_id: str | None
    conversation_id: str
    events: int
    messages: int
    redelivered: int
    authors: int
    forwarded: int
    created_at: int | None
    first_event: int
    last_event: int
    first_reply_seconds: int | float | None


#: The columns that count: they sort most first, the others from low to high.
COUNTS = ("events", "messages", "redelivered", "authors", "forwarded")


class OddIds:
    """Numbers the ids that do not fit 64 bits, in the order they come.

    The numbers are below `ODD`, and the same for each spelling of an id.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """Return the number of an id."""
        key = spelling(text) if is_id(text) else text
        number = self._numbers.get(key)
        if number is None:
            self.texts.append(text)
            number = self._numbers[key] = ODD - len(self.texts)
        return number

    def text(self, number: int) -> str:
        """Return an id as it was first spelt."""
        return self.texts[ODD - 1 - number]

    def ranks(self) -> dict[int, int]:
        """Return the place of each number among all, sorted by their texts."""
        numbers = sorted((ODD - 1 - at for at in range(len(self.texts))), key=self.text)
        return {number: rank for rank, number in enumerate(numbers)}


class Summary:
    """Conversations, and how many *other* events there are. Merges in any grouping; a new one is
    empty."""

    def __init__(self) -> None:
        self.other = 0
        self._tally = tally(*map(list(EVENTS).index, (MESSAGE, CREATED, FORWARDED)))
        self._odd = OddIds()

    def add(self, batch: Batch) -> None:
        """Add the events of a block."""
        columns = batch.columns
        for (path, row), text in columns.odd.items():
            columns[path].value[row] = self._odd.number(text)
        ids = (columns[path].value for path in (ACCOUNT, CONVERSATION, MESSAGE_ID, AUTHOR))
        times = (columns[path].value for path in (EVENT_TIME.path, SENT))
        self._tally.add(batch.count, columns.state, columns.event, *ids, *times)
        self.other += batch.others

    def merge(self, summary: Summary) -> None:
        """Add another summary to this one. Associative; an empty Summary is its identity."""
        odd = array("q", map(self._odd.number, summary._odd.texts))
        self._tally.merge(summary._tally, odd)
        self.other += summary.other

    def __len__(self) -> int:
        """Return how many conversations there are."""
        return len(self._tally)

    def table(self) -> Table:
        """Return the columns of all conversations."""
        return Table(self._tally.rows(), self._odd)

    def rows(self, column: str = "messages", reverse: bool = False) -> Iterator[Row]:
        """Yield the rows of `table`."""
        return self.table().rows(column, reverse)


class Table:
    """The conversations of a `Summary`, in columns of numbers: *cells* are what a `Row` shows."""

    def __init__(self, columns: Mapping[str, Sequence[int]], odd: OddIds) -> None:
        self._columns = columns
        self._odd = odd
        account = columns["account"]
        self.cells = {
            "root_account_id": Cell(ID, account),
            "conversation_id": Cell(ID, columns["conversation"], account),
            "events": Cell(COUNT, columns["events"]),
            "messages": Cell(COUNT, columns["messages"]),
            "redelivered": Cell(COUNT, columns["sent"], columns["messages"]),
            "authors": Cell(COUNT, columns["authors"]),
            "forwarded": Cell(COUNT, columns["forwarded"]),
            "created_at": Cell(INSTANT, columns["created"]),
            "first_event": Cell(INSTANT, columns["first"]),
            "last_event": Cell(INSTANT, columns["last"]),
            "first_reply_seconds": Cell(SECONDS, columns["answered"], columns["started"]),
        }

    def __len__(self) -> int:
        return len(self._columns["account"])

    @property
    def accounts(self) -> set[str | None]:
        """The root accounts of the conversations, None where one is not known."""
        return {self._id(number) for number in set(self._columns["account"])}

    @property
    def span(self) -> set[int]:
        """The earliest and the latest instant of all; empty if there is none."""
        return {min(self._columns["first"]), max(self._columns["last"])} if len(self) else set()

    def totals(self) -> dict[str, int]:
        """Return the sums of the columns that can be summed up: authors cannot."""
        cells = {name: self.cells[name] for name in COUNTS if name != "authors"}
        return {name: sum(map(cell.value, range(len(self)))) for name, cell in cells.items()}

    def rows(self, column: str = "messages", reverse: bool = False) -> Iterator[Row]:
        """Yield a row for each conversation, in their `order`."""
        return map(self.row, self.order(column, reverse))

    def row(self, at: int) -> Row:
        """Return one row."""
        return Row._make(self._shown(cell, at) for cell in self.cells.values())

    def _shown(self, cell: Cell, at: int) -> Any:
        number = cell.first[at]
        if number == NONE:
            return None
        if cell.kind == ID:
            return self._id(number, cell.second[at] if cell.second else None)
        value = cell.value(at)
        return _seconds(value) if cell.kind == SECONDS else value

    def _id(self, number: int, account: int | None = None) -> str | None:
        if number == NONE:
            return None
        return self._odd.text(number) if number < 0 else shown(number, account)

    def order(self, column: str = "messages", reverse: bool = False) -> array[int]:
        """Return the rows sorted by *column*, ties by conversation and account.

        Counts sort most first, other columns from low to high, and what has no value last.
        """
        rows = array("I", range(len(self)))
        # Sorted by the last key first: each sort leaves ties in the order of the one before.
        self._sort_by_account(rows)
        self._sort(rows, "conversation_id", False)
        self._sort(rows, column, (column in COUNTS) is not reverse)
        return rows

    def _sort_by_account(self, rows: array[int]) -> None:
        """Sort rows by the texts of their accounts, those without one first."""
        texts = {number: self._id(number) or "" for number in set(self._columns["account"])}
        if len(texts) > 1:
            accounts = sorted(texts, key=lambda number: (number != NONE, texts[number]))
            places = {number: place for place, number in enumerate(accounts)}
            own = array("q", map(places.__getitem__, self._columns["account"]))
            sort(rows, Cell(COUNT, own), False)

    def _sort(self, rows: array[int], column: str, down: bool) -> None:
        cell = self.cells[column]
        if cell.kind == ID and self._odd.texts:
            ranks = self._odd.ranks()
            odd = array("q", (ranks.get(number, -1) for number in cell.first))
            sort(rows, Cell(COUNT, odd), down)
        sort(rows, cell, down)


def _seconds(microseconds: int) -> int | float:
    return microseconds / 10**6 if microseconds % 10**6 else microseconds // 10**6
