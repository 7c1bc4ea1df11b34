"""What a task makes of one block: a `Result`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple, Protocol, Self

from cevents.canvas.problems import Problem
from cevents.input.blocks import Block


class Reject(NamedTuple):
    """The bytes of a line that was not usable, and why; with *more*, the next reject goes on.

    *errors* have their places in the input, which for a text over several lines may be other lines
    than the one on which it begins.
    """

    line: int
    errors: tuple[Problem, ...]
    raw: bytes
    more: bool = False


class Own(Protocol):
    """What only one command needs to know of a block."""

    def up_to(self, count: int, kept: int) -> Self:
        """Return it as if the block had only its first *count* texts, *kept* of them chosen."""


@dataclass(slots=True)
class Result:
    """What a task made of one block. Rows are indexes of the block's texts.

    *blanks* are the blank rows; *problems* what is wrong, by row, with columns in the text; *used*
    the rows that were used in spite of an error. *chosen* are the rows that match, and *output*
    what to write: one piece for each of them, if the task was asked for that. *own* is what only
    the command knows.
    """

    block: Block
    blanks: list[int] = field(default_factory=list)
    problems: dict[int, list[Problem]] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    chosen: list[int] = field(default_factory=list)
    output: list[bytes] = field(default_factory=list)
    own: Any = None

    @property
    def texts(self) -> int:
        """How many texts were read, blank lines and lines left out included."""
        fault = self.block.fault is not None and not self.block.more
        return self.block.total + fault

    @property
    def bad(self) -> int:
        """How many texts have an error."""
        fault = self.block.fault is not None and not self.block.more
        return sum(map(_has_error, self.problems.values())) + fault

    def findings(self) -> Iterator[Problem]:
        """Yield the problems in the order of the block, each with its place in the input."""
        if self.block.fault is not None:
            if not self.block.more:
                yield self.block.fault
            return
        for row in sorted(self.problems):
            problems = self.problems[row]
            places = self.block.places_in(row, [problem.column - 1 for problem in problems])
            for problem in problems:
                yield problem.at(*places[problem.column - 1])

    def rejects(self, findings: Iterable[Problem]) -> Iterator[Reject]:
        """Yield the bytes of each text that has an error and was not used.

        *findings* are what `findings` has yielded, all of it: places are looked for once.
        """
        block = self.block
        if block.fault is not None:
            yield Reject(block.fault.line, (block.fault,), block.raw, block.more)
            return
        placed = iter(findings)
        for row in sorted(self.problems):
            found = tuple(islice(placed, len(self.problems[row])))
            errors = tuple(problem for problem in found if problem.severity == "error")
            if errors and row not in self.used:
                ended = b"" if block.lacks_newline and row == len(block) - 1 else b"\n"
                line, _ = block.place(row)
                yield Reject(line, errors, block.text(row) + ended)

    def up_to(self, count: int) -> Result:
        """Return the result as if the block had only its first *count* texts."""
        kept = bisect_left(self.chosen, count)
        return replace(
            self,
            block=self.block.up_to(count),
            blanks=[row for row in self.blanks if row < count],
            problems={row: found for row, found in self.problems.items() if row < count},
            chosen=self.chosen[:kept],
            output=self.output[:kept],
            own=self.own and self.own.up_to(count, kept),
        )


def _has_error(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)
