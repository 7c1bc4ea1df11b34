"""Runs one task over the blocks of all inputs and yields its results in input order.

In this thread or in several: the same task and the same results, byte for byte. (Inputs that are
followed give theirs by turns, in this thread, as their bytes arrive.) Reading runs
beside the work: as many inputs as there are jobs are read ahead, each by one thread, which also
decompresses it, and a `concurrent.futures.Executor` works on their blocks. The scan, the kernels
and the decompressors let go of the interpreter's lock, so that threads are enough.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from cevents.canvas.problems import MAX_LINE_BYTES, Problem
from cevents.errors import CeventsError
from cevents.input.blocks import NOTHING, Block
from cevents.input.buffers import BLOCK_BYTES, Buffers
from cevents.input.layouts import Framing
from cevents.input.reading import blocks
from cevents.input.sources import Source
from cevents.scan.compiled import native
from cevents.tasks.result import Result
from cevents.tasks.task import Task

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future
    from queue import Queue

    from cevents.input.following import Follow
    from cevents.tasks.threads import Threads

    #: What comes of one input, in order: blocks and their results to come, or why there are no
    #: more; None at the end.
    Feed = Queue[tuple[Block, Future[Result]] | BaseException | None]

#: Bytes of input from which threads pay.
_WORTH_THREADS = 4 * 1024 * 1024

#: Addresses that a job may take: two threads, for each of which the system sets aside a stack and
#: a heap.
_JOB_BYTES = 256 * 1024 * 1024

#: Blocks of one input that may wait for their turn, for each job.
_AHEAD = 2


class Step(NamedTuple):
    """One result and where it is from; *failure* where the source cannot be read (any further).

    *findings* are the problems of the result, each with its place in the input.
    """

    source: Source
    result: Result
    findings: list[Problem]
    failure: CeventsError | None = None


@dataclass(frozen=True)
class Cutting:
    """How input is cut. No answer depends on *block_bytes*.

    With *keep*, a block of a fault holds its bytes.
    """

    block_bytes: int = BLOCK_BYTES
    max_line_bytes: int = MAX_LINE_BYTES
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
    cutting: Cutting | None = None,
    follow: Follow | None = None,
) -> Iterator[Step]:
    """Run *task* over *sources*; one that cannot be read yields its failure, the others go on.

    With *jobs* threads (None: as many as pay), or in *executor*. Ends after *limit* matches, or,
    if *stop_at_bad*, with the first bad line. A result is valid until the next is asked for: the
    memory of its block is used again. With *follow* it goes on as the inputs grow, and yields an
    empty step every tenth of a second in which nothing comes.
    """
    left = limit
    if left == 0:
        return
    cutting = cutting or Cutting()
    jobs = jobs or jobs_for(sources)
    step = task.in_order_step()
    buffers = Buffers()
    if follow is not None:
        results = _by_turns(task, sources, cutting, buffers, follow)
    elif executor is None and jobs == 1:
        results = _here(task, sources, cutting, buffers)
    else:
        results = _in_threads(task, sources, cutting, buffers, jobs, executor)
    with closing(results):
        for source, block, result in results:
            if isinstance(result, CeventsError):
                yield Step(source, Result(block), [], result)
                continue
            if step is not None:
                step(result, source.name)
            end = _end(result, left, stop_at_bad)
            if end is not None:
                result = result.up_to(end)
            left = None if left is None else left - len(result.chosen)
            yield Step(source, result, list(result.findings()))
            if end is not None:
                return
            buffers.give(block.data)
            if result.block.data is not block.data:
                buffers.give(result.block.data)


def _end(result: Result, left: int | None, stop_at_bad: bool) -> int | None:
    """Return how many texts of the result count, if the run ends with it; None if it goes on."""
    ends = []
    if left is not None and len(result.chosen) >= left:
        ends.append(result.chosen[left - 1] + 1)
    if stop_at_bad and result.block.fault is not None and not result.block.more:
        ends.append(0)
    elif stop_at_bad and result.problems:
        ends.append(min(result.problems) + 1)
    return min(ends) if ends else None


def jobs_for(sources: list[Source]) -> int:
    """Return how many threads pay: one for little input, else one a core that memory allows."""
    if _size(sources) < _WORTH_THREADS:
        return 1
    return max(1, min(_cores(), _addresses() // _JOB_BYTES))


def _cores() -> int:
    count = getattr(os, "process_cpu_count", None)
    if count is not None:
        return count() or 1
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def _addresses() -> int:
    """Return how many bytes of addresses the process may take (ulimit -v)."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit
    except ImportError:  # as on Windows
        return sys.maxsize
    most, _ = getrlimit(RLIMIT_AS)
    return sys.maxsize if most == RLIM_INFINITY else most


