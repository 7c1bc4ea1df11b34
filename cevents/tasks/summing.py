"""`stats`: the columns of each block, which a `Summary` adds up in the order of the input."""

from __future__ import annotations

from dataclasses import dataclass

from cevents.canvas.events import BODIES, EVENT_NAME, EVENT_TIME
from cevents.canvas.ids import is_id
from cevents.input.blocks import Block
from cevents.scan.columns import BLANK, ESCAPED, NONE, ODD, OTHER_EVENT, STRING, Columns
from cevents.scan.plan import Plan
from cevents.scan.reading import explain_field
from cevents.tasks.task import Made, Task

ACCOUNT, CONVERSATION, MESSAGE_ID, AUTHOR, SENT = (
    "metadata.root_account_id",
    "body.conversation_id",
    "body.message_id",
    "body.author_id",
    "body.created_at",
)

#: The ids that are counted of each documented event, the conversation's first.
_IDS = [
    sorted((f for f in fields if f.kind == "id"), key=lambda f: f.path != CONVERSATION)
    for fields in BODIES.values()
]


@dataclass(slots=True)
class Batch:
    """The columns of a block's events. Rows from *count* on are ignored."""

    columns: Columns
    count: int

    @property
    def others(self) -> int:
        """How many usable events of other kinds there are."""
        columns, count = self.columns, self.count
        refused = (row for row in columns.refused() if row < count)
        return (
            columns.event.count(OTHER_EVENT, 0, count)
            - columns.state.count(BLANK, 0, count)
            - sum(columns.event[row] == OTHER_EVENT for row in refused)
        )

    def up_to(self, count: int, kept: int) -> Batch:
        return Batch(self.columns, count)


class Summing(Task):
    """The task of `stats`: gives the columns of the events that can be counted."""

    @property
    def plan(self) -> Plan:
        wanted = (EVENT_NAME.path, EVENT_TIME.path, ACCOUNT, CONVERSATION, MESSAGE_ID, AUTHOR, SENT)
        ids = (CONVERSATION, MESSAGE_ID, AUTHOR)
        return Plan(wanted, needs=(EVENT_NAME.path, EVENT_TIME.path, *ids))

    def __call__(self, block: Block, columns: Columns) -> Made:
        for row in columns.by_reference:
            if columns.is_taken(row):
                _judge(columns, row)
        return Made([], [], Batch(columns, len(block)))


def _judge(columns: Columns, row: int) -> None:
    """Reject a row that does not hold what is counted.

    An id is counted whether it stands in the dump as a string or as a number.
    """
    number = columns.event[row]
    if columns[EVENT_NAME.path].kind[row] not in (STRING, ESCAPED):
        bad = [EVENT_NAME]
    elif number == OTHER_EVENT:
        return
    else:
        lacks_time = columns[EVENT_TIME.path].value[row] == NONE
        bad = [EVENT_TIME] if lacks_time else []
        bad += [field for field in _IDS[number] if not _has_id(columns, field.path, row)]
    if bad:
        columns.reject(row, explain_field(columns, row, bad[0]))


def _has_id(columns: Columns, path: str, row: int) -> bool:
    value = columns[path].value[row]
    return value != NONE and (value != ODD or is_id(columns.odd[path, row]))
