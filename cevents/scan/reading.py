"""Reads a block: scans it, takes events out of envelopes, and explains every refused text.

The compiled reader scans the whole block. What it refuses may be an envelope: its events are taken
out into a new block, which is scanned again. What is still refused the reference reads, into the
same columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from cevents.canvas.events import BODIES, EVENT_NAME, EVENTS, FIELDS, METADATA, Field, Kind
from cevents.canvas.problems import Problem
from cevents.input.blocks import Block
from cevents.input.buffers import Buffers
from cevents.scan.columns import BLANK, OTHER_EVENT, REFUSED, Columns
from cevents.scan.compiled import native
from cevents.scan.plan import Plan


def read(block: Block, plan: Plan, buffers: Buffers | None = None) -> Columns:
    """Return the columns of a block, or of the block that was unfolded from it: see its `block`.

    Each text is blank, taken or refused; the columns' *problems* tell why it is refused. The data
    of an unfolded block may be of *buffers*: whoever is done with the columns may give it back.
    """
    columns = _scanned(block, plan)
    refused = columns.refused()
    if not refused:
        return columns
    # Imported only now: most runs need neither.
    from cevents.input.envelopes import MAX_ENVELOPES
    from cevents.input.unfolding import unfold_block
    from cevents.scan.refused import read_refused

    rows: Iterable[int] = () if block.is_plain else refused
    depth = MAX_ENVELOPES
    while inside := unfold_block(columns.block, rows, depth, native(), buffers):
        if buffers and columns.block is not block:
            buffers.give(columns.block.data)
        unfolded, opened = inside
        columns = _scanned(unfolded, plan)
        refused = columns.refused()
        rows = set(refused).intersection(opened)
        depth -= 1
    read_refused(columns, refused, plan)
    return columns


def _scanned(block: Block, plan: Plan) -> Columns:
    """Return the columns as far as the compiled reader fills them."""
    columns = Columns(block, plan)
    reader, data = native(), block.data
    compiled = _compiled(plan) if reader else None
    if compiled is not None:
        reader.scan(compiled, data, block.starts, block.ends, columns.buffers())
        return columns
    for index, (start, end) in enumerate(zip(block.starts, block.ends, strict=True)):
        columns.state[index] = REFUSED if data[start:end].strip() else BLANK
        columns.event[index] = OTHER_EVENT
    return columns


def explain(columns: Columns, row: int, strict: bool) -> None:
    """Have the reference judge a text, and record its verdict."""
    from cevents.scan import verdict

    columns.judge(row, verdict.explain(columns.block.text(row), strict))


def explain_field(columns: Columns, row: int, field: Field) -> Problem | None:
    """Return what is wrong with one field of a usable text, as if that field were required."""
    from cevents.scan import verdict

    return verdict.explain_field(columns.block.text(row), field)


# What the compiled reader calls the kinds of fields.
_KINDS: dict[Kind | None, int] = {
    "text": 0, "name": 1, "id": 2, "timestamp": 3, "global_id": 4, None: 5
}  # fmt: skip
_ACCOUNT = "metadata.root_account_id"
_URL_AND_ID = ("metadata.url", "body.conversation_id")
_MOST_FIELDS = 64


@lru_cache(maxsize=64)
def _compiled(plan: Plan) -> Any:
    """Return the plan as the compiled reader has it; None if it wants too many fields for that."""
    judged = FIELDS if plan.judged else ()
    paths = list(dict.fromkeys((*plan.wanted, *plan.needs, EVENT_NAME.path, _ACCOUNT, *judged)))
    if len(paths) > _MOST_FIELDS:
        return None
    parts = ("metadata", "body")
    fields = []
    for path in paths:
        part, _, name = path.partition(".")
        column = plan.wanted.index(path) if path in plan.wanted else -1
        kind = _KINDS[plan.kind_of(path)]
        fields.append((parts.index(part), name.encode(), kind, column))

    def masks(event: str) -> tuple[int, int]:
        """Return the bits of the fields that must be there, and of those that must be good."""
        documented = (*METADATA, *BODIES.get(event, ()))
        judged = plan.judged
        needed = [f for f in documented if f.path in plan.needs or (judged and f.required)]
        known = documented if judged else needed
        return _mask(paths, needed), _mask(paths, known)

    events = [(name.encode(), *masks(name)) for name in EVENTS]
    url = (*map(paths.index, _URL_AND_ID), b"conversations") if plan.strict else (-1, -1, b"")
    return native().Plan(
        (b"metadata", b"body"),
        fields,
        events,
        masks(""),
        paths.index(EVENT_NAME.path),
        paths.index(_ACCOUNT),
        plan.strict,
        url,
    )


def _mask(paths: list[str], fields: Iterable[Field]) -> int:
    return sum(1 << paths.index(field.path) for field in fields)