#: A block of an input and its result, or why the input ends here.
Outcome = tuple[Source, Block, Result | CeventsError]


def _here(
    task: Task, sources: list[Source], cutting: Cutting, buffers: Buffers
) -> Generator[Outcome]:
    for source in sources:
        yield source, NOTHING, Result(NOTHING)  # so that an empty input is counted
        try:
            for block in _blocks(task, source, cutting, buffers):
                yield source, block, task.result(block, buffers)
        except CeventsError as failure:
            yield source, NOTHING, failure


def _by_turns(
    task: Task, sources: list[Source], cutting: Cutting, buffers: Buffers, follow: Follow
) -> Generator[Outcome]:
    """Yield what comes of all inputs as they grow, a block of each by turns."""
    inputs = []
    for source in sources:
        yield source, NOTHING, Result(NOTHING)
        inputs.append((source, _growing(task, source, follow, cutting, buffers)))
    while inputs:
        is_idle = True
        for one in inputs[:]:
            source, growing = one
            block = next(growing, None)
            if block is None:
                inputs.remove(one)
            elif isinstance(block, CeventsError):
                yield source, NOTHING, block
            elif block is not NOTHING:
                is_idle = False
                yield source, block, task.result(block, buffers)
        if is_idle and inputs:
            yield source, NOTHING, Result(NOTHING)
            time.sleep(_LOOK)


def _growing(
    task: Task, source: Source, follow: Follow, cutting: Cutting, buffers: Buffers
) -> Iterator[Block | CeventsError]:
    """Yield the blocks of an input as it grows, NOTHING where none has come yet, and its failures.

    A file that ends is opened again: another one has its name now. So is one that cannot be
    opened, which is told once. One that cannot be read any further is left: what was read of it
    would come again.
    """
    own = replace(follow, waiting=deque())
    source = source._replace(follow=own)
    told = None
    while True:
        has_begun = False
        try:
            for block in _blocks(task, source, cutting, buffers):
                has_begun |= block is not NOTHING
                yield block
        except CeventsError as failure:
            if failure.message != told:
                yield failure
            told = failure.message
            if has_begun or source.failure:
                return
        if source.path is None or (own.is_over() and not own.waiting):
            return
        yield NOTHING


def _blocks(task: Task, source: Source, cutting: Cutting, buffers: Buffers) -> Iterator[Block]:
    return blocks(
        source,
        block_bytes=cutting.block_bytes,
        max_line_bytes=cutting.max_line_bytes,
        framing=cutting.framing,
        keep=cutting.keep,
        buffers=buffers,
        native=native(),
    )


def _in_threads(
    task: Task,
    sources: list[Source],
    cutting: Cutting,
    buffers: Buffers,
    jobs: int,
    executor: Executor | None,
) -> Generator[Outcome]:
    """Yield what `_here` yields: inputs are read by threads, and *executor* works on the blocks."""
    from cevents.tasks.threads import Threads, Workers

    threads = Threads()
    workers = Workers(threads, 0 if executor else jobs)

    def submit(block: Block) -> Future[Result]:
        if executor:  # it may work elsewhere
            return executor.submit(task.result, block)
        return workers.submit(task.result, block, buffers)

    reading = _Reading(task, sources, cutting, buffers, jobs, submit, threads)
    try:
        if (executor or workers.count) and reading.start():
            yield from reading.outcomes()
        else:  # no thread is granted
            yield from _here(task, sources, cutting, buffers)
    finally:
        reading.is_over.set()
        workers.end()


