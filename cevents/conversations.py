"""What `stats` knows of a conversation, and one conversation in full.

The queue delivers at least once and in no order, so everything here is a count of distinct things,
a minimum or a maximum, and what is known of a conversation merges in any grouping.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from cevents.events import are_ids, is_id
from cevents.timestamps import instants, normalised

#: A conversation: its root account, None where that is not known, and its id, local to that.
Key = tuple[str | None, str]

_NEVER = "~"  # after every instant


class Batch(NamedTuple):
    """Events of the documented kinds: messages, then conversations created, then forwarded.

    Each has an account (None: not known), a conversation and a time; *messages*, *authors* and
    *sent*, when they were created, are of the messages alone. *created* is how many of that kind.
    """

    accounts: list[str | None]
    conversations: list[str]
    times: list[str]
    messages: list[str]
    authors: list[str]
    sent: list[str]
    created: int

    def only(self, indexes: list[int]) -> Batch:
        """Return the events with these indexes, which go up."""
        first, last = len(self.messages), len(self.messages) + self.created
        sent = [index for index in indexes if index < first]
        return Batch(
            [self.accounts[index] for index in indexes],
            [self.conversations[index] for index in indexes],
            [self.times[index] for index in indexes],
            [self.messages[index] for index in sent],
            [self.authors[index] for index in sent],
            [self.sent[index] for index in sent],
            sum(first <= index < last for index in indexes),
        )

    def check(self) -> None:
        """Raise ValueError, or TypeError, if any has an id or a time that is none."""
        if None in instants(self.times):
            raise ValueError("no time")
        for ids in (self.conversations, self.messages, self.authors):
            if not (are_ids(ids) and all(ids)) and not all(map(is_id, ids)):
                raise ValueError("no id")


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


@dataclass(slots=True)
class Conversation:
    """What is known of one conversation. Instants are as `timestamps` writes them.

    Of messages by time of creation, *started* is the first and *starter* its author, *answered*
    the first by anybody else; of messages of one instant, any may be the first.
    """

    events: int = 0
    sent: int = 0
    forwarded: int = 0
    created: str = _NEVER
    first: str = _NEVER
    last: str = ""
    started: str = _NEVER
    starter: str = ""
    answered: str = _NEVER
    messages: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)

    def add_event(self, time: str) -> None:
        self.events += 1
        self.first = min(self.first, time)
        self.last = max(self.last, time)

    def add_message(self, message: str, author: str, sent: str) -> None:
        """Add a message; *sent* is "" where it is not known when."""
        self.sent += 1
        self.messages.add(message)
        self.authors.add(author)
        if sent:
            self._add_reply(sent, author, _NEVER)

    def merge(self, other: Conversation) -> None:
        """Add what is known from elsewhere."""
        self.events += other.events
        self.sent += other.sent
        self.forwarded += other.forwarded
        self.created = min(self.created, other.created)
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        self.messages |= other.messages
        self.authors |= other.authors
        self._add_reply(other.started, other.starter, other.answered)

    def _add_reply(self, started: str, starter: str, answered: str) -> None:
        mine, others = (self.started, self.starter, self.answered), (started, starter, answered)
        first, later = (mine, others) if mine[0] <= others[0] else (others, mine)
        # What came later is an answer, unless it is by the same author: then its answer is.
        answer = later[2] if later[1] == first[1] else later[0]
        self.started, self.starter, self.answered = first[0], first[1], min(first[2], answer)

    def row(self, key: Key) -> Row:
        """Return what is shown of it."""
        created = None if self.created == _NEVER else normalised(self.created)
        reply = self.answered != _NEVER
        return Row(
            *key,
            self.events,
            len(self.messages),
            self.sent - len(self.messages),
            len(self.authors),
            self.forwarded,
            created,
            normalised(self.first),
            normalised(self.last),
            _seconds_between(self.started, self.answered) if reply else None,
        )


def add_to(conversations: dict[Key, Conversation], batch: Batch) -> None:
    """Add events that have passed their `check`."""
    keys = zip(batch.accounts, batch.conversations, strict=True)
    talks = [conversations.setdefault(key, Conversation()) for key in keys]
    times = [instant or "" for instant in instants(batch.times)]
    for talk, time in zip(talks, times, strict=True):
        talk.add_event(time)
    sent = [instant or "" for instant in instants(batch.sent)]
    for talk, *message in zip(talks, batch.messages, batch.authors, sent, strict=False):
        talk.add_message(*message)
    first, last = len(sent), len(sent) + batch.created
    for talk, time in zip(talks[first:last], times[first:last], strict=True):
        talk.created = min(talk.created, time)
    for talk in talks[last:]:
        talk.forwarded += 1


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
