"""The conversations of a large dump, in columns of numbers by their index.

They take some 200 bytes a conversation and 8 a message, and a block of events is added at once.
Where an id or a time of an event is no plain number, the event is not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from cevents.conversations import COUNTS, Batch, Conversation, Key, Row
from cevents.events import id_order, is_id
from cevents.lookup import Lookup
from cevents.pairs import Pairs
from cevents.ticks import MOST, NEVER, SECOND, Numbers, numbers, ticks
from cevents.ticks import instants as instants_of
from cevents.timestamps import instants


class Accounts(dict[str | None, int]):
    """Numbers for root accounts, in the order in which they come."""

    def __missing__(self, account: str | None) -> int:
        number = self[account] = len(self)
        return number


class Authors(dict[str, int]):
    """Numbers for the ids of authors, as they come. Raises ValueError for what is no id."""

    def __missing__(self, id_: str) -> int:
        if not is_id(id_):
            raise ValueError(id_)
        number = self[id_] = len(self)
        return number


_ID_BITS = MOST.bit_length() - 1
_MOST_ACCOUNTS = 2 ** (63 - _ID_BITS)

#: What is known of each conversation, and what that is before any event. Of messages by time of
#: creation, *started* is the first and *starter* its author, *answered* the first by another.
_FIELDS = {
    "events": 0,
    "sent": 0,
    "forwarded": 0,
    "created": NEVER,
    "first": NEVER,
    "last": -NEVER,
    "started": NEVER,
    "starter": -1,
    "answered": NEVER,
}


class Columns:
    """Conversations and what is known of each, by index.

    *accounts* are the numbers of root accounts; that of a conversation and its own id are its key.
    """

    def __init__(self) -> None:
        self.accounts = Accounts()
        self.authors = Authors()
        self._index = Lookup()
        self._table = {name: np.zeros(0, np.int64) for name in _FIELDS}
        self._messages, self._writers = Pairs(), Pairs()

    @property
    def count(self) -> int:
        """How many conversations there are."""
        return len(self._index)

    def add(self, batch: Batch) -> list[int]:
        """Add events; return the indexes of those that were not taken.

        Raises TypeError or ValueError, and adds nothing, if any has an id or a time that is none.
        """
        count, sent = len(batch.times), len(batch.sent)
        authors = _array(map(self.authors.__getitem__, batch.authors))
        times, odd = _times(batch)
        keys = self._keys(batch.accounts, numbers(batch.conversations))
        messages = numbers(batch.messages)
        odd |= {*np.flatnonzero(keys < 0).tolist(), *np.flatnonzero(messages < 0).tolist()}
        if odd:
            batch.only(sorted(odd)).check()
            rest = sorted(set(range(count)) - odd)
            if rest:
                self.add(batch.only(rest))
            return sorted(odd)
        owners = self._owners(keys)
        known, forwarded = self._table, sent + batch.created
        np.add.at(known["events"], owners, 1)
        np.minimum.at(known["first"], owners, times[:count])
        np.maximum.at(known["last"], owners, times[:count])
        np.minimum.at(known["created"], owners[sent:forwarded], times[sent:forwarded])
        np.add.at(known["forwarded"], owners[forwarded:], 1)
        owners = owners[:sent]
        np.add.at(known["sent"], owners, 1)
        self._messages.add(owners, messages)
        self._writers.add(owners, authors)
        self._add_replies(owners, authors, times[count:])
        return []

    def _keys(self, accounts: Iterable[str | None], ids: Numbers) -> Numbers:
        """Return the keys of conversations; less than 0 for each that cannot have one."""
        homes = _array(map(self.accounts.__getitem__, accounts))
        return np.where(homes < _MOST_ACCOUNTS, homes << _ID_BITS | ids, -1)

    def _owners(self, keys: Numbers) -> Numbers:
        """Return the indexes of the conversations with *keys*, in a table that has them all."""
        found = self._index.add(keys)
        for name, start in _FIELDS.items():
            column = self._table[name]
            if len(column) < self.count:
                more = np.full(self.count - len(column) + self.count // 4, start, np.int64)
                self._table[name] = np.concatenate((column, more))
        return found

    def _add_replies(self, owners: Numbers, authors: Numbers, times: Numbers) -> None:
        """Keep of each conversation the first message and the first by anybody else than its
        author; of messages of one instant, any may be the first."""
        started, starter, answered = (self._table[n] for n in ("started", "starter", "answered"))
        before = started[owners]
        np.minimum.at(started, owners, times)
        first = (times < before) & (times == started[owners])
        talks, old = owners[first], starter[owners[first]]
        starter[talks] = authors[first]
        # What was first is now the first by another, if it is by another.
        beaten = starter[talks] != old
        answered[talks[beaten]] = before[first][beaten]
        others = authors != starter[owners]
        np.minimum.at(answered, owners[others], times[others])

    def merge(self, columns: Columns) -> list[int]:
        """Add those of another; return the indexes there of the conversations that were not taken.

        Associative; empty Columns are its identity.
        """
        homes, ids = columns._conversations()
        accounts = list(columns.accounts)
        keys = self._keys([accounts[home] for home in homes.tolist()], ids)
        taken = keys >= 0
        moved = np.full(columns.count, -1)
        moved[taken] = self._owners(keys[taken])
        authors = _array(map(self.authors.__getitem__, columns.authors))
        mine = {name: self._table[name][moved[taken]] for name in _FIELDS}
        theirs = {name: values[: columns.count][taken] for name, values in columns._table.items()}
        theirs["starter"] = np.append(authors, -1)[theirs["starter"]]
        for name, merged in _merged(mine, theirs).items():
            self._table[name][moved[taken]] = merged
        self._messages.merge(columns._messages, moved)
        self._writers.merge(columns._writers, moved, authors)
        return np.flatnonzero(~taken).tolist()

    def _conversations(self) -> tuple[Numbers, Numbers]:
        """Return the accounts, by number, and the ids of the conversations, by index."""
        keys = self._index.keys[: self.count]
        return keys >> _ID_BITS, keys & (MOST - 1)

    def compact(self) -> None:
        """Make them small before they travel."""
        self._messages.compact()
        self._writers.compact()
        self._table = {name: column[: self.count].copy() for name, column in self._table.items()}

    def indexes(self, keys: Iterable[Key]) -> list[int]:
        """Return the indexes of conversations, -1 for each that is not here."""
        wanted = [(self.accounts.get(account, -1), id_) for account, id_ in keys]
        homes, ids = _array(home for home, _ in wanted), numbers([id_ for _, id_ in wanted])
        found = self._index.find(homes << _ID_BITS | ids)
        return np.where((homes < 0) | (ids < 0), -1, found).tolist()  # type: ignore[no-any-return]

    def in_full(self, indexes: list[int]) -> dict[Key, Conversation]:
        """Return what is known of some conversations."""
        accounts, authors = list(self.accounts), list(self.authors)
        homes, ids = self._conversations()
        messages, writers = self._messages.of(indexes), self._writers.of(indexes)
        found = {}
        for index in indexes:
            known = {name: int(column[index]) for name, column in self._table.items()}
            moments = [name for name in _MOMENTS if known[name] < NEVER]
            times = instants_of(_array(known[name] for name in moments))
            found[accounts[homes[index]], str(ids[index])] = Conversation(
                known["events"],
                known["sent"],
                known["forwarded"],
                **dict(zip(moments, times, strict=True)),
                starter=authors[known["starter"]] if "started" in moments else "",
                messages=set(map(str, messages[index])),
                authors={authors[number] for number in writers[index]},
            )
        return found

    def homes(self) -> set[str | None]:
        """Return the accounts of the conversations."""
        accounts, (homes, _) = list(self.accounts), self._conversations()
        return {accounts[home] for home in set(homes.tolist())}

    def counts(self) -> dict[str, Numbers]:
        """Return the columns that count."""
        events, sent, forwarded = (
            self._table[name][: self.count] for name in ("events", "sent", "forwarded")
        )
        messages, authors = (
            pairs.distinct(self.count) for pairs in (self._messages, self._writers)
        )
        columns = (events, messages, sent - messages, authors, forwarded)
        return dict(zip(COUNTS, columns, strict=True))

    def totals(self, without: list[int]) -> dict[str, int]:
        """Return the sums of the columns that count, but for the indexes *without* which to."""
        sums = self.counts().items()
        return {name: int(column.sum() - column[without].sum()) for name, column in sums}

    def rows(self, column: str, reverse: bool, without: list[int]) -> Iterator[Row]:
        """Yield rows as `Summary.rows` does, but for the indexes *without* which to."""
        counts = self.counts()
        known = {name: values[: self.count] for name, values in self._table.items()}
        is_answered = known["answered"] < NEVER
        known["reply"] = np.where(is_answered, known["answered"] - known["started"], NEVER)
        homes, ids = self._conversations()
        ties, homes_in_order = self._orders()
        values = known | counts | {"conversation_id": ids, "root_account_id": homes_in_order[homes]}

        accounts = list(self.accounts)
        order = np.delete(np.arange(self.count), without)
        sorting = values[_KNOWN_AS.get(column, column)][order]
        is_last = sorting == NEVER
        if (column in COUNTS) is not reverse:
            sorting = -sorting
        order = order[np.lexsort((ties[homes[order]], ids[order], sorting, is_last))]
        for at in range(0, len(order), _ROWS):
            part = order[at : at + _ROWS]
            columns = (
                [accounts[home] for home in homes[part].tolist()],
                map(str, ids[part].tolist()),
                *(count[part].tolist() for count in counts.values()),
                *(_shown(known[name][part]) for name in ("created", "first", "last")),
                _seconds(known["reply"][part]),
            )
            yield from map(_ROW, zip(*columns, strict=True))

    def _orders(self) -> tuple[Numbers, Numbers]:
        """Return numbers that sort as the accounts do as texts, which settles ties, and others
        that sort as ids do, NEVER for None."""
        texts = sorted(self.accounts, key=lambda account: (account is not None, account or ""))
        ids = sorted((text for text in texts if text is not None), key=id_order)
        orders = ({text: at for at, text in enumerate(column)} for column in (texts, ids))
        ties, found = ([order.get(text, NEVER) for text in self.accounts] for order in orders)
        return _array(ties), _array(found)


_MOMENTS = ("created", "first", "last", "started", "answered")

#: The columns of rows that go by another name here.
_KNOWN_AS = {
    "created_at": "created",
    "first_event": "first",
    "last_event": "last",
    "first_reply_seconds": "reply",
}

#: Makes a row of a tuple; Row's own way takes three times as long.
_ROW: Callable[[tuple[Any, ...]], Row] = partial(tuple.__new__, Row)

#: Rows that are made at a time.
_ROWS = 4096


def _shown(column: Numbers) -> list[str | None] | list[str]:
    """Return instants as texts, None for NEVER."""
    known = column < NEVER
    if known.all():
        return instants_of(column)
    texts = iter(instants_of(column[known]))
    return [next(texts) if is_known else None for is_known in known.tolist()]


def _seconds(lengths: Numbers) -> list[int | Decimal | None]:
    """Return ticks as seconds, None for NEVER."""
    seconds, left = np.divmod(lengths, SECOND)
    never = seconds == NEVER // SECOND
    if not np.any(left[~never]):
        return [None if n else s for s, n in zip(seconds.tolist(), never.tolist(), strict=True)]
    parts = zip(seconds.tolist(), left.tolist(), never.tolist(), strict=True)
    return [None if n else (s + Decimal(t) / SECOND).normalize() if t else s for s, t, n in parts]


def _merged(a: dict[str, Numbers], b: dict[str, Numbers]) -> dict[str, Numbers]:
    """Return what is known of each conversation, of which one part is in *a* and one in *b*."""
    merged = {name: a[name] + b[name] for name in ("events", "sent", "forwarded")}
    merged |= {name: np.minimum(a[name], b[name]) for name in ("created", "first", "started")}
    merged["last"] = np.maximum(a["last"], b["last"])
    is_a = a["started"] <= b["started"]
    reply = ("started", "starter", "answered")
    _, starter, answered = (np.where(is_a, a[name], b[name]) for name in reply)
    later, other, others = (np.where(is_a, b[name], a[name]) for name in reply)
    merged["starter"] = starter
    # What came later is an answer, unless it is by the same author: then its answer is.
    merged["answered"] = np.minimum(answered, np.where(other == starter, others, later))
    return merged


def _times(batch: Batch) -> tuple[Numbers, set[int]]:
    """Return the ticks of the times and, behind them, of when the messages were created; NEVER
    where that is not known. Also the indexes of the events of which a time has no tick."""
    texts = batch.times + batch.sent
    found, known = ticks(texts)
    odd = set()
    for index in np.flatnonzero(~known).tolist():
        found[index] = NEVER
        if index < len(batch.times) or instants([texts[index]])[0] is not None:
            odd.add(index % len(batch.times))
    return found, odd


def _array(numbers: Iterable[int]) -> Numbers:
    return np.array(list(numbers), np.int64)
