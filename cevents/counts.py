"""What a run has read: lines, findings by code, other events by name; per input and in all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from cevents.blocks import Result
from cevents.problems import Problem


@dataclass
class Counts:
    """Counts of one input, or of all.

    *events* are the lines that are not blank, *invalid* those with an error: a line that is only
    warned of is valid. *warnings* and *codes* count findings, *repeats* the events that
    were left out.
    """

    events: int = 0
    invalid: int = 0
    blank: int = 0
    warnings: int = 0
    repeats: int = 0
    other_events: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)

    @property
    def valid(self) -> int:
        return self.events - self.invalid

    def add(self, result: Result) -> None:
        self.events += result.lines - result.blank
        self.invalid += result.bad_lines
        self.blank += result.blank
        self.other_events.update(result.other)
        self.repeats += len(result.repeats)
        self.warnings += sum(problem.severity == "warning" for problem in result.problems)
        self.codes.update(problem.code for problem in result.problems)


class Unfolded(NamedTuple):
    """How many events were in how many containers of one shape."""

    events: int
    containers: int


@dataclass
class Tallies:
    """The counts of a whole run, of each input in it, and where each code was seen first.

    *unfolded* tells by shape what events were taken out of.
    """

    all: Counts = field(default_factory=Counts)
    files: dict[str, Counts] = field(default_factory=dict)
    first: dict[str, tuple[str, Problem]] = field(default_factory=dict)
    unfolded: dict[str, Unfolded] = field(default_factory=dict)

    def add(self, name: str, result: Result) -> None:
        self.all.add(result)
        for _, events, shape, containers in result.unfolded:
            before = self.unfolded.get(shape, Unfolded(0, 0))
            self.unfolded[shape] = Unfolded(before.events + events, before.containers + containers)
        self.files.setdefault(name, Counts()).add(result)
        for problem in result.problems:
            self.first.setdefault(problem.code, (name, problem))
