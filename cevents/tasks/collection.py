"""The library's task: gives the valid events themselves."""

from __future__ import annotations

from dataclasses import dataclass

from cevents.canvas.events import EVENT_NAME, Event, event_of
from cevents.input.blocks import Block
from cevents.scan.columns import Columns
from cevents.scan.plan import Plan
from cevents.scan.reference import parse
from cevents.tasks.task import Made, Task
from cevents.tasks.validation import judge_names


@dataclass(slots=True)
class Collected:
    """The valid *events* of a block, each of its documented class."""

    events: list[Event]

    def up_to(self, count: int, kept: int) -> Collected:
        raise NotImplementedError("the library reads all input")


class Collection(Task):
    """Give the valid events, each of its documented class."""

    @property
    def plan(self) -> Plan:
        return Plan((EVENT_NAME.path,), judged=True)

    def __call__(self, block: Block, columns: Columns) -> Made:
        judge_names(columns, columns.other_names())
        rows = columns.taken()
        events = [event_of(parse(block.text(row))[0].value) for row in rows]
        return Made(list(rows), [], Collected(events))
