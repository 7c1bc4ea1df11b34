"""The conversations of a large dump, in columns of numbers by their index.

They take some 250 bytes a conversation and 8 a message, and a block of events is added at once.
Ids of conversations and of authors are looked up in a dictionary, which also knows whether they
are ids at all; of messages there are too many for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from operator import getitem
from typing import Any

import numpy as np

from cevents.conversations import COUNTS, Batch, Conversation, Row
from cevents.events import id_order, is_id
from cevents.pairs import Pairs
from cevents.ticks import NEVER, SECOND, Numbers, numbers, ticks
from cevents.ticks import instants as instants_of
from cevents.timestamps import instants


class Index(dict[str, int]):
    """The indexes of an account's conversations, or of authors, in the order of their *ids*."""

    def __init__(self, ids: list[str], homes: list[str | None], home: str | None = None) -> None:
        self.ids, self.homes, self.home = ids, homes, home

    def __missing__(self, id_: str) -> int:
        """Give what is asked for and not there the next index. Raises ValueError if it is no id."""
        if not is_id(id_):
            raise ValueError(id_)
        return self._append(id_)

    def _append(self, id_: str) -> int:
        self[id_] = index = len(self.ids)
        self.ids.append(id_)
        self.homes.append(self.home)
        return index

    def merge(self, ids: Iterable[str]) -> list[int]:
        """Return the indexes here of what are known to be ids."""
        return [self[id_] if id_ in self else self._append(id_) for id_ in ids]


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
    """Conversations and what is known of each, by index."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.homes: list[str | None] = []  # the accounts of conversations
        self.authors: list[str] = []
        self._index: dict[str | None, Index] = {}
        self._author = Index(self.authors, [])
        self._table = {name: np.zeros(0, np.int64) for name in _FIELDS}
        self._messages, self._writers = Pairs(), Pairs()
        self._odd_messages: set[tuple[int, str]] = set()  # with an id that is no such number

    def __len__(self) -> int:
        return len(self.ids)

    def __bool__(self) -> bool:
        return True

    def add(self, batch: Batch) -> list[int]:
        """Add events; return the indexes of those that were not, as a time of theirs has no tick.

        Raises TypeError or ValueError, and adds nothing, if any has an id or a time that is none.
        """
        count, sent = len(batch.times), len(batch.sent)
        times, odd = _times(batch)
        messages = _message_ids(batch.messages)
        authors = _array(map(self._author.__getitem__, batch.authors))
        owners = self._owners(batch.accounts, batch.conversations)
        if odd:
            rest = sorted(set(range(count)) - set(odd))
            if rest:
                self.add(batch.only(rest))
            return odd
        known, forwarded = self._table, sent + batch.created
        np.add.at(known["events"], owners, 1)
        np.minimum.at(known["first"], owners, times[:count])
        np.maximum.at(known["last"], owners, times[:count])
        np.minimum.at(known["created"], owners[sent:forwarded], times[sent:forwarded])
        np.add.at(known["forwarded"], owners[forwarded:], 1)
        owners = owners[:sent]
        np.add.at(known["sent"], owners, 1)
        self._writers.add(owners, authors)
        self._add_replies(owners, authors, times[count:])
        if np.any(messages < 0):
            for index in np.flatnonzero(messages < 0).tolist():
                self._odd_messages.add((int(owners[index]), batch.messages[index]))
            owners, messages = owners[messages >= 0], messages[messages >= 0]
        self._messages.add(owners, messages)
        return odd

    def _owners(self, accounts: list[str | None], ids: list[str]) -> Numbers:
        """Return the indexes of conversations, each in the account beside it."""
        index = {account: self._in(account) for account in set(accounts)}
        try:
            return _array(map(getitem, map(index.__getitem__, accounts), ids))
        finally:  # those before what is no id have an index all the same
            self._reserve()

    def _in(self, account: str | None) -> Index:
        if account not in self._index:
            self._index[account] = Index(self.ids, self.homes, account)
        return self._index[account]

    def _reserve(self) -> None:
        """Make the table as long as there are conversations."""
        for name, start in _FIELDS.items():
            column = self._table[name]
            if len(column) < len(self):
                more = np.full(len(self) - len(column) + len(self) // 4, start, np.int64)
                self._table[name] = np.concatenate((column, more))

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

    def merge(self, columns: Columns) -> None:
        """Add those of another. Associative; empty Columns are its identity."""
        moved = np.zeros(len(columns), np.int64)
        for account, index in columns._index.items():
            moved[_array(index.values())] = self._in(account).merge(index)
        authors = _array([*self._author.merge(columns.authors), -1])
        self._reserve()
        mine = {name: self._table[name][moved] for name in _FIELDS}
        theirs = {name: column[: len(columns)] for name, column in columns._table.items()}
        theirs["starter"] = authors[theirs["starter"]]
        for name, merged in _merged(mine, theirs).items():
            self._table[name][moved] = merged
        self._messages.merge(columns._messages, moved)
        self._writers.merge(columns._writers, moved, authors)
        self._odd_messages |= {(int(moved[i]), id_) for i, id_ in columns._odd_messages}

    def compact(self) -> None:
        """Make them small before they travel."""
        self._messages.compact()
        self._writers.compact()
        self._table = {name: column[: len(self)].copy() for name, column in self._table.items()}

    def conversation(self, index: int) -> Conversation:
        """Return what is known of one, in full."""
        known = {name: int(column[index]) for name, column in self._table.items()}
        moments = ("created", "first", "last", "started", "answered")
        times = {name: known[name] for name in moments if abs(known[name]) < NEVER}
        shown = dict(zip(times, instants_of(_array(times.values())), strict=True))
        return Conversation(
            known["events"],
            known["sent"],
            known["forwarded"],
            **shown,
            starter=self.authors[known["starter"]] if "started" in shown else "",
            messages={str(number) for number in self._messages.of(index)}
            | {id_ for owner, id_ in self._odd_messages if owner == index},
            authors={self.authors[number] for number in self._writers.of(index)},
        )

    def index(self, account: str | None, id_: str) -> int | None:
        """Return the index of a conversation; None if it is not here."""
        index = self._index.get(account)
        return None if index is None else index.get(id_)

    def counts(self) -> dict[str, Numbers]:
        """Return the columns that count."""
        known = {name: self._table[name][: len(self)] for name in ("events", "sent", "forwarded")}
        messages = self._messages.distinct(len(self))
        for owner, _ in self._odd_messages:
            messages[owner] += 1
        repeated = known["sent"] - messages
        authors = self._writers.distinct(len(self))
        columns = (known["events"], messages, repeated, authors, known["forwarded"])
        return dict(zip(COUNTS, columns, strict=True))

    def live(self, without: list[int]) -> Numbers:
        """Return the indexes of which there are events, but for those *without* which to do.

        An event that was no good may have left an index behind.
        """
        live = self._table["events"][: len(self)] > 0
        live[without] = False
        return np.flatnonzero(live)

    def accounts(self, without: list[int]) -> set[str | None]:
        """Return the accounts of the conversations."""
        return {self.homes[index] for index in self.live(without).tolist()}

    def totals(self, without: list[int]) -> dict[str, int]:
        """Return the sums of the columns that count."""
        live = self.live(without)
        return {name: int(column[live].sum()) for name, column in self.counts().items()}

    def rows(self, column: str, reverse: bool, without: list[int]) -> Iterator[Row]:
        """Yield a row for each conversation as `Summary.rows` does."""
        counts = self.counts()
        known = {name: column_[: len(self)] for name, column_ in self._table.items()}
        known["reply"] = np.where(
            known["answered"] < NEVER, known["answered"] - known["started"], NEVER
        )
        order = self._by_conversation(self.live(without))
        values = self._values(column, {**known, **counts})[order]
        downwards = (column in COUNTS) is not reverse
        order = order[np.lexsort((-values if downwards else values, values == NEVER))]
        for at in range(0, len(order), _ROWS):
            part = order[at : at + _ROWS]
            yield from map(
                Row,
                [self.homes[index] for index in part.tolist()],
                [self.ids[index] for index in part.tolist()],
                *(count[part].tolist() for count in counts.values()),
                *(_shown(known[name][part]) for name in ("created", "first", "last")),
                _seconds(known["reply"][part]),
            )

    def _by_conversation(self, indexes: Numbers) -> Numbers:
        """Return indexes in the order of their conversations, then of their accounts."""
        accounts = _ranks([self.homes[index] or "" for index in indexes.tolist()], str)
        ids = _ranks([self.ids[index] for index in indexes.tolist()], id_order)
        return indexes[np.lexsort((accounts, ids))]

    def _values(self, column: str, known: dict[str, Numbers]) -> Numbers:
        """Return numbers that sort as a column of rows does, NEVER where there is nothing."""
        if column == "conversation_id":
            return _ranks(self.ids, id_order)
        if column == "root_account_id":
            ranks = _ranks([account or "" for account in self.homes], id_order)
            return np.where([account is None for account in self.homes], NEVER, ranks)
        return known[_KNOWN_AS.get(column, column)]


#: The columns of rows that go by another name here.
_KNOWN_AS = {
    "created_at": "created",
    "first_event": "first",
    "last_event": "last",
    "first_reply_seconds": "reply",
}

#: Rows that are made at a time.
_ROWS = 4096


def _ranks(texts: list[str], key: Callable[[str], Any]) -> Numbers:
    """Return numbers that sort as the keys of *texts* do."""
    if key is id_order:
        some = range(0, len(texts), _ROWS)
        found = [numbers(texts[at : at + _ROWS]) for at in some]
        plain = [column for column in found if column is not None]
        if len(plain) == len(found):
            return np.concatenate([_array([]), *plain])
    ranks = {text: rank for rank, text in enumerate(sorted(set(texts), key=key))}
    return _array(map(ranks.__getitem__, texts))


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


def _times(batch: Batch) -> tuple[Numbers, list[int]]:
    """Return the ticks of the times and, behind them, of when the messages were created; NEVER
    where that cannot be told. Also the indexes of the events of which a time has no tick.

    Raises TypeError or ValueError where the time of an event is none.
    """
    texts = batch.times + batch.sent
    found, known = ticks(texts)
    odd = set()
    for index in np.flatnonzero(~known).tolist():
        is_time = instants([texts[index]])[0] is not None
        if is_time:
            odd.add(index % len(batch.times))
        elif index < len(batch.times):
            raise ValueError(texts[index])
        found[index] = NEVER
    return found, sorted(odd)


def _message_ids(texts: list[str]) -> Numbers:
    """Return the ids of messages as numbers, -1 for each that is another; see `numbers`.

    Raises ValueError for what is no id, TypeError for what is no text.
    """
    found = numbers(texts) if texts else _array([])
    if found is None and len(texts) == 1:
        if not is_id(texts[0]):
            raise ValueError(texts[0])
        found = _array([-1])
    elif found is None:
        half = len(texts) // 2
        found = np.concatenate((_message_ids(texts[:half]), _message_ids(texts[half:])))
    return found


def _array(numbers: Iterable[int]) -> Numbers:
    return np.array(list(numbers), np.int64)
