"""A run as the command line does it: results to stdout, what is to be said to stderr, a status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from enum import IntEnum
from itertools import islice
from typing import TYPE_CHECKING

from cevents.terminal import printable, safe, say

if TYPE_CHECKING:
    from cevents.blocks import Task
    from cevents.counts import Tallies
    from cevents.engine import Step
    from cevents.options import Arrangement, Input
    from cevents.output import Output
    from cevents.rejects import Rejects
    from cevents.sources import Source


class Exit(IntEnum):
    """The exit status of every command. Interrupted: 130; a closed pipe: SIGPIPE."""

    OK = 0
    FINDINGS = 1
    FAILED = 2


class Watch:
    """Counts the steps of a run as they pass, and reports each input that cannot be read."""

    def __init__(self) -> None:
        from cevents.counts import Tallies

        self.tallies: Tallies = Tallies()
        self.failed = False

    def run(
        self, task: Task, given: Input, prints: bool, limit: int | None = None
    ) -> Iterator[Step]:
        """Run *task* as the input options say. *prints*: its results are written meanwhile."""
        from cevents.engine import run
        from cevents.progress import with_progress

        sources, stop = given.sources(), given.bad_lines == "stop"
        jobs, sizes = given.jobs, given.sizes()
        with _rejects(given, sources) as rejects:
            steps = run(task, sources, jobs=jobs, limit=limit, stop_at_bad=stop, sizes=sizes)
            for step in with_progress(steps, sources, prints) if given.progress else steps:
                if step.failure is not None:
                    self.failed = True
                    say(f"error: {safe(printable(step.failure.message))}")
                if rejects is not None:
                    rejects.add(step.source, step.result.rejects)
                self.tallies.add(step.source.name, step.result)
                yield step

    def status(self, findings: bool) -> int:
        return Exit.FAILED if self.failed else Exit.FINDINGS if findings else Exit.OK

    def report(self, given: Input) -> int:
        """Say what was left out and which lines could not be used; return the exit status."""
        from cevents.findings import repeats_text, skipped_text, unfolded_text

        for line in (*unfolded_text(self.tallies), *repeats_text(self.tallies)):
            say(line)
        if given.bad_lines == "skip":
            return self.status(False)
        for line in skipped_text(self.tallies):
            say(line)
        return self.status(self.tallies.all.invalid > 0)


def _rejects(given: Input, sources: list[Source]) -> AbstractContextManager[Rejects | None]:
    if given.rejects is None:
        return nullcontext()
    from cevents.rejects import Rejects

    return Rejects(given.rejects, sources)


def write_lines(
    task: Task,
    given: Input,
    out: Output,
    arrangement: Arrangement | None = None,
    limit: int | None = None,
) -> int:
    """Run a task whose output is lines, write them, and return the exit status."""
    watch = Watch()
    if arrangement and arrangement.sort:
        _write_sorted(watch.run(task, given, False), out, arrangement.sort_memory, limit)
    else:
        for step in watch.run(task, given, True, limit):
            out.write(b"".join(step.result.output))
    out.close()
    return watch.report(given)


def _write_sorted(steps: Iterator[Step], out: Output, memory: int, limit: int | None) -> None:
    from cevents.sorting import Sorter

    with Sorter(memory) as sorter:
        for step in steps:
            for instant, piece in zip(step.result.instants, step.result.output, strict=True):
                sorter.add(instant, piece)
        for piece in islice(sorter, limit):
            out.write(piece)


def write_count(task: Task, given: Input, out: Output, limit: int | None) -> int:
    """Run a task, write how many events match, and return the exit status."""
    watch = Watch()
    steps = watch.run(task, given, False, limit)
    out.write(b"%d\n" % sum(step.result.matches for step in steps))
    out.close()
    return watch.report(given)
