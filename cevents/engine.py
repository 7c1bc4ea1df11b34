"""Runs one task over the blocks of all inputs and yields its results in input order.

In this process or in workers: the same task, the same results, byte for byte. Work is handed out
through the interface of `concurrent.futures.Executor` only, so that any executor can do it. Plain
files are cut into portions, ranges of bytes that each worker reads for itself; anything else is
read here, once, and its blocks are handed on.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cevents.blocks import Block, Reject, Result, Task
from cevents.errors import CeventsError
from cevents.framing import Framing
from cevents.problems import MAX_LINE_BYTES
from cevents.sources import BLOCK_BYTES, Source, blocks, in_lines, plain_size, portions

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from cevents.workers import Spool, Workers

#: What a worker reads and answers at a time: large beside the cost of asking, small in memory.
PORTION_BYTES = 8 * 1024 * 1024

#: What this process keeps of memory for the next block or portion.
_KEPT_BYTES = 16 * 1024 * 1024

#: Input for which starting workers pays.
_WORTH_WORKERS = 32 * 1024 * 1024


class Step(NamedTuple):
    """One result and where it is from; *failure* instead where the source cannot be read (on).

    The problems and the rejects of *result* carry the lines of the input.
    """

    source: Source
    result: Result
    failure: CeventsError | None = None


@dataclass(frozen=True)
class Sizes:
    """How input is cut, and into how many bytes. No answer depends on *block* or *portion*.

    With *keep*, results hold the bytes of the lines that were not usable.
    """

    block: int | None = None
    portion: int = PORTION_BYTES
    max_line: int = MAX_LINE_BYTES
    framing: Framing = "auto"
    keep: bool = False


def run(
    task: Task,
    sources: list[Source],
    *,
    jobs: int | None = 1,
    executor: Executor | None = None,
    limit: int | None = None,
    stop_at_bad: bool = False,
    sizes: Sizes | None = None,
) -> Iterator[Step]:
    """Run *task* over *sources*; one that cannot be read yields its failure, the others go on.

    In *jobs* processes (None: as many as pay), or in those of *executor*. Ends after *limit*
    matches, or with the first bad line; either needs a task that tells the places of its matches.
    What a task remembers comes with its last results. Raises CeventsError if a worker dies.
    """
    left = limit
    if left == 0:
        return
    _keep_memory()
    sizes = sizes or Sizes()
    jobs = jobs or jobs_for(sources, sizes.framing)
    task = task.fresh()
    settle = task.settler()
    if executor is None and jobs == 1:
        outcomes = _here(task, sources, sizes)
    else:
        outcomes = _in_workers(task, sources, sizes, jobs, executor)
    lines = [0] * len(sources)
    try:
        for index, result in outcomes:
            if isinstance(result, CeventsError):
                yield Step(sources[index], Result(0), result)
                continue
            if settle is not None:
                settle(result, sources[index].name, lines[index])
            result, ended = _cut_short(result, left, stop_at_bad)
            left = None if left is None else left - result.matches
            result.place(lines[index])
            lines[index] += result.height_in_input()
            if ended and result.remembered is None:
                result.remembered = task.memory()
            yield Step(sources[index], result)
            if ended:
                return
    finally:
        outcomes.close()


def _keep_memory() -> None:
    """Let memory that is freed wait for its next use, instead of going back to the system.

    glibc keeps as much as the largest piece that it has seen freed: to have the pages of each block
    anew, zeroed, takes a tenth of the time of a search.
    """
    bytes(_KEPT_BYTES)


def jobs_for(sources: list[Source], framing: Framing = "auto") -> int:
    """Return how many processes pay: one for little input, or for what cannot be cut."""
    sizes = [plain_size(source) for source in sources]
    if None in sizes or sum(size or 0 for size in sizes) < _WORTH_WORKERS:
        return 1
    with suppress(CeventsError):  # it is reported when its turn comes
        if not all(
            in_lines(source, framing) for source, size in zip(sources, sizes, strict=True) if size
        ):
            return 1
    count = getattr(os, "process_cpu_count", None)
    if count is not None:
        return count() or 1
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


Outcome = tuple[int, Result | CeventsError]
#: What a worker gives: its result, and why there is no more of it, if it could not go on. None
#: where it would have to hold a line that is too long to be held, in order to keep it.
Answer = tuple[Result, CeventsError | None] | None


def _here(task: Task, sources: list[Source], sizes: Sizes) -> Generator[Outcome]:
    for index, source in enumerate(sources):
        yield index, Result(0)  # an input is counted even if there is nothing in it
        for outcome in _outcomes(task, source, sizes):
            yield index, outcome
    if task.remembers and sources:
        yield len(sources) - 1, Result(0, remembered=task.memory())


def _outcomes(
    task: Task, source: Source, sizes: Sizes, start: int = 0, end: int | None = None
) -> Iterator[Result | CeventsError]:
    try:
        for block in _blocks(task, source, sizes, start, end):
            yield _result(task, block, sizes)
    except CeventsError as failure:
        yield failure


def _blocks(
    task: Task, source: Source, sizes: Sizes, start: int = 0, end: int | None = None
) -> Iterator[Block]:
    return blocks(
        source,
        sizes.block or task.block_bytes or BLOCK_BYTES,
        sizes.max_line,
        task.needles,
        start,
        end,
        sizes.framing,
        keep=sizes.keep,
    )


def _in_workers(
    task: Task, sources: list[Source], sizes: Sizes, jobs: int, executor: Executor | None
) -> Generator[Outcome]:
    """Hand out the work with a bounded look-ahead and yield the outcomes in input order."""
    from concurrent.futures import BrokenExecutor

    from cevents.workers import Workers

    task.prepare()
    workers = Workers(jobs, executor)
    pending: deque[Submitted] = deque()
    failed: set[int] = set()
    finished = False

    def first() -> Iterator[Outcome]:
        index, future, spool, start, end = pending.popleft()
        try:
            answer = workers.result(future)
            if spool is not None and answer and answer[0].spooled:
                answer[0].output = spool.take(answer[0].spooled)
            workers.free(spool)
        except BrokenExecutor:
            tip = "it may have run out of memory: try fewer --jobs"
            raise CeventsError("a worker process died; the results are not complete", tip) from None
        if index in failed:
            return
        for outcome in answer or _again(task, sources[index], sizes, start, end):
            if isinstance(outcome, CeventsError):
                failed.add(index)
            if outcome is not None:
                yield index, outcome

    try:
        for submitted in _submitted(task, sources, sizes, jobs, workers):
            pending.append(submitted)
            while len(pending) > 2 * jobs:
                yield from first()
        while pending:
            yield from first()
        finished = True
    finally:
        for submitted in pending:
            submitted.future.cancel()
        workers.end(finished)


class Submitted(NamedTuple):
    """What comes of a part of a source, by its number: where output may be put, and its range."""

    number: int
    future: Future[Answer]
    spool: Spool | None = None
    start: int = 0
    end: int | None = None


def _submitted(
    task: Task, sources: list[Source], sizes: Sizes, jobs: int, workers: Workers
) -> Iterator[Submitted]:
    from concurrent.futures import Future

    submit = workers.executor.submit
    size = sizes.portion
    if task.remembers and not sizes.keep:
        # One memory a worker, not one a portion: merging costs more than an uneven end.
        total = sum(plain_size(source) or 0 for source in sources)
        size = max(size, -(-total // jobs))
    for index, source in enumerate(sources):
        nothing: Future[Answer] = Future()
        nothing.set_result((Result(0), None))
        yield Submitted(index, nothing)
        try:
            ranges = portions(source, size, sizes.framing)
            for start, end in ranges:
                spool = workers.spool()
                path = spool.path if spool else None
                work = submit(_work_on_range, task, source, start, end, sizes, path)
                yield Submitted(index, work, spool, start, end)
            for block in () if ranges else _blocks(task, source, sizes):
                yield Submitted(index, submit(_work_on_block, task, block, sizes))
        except CeventsError as failure:
            unreadable: Future[Answer] = Future()
            unreadable.set_result((Result(0), failure))
            yield Submitted(index, unreadable)


def _work_on_range(
    task: Task, source: Source, start: int, end: int | None, sizes: Sizes, spool: str | None
) -> Answer:
    """Return what comes of a range. Its output is left in *spool*, if that can be opened."""
    _keep_memory()
    task = task.fresh()
    result, failed = Result(0), None
    try:
        for block in _blocks(task, source, sizes, start, end):
            if block.more:
                return None
            result.extend(_result(task, block, sizes))
    except CeventsError as failure:
        failed = failure
    result.remembered = task.memory()
    if end is not None:
        result.size = end - start
    if spool is not None and result.output:
        from cevents.workers import put

        with suppress(OSError):
            lengths = put(spool, result.output)
            result.spooled = lengths if result.placed else [sum(lengths)]
            result.output = []
    return result, failed


def _again(
    task: Task, source: Source, sizes: Sizes, start: int, end: int | None
) -> Iterator[Result | CeventsError]:
    """Yield what comes of a range, block by block."""
    task = task.fresh()
    yield from _outcomes(task, source, sizes, start, end)
    yield Result(0, remembered=task.memory())


def _work_on_block(task: Task, block: Block, sizes: Sizes) -> Answer:
    task = task.fresh()
    result = _result(task, block, sizes)
    result.remembered = task.memory()
    return result, None


def _result(task: Task, block: Block, sizes: Sizes) -> Result:
    fault = block.fault
    if fault is not None:
        result = Result(0) if block.more else Result(1, problems=[fault.on_line(1)])
        if block.origins is not None:
            result.numbers, result.height = [fault.line], block.total
        if sizes.keep:
            result.rejects = [Reject(1, (fault.code,), block.raw, block.more)]
        return result
    result = task(block)
    result.size = block.size
    if sizes.keep:
        result.keep_rejects(result.block or block)
    result.block = None
    if block.numbers is not None:
        result.renumbered(block.numbers, block.total)
    return result


def _cut_short(result: Result, left: int | None, stop_at_bad: bool) -> tuple[Result, bool]:
    """Return what counts of *result*, and whether the run ends with it."""
    ends = []
    if left is not None and result.matches >= left:
        ends.append(result.placed[left - 1])
    if stop_at_bad and result.problems:
        ends.append(result.problems[0].line)
    return (result.up_to(min(ends)), True) if ends else (result, False)