class _Over(Exception):  # noqa: N818 - it is no error: nobody waits for more
    """The run has ended before its inputs have."""


class _Reading:
    """Inputs that are read ahead, in order, by *jobs* threads of which each reads one at a time.

    What is read ahead is bounded, and so is the number of inputs that are read to their end.
    """

    def __init__(
        self,
        task: Task,
        sources: list[Source],
        cutting: Cutting,
        buffers: Buffers,
        jobs: int,
        submit: Callable[[Block], Future[Result]],
        threads: Threads,
    ) -> None:
        from queue import Queue

        self.is_over = threading.Event()
        self._task, self._cutting, self._buffers = task, cutting, buffers
        self._sources = sources
        self._waiting = iter(sources)
        self._taking = threading.Lock()
        self._jobs, self._submit, self._threads = jobs, submit, threads
        self._feeds: Queue[tuple[Source, Feed]] = Queue(2 * jobs)

    def start(self) -> int:
        """Start the threads; return how many there are."""
        return self._threads.start(min(self._jobs, len(self._sources)), self._read_inputs)

    def outcomes(self) -> Iterator[Outcome]:
        """Yield what comes of the inputs in their order."""
        for _ in self._sources:
            source, feed = self._take(self._feeds)
            yield source, NOTHING, Result(NOTHING)
            while (item := self._take(feed)) is not None:
                if isinstance(item, BaseException):
                    if not isinstance(item, CeventsError):
                        raise item
                    yield source, NOTHING, item
                else:
                    block, future = item
                    yield source, block, self._result(future)

    def _read_inputs(self) -> None:
        from queue import Queue

        with suppress(_Over):
            while True:
                feed: Feed = Queue(_AHEAD * self._jobs)
                with self._taking:  # so that the feeds are in the order of the inputs
                    source = next(self._waiting, None)
                    if source is None:
                        return
                    self._put(self._feeds, (source, feed))
                try:
                    for block in _blocks(self._task, source, self._cutting, self._buffers):
                        self._put(feed, (block, self._submit(block)))
                except _Over:
                    raise
                except BaseException as error:  # of any kind: somebody waits for this feed
                    self._put(feed, error)
                self._put(feed, None)

    def _put(self, queue: Queue[Any], item: Any) -> None:
        from queue import Full

        while not self.is_over.is_set():
            try:
                return queue.put(item, timeout=_PATIENCE)
            except Full:
                pass
        raise _Over

    def _take(self, queue: Queue[Any]) -> Any:
        from queue import Empty

        while True:
            with suppress(Empty):
                return queue.get(timeout=_PATIENCE)
            self._look_at_threads()

    def _result(self, future: Future[Result]) -> Result:
        from concurrent.futures import wait

        while not future.done():
            wait((future,), _PATIENCE)
            self._look_at_threads()
        return future.result()

    def _look_at_threads(self) -> None:
        """Raise what has ended a thread, for whose work one would wait for ever."""
        if self._threads.failure is not None:
            raise self._threads.failure


#: Seconds until inputs that are followed are looked at again, if none of them has grown.
_LOOK = 0.1

#: Seconds after which a thread that is held up looks whether the others go on.
_PATIENCE = 0.1


def _size(sources: list[Source]) -> int:
    """Return the bytes of all inputs; one that is no file counts as enough for threads."""
    total = 0
    for source in sources:
        if source.failure is None:
            total += _WORTH_THREADS if source.path is None else _file_size(source.path)
    return total


def _file_size(path: str) -> int:
    try:
        status = os.stat(path)
    except OSError:  # it is reported when its turn comes
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else _WORTH_THREADS
