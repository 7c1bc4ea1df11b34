"""What `stats` knows of conversations: a `Summary`, and its rows.

A conversation is (root account, conversation id): ids are local to an account. The queue delivers
at least once and in no order, so everything here is a count of distinct things, a minimum or a
maximum, and a `Summary` merges with another in any grouping.

A summary of millions of conversations is kept in columns, and pairs of which the distinct ones
count in arrays of numbers: they are small, quick to add to, and travel between processes as bytes.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, cast

from cevents.events import is_id
from cevents.timestamps import normalised

#: An id, as a number where that loses nothing: `53` and `"53"` are one id, `"053"` is another.
Id = int | str

#: Digits of which every number fits in 64 bits.
_MOST_DIGITS = 19
_NEVER = "~"  # after every instant


def numbered(texts: list[Any]) -> list[Id]:
    """Return a column of ids, each as a number where that loses nothing.

    Raises ValueError if any of them is not an id, TypeError if any is not a string.
    """
    lines = "\n".join(texts)
    if (
        lines.isascii()
        and lines.replace("\n", "").isdecimal()
        and not any(odd in f"\n{lines}\n" for odd in ("\n0", "\n\n"))
        and max(map(len, texts)) <= _MOST_DIGITS
    ):
        return list(map(int, texts))
    return [_numbered(text) for text in texts]


def _numbered(text: str) -> Id:
    if not is_id(text):
        raise ValueError(text)
    short = text.isdecimal() and text[0] != "0" and len(text) <= _MOST_DIGITS
    return int(text) if short else text


class Pairs:
    """Counts the distinct ids of each conversation, exactly, in 12 bytes a pair that is added."""

    def __init__(self) -> None:
        self.owners = array("I")
        self.ids = array("Q")
        self.others: list[tuple[int, Id]] = []  # ids that are no 64-bit number

    def add(self, owners: list[int], ids: list[Id]) -> None:
        """Add a column of ids, each beside the index of its conversation."""
        try:
            numbers: array[int] = array("Q", cast("list[int]", ids))
        except (TypeError, OverflowError):
            for owner, id_ in zip(owners, ids, strict=True):
                if isinstance(id_, int) and id_ < 2**64:
                    self.owners.append(owner)
                    self.ids.append(id_)
                else:
                    self.others.append((owner, id_))
            return
        self.ids.extend(numbers)
        self.owners.extend(owners)

    def merge(self, pairs: Pairs, moved: list[int]) -> None:
        """Add the pairs of another; *moved* tells the index here of each conversation there."""
        self.owners.extend(map(moved.__getitem__, pairs.owners))
        self.ids.extend(pairs.ids)
        self.others += [(moved[owner], id_) for owner, id_ in pairs.others]

    def seen(self) -> Counter[int]:
        """Return how many pairs were added, by conversation."""
        return Counter(self.owners) + Counter(owner for owner, _ in self.others)

    def distinct(self) -> Counter[int]:
        """Return how many distinct pairs were added, by conversation."""
        counts = Counter(owner for owner, _ in set(self.others))
        for owners, ids in self._parts():
            counts.update(owner for owner, _ in set(zip(owners, ids, strict=True)))
        return counts

    def _parts(self) -> Iterator[tuple[array[int], array[int]]]:
        """Yield the pairs in parts that share none, each small beside the whole."""
        count = 1 + len(self.ids) // _PART
        if count == 1:
            yield self.owners, self.ids
            return
        parts = [(array("I"), array("Q")) for _ in range(count)]
        adders = [(owners.append, ids.append) for owners, ids in parts]
        for owner, id_ in zip(self.owners, self.ids, strict=True):
            add_owner, add_id = adders[id_ % count]
            add_owner(owner)
            add_id(id_)
        yield from parts


_PART = 200_000


class Account:
    """The conversations of one root account, in columns by their index.

    Instants are as `timestamps` writes them. Of messages by time of creation, *started* is the
    first and *starter* its author, *answered* the first by anybody else.
    """

    def __init__(self) -> None:
        self.index: dict[Id, int] = {}
        self.events: list[int] = []
        self.forwarded: list[int] = []
        self.created: list[str] = []
        self.first: list[str] = []
        self.last: list[str] = []
        self.started: list[str] = []
        self.starter: list[Id] = []
        self.answered: list[str] = []
        self.messages = Pairs()
        self.authors = Pairs()

    def indexes(self, ids: list[Id]) -> list[int]:
        """Return the indexes of the conversations with *ids*, making those that are new."""
        new = set(ids).difference(self.index)
        if new:
            start = len(self.index)
            self.index.update(zip(new, range(start, start + len(new)), strict=True))
            for counts in (self.events, self.forwarded):
                counts += [0] * len(new)
            for earliest in (self.created, self.first, self.started, self.answered):
                earliest += [_NEVER] * len(new)
            self.last += [""] * len(new)
            self.starter += [""] * len(new)
        return list(map(self.index.__getitem__, ids))

    def add_events(self, indexes: list[int], times: list[str]) -> None:
        """Add an event at each of *times* to the conversation beside it."""
        events, first, last = self.events, self.first, self.last
        for index, time in zip(indexes, times, strict=True):
            events[index] += 1
            if time < first[index]:
                first[index] = time
            if time > last[index]:
                last[index] = time

    def add_created(self, indexes: list[int], times: list[str]) -> None:
        """Note that each conversation was created then."""
        for index, time in zip(indexes, times, strict=True):
            self.created[index] = min(self.created[index], time)

    def add_forwarded(self, indexes: list[int]) -> None:
        """Note that each conversation was forwarded."""
        for index in indexes:
            self.forwarded[index] += 1

    def add_messages(
        self, indexes: list[int], messages: list[Id], authors: list[Id], sent: list[str]
    ) -> None:
        """Add messages, each with its author and when it was created, "" if that is not known."""
        self.messages.add(indexes, messages)
        self.authors.add(indexes, authors)
        started, starter, answered = self.started, self.starter, self.answered
        for index, author, time in zip(indexes, authors, sent, strict=True):
            if not time:
                continue
            if time < started[index]:
                if author != starter[index]:
                    answered[index] = started[index]
                    starter[index] = author
                started[index] = time
            elif author != starter[index] and time < answered[index]:
                answered[index] = time

    def merge(self, account: Account) -> None:
        """Add what another summary knows of the same account."""
        moved = self.indexes(list(account.index))
        for there, here in zip(account.index.values(), moved, strict=True):
            self.events[here] += account.events[there]
            self.forwarded[here] += account.forwarded[there]
            self.created[here] = min(self.created[here], account.created[there])
            self.first[here] = min(self.first[here], account.first[there])
            self.last[here] = max(self.last[here], account.last[there])
            self._merge_reply(here, account, there)
        by_index = [0] * len(moved)
        for there, here in zip(account.index.values(), moved, strict=True):
            by_index[there] = here
        self.messages.merge(account.messages, by_index)
        self.authors.merge(account.authors, by_index)

    def _merge_reply(self, here: int, account: Account, there: int) -> None:
        mine = self.started[here], self.starter[here], self.answered[here]
        theirs = account.started[there], account.starter[there], account.answered[there]
        # Where two authors share the first instant, either may start: the answer is the other's.
        (started, starter, answered), later = (
            (mine, theirs) if mine[0] <= theirs[0] else (theirs, mine)
        )
        # The later one's answer counts only if it cannot be the starter's.
        other = later[2] if later[1] == starter else later[0]
        self.started[here], self.starter[here] = started, starter
        self.answered[here] = min(answered, other)

    def rows(self, account_id: str | None) -> Iterator[Row]:
        """Yield a row for each conversation, in no order."""
        seen, messages, authors = (
            self.messages.seen(), self.messages.distinct(), self.authors.distinct()
        )  # fmt: skip
        for id_, i in self.index.items():
            yield Row(
                account_id,
                str(id_),
                self.events[i],
                messages[i],
                seen[i] - messages[i],
                authors[i],
                self.forwarded[i],
                None if self.created[i] == _NEVER else normalised(self.created[i]),
                normalised(self.first[i]),
                normalised(self.last[i]),
                None
                if self.answered[i] == _NEVER
                else _seconds_between(self.started[i], self.answered[i]),
            )


def _seconds_between(start: str, end: str) -> Decimal:
    minutes = (_minute(end) - _minute(start)) // timedelta(minutes=1)
    seconds = 60 * minutes + Decimal(end[17:]) - Decimal(start[17:])
    return seconds.normalize() if seconds % 1 else Decimal(int(seconds))


def _minute(instant: str) -> datetime:
    try:
        return datetime.fromisoformat(instant[:16])
    except ValueError:  # past an end of the calendar
        return datetime.min if instant < "1" else datetime.max.replace(second=0, microsecond=0)


class Row(NamedTuple):
    """One conversation as it is shown: `stats --format json` has exactly these fields.

    Times are instants; *first_reply_seconds* is a number of seconds.
    """

    root_account_id: str | None
    conversation_id: str
    events: int
    messages: int
    redelivered: int
    authors: int
    forwarded: int
    created_at: str | None
    first_event: str
    last_event: str
    first_reply_seconds: Decimal | None


@dataclass
class Summary:
    """Conversations by root account, and the other events by name."""

    accounts: dict[str | None, Account] = field(default_factory=dict)
    other: dict[str, int] = field(default_factory=dict)

    def account(self, account_id: str | None) -> Account:
        """Return the conversations of an account, to add to."""
        return self.accounts.setdefault(account_id, Account())

    def merge(self, summary: Summary) -> None:
        """Add another summary to this one. Associative; an empty Summary is its identity."""
        for account_id, account in summary.accounts.items():
            self.account(account_id).merge(account)
        for name, count in summary.other.items():
            self.other[name] = self.other.get(name, 0) + count

    def rows(self) -> Iterator[Row]:
        """Yield a row for each conversation, in no order."""
        for account_id, account in self.accounts.items():
            yield from account.rows(account_id)


def id_order(text: str) -> tuple[int, tuple[int, ...], str, str]:
    """Return a key that sorts ids as the numbers they are (`7~123` after all plain ones)."""
    parts = text.split("~")
    # A number's length and digits order it without the cost, or the limits, of an int.
    return len(parts), tuple(len(part.lstrip("0")) for part in parts), text.lstrip("0"), text


#: How each column sorts: counts most first, the others from low to high.
COUNTS = ("events", "messages", "redelivered", "authors", "forwarded")


def sorted_rows(rows: list[Row], column: str = "messages", reverse: bool = False) -> list[Row]:
    """Return *rows* by *column*, ties by conversation and account; empty values come last."""
    rows = sorted(rows, key=lambda row: (id_order(row.conversation_id), row.root_account_id or ""))
    filled = [row for row in rows if getattr(row, column) is not None]
    empty = [row for row in rows if getattr(row, column) is None]

    def key(row: Row) -> Any:
        value = getattr(row, column)
        return id_order(value) if column.endswith("_id") else value

    filled.sort(key=key, reverse=(column in COUNTS) is not reverse)
    return filled + empty
