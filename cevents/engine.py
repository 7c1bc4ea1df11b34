"""Runs one task over the blocks of all inputs and yields its results in input order.

A task is a callable from `Block` to `Result`. It knows nothing of files or processes; whatever
runs it, the results are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from cevents.errors import CeventsError
from cevents.problems import MAX_LINE_BYTES
from cevents.reading import Block, Result
from cevents.sources import BLOCK_BYTES, Source, blocks

Task = Callable[[Block], Result]


class Step(NamedTuple):
    """One result and where it is from; *failure* instead where the source cannot be read (on).

    The problems of *result* carry the lines of the input.
    """

    source: Source
    result: Result
    failure: CeventsError | None = None


def run(
    task: Task,
    sources: list[Source],
    *,
    limit: int | None = None,
    stop_at_bad: bool = False,
    block_bytes: int = BLOCK_BYTES,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> Iterator[Step]:
    """Run *task* over *sources*; one that cannot be read yields its failure, the others go on.

    Ends after *limit* matches, or with the first bad line; either needs a task that tells the
    places of its matches.
    """
    left = limit
    if left == 0:
        return
    for source in sources:
        lines = 0
        try:
            for block in blocks(source, block_bytes, max_line_bytes):
                result = task(block) if block.fault is None else Result(1, problems=[block.fault])
                result, ended = _cut_short(result, left, stop_at_bad)
                left = None if left is None else left - result.matches
                result.problems = [p.on_line(lines + p.line) for p in result.problems]
                lines += result.lines
                yield Step(source, result)
                if ended:
                    return
        except CeventsError as failure:
            yield Step(source, Result(0), failure)


def _cut_short(result: Result, left: int | None, stop_at_bad: bool) -> tuple[Result, bool]:
    """Return what counts of *result*, and whether the run ends with it."""
    ends = []
    if left is not None and result.matches >= left:
        ends.append(result.placed[left - 1])
    if stop_at_bad and result.problems:
        ends.append(result.problems[0].line)
    return (result.up_to(min(ends)), True) if ends else (result, False)
