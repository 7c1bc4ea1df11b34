"""A run as the command line does it: results to stdout, messages to stderr, a status."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from enum import IntEnum
from typing import TYPE_CHECKING

from cevents.terminal import note, say

if TYPE_CHECKING:
    from cevents.canvas.problems import Problem
    from cevents.cli.options import Arrangement, Input
    from cevents.input.sources import Source
    from cevents.output.rejects import Rejects
    from cevents.output.stdout import Output
    from cevents.tasks.counts import RunCounts
    from cevents.tasks.engine import Step
    from cevents.tasks.expectations import Expectations
    from cevents.tasks.task import Task


class Exit(IntEnum):
    """The exit status of every command. Interrupted: 130; a closed pipe: SIGPIPE."""

    OK = 0
    FINDINGS = 1
    FAILED = 2


class RunReport:
    """Counts the steps of a run as they pass, and reports each input that cannot be read."""

    def __init__(self) -> None:
        from cevents.tasks.counts import RunCounts

        self.counts: RunCounts = RunCounts()
        self.failed = False

    def run(
        self, task: Task, given: Input, prints: bool, limit: int | None = None
    ) -> Iterator[Step]:
        """Run *task* as the input options say. *prints*: results are written as it goes."""
        from cevents.input.sources import file_id
        from cevents.output.progress import with_progress
        from cevents.tasks.engine import run

        sources, stop = given.sources(), given.bad_lines == "stop"
        jobs, cutting = given.jobs, given.cutting()
        with _rejects(given, sources) as rejects:
            streams = (sys.stdout, sys.stderr, rejects and rejects.stream)
            outputs = frozenset(found for stream in streams if (found := file_id(stream)))
            sources = [source._replace(outputs=outputs) for source in sources]
            steps = run(task, sources, jobs=jobs, limit=limit, stop_at_bad=stop, cutting=cutting)
            for step in with_progress(steps, sources, prints) if given.progress else steps:
                if step.failure is not None:
                    self.failed = True
                    say(f"error: {step.failure.message}")
                if rejects is not None:
                    rejects.add(step.source, step.result.rejects(step.findings))
                self.counts.add(step.source.name, step.result, step.findings)
                yield step

    def findings(
        self, task: Task, given: Input, prints: bool, expected: Expectations
    ) -> Iterator[tuple[str, list[Problem]]]:
        """Run *task* as `run` does, and yield its findings, with the name of their input.

        In the end those that are of no line: what is *expected* and missing.
        """
        for step in self.run(task, given, prints):
            yield step.source.name, step.findings
        for name, problem in expected.missing(self.counts, given.name):
            self.counts.miss(problem)
            yield name, [problem]

    def status(self, findings: bool) -> int:
        return Exit.FAILED if self.failed else Exit.FINDINGS if findings else Exit.OK

    def report(self, given: Input) -> int:
        """Say what was left out and which lines could not be used; return the exit status."""
        from cevents.output.findings import empty_text, repeats_text, skipped_text, unfolded_text

        if not self.failed and (text := empty_text(self.counts)):
            note(text)
        for line in (*unfolded_text(self.counts), *repeats_text(self.counts)):
            note(line)
        if given.bad_lines == "skip":
            return self.status(False)
        for line in skipped_text(self.counts):
            note(line)
        return self.status(self.counts.all.invalid > 0)


def _rejects(given: Input, sources: list[Source]) -> AbstractContextManager[Rejects | None]:
    if given.rejects is None:
        return nullcontext()
    from cevents.output.rejects import Rejects

    return Rejects(given.rejects, sources)


def write_lines(
    task: Task,
    given: Input,
    out: Output,
    arrangement: Arrangement | None = None,
    limit: int | None = None,
) -> int:
    """Run a task whose output is lines, write them, and return the exit status."""
    report = RunReport()
    if arrangement and arrangement.sort:
        _write_sorted(report.run(task, given, False), out, arrangement.sort_memory, limit)
    else:
        for step in report.run(task, given, True, limit):
            out.write(b"".join(step.result.output))
    out.close()
    return report.report(given)


def _write_sorted(steps: Iterator[Step], out: Output, memory: int, limit: int | None) -> None:
    from cevents.tasks.sorting import Sorter

    all_ended = True
    with Sorter(memory) as sorter:
        for step in steps:
            own, pieces = step.result.own, step.result.output
            sorter.add(own.instants if own else (), pieces)
            all_ended &= not pieces or pieces[-1].endswith(b"\n")
        for pieces in sorter:
            wanted = pieces[:limit]
            if all_ended:
                wanted = [b"".join(wanted)]
            for piece in wanted:
                out.write(piece)
            if limit is not None and (limit := limit - len(pieces)) <= 0:
                break


def write_count(task: Task, given: Input, out: Output, limit: int | None) -> int:
    """Run a task, write how many events match, and return the exit status."""
    report = RunReport()
    steps = report.run(task, given, False, limit)
    out.write(b"%d\n" % sum(len(step.result.chosen) for step in steps))
    out.close()
    return report.report(given)
