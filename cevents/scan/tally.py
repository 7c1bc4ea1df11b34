"""Events counted by conversation: what the compiled `Tally` knows, in plain Python.

The queue delivers in any order and more than once, so all that is kept of a conversation is a
count of distinct things, a minimum or a maximum, and what is known merges in any grouping.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cevents.canvas.identity import key_of_numbers
from cevents.scan.columns import NONE, TAKEN

#: The columns of `Tally.rows`, in order. Times are instants, NONE if unknown.
COLUMNS = (
    *("account", "conversation", "events", "sent", "messages", "authors", "forwarded"),
    *("created", "first", "last", "started", "starter", "answered"),
)


@dataclass(slots=True)
class _Talk:
    """What is known of one conversation. *started* is when its first message was sent, *starter*
    the author, *answered* when anybody else's first message was sent."""

    account: int
    conversation: int
    events: int = 0
    sent: int = 0
    forwarded: int = 0
    created: int = NONE
    first: int = NONE
    last: int = NONE
    started: int = NONE
    starter: int = NONE
    answered: int = NONE
    messages: set[int] = field(default_factory=set)
    authors: set[int] = field(default_factory=set)

    def merge(self, other: _Talk) -> None:
        self.events += other.events
        self.sent += other.sent
        self.forwarded += other.forwarded
        self.created = _earlier(self.created, other.created)
        self.first = _earlier(self.first, other.first)
        self.last = max(self.last, other.last)
        self.messages |= other.messages
        self.authors |= other.authors
        self._add_reply(other.started, other.starter, other.answered)

    def _add_reply(self, started: int, starter: int, answered: int) -> None:
        mine, others = (self.started, self.starter, self.answered), (started, starter, answered)
        # Of several who wrote at the first instant, the lowest is the starter, in any order.
        first, later = sorted((mine, others), key=lambda reply: (reply[0] == NONE, reply))
        # The later message is an answer, unless it is by the same author: then take its answer.
        answer = later[2] if later[1] == first[1] else later[0]
        self.started, self.starter, self.answered = *first[:2], _earlier(first[2], answer)


class Tally:
    """Conversations, by account and id; *message*, *created* and *forwarded* are the numbers of the
    events that count. *seed* is for the compiled one's hashes only."""

    def __init__(self, message: int, created: int, forwarded: int, seed: int) -> None:
        self._message, self._created, self._forwarded = message, created, forwarded
        # By text, not by two numbers: of those Python's hashes are known, and a dump could be made
        # in which all have one hash.
        self._talks: dict[bytes, _Talk] = {}

    def __len__(self) -> int:
        return len(self._talks)

    def add(
        self,
        n: int,
        state: Sequence[int],
        event: Sequence[int],
        account: Sequence[int],
        conversation: Sequence[int],
        message: Sequence[int],
        author: Sequence[int],
        time: Sequence[int],
        sent: Sequence[int],
    ) -> None:
        """Add the first *n* rows; *message*, *author* and *sent* are read of messages only."""
        if n < 0 or any(
            len(column) < n
            for column in (state, event, account, conversation, message, author, time, sent)
        ):
            raise ValueError("fewer values than rows")
        for row in range(n):
            if state[row] != TAKEN:
                continue
            talk = _Talk(account[row], conversation[row], events=1)
            talk.first = talk.last = time[row]
            if event[row] == self._message:
                talk.sent, talk.messages, talk.authors = 1, {message[row]}, {author[row]}
                if sent[row] != NONE:
                    talk.started, talk.starter = sent[row], author[row]
            elif event[row] == self._created:
                talk.created = time[row]
            elif event[row] == self._forwarded:
                talk.forwarded = 1
            else:
                continue
            self._merge(talk)

    def merge(self, other: Tally, odd: Sequence[int]) -> None:
        """Add what another one knows; *odd* are the numbers that its ids from -2 down get here."""
        if other is self:
            raise ValueError("a Tally cannot merge with itself")
        for talk in other._talks.values():
            ids = (talk.account, talk.conversation, talk.starter)
            account, conversation, starter = (_renumbered(id_, odd) for id_ in ids)
            moved = replace(talk, account=account, conversation=conversation, starter=starter)
            moved.messages = {_renumbered(id_, odd) for id_ in talk.messages}
            moved.authors = {_renumbered(id_, odd) for id_ in talk.authors}
            self._merge(moved)

    def _merge(self, talk: _Talk) -> None:
        key = key_of_numbers(talk.account, talk.conversation)
        self._talks.setdefault(key, _Talk(talk.account, talk.conversation)).merge(talk)

    def rows(self) -> dict[str, array[int]]:
        """Return columns of 64-bit numbers by name, conversations as they first came."""
        talks = self._talks.values()
        columns = {name: [getattr(talk, name) for talk in talks] for name in COLUMNS}
        columns["messages"] = [len(talk.messages) for talk in talks]
        columns["authors"] = [len(talk.authors) for talk in talks]
        return {name: array("q", column) for name, column in columns.items()}


def _renumbered(id_: int, odd: Sequence[int]) -> int:
    return odd[-2 - id_] if -2 - len(odd) < id_ < -1 else id_


def _earlier(a: int, b: int) -> int:
    return max(a, b) if NONE in (a, b) else min(a, b)
