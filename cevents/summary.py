"""`stats`: one row a conversation.

A conversation is (root account, conversation id): ids are local to an account. The queue delivers
at least once and in no order, so everything here is a count of distinct things, a minimum or a
maximum, and a `Summary` merges with another in any grouping.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from cevents.events import BODIES, CREATED, FORWARDED, MESSAGE, METADATA, are_ids, is_id
from cevents.explanation import explain_field
from cevents.reading import Block, Reading, Result, Task, getter, read
from cevents.timestamps import instants, normalised


class Conversation:
    """What is known of one conversation. Instants are as `timestamps` writes them.

    *authors* maps each author to the instant of their first message, or to "" where none is
    known: the earliest two tell the first reply, in whatever order messages arrive.
    """

    __slots__ = (
        "authors",
        "created",
        "events",
        "first",
        "forwarded",
        "last",
        "message_events",
        "messages",
    )

    def __init__(self, time: str) -> None:
        self.events = 0
        self.message_events = 0
        self.forwarded = 0
        self.messages: set[str] = set()
        self.authors: dict[str, str] = {}
        self.created: str | None = None
        self.first = time
        self.last = time

    def add_author(self, author: str, time: str) -> None:
        known = self.authors.get(author)
        if not known or (time and time < known):
            self.authors[author] = time

    def merge(self, other: Conversation) -> None:
        self.events += other.events
        self.message_events += other.message_events
        self.forwarded += other.forwarded
        self.messages |= other.messages
        for author, time in other.authors.items():
            self.add_author(author, time)
        if other.created is not None and (self.created is None or other.created < self.created):
            self.created = other.created
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)

    def first_reply(self) -> Decimal | None:
        """Return the seconds from the first message to the first by another author."""
        times = sorted(normalised(time) for time in self.authors.values() if time)
        return _seconds_between(times[0], times[1]) if len(times) > 1 else None


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
    """Conversations by (root account, conversation id), and the other events by name."""

    conversations: dict[tuple[str | None, str], Conversation] = field(default_factory=dict)
    other: dict[str, int] = field(default_factory=dict)

    def merge(self, summary: Summary) -> None:
        """Add another summary to this one. Associative; an empty Summary is its identity."""
        for key, conversation in summary.conversations.items():
            known = self.conversations.setdefault(key, conversation)
            if known is not conversation:
                known.merge(conversation)
        for name, count in summary.other.items():
            self.other[name] = self.other.get(name, 0) + count

    def rows(self) -> Iterator[Row]:
        """Return a row for each conversation, in no order."""
        for (account, conversation_id), known in self.conversations.items():
            yield Row(
                account,
                conversation_id,
                known.events,
                len(known.messages),
                known.message_events - len(known.messages),
                len(known.authors),
                known.forwarded,
                known.created and normalised(known.created),
                normalised(known.first),
                normalised(known.last),
                known.first_reply(),
            )


def id_order(text: str) -> tuple[int, tuple[int, ...], str]:
    """Return a key that sorts ids as the numbers they are (`7~123` after all plain ones)."""
    parts = text.split("~")
    # A number's length and digits order it without the cost, or the limits, of an int.
    return len(parts), tuple(len(part.lstrip("0")) for part in parts), text.lstrip("0")


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


_PATHS = (
    "metadata.event_name",
    "metadata.event_time",
    "metadata.root_account_id",
    "body.conversation_id",
    "body.message_id",
    "body.author_id",
    "body.created_at",
)
_EVENT_TIME = next(field for field in METADATA if field.name == "event_time")
_NAME = next(field for field in METADATA if field.name == "event_name")


class Tally(Task):
    """The task of `stats`: adds the events of every block that it is called with to *summary*."""

    remembers = True

    def __init__(self, stop: bool = False) -> None:
        self.summary = Summary()
        self.stop = stop
        self._stopped = False

    def fresh(self) -> Tally:
        return Tally(self.stop)

    def memory(self) -> Summary:
        return self.summary

    def __call__(self, block: Block) -> Result:
        reading = read(block, _PATHS)
        usable = {
            name: _usable(reading, name, indexes)
            for name, indexes in self._by_kind(reading).items()
        }
        end = 0 if self._stopped else len(reading.lines)
        if self.stop and reading.problems:
            end = min(end, min(problem.line for problem in reading.problems) - 1)
            self._stopped = True
        for name, timed in usable.items():
            self._add(reading, name, [(index, time) for index, time in timed if index < end])
        return reading.result([], [], False)

    def _by_kind(self, reading: Reading) -> dict[str, list[int]]:
        kinds: dict[str, list[int]] = {name: [] for name in BODIES}
        other = self.summary.other
        for index, event in enumerate(reading.events):
            if event is None:
                continue
            name = event.metadata.event_name
            if name.__class__ is not str:
                reading.reject(index, explain_field(reading.lines[index], _NAME))
            elif name in kinds:
                kinds[name].append(index)
            else:
                other[name] = other.get(name, 0) + 1
        return kinds

    def _add(self, reading: Reading, name: str, timed: list[tuple[int, str]]) -> None:
        if not timed:
            return
        indexes, times = zip(*timed, strict=True)
        events = [reading.events[index] for index in indexes]
        keys = zip(_accounts(events), map(_CONVERSATION, events), strict=True)
        known = [self._meet(key, time) for key, time in zip(keys, times, strict=True)]
        if name == MESSAGE:
            columns = map(_MESSAGE, events), map(_AUTHOR, events), _sent(events)
            for conversation, message, author, sent in zip(known, *columns, strict=True):
                conversation.message_events += 1
                conversation.messages.add(message)
                conversation.add_author(author, sent)
        elif name == FORWARDED:
            for conversation in known:
                conversation.forwarded += 1
        elif name == CREATED:
            for conversation, time in zip(known, times, strict=True):
                if conversation.created is None or time < conversation.created:
                    conversation.created = time

    def _meet(self, key: tuple[str | None, str], time: str) -> Conversation:
        """Return the conversation that has an event at *time*."""
        known = self.summary.conversations.get(key)
        if known is None:
            known = self.summary.conversations[key] = Conversation(time)
        known.events += 1
        if time < known.first:
            known.first = time
        elif time > known.last:
            known.last = time
        return known


_TIME, _ACCOUNT = getter("metadata.event_time"), getter("metadata.root_account_id")
_CONVERSATION, _MESSAGE = getter("body.conversation_id"), getter("body.message_id")
_AUTHOR, _SENT = getter("body.author_id"), getter("body.created_at")


def _accounts(events: list[Any]) -> list[str | None]:
    accounts = list(map(_ACCOUNT, events))
    if {account.__class__ for account in accounts} == {str}:
        return accounts
    return [
        _plain(account)
        if account.__class__ is int
        else account
        if account.__class__ is str
        else None
        for account in accounts
    ]


def _usable(reading: Reading, name: str, indexes: list[int]) -> list[tuple[int, str]]:
    """Return (index, instant) of the events that hold what is counted; reject the others.

    An id is counted whether the dump holds it as a string or as a number.
    """
    events = [reading.events[index] for index in indexes]
    needed = [(f, getter(f.path)) for f in BODIES[name] if f.kind == "id"]
    try:
        times = instants(list(map(_TIME, events)))
        if None not in times and all(_are_ids(list(map(get, events))) for _, get in needed):
            return list(zip(indexes, times, strict=True))  # type: ignore[arg-type]
    except TypeError:  # something among them that is no string
        pass
    usable = []
    for index, event in zip(indexes, events, strict=True):
        for field_, get in needed:
            value = get(event)
            if value.__class__ is int and value >= 0:
                setattr(event.body, field_.name, _plain(value))
        bad = [f for f, get in needed if not is_id(get(event))]
        time = _TIME(event)
        instant = instants([time])[0] if isinstance(time, str) else None
        if instant is None:
            bad.insert(0, _EVENT_TIME)
        if bad:
            reading.reject(index, explain_field(reading.lines[index], bad[0]))
        elif instant is not None:
            usable.append((index, instant))
    return usable


def _are_ids(column: list[str]) -> bool:
    return "" not in column and (not column or are_ids(column))


def _plain(number: int) -> str:
    """Return the digits of a number, which Python limits in length unless it is hexadecimal."""
    return str(Decimal(number)) if number.bit_length() > 10_000 else str(number)


def _sent(events: list[Any]) -> list[str]:
    """Return when each message was created, "" where that cannot be told."""
    texts = list(map(_SENT, events))
    try:
        return [time or "" for time in instants(texts)]
    except TypeError:
        return [(instants([text])[0] or "") if isinstance(text, str) else "" for text in texts]
