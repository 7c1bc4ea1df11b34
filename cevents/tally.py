"""`stats`: adds up the events of every block in a `Summary`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cevents.events import BODIES, CREATED, FORWARDED, MESSAGE, METADATA, are_ids, is_id
from cevents.explanation import explain_field
from cevents.reading import Block, Reading, Result, Task, getter, read
from cevents.summary import Account, Summary, numbered
from cevents.timestamps import instants

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
        by_account: dict[str | None, list[tuple[int, str]]] = {}
        accounts = _accounts([reading.events[index] for index, _ in timed])
        if len(set(accounts)) == 1:
            by_account[accounts[0]] = timed
        else:
            for account, pair in zip(accounts, timed, strict=True):
                by_account.setdefault(account, []).append(pair)
        for account, pairs in by_account.items():
            events = [reading.events[index] for index, _ in pairs]
            times = [time for _, time in pairs]
            self._add_to(self.summary.account(account), name, events, times)

    def _add_to(self, account: Account, name: str, events: list[Any], times: list[str]) -> None:
        indexes = account.indexes(numbered(list(map(_CONVERSATION, events))))
        account.add_events(indexes, times)
        if name == MESSAGE:
            messages, authors = (numbered(list(map(get, events))) for get in (_MESSAGE, _AUTHOR))
            account.add_messages(indexes, messages, authors, _sent(events))
        elif name == FORWARDED:
            account.add_forwarded(indexes)
        elif name == CREATED:
            account.add_created(indexes, times)


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
