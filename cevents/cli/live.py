"""Runs that may never end by themselves: what Ctrl-C does to them, and bad lines told at once."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import groupby
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cevents.terminal import many, note

if TYPE_CHECKING:
    from cevents.canvas.problems import Problem
    from cevents.tasks.engine import Step


class Interruption:
    """The first Ctrl-C ends the input, of which what was read counts; a second the program."""

    def __init__(self) -> None:
        self._has_come = False
        self._usual: Any = None

    def __enter__(self) -> Self:
        import signal

        self._usual = signal.getsignal(signal.SIGINT)
        if callable(self._usual):  # not where it is ignored, as in the background
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        import signal

        if callable(self._usual):
            signal.signal(signal.SIGINT, self._usual)

    def has_come(self) -> bool:
        return self._has_come

    def ends(self, steps: Iterator[Step]) -> Iterator[Step]:
        """Yield *steps*, of whose inputs each pipe ends by itself when it has come."""
        for step in steps:
            if self._has_come and step.source.is_file:
                return
            yield step

    def _note(self, number: int, frame: Any) -> None:
        import signal

        self._has_come = True
        signal.signal(number, self._usual)


class BadLines:
    """Tells the bad lines of a live stream as they come: ten a minute, then how many there were.

    *clock* gives seconds.
    """

    MOST = 10
    MINUTE = 60.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: deque[float] = deque(maxlen=self.MOST)  # when the last ones were
        self._untold = 0
        self._due = 0.0

    def tell(self, file: str, findings: list[Problem]) -> None:
        """Tell the first error of each line; with no findings, only what is due by now."""
        from cevents.output.findings import finding_text

        now = self._clock()
        if self._untold and now >= self._due:
            note(f"{many(self._untold, 'more line')} could not be used in the last minute")
            self._untold = 0
        errors = (problem for problem in findings if problem.severity == "error")
        for _, problems in groupby(errors, key=lambda problem: problem.line):
            if len(self._told) < self.MOST or now - self._told[0] >= self.MINUTE:
                self._told.append(now)
                note(finding_text(file, next(problems)))
            else:
                self._due = self._due if self._untold else now + self.MINUTE
                self._untold += 1
