"""What `stats` knows of conversations: a `Summary`, and its rows.

A conversation is (root account, conversation id): ids are local to an account. The queue delivers
at least once and in no order, so everything here is a count of distinct things, a minimum or a
maximum, and a `Summary` merges with another in any grouping.

A summary of millions of conversations is kept in columns, and pairs of which the distinct ones
count in arrays of numbers: they are small, quick to add to, and travel between processes as bytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, cast

import msgspec

from cevents.events import is_id
from cevents.timestamps import normalised

#: An id, as a number where that loses nothing: `53` and `"53"` are one id, `"053"` is another.
Id = int | str

_NUMBERS = list[int]

#: Digits of which every number fits in 64 bits.
_MOST_DIGITS = 19
_NEVER = "~"  # after every instant


def numbered(texts: list[Any]) -> list[Id]:
    """Return a column of ids, each as a number where that loses nothing.

    Raises ValueError if any of them is not an id, TypeError if any is not a string.
    """
    digits = "".join(texts)
    if digits.isdecimal() and digits.isascii():
        try:
            numbers = msgspec.convert(texts, _NUMBERS, strict=False)
        except msgspec.ValidationError:  # an empty one, a zero in front, or too long
            numbers = []
        if numbers and max(numbers) < 10**_MOST_DIGITS:
            return cast("list[Id]", numbers)
    return [_numbered(text) for text in texts]


def _numbered(text: str) -> Id:
    if not is_id(text):
        raise ValueError(text)
    short = text.isdecimal() and text[0] != "0" and len(text) <= _MOST_DIGITS
    return int(text) if short else text


class Pairs:
    """Counts the distinct ids of each conversation, exactly.

    A pair that is added takes 8 bytes where its id fits 32 bits, 12 where it fits 64.
    """

    def __init__(self) -> None:
        self.packed = array("Q")  # the conversation's index, then the id
        self.owners = array("I")
        self.ids = array("Q")
        self.others: list[tuple[int, Id]] = []  # ids that are no 64-bit number
        self._has_repeats = False
        self._most = _PART

    def add(self, owners: list[int], ids: list[Id]) -> None:
        """Add a column of ids, each beside the index of its conversation."""
        self._has_repeats = True
        numbers = cast("list[int]", ids)
        try:
            are_short = max(numbers) < 2**32
        except TypeError:  # some are text
            are_short = False
        if are_short:
            self.packed.extend([o << 32 | id_ for o, id_ in zip(owners, numbers, strict=True)])
            if len(self.packed) > self._most:
                self.compact()
            return
        for owner, id_ in zip(owners, ids, strict=True):
            if isinstance(id_, str) or id_ >= 2**64:
                self.others.append((owner, id_))
            elif id_ >= 2**32:
                self.owners.append(owner)
                self.ids.append(id_)
            else:
                self.packed.append(owner << 32 | id_)

    def merge(self, pairs: Pairs, moved: array[int]) -> None:
        """Add the pairs of another; *moved* tells the index here of each conversation there."""
        self._has_repeats = True
        self.packed.extend([moved[p >> 32] << 32 | p & 0xFFFFFFFF for p in pairs.packed])
        self.owners.extend(map(moved.__getitem__, pairs.owners))
        self.ids.extend(pairs.ids)
        self.others += [(moved[owner], id_) for owner, id_ in pairs.others]

    def compact(self) -> None:
        """Forget repeats: they make no difference."""
        if self._has_repeats:
            self.packed = _distinct(self.packed)
            self.others = list(set(self.others))
            self._has_repeats = False
            self._most = _PART + 4 * len(self.packed)

    def distinct(self, count: int) -> array[int]:
        """Return how many distinct ids each of *count* conversations has, by index."""
        self.compact()
        counts = array("I", bytes(4 * count))
        for pair in self.packed:
            counts[pair >> 32] += 1
        for owners, ids in _parts(self.owners, self.ids):
            for owner, _ in set(zip(owners, ids, strict=True)):
                counts[owner] += 1
        for owner, _ in self.others:
            counts[owner] += 1
        return counts


def _distinct(numbers: array[int]) -> array[int]:
    """Return the distinct ones of *numbers*, which are used up, for memory's sake."""
    parts = [numbers]
    if len(numbers) > _PART:
        parts = [array("Q") for _ in range(1 + len(numbers) // _PART)]
        while numbers:
            number = numbers.pop()
            parts[number % len(parts)].append(number)
    found = array("Q")
    while parts:
        found.extend(set(parts.pop()))
    return found


def _parts(owners: array[int], ids: array[int]) -> list[tuple[array[int], array[int]]]:
    """Return pairs in parts that share none, each small beside the whole."""
    parts = [(array("I"), array("Q")) for _ in range(1 + len(ids) // _PART)]
    for owner, id_ in zip(owners, ids, strict=True):
        part = parts[id_ % len(parts)]
        part[0].append(owner)
        part[1].append(id_)
    return parts


#: What a set may hold at a time: a set takes ten times the memory of an array.
_PART = 50_000


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
    first_reply_seconds: int | Decimal | None


#: The columns that count: they sort most first, the others from low to high.
COUNTS = ("events", "messages", "redelivered", "authors", "forwarded")


class Index(dict[Id, int]):
    """The indexes of an account's conversations; one that is asked for and not there is made."""

    def __init__(self, make: Callable[[], int]) -> None:
        self._make = make

    def __missing__(self, id_: Id) -> int:
        index = self[id_] = self._make()
        return index


class Summary:
    """Conversations in columns by their index, and the other events by name.

    Instants are as `timestamps` writes them. Of messages by time of creation, *started* is the
    first and *starter* its author, *answered* the first by anybody else.
    """

    def __init__(self) -> None:
        self.index: dict[str | None, Index] = {}
        self.events: list[int] = []
        self.sent: list[int] = []
        self.forwarded: list[int] = []
        self.created: list[str] = []
        self.first: list[str] = []
        self.last: list[str] = []
        self.started: list[str] = []
        self.starter: list[Id] = []
        self.answered: list[str] = []
        self.messages = Pairs()
        self.authors = Pairs()
        self.other: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.events)

    def indexes(self, accounts: list[str | None], ids: list[Id]) -> list[int]:
        """Return the indexes of conversations, each in the account beside it, making new ones."""
        index = self.index
        owners = set(accounts)
        for account in owners - index.keys():
            index[account] = Index(self._add)
        if len(owners) == 1:
            return list(map(index[accounts[0]].__getitem__, ids))
        return [index[account][id_] for account, id_ in zip(accounts, ids, strict=True)]

    def _add(self) -> int:
        for counts in (self.events, self.sent, self.forwarded):
            counts.append(0)
        for earliest in (self.created, self.first, self.started, self.answered):
            earliest.append(_NEVER)
        self.last.append("")
        self.starter.append("")
        return len(self.events) - 1

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
        self, indexes: list[int], messages: list[Id], authors: list[Id], times: list[str]
    ) -> None:
        """Add messages, each with its author and when it was created, "" if that is not known."""
        self.messages.add(indexes, messages)
        self.authors.add(indexes, authors)
        sent, started, starter, answered = self.sent, self.started, self.starter, self.answered
        for index, author, time in zip(indexes, authors, times, strict=True):
            sent[index] += 1
            if not time:
                continue
            if time < started[index]:
                if author != starter[index]:
                    answered[index] = started[index]
                    starter[index] = author
                started[index] = time
            elif author != starter[index] and time < answered[index]:
                answered[index] = time

    def add_other(self, name: str, count: int) -> None:
        """Count events that are about no conversation."""
        self.other[name] = self.other.get(name, 0) + count

    def compact(self) -> None:
        """Make it small before it travels."""
        self.messages.compact()
        self.authors.compact()

    def with_(self, summary: Summary) -> Summary:
        """Return the two merged, in the memory of one of them: neither is to be used any more."""
        if not (self.events or self.other):
            return summary
        self.merge(summary)
        return self

    def merge(self, summary: Summary) -> None:
        """Add another summary to this one. Associative; an empty Summary is its identity."""
        moved = array("I", bytes(4 * len(summary)))
        for account, index in summary.index.items():
            places = self.indexes([account] * len(index), list(index))
            for there, here in zip(index.values(), places, strict=True):
                moved[there] = here
        for there, here in enumerate(moved):
            self.events[here] += summary.events[there]
            self.sent[here] += summary.sent[there]
            self.forwarded[here] += summary.forwarded[there]
            self.created[here] = min(self.created[here], summary.created[there])
            self.first[here] = min(self.first[here], summary.first[there])
            self.last[here] = max(self.last[here], summary.last[there])
            self._merge_reply(here, summary, there)
        self.messages.merge(summary.messages, moved)
        self.authors.merge(summary.authors, moved)
        for name, count in summary.other.items():
            self.add_other(name, count)

    def _merge_reply(self, here: int, summary: Summary, there: int) -> None:
        if self.started[here] == _NEVER:
            self.started[here] = summary.started[there]
            self.starter[here] = summary.starter[there]
            self.answered[here] = summary.answered[there]
            return
        mine = self.started[here], self.starter[here], self.answered[here]
        others = summary.started[there], summary.starter[there], summary.answered[there]
        # Where two authors share the first instant, either may start: the answer is the other's.
        (started, starter, answered), later = (
            (mine, others) if mine[0] <= others[0] else (others, mine)
        )
        # The later one's answer counts only if it cannot be the starter's.
        other = later[2] if later[1] == starter else later[0]
        self.started[here], self.starter[here] = started, starter
        self.answered[here] = min(answered, other)

    def totals(self) -> dict[str, int]:
        """Return the sums of the columns that can be summed up: authors cannot."""
        messages = sum(self.messages.distinct(len(self)))
        sent = sum(self.sent)
        sums = (sum(self.events), messages, sent - messages, sum(self.forwarded))
        return dict(zip((c for c in COUNTS if c != "authors"), sums, strict=True))

    def rows(self, column: str = "messages", reverse: bool = False) -> Iterator[Row]:
        """Yield a row for each conversation by *column*, ties by conversation and account.

        Conversations that have no such value come last.
        """
        messages, authors = (pairs.distinct(len(self)) for pairs in (self.messages, self.authors))
        names: list[Any] = [None] * len(self)
        owners: list[str | None] = [None] * len(self)
        order: list[int] = []
        for account in sorted(self.index, key=lambda account: account or ""):
            index = self.index[account]
            order += index.values()
            for id_, i in index.items():
                names[i], owners[i] = id_, account
        strings = any(isinstance(name, str) for name in names)
        order.sort(key=lambda i: id_order(str(names[i])) if strings else names[i])

        def row(i: int) -> Row:
            return Row(
                owners[i],
                str(names[i]),
                self.events[i],
                messages[i],
                self.sent[i] - messages[i],
                authors[i],
                self.forwarded[i],
                None if self.created[i] == _NEVER else normalised(self.created[i]),
                normalised(self.first[i]),
                normalised(self.last[i]),
                None
                if self.answered[i] == _NEVER
                else _seconds_between(self.started[i], self.answered[i]),
            )

        counts: dict[str, Sequence[int]] = {"messages": messages, "events": self.events}
        values: Sequence[Any] = counts.get(column) or [
            getattr(row(i), column) for i in range(len(self))
        ]
        empty = [i for i in order if values[i] is None]
        filled = [i for i in order if values[i] is not None] if empty else order
        key: Callable[[int], Any] = values.__getitem__
        if column.endswith("_id"):
            key = lambda i: id_order(values[i])  # noqa: E731
        filled.sort(key=key, reverse=(column in COUNTS) is not reverse)
        yield from map(row, filled)
        yield from map(row, empty)


def _seconds_between(start: str, end: str) -> int | Decimal:
    try:
        whole = datetime.fromisoformat(end[:19]) - datetime.fromisoformat(start[:19])
        seconds = whole // timedelta(seconds=1)
    except ValueError:  # a leap second, or past an end of the calendar
        minutes = (_minute(end) - _minute(start)) // timedelta(minutes=1)
        seconds = 60 * minutes + int(end[17:19]) - int(start[17:19])
    if start[19:] == end[19:]:
        return seconds
    return (seconds + Decimal("0" + end[19:]) - Decimal("0" + start[19:])).normalize()


def _minute(instant: str) -> datetime:
    try:
        return datetime.fromisoformat(instant[:16])
    except ValueError:  # past an end of the calendar
        return datetime.min if instant < "1" else datetime.max.replace(second=0, microsecond=0)


def id_order(text: str) -> tuple[int, tuple[int, ...], str, str]:
    """Return a key that sorts ids as the numbers they are (`7~123` after all plain ones)."""
    parts = text.split("~")
    # A number's length and digits order it without the cost, or the limits, of an int.
    return len(parts), tuple(len(part.lstrip("0")) for part in parts), text.lstrip("0"), text
