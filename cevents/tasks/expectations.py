"""What `validate` expects of all input together: enough events, and a new one among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cevents.canvas.events import EVENT_TIME
from cevents.canvas.problems import Problem
from cevents.canvas.timestamps import text_of
from cevents.canvas.zones import Age
from cevents.tasks.counts import RunCounts
from cevents.terminal import many


class Expectations(NamedTuple):
    """At least *min_events* valid events, the newest of them not older than *newer_than*."""

    min_events: int | None = None
    newer_than: Age | None = None

    def missing(self, counts: RunCounts, inputs: str) -> Iterator[tuple[str, Problem]]:
        """Yield what is missing, each with the name of the input in which it stands.

        An event that is too old is where it is. What is not there stands at the beginning of
        *inputs*, which is what all of them together are called.
        """
        valid, invalid = counts.all.valid, counts.all.invalid
        if self.min_events is not None and valid < self.min_events:
            message = f"{many(valid, 'valid event')}, at least {self.min_events} expected"
            hint = f"{many(invalid, 'event')} with errors not counted" if invalid else None
            yield inputs, Problem("too-few-events", 1, message, hint)
        if self.newer_than is None:
            return
        hint = "does what writes the dump still run?"
        if counts.newest is None:
            message = f"no valid event, and so none of the last {self.newer_than.text}"
            yield inputs, Problem("stale", 1, message, hint)
        elif counts.newest[1].instant < self.newer_than.since:
            file, newest = counts.newest
            time = f"{text_of(newest.instant)}Z"
            message = f"the newest event is of {time}, more than {self.newer_than.text} ago"
            stale = Problem("stale", 1, message, hint, EVENT_TIME.path)
            yield file, stale.at(newest.line, newest.column)
