"""`stats`: adds up the events of every block in a `Summary`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cevents.blocks import Block, Result, Task
from cevents.events import BODIES, CREATED, FORWARDED, MESSAGE, METADATA, is_id
from cevents.explanation import explain_field
from cevents.reading import Reading, getter, read
from cevents.summary import Id, Summary, numbered
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


_TIME, _ACCOUNT = getter("metadata.event_time"), getter("metadata.root_account_id")
_SENT, _NAME_OF = getter("body.created_at"), getter("metadata.event_name")

#: The ids that are counted of each kind of event, the conversation's first.
_IDS = {
    name: sorted((f for f in fields if f.kind == "id"), key=lambda f: f.name != "conversation_id")
    for name, fields in BODIES.items()
}
_ID_GETTERS = {name: [getter(field.path) for field in fields] for name, fields in _IDS.items()}


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
        self.summary.compact()
        return self.summary

    def __call__(self, block: Block) -> Result:
        reading = read(block, _PATHS)
        kinds = _kinds(reading)
        columns = {name: _columns(name, events) for name, events in kinds.items() if name in _IDS}
        doubtful = [name for name, found in columns.items() if found is None]
        for name in doubtful:
            _reject(reading, name)
        if self.stop and (reading.problems or self._stopped):
            end = 0 if self._stopped else min(p.line for p in reading.problems) - 1
            reading.events[end:] = [None] * (len(reading.lines) - end)
            self._stopped = True
        if doubtful or self._stopped:
            kinds = _kinds(reading)
            columns = {n: _columns(n, events) for n, events in kinds.items() if n in _IDS}
        for name, events in kinds.items():
            found = columns.get(name)
            if found is not None:
                self._add(name, events, *found)
            else:
                self.summary.add_other(name, len(events))
        return reading.result([], [], False)

    def _add(self, name: str, events: list[Any], times: list[str], ids: list[list[Id]]) -> None:
        indexes = self.summary.indexes(_accounts(events), ids[0])
        self.summary.add_events(indexes, times)
        if name == MESSAGE:
            authors, messages = ids[1:]
            self.summary.add_messages(indexes, messages, authors, _sent(events))
        elif name == FORWARDED:
            self.summary.add_forwarded(indexes)
        elif name == CREATED:
            self.summary.add_created(indexes, times)


def _kinds(reading: Reading) -> dict[str, list[Any]]:
    """Return the usable events by name; reject those without one."""
    events = [event for event in reading.events if event is not None]
    names = list(map(_NAME_OF, events))
    if {name.__class__ for name in names} - {str}:
        for index, event in enumerate(reading.events):
            if event is not None and event.metadata.event_name.__class__ is not str:
                reading.reject(index, explain_field(reading.lines[index], _NAME))
        return _kinds(reading)
    kinds: dict[str, list[Any]] = {name: [] for name in names}
    for name, event in zip(names, events, strict=True):
        kinds[name].append(event)
    return kinds


def _columns(name: str, events: list[Any]) -> tuple[list[str], list[list[Id]]] | None:
    """Return the instants and the ids of events of one kind; None if any does not hold them."""
    try:
        times = instants(list(map(_TIME, events)))
        ids = [numbered(list(map(get, events))) for get in _ID_GETTERS[name]]
    except (TypeError, ValueError):  # something among them that is no string, or no id
        return None
    return None if None in times else (times, ids)  # type: ignore[return-value]


def _reject(reading: Reading, name: str) -> None:
    """Reject the events of one kind that do not hold what is counted.

    An id is counted whether the dump holds it as a string or as a number.
    """
    for index, event in enumerate(reading.events):
        if event is None or event.metadata.event_name != name:
            continue
        bad = []
        time = _TIME(event)
        if not isinstance(time, str) or instants([time])[0] is None:
            bad.append(_EVENT_TIME)
        for field, get in zip(_IDS[name], _ID_GETTERS[name], strict=True):
            value = get(event)
            if value.__class__ is int and value >= 0:
                setattr(event.body, field.name, _plain(value))
            elif not is_id(value):
                bad.append(field)
        if bad:
            reading.reject(index, explain_field(reading.lines[index], bad[0]))


def _accounts(events: list[Any]) -> list[str | None]:
    accounts = list(map(_ACCOUNT, events))
    if {account.__class__ for account in accounts} == {str}:
        return accounts
    return [
        account
        if account.__class__ is str
        else _plain(account)
        if account.__class__ is int
        else None
        for account in accounts
    ]


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
