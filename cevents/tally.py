"""`stats`: adds up the events of every block in a `Summary`."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from cevents.blocks import Block, Result, Task
from cevents.conversations import Batch
from cevents.events import BODIES, CREATED, FORWARDED, MESSAGE, METADATA, is_id
from cevents.explanation import explain_field
from cevents.reading import Reading, read
from cevents.summary import Summary
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

#: The ids that are counted of each kind of event, the conversation's first.
_IDS = {
    name: sorted((f for f in fields if f.kind == "id"), key=lambda f: f.name != "conversation_id")
    for name, fields in BODIES.items()
}


class Tally(Task):
    """The task of `stats`: adds the events of every block that it is called with to *summary*."""

    remembers = True
    #: To add a block to columns has a cost of its own, that of some hundred events.
    block_bytes = 1024 * 1024

    def __init__(self, stop: bool = False) -> None:
        self.summary = Summary()
        self.stop = stop
        self._stopped = False

    def fresh(self) -> Tally:
        return Tally(self.stop)

    def prepare(self) -> None:
        import cevents.columns  # noqa: F401

    def memory(self) -> Summary:
        self.summary.compact()
        return self.summary

    def __call__(self, block: Block) -> Result:
        reading = read(block, _PATHS)
        if not self._stopped:
            if self.stop and reading.problems:
                self._reject(reading)
            try:
                self._add(reading.events)
            except (TypeError, ValueError):  # something among them is no string, time or id
                self._reject(reading)
                self._add(reading.events)
            self._stopped = self.stop and bool(reading.problems)
        return reading.result([], [], False)

    def _reject(self, reading: Reading) -> None:
        """Reject what is no good and, if this is to stop there, all that follows."""
        _reject(reading)
        if self.stop and reading.problems:
            end = min(problem.line for problem in reading.problems) - 1
            reading.events[end:] = [None] * (len(reading.events) - end)

    def _add(self, events: list[Any]) -> None:
        """Add the usable events, or none: raises TypeError or ValueError if any is no good."""
        kinds: dict[str, list[Any]] = defaultdict(list)
        for event in events:
            if event is not None:
                kinds[event.metadata.event_name].append(event)
        if not all(isinstance(name, str) for name in kinds):
            raise TypeError("no name")
        self.summary.add(_batch(*(kinds.pop(name, []) for name in (MESSAGE, CREATED, FORWARDED))))
        for name, others in kinds.items():
            self.summary.add_other(name, len(others))


def _batch(messages: list[Any], created: list[Any], forwarded: list[Any]) -> Batch:
    events = messages + created + forwarded
    metadata = [event.metadata for event in events]
    bodies = [event.body for event in events]
    written = bodies[: len(messages)]
    return Batch(
        _accounts([part.root_account_id for part in metadata]),
        [body.conversation_id for body in bodies],
        [part.event_time for part in metadata],
        [body.message_id for body in written],
        [body.author_id for body in written],
        _sent([body.created_at for body in written]),
        len(created),
    )


def _accounts(accounts: list[Any]) -> list[str | None]:
    """Return root accounts as texts, None for what is none."""
    if _are_texts(accounts):
        return accounts
    return [
        _plain(account) if account.__class__ is int else account if _are_texts([account]) else None
        for account in accounts
    ]


def _sent(times: list[Any]) -> list[str]:
    """Return times as texts, "" for what is none."""
    return times if _are_texts(times) else [t if isinstance(t, str) else "" for t in times]


def _are_texts(column: list[Any]) -> bool:
    try:
        "".join(column)
    except TypeError:
        return False
    return True


def _reject(reading: Reading) -> None:
    """Reject the events that do not hold what is counted.

    An id is counted whether the dump holds it as a string or as a number.
    """
    for index, event in enumerate(reading.events):
        if event is None:
            continue
        name, time = event.metadata.event_name, event.metadata.event_time
        if not isinstance(name, str):
            reading.reject(index, explain_field(reading.lines[index], _NAME))
            continue
        if name not in _IDS:
            continue
        bad = [] if isinstance(time, str) and instants([time])[0] is not None else [_EVENT_TIME]
        for field in _IDS[name]:
            value = getattr(event.body, field.name)
            if value.__class__ is int and value >= 0:
                setattr(event.body, field.name, _plain(value))
            elif not is_id(value):
                bad.append(field)
        if bad:
            reading.reject(index, explain_field(reading.lines[index], bad[0]))


def _plain(number: int) -> str:
    """Return the digits of a number, which Python limits in length unless it is hexadecimal."""
    return str(Decimal(number)) if number.bit_length() > 10_000 else str(number)
