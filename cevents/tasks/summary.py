"""What `stats` knows: a `Summary` of conversations, and its rows."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from operator import sub
from typing import Any, NamedTuple

from cevents.canvas.events import CREATED, EVENT_TIME, EVENTS, FORWARDED, MESSAGE
from cevents.canvas.ids import LOCAL_IDS, is_id, order, shard_of, shown, spelling
from cevents.scan.columns import NONE, ODD
from cevents.scan.kernels import tally
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
    """The conversations of a `Summary`, in columns of numbers."""

    def __init__(self, columns: dict[str, Sequence[int]], odd: OddIds) -> None:
        self._odd = odd
        self._odd_ranks: dict[int, int] = {}
        self._columns = columns
        sent, messages = columns["sent"], columns["messages"]
        columns["redelivered"] = array("q", map(sub, sent, messages))
        replies = zip(columns["answered"], columns["started"], strict=True)
        columns["reply"] = array("q", (a - s if a != NONE else NONE for a, s in replies))

    def __len__(self) -> int:
        return len(self._columns["account"])

    @property
    def accounts(self) -> set[str | None]:
        """The root accounts of the conversations, None where one is not known."""
        return {self._account(number) for number in set(self._columns["account"])}

    def totals(self) -> dict[str, int]:
        """Return the sums of the columns that can be summed up: authors cannot."""
        return {name: sum(self._columns[name]) for name in COUNTS if name != "authors"}

    def rows(self, column: str = "messages", reverse: bool = False) -> Iterator[Row]:
        """Yield a row for each conversation, in the order of `batches`."""
        for *before, created, first, last, reply in self.batches(column, reverse):
            begun = [None if instant == NONE else instant for instant in created]
            columns = (*before, begun, first, last, reply)
            yield from map(Row._make, zip(*columns, strict=True))

    def batches(
        self, column: str = "messages", reverse: bool = False, limit: int | None = None
    ) -> Iterator[list[list[Any]]]:
        """Yield the columns of `Row` for some conversations at a time, at most *limit* in all.

        An instant that is not known is NONE. The rows are sorted by *column*, ties by conversation
        and account: counts most first, other columns from low to high, and what has no value last.
        """
        columns = self._columns
        accounts = {number: self._account(number) for number in set(columns["account"])}
        rows = self._order(column, (column in COUNTS) is not reverse)[:limit]
        for at in range(0, len(rows), _ROWS):
            part = rows[at : at + _ROWS]
            names = ("account", "conversation", "reply", *COUNTS, *_TIMES)
            own, ids, reply, *others = (list(map(columns[n].__getitem__, part)) for n in names)
            yield [
                list(map(accounts.__getitem__, own)),
                self._ids(ids, own),
                *others,
                list(map(_seconds, reply)),
            ]

    def _ids(self, ids: list[int], accounts: list[int]) -> list[str]:
        """Return conversations as they read in their accounts."""
        bases = {account: shard_of(account) * LOCAL_IDS for account in set(accounts)}
        locals_ = (id_ - bases[account] for id_, account in zip(ids, accounts, strict=True))
        return [
            str(local) if 0 <= local < LOCAL_IDS else self._shown(ids[at], accounts[at])
            for at, local in enumerate(locals_)
        ]

    def _order(self, column: str, down: bool) -> list[int]:
        """Return the rows in order."""
        columns = self._columns
        texts = {number: self._account(number) for number in set(columns["account"])}
        homes = sorted(texts, key=lambda number: (texts[number] is not None, texts[number] or ""))
        places = {number: place for place, number in enumerate(homes)}
        # Sorted by the last key first: each sort leaves ties in the order of the one before.
        own = [places[account] for account in columns["account"]]
        order = sorted(range(len(self)), key=own.__getitem__)
        conversations = self._ranks("conversation", columns["account"])
        order.sort(key=conversations.__getitem__)
        if column == "root_account_id":
            values: Sequence[int] = self._ranks("account", repeat(None))
        elif column == "conversation_id":
            values = conversations
        else:
            values = columns[_KNOWN_AS.get(column, column)]
        sign = -1 if down else 1
        keys: list[int] = [_LAST if value == NONE else sign * value for value in values]
        order.sort(key=keys.__getitem__)
        return order

    def _ranks(self, name: str, accounts: Iterable[int | None]) -> list[int]:
        return [self._rank(*pair) for pair in zip(self._columns[name], accounts)]  # noqa: B905

    def _rank(self, number: int, account: int | None) -> int:
        """Return a number that sorts ids: as they read in an account, those that are odd last."""
        if number >= 0 or number == NONE:
            return order(number, account)
        if not self._odd_ranks:
            texts = sorted(range(len(self._odd.texts)), key=self._odd.texts.__getitem__)
            self._odd_ranks = {ODD - 1 - at: 2**63 + rank for rank, at in enumerate(texts)}
        return self._odd_ranks[number]

    def _account(self, number: int) -> str | None:
        return None if number == NONE else self._shown(number, None)

    def _shown(self, number: int, account: int | None) -> str:
        return self._odd.text(number) if number < 0 else shown(number, account)


#: Sorts after every value.
_LAST = 2**64

#: The columns of rows that go by another name here.
_KNOWN_AS = {
    "created_at": "created",
    "first_event": "first",
    "last_event": "last",
    "first_reply_seconds": "reply",
}

_TIMES = ("created", "first", "last")

#: Rows that are made at a time.
_ROWS = 4096


def _seconds(microseconds: int) -> int | float | None:
    if microseconds == NONE:
        return None
    return microseconds / 10**6 if microseconds % 10**6 else microseconds // 10**6
