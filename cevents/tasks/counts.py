"""What a run has read: events, findings by code, other events by name; per input and in all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from cevents.canvas.problems import Problem
from cevents.input.blocks import Unfolded
from cevents.tasks.result import Result


@dataclass
class Counts:
    """Counts of one input, or of all.

    *events* are the texts that are not blank, *invalid* those with an error: one that is only
    warned of is valid. *warnings* and *codes* count findings, *repeats* the repeated events left
    out, *other_events* those of other kinds by name, of which there may be many: see `add`.
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

    def add(self, counts: Counts) -> None:
        """Add other counts to these; of very many names, the first ones are told apart."""
        self.events += counts.events
        self.invalid += counts.invalid
        self.blank += counts.blank
        self.warnings += counts.warnings
        self.repeats += counts.repeats
        _add_names(self.other_events, counts.other_events)
        self.codes += counts.codes


#: Names that are counted each by itself, and their length: Canvas has fewer and shorter ones, but a
#: dump may hold any. What is beyond that is counted as `…`.
_MOST_NAMES, _LONGEST_NAME = 256, 100
_MORE = "…"


def _add_names(names: Counter[str], more: Counter[str]) -> None:
    for name, count in more.items():
        if len(name) > _LONGEST_NAME:
            name = name[: _LONGEST_NAME - 1] + _MORE
        if name not in names and len(names) >= _MOST_NAMES:
            name = _MORE
        names[name] += count


class Newest(NamedTuple):
    """The event with the latest `event_time`: that instant, and its place in the input."""

    instant: int
    line: int
    column: int


@dataclass
class RunCounts:
    """The counts of a whole run, of each input in it, and where each code was seen first.

    *unfolded* tells by shape what events were taken out of; *newest* which valid event is, with the
    name of its input, if the task looks for it. *missing* is how many findings are of no line.
    """

    all: Counts = field(default_factory=Counts)
    files: dict[str, Counts] = field(default_factory=dict)
    first: dict[str, tuple[str, Problem]] = field(default_factory=dict)
    unfolded: dict[str, Unfolded] = field(default_factory=dict)
    newest: tuple[str, Newest] | None = None
    missing: int = 0

    def add(self, name: str, result: Result, findings: list[Problem]) -> None:
        """Add the result of a block of the input *name*, with its placed findings."""
        counts = Counts(result.texts - len(result.blanks), result.bad, len(result.blanks))
        counts.warnings = sum(problem.severity == "warning" for problem in findings)
        counts.repeats = len(getattr(result.own, "repeats", ()))
        counts.other_events += getattr(result.own, "other", Counter())
        counts.codes = Counter(problem.code for problem in findings)
        self.all.add(counts)
        self.files.setdefault(name, Counts()).add(counts)
        for shape, found in result.block.unfolded.items():
            self.unfolded[shape] = self.unfolded.get(shape, Unfolded()).plus(*found)
        for problem in findings:
            self.first.setdefault(problem.code, (name, problem))
        newest: Newest | None = getattr(result.own, "newest", None)
        if newest and (self.newest is None or newest.instant > self.newest[1].instant):
            self.newest = (name, newest)

    def miss(self, problem: Problem) -> None:
        """Add a finding that is of all input together."""
        self.all.codes[problem.code] += 1
        self.missing += 1
