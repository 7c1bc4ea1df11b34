"""What a task says of a block, and what a run says of its inputs."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from cevents.canvas.problems import Problem
from cevents.input.blocks import Block, Unfolded
from cevents.input.sources import Source
from cevents.tasks.counts import Newest, RunCounts
from cevents.tasks.engine import run
from cevents.tasks.result import Reject, Result
from cevents.tasks.summary import Row, Summary
from cevents.tasks.summing import Batch
from cevents.tasks.task import Task


def result_of(task: Task, data: bytes, plain: bool = False) -> Result:
    """Return the result of a task over some lines; *plain*: nothing is to be unfolded."""
    block = Block.of(data)
    block.is_plain = plain
    result = task.result(block)
    step = task.in_order_step()
    if step is not None:
        step(result, "dump.jsonl")
    return result


def findings(task: Task, data: bytes, plain: bool = False) -> list[Problem]:
    """Return what a task finds wrong with some lines."""
    return list(result_of(task, data, plain).findings())


def written(result: Result) -> list[bytes]:
    """Return the lines that a task wrote, without their line feeds."""
    return split_lines(b"".join(result.output))


def split_lines(data: bytes) -> list[bytes]:
    """Return the lines of *data* without their line feeds."""
    found = data.split(b"\n")
    return found if found[-1] else found[:-1]


class Answer(NamedTuple):
    """All that a run says. *chosen* are the places of the events that match."""

    findings: list[tuple[str, Problem]]
    output: bytes
    chosen: list[tuple[int, int]]
    texts: int
    blanks: list[tuple[int, int]]
    failures: list[str]
    unfolded: dict[str, Unfolded]
    rejects: list[tuple[str, Reject]]
    instants: list[int]
    repeats: list[tuple[str, int]]
    other: Counter[str]
    rows: list[Row]
    other_events: int
    newest: tuple[str, Newest] | None


def answer(task: Task, files: list[str], **how: Any) -> Answer:
    """Run a task over files and return all that the run says."""
    got = Answer([], b"", [], 0, [], [], {}, [], [], [], Counter(), [], 0, None)
    summary, output, counts = Summary(), bytearray(), RunCounts()
    for step in run(task, [Source(file) for file in files], **how):
        name, result, block = step.source.name, step.result, step.result.block
        counts.add(name, result, step.findings)
        got.findings.extend((name, problem) for problem in step.findings)
        output += b"".join(result.output)
        got.chosen.extend(block.place(row) for row in result.chosen)
        got.blanks.extend(block.place(row) for row in result.blanks)
        got.failures.extend([step.failure.message] if step.failure else [])
        got.instants.extend(getattr(result.own, "instants", ()))
        got.repeats.extend(
            (name, block.place(row)[0]) for row in getattr(result.own, "repeats", ())
        )
        got.other.update(getattr(result.own, "other", {}))
        for reject in result.rejects(step.findings):
            add_reject(got.rejects, name, reject)
        for shape, one in block.unfolded.items():
            got.unfolded[shape] = got.unfolded.get(shape, Unfolded()).plus(*one)
        if isinstance(result.own, Batch):
            summary.add(result.own)
        got = got._replace(texts=got.texts + result.texts)
    rows = list(summary.rows())
    return got._replace(
        output=bytes(output), rows=rows, other_events=summary.other, newest=counts.newest
    )


def add_reject(rejects: list[tuple[str, Reject]], name: str, reject: Reject) -> None:
    """Add a reject to others; one that goes on with a line is joined to what there is of it."""
    if rejects and rejects[-1][1].more:
        _, before = rejects.pop()
        reject = reject._replace(raw=before.raw + reject.raw)
    rejects.append((name, reject))
