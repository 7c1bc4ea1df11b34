"""A run as the command line does it: results to stdout, messages to stderr, a status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from enum import IntEnum
from typing import TYPE_CHECKING

from cevents.errors import CeventsError
from cevents.terminal import is_terminal, note, say

if TYPE_CHECKING:
    from cevents.canvas.problems import Problem
    from cevents.cli.live import BadLines, Interruption
    from cevents.cli.options import Arrangement, Input
    from cevents.input.following import Follow
    from cevents.input.sources import Source
    from cevents.output.rejects import Rejects
    from cevents.output.stdout import Output
    from cevents.tasks.counts import RunCounts
    from cevents.tasks.engine import Step
    from cevents.tasks.expectations import Expectations
    from cevents.tasks.task import Task


class Exit(IntEnum):
    """The exit status of every command. A closed pipe: SIGPIPE."""

    OK = 0
    FINDINGS = 1
    FAILED = 2
    INTERRUPTED = 130


class RunReport:
    """Counts the steps of a run as they pass, and reports each input that cannot be read.

    With *at_once*, each line that cannot be used is told when it comes.
    """

    def __init__(self, at_once: bool = False) -> None:
        from cevents.tasks.counts import RunCounts

        self.counts: RunCounts = RunCounts()
        self.failed = False
        self.was_interrupted = False
        self._at_once = at_once

    def run(
        self, task: Task, given: Input, prints: bool, limit: int | None = None
    ) -> Iterator[Step]:
        """Run *task* as the input options say. *prints*: results are written as it goes."""
        from cevents.input.files import file_id
        from cevents.output.progress import with_progress
        from cevents.tasks.engine import run

        sources, stop = given.sources(), given.bad_lines == "stop"
        jobs, cutting = given.jobs, given.cutting()
        bad_lines = self._bad_lines(given)
        with _rejects(given, sources) as rejects, _interruption(given, sources) as interruption:
            streams = (sys.stdout, sys.stderr, rejects and rejects.stream)
            outputs = frozenset(found for stream in streams if (found := file_id(stream)))
            is_over = interruption.has_come if interruption else None
            sources = [source._replace(outputs=outputs, is_over=is_over) for source in sources]
            follow = _follow(interruption) if interruption and given.follow else None
            steps = run(
                task, sources, jobs=jobs, limit=limit, stop_at_bad=stop, cutting=cutting,
                follow=follow,
            )  # fmt: skip
            if follow is None and interruption:
                steps = interruption.ends(steps)
            elif given.progress:
                steps = with_progress(steps, sources, prints)
            for step in steps:
                if step.failure is not None:
                    self.failed = True
                    say(f"error: {step.failure.message}")
                if rejects is not None:
                    rejects.add(step.source, step.result.rejects(step.findings))
                self.counts.add(step.source.name, step.result, step.findings)
                if bad_lines is not None:
                    bad_lines.tell(step.source.name, step.findings)
                yield step
            self.was_interrupted = interruption is not None and interruption.has_come()
            if self.was_interrupted and is_terminal(sys.stderr):
                note("")  # the terminal shows ^C at the beginning of this line

    def _bad_lines(self, given: Input) -> BadLines | None:
        if not self._at_once or given.bad_lines == "skip":
            return None
        from cevents.cli.live import BadLines

        return BadLines()

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
        if self.was_interrupted:
            return Exit.INTERRUPTED
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


def _interruption(
    given: Input, sources: list[Source]
) -> AbstractContextManager[Interruption | None]:
    """Return what Ctrl-C does: nothing of its own where all inputs come to an end.

    Nor on Windows, where it cannot end the wait for a pipe.
    """
    has_end = all(source.is_file for source in sources) or os.name == "nt"
    if has_end and not given.follow:
        return nullcontext()
    from cevents.cli.live import Interruption

    return Interruption()


def _follow(interruption: Interruption) -> Follow:
    from cevents.input.following import Follow

    return Follow(interruption.has_come, lambda what: note(f"note: {what}"))


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
    report = RunReport(given.is_live)
    if arrangement and arrangement.sort:
        if given.follow:
            tip = "without --sort, events are written as they come"
            raise CeventsError("--sort waits for the end of the input, which --follow has not", tip)
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
    report = RunReport(given.is_live)
    steps = report.run(task, given, False, limit)
    out.write(b"%d\n" % sum(len(step.result.chosen) for step in steps))
    out.close()
    return report.report(given)
