"""What the compiled reader has refused, read by the reference."""

from __future__ import annotations

from cevents.scan.columns import NULL, TAKEN, Columns
from cevents.scan.plan import Plan
from cevents.scan.reference import envelope_problems, parse, row
from cevents.scan.verdict import judge


def read_refused(columns: Columns, rows: list[int], plan: Plan) -> None:
    """Have the reference read texts into their rows, and say what is wrong with them."""
    columns.by_reference = rows
    for index in rows:
        _read(columns, index, plan)


def _read(columns: Columns, index: int, plan: Plan) -> None:
    text = columns.block.text(index)
    parsed, problem = parse(text)
    if problem:
        problems = [problem]
    elif plan.judged:
        problems = judge(parsed, plan.strict)
    else:
        problems = envelope_problems(parsed)[:1]
    columns.state[index] = TAKEN
    if problems:
        columns.judge(index, problems)
    columns.event[index], values = row(parsed, plan)
    start = columns.block.starts[index]
    for path, value in zip(plan.wanted, values, strict=True):
        column = columns[path]
        column.start[index] = start + value.start if value.kind > NULL else 0
        column.length[index] = value.length
        column.kind[index] = value.kind
        column.value[index] = value.value
        column.offset[index] = value.offset
        if value.odd is not None:
            columns.odd[path, index] = value.odd
