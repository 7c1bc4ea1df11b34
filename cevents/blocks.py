"""What flows: a `Block` of lines goes into a `Task`, and a `Result` comes out.

A line of a block may not be a line of the input, if that is laid out otherwise: then its `Origin`
tells where its text stands.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any, NamedTuple

from cevents.envelopes import Piece
from cevents.identity import Identity
from cevents.problems import Problem


class Block(NamedTuple):
    """Some whole lines of one input, each with its line feed if it has one: the unit of work.

    *is_ascii* may be False for lines that are; *size* is in bytes. *fault* is set, and there are no
    lines, for a stretch known to be no line of events; *raw* then is what was held of its bytes, or
    a part of them while there is *more*. Where lines that the task need not see are left out,
    *numbers* are those of the lines that are there, from 1, and *total* is how many there were.

    Where a line is not one of the input's, *origins* says where it is from, *total* how many of the
    input's lines the block holds, and *unfolded* what the events were in. Nothing is to be unfolded
    from a block that *is_plain*.
    """

    lines: list[bytes]
    is_ascii: bool = False
    size: int = 0
    fault: Problem | None = None
    numbers: list[int] | None = None
    total: int = 0
    origins: list[Origin] | None = None
    unfolded: list[Unfolding] | None = None
    is_plain: bool = False
    raw: bytes = b""
    more: bool = False

    @classmethod
    def of(cls, data: bytes) -> Block:
        """Return the lines of *data* as one block."""
        return cls(split_lines(data), data.isascii(), len(data))

    def text(self, number: int) -> bytes:
        """Return the bytes of a line, its number from 1, as they were cut out of the input."""
        layout = self.origins[number - 1].layout if self.origins else None
        return self.lines[number - 1] if layout is None else layout + b"\n"

    def tell_origins(self, result: Result) -> None:
        """Say in the result of this block, and in its problems, where its lines are from."""
        if self.origins is None:
            return
        result.block = self
        result.numbers = [origin.line for origin in self.origins]
        result.height = self.total
        result.unfolded = self.unfolded or []
        placed = []
        for problem in result.problems:
            below, column = self.origins[problem.line - 1].place(problem.column)
            placed.append(problem._replace(below=below, column=column))
        result.problems = placed


def split_lines(data: bytes) -> list[bytes]:
    """Return the lines of *data*, each with its line feed: `bytes.split` takes twice the time."""
    return BytesIO(data).readlines()


class Origin(NamedTuple):
    """Where the text that a line of a block holds stands in its input.

    *line* counts lines of the block from 1, *column* bytes from 1. *layout* is the text as it
    stands there, if over several lines. A text that is not *verbatim* is within a string that
    begins there. *outer* is another line's origin, and *start* where in that line this text begins.
    """

    line: int
    column: int = 1
    layout: bytes | None = None
    verbatim: bool = True
    outer: Origin | None = None
    start: int = 0

    def place(self, column: int) -> tuple[int, int]:
        """Return how many lines below *line*, and in which column, a column of the text is."""
        if not self.verbatim:
            return 0, self.column
        if self.outer is not None:
            below, column = self.outer.place(self.start + column)
            return self.outer.line + below - self.line, column
        at, before = column - 1, self.column - 1
        for below, part in enumerate((self.layout or b"").split(b"\n")[:-1]):
            if at < len(part.strip()):
                return below, before + len(part) - len(part.lstrip()) + at + 1
            at, before = at - len(part.strip()), 0
        last = self.layout.rpartition(b"\n")[2] if self.layout else b""
        return (self.layout or b"").count(b"\n"), before + len(last) - len(last.lstrip()) + at + 1

    def within(self, piece: Piece) -> Origin:
        """Return the origin of a piece of the line."""
        below, column = self.place(piece.start + 1)
        return Origin(self.line + below, column, None, piece.verbatim, self, piece.start)


def own_origins(count: int) -> list[Origin]:
    """Return the origins of so many lines that are the input's own. They are made once."""
    _OWN.extend(map(Origin, range(len(_OWN) + 1, count + 1)))
    return _OWN[:count]


_OWN: list[Origin] = []


class Unfolding(NamedTuple):
    """Events that were inside something: the line of the first, how many, and of what."""

    line: int
    events: int
    shape: str
    containers: int = 1


class Reject(NamedTuple):
    """The bytes of a line that was not usable, and why; of a long one, some: there is *more*."""

    line: int
    codes: tuple[str, ...]
    raw: bytes
    more: bool = False

    def on_line(self, line: int) -> Reject:
        """Return the same bytes of another line."""
        return self._replace(line=line)


@dataclass(slots=True)
class Result:
    """What a task made of one block. *lines* counts every line; *blanks* names the blank ones.

    Lines count from 1 within the block. *output* holds what to write. Where the task was asked
    for *places*, it holds one piece for each line in *placed*, so that it can be cut short.
    *remembered* is what a task that `Task.remembers` has seen, *size* the bytes of the block,
    *spooled* those of each piece of output that is handed over in another way. Where lines are not
    those of the input, *numbers* are the input's for each, from 1, and *height* is how many the
    input has there. *bad_lines* is counted last, when the problems are complete.
    *identities* are those of its events, where the task needs to know which were there before.
    *instants* and *keys* stand beside *placed*, where the task was asked for them: when each event
    happened, and its identity or None. *repeats* are the lines that were left out for their keys.
    *used* are the lines that were used in spite of an error, *rejects* those that were not, if the
    engine is to keep them; *block* is the one that was read, if that is another, until then.
    """

    lines: int
    blanks: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    output: list[bytes] = field(default_factory=list)
    matches: int = 0
    placed: list[int] = field(default_factory=list)
    other: dict[str, int] = field(default_factory=dict)
    remembered: Any = None
    size: int = 0
    spooled: list[int] = field(default_factory=list)
    bad_lines: int = 0
    numbers: list[int] | None = None
    height: int | None = None
    unfolded: list[Unfolding] = field(default_factory=list)
    identities: list[Identity] = field(default_factory=list)
    instants: list[str] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    block: Block | None = None

    def keep_rejects(self, block: Block) -> None:
        """Keep the lines of the *block* that have an error and no use."""
        codes: dict[int, dict[str, None]] = {}
        used = set(self.used)
        for problem in self.problems:
            if problem.severity == "error" and problem.line not in used:
                codes.setdefault(problem.line, {})[problem.code] = None
        self.rejects = [Reject(n, tuple(codes[n]), block.text(n)) for n in sorted(codes)]

    def renumbered(self, numbers: list[int], count: int) -> None:
        """Take the lines for those with *numbers* among *count*."""
        self.lines = count
        self.problems = [p.on_line(numbers[p.line - 1]) for p in self.problems]
        self.placed = [numbers[line - 1] for line in self.placed]
        self.blanks = [numbers[line - 1] for line in self.blanks]
        self.identities = [(numbers[line - 1], key, name) for line, key, name in self.identities]
        self.rejects = [reject.on_line(numbers[reject.line - 1]) for reject in self.rejects]

    def extend(self, result: Result) -> None:
        """Add the result of the lines that follow."""
        lines = self.lines
        if self.numbers is not None or result.numbers is not None:
            height, below = self.height_in_input(), result.height_in_input()
            self.numbers = self.numbers or list(range(1, lines + 1))
            numbers = result.numbers or range(1, result.lines + 1)
            self.numbers += [height + number for number in numbers]
            self.height = height + below
        self.unfolded += [u._replace(line=u.line + lines) for u in result.unfolded]
        self.lines += result.lines
        self.size += result.size
        self.blanks += [line + lines for line in result.blanks]
        self.problems += [p.on_line(p.line + lines) for p in result.problems]
        self.output += result.output
        self.matches += result.matches
        self.placed += [line + lines for line in result.placed]
        self.identities += [(line + lines, key, name) for line, key, name in result.identities]
        self.instants += result.instants
        self.keys += result.keys
        self.rejects += [reject.on_line(reject.line + lines) for reject in result.rejects]
        for name, count in result.other.items():
            self.other[name] = self.other.get(name, 0) + count

    @property
    def blank(self) -> int:
        return len(self.blanks)

    def height_in_input(self) -> int:
        """Return how many lines of the input this is the result of."""
        return self.lines if self.height is None else self.height

    def place(self, lines: int) -> None:
        """Say of each problem where in the input it is, of which *lines* were before these."""
        self.bad_lines = len({p.line for p in self.problems if p.severity == "error"})
        numbers = self.numbers
        self.rejects = [
            reject.on_line(lines + (numbers[reject.line - 1] if numbers else reject.line))
            for reject in self.rejects
        ]
        self.problems = [
            p._replace(line=lines + (numbers[p.line - 1] if numbers else p.line) + p.below, below=0)
            for p in self.problems
        ]

    def up_to(self, line: int) -> Result:
        """Return the result as if the block had ended with *line*."""
        kept = bisect_right(self.placed, line)
        return replace(
            self,
            lines=line,
            blanks=[blank for blank in self.blanks if blank <= line],
            problems=[problem for problem in self.problems if problem.line <= line],
            output=self.output[:kept],
            matches=kept,
            placed=self.placed[:kept],
            instants=self.instants[:kept],
            repeats=[repeat for repeat in self.repeats if repeat <= line],
            rejects=[reject for reject in self.rejects if reject.line <= line],
            unfolded=[
                u._replace(events=min(u.events, line - u.line + 1))
                for u in self.unfolded
                if u.line <= line
            ],
        )

    def without_repeats(self, repeats: set[int]) -> None:
        """Leave out the pieces with the indexes *repeats*."""
        kept = [index for index in range(len(self.placed)) if index not in repeats]
        self.repeats = [self.placed[index] for index in sorted(repeats)]
        self.placed = [self.placed[index] for index in kept]
        self.matches = len(kept)
        self.output = self.output and [self.output[index] for index in kept]
        self.instants = self.instants and [self.instants[index] for index in kept]


#: Called with a result, the name of its input, and how many lines of that were before it.
Settler = Callable[[Result, str, int], None]


class Task:
    """What a command does to one block. Knows nothing of files, terminals or processes.

    It can be pickled, and gives the same results wherever it is called. One that *remembers*
    gathers what it has seen instead of giving it out block by block. Lines that hold none of
    *needles*, if there are any, need not be shown to it. It works best on blocks cut from
    *block_bytes* at a time, if that is any matter.
    """

    remembers = False
    block_bytes: int | None = None
    needles: tuple[bytes, ...] = ()

    def __call__(self, block: Block) -> Result:
        """Return what the task makes of *block*."""
        raise NotImplementedError

    def fresh(self) -> Task:
        """Return a task that has seen nothing yet."""
        return self

    def prepare(self) -> None:
        """Load what all workers will need, before they are started."""

    def memory(self) -> Any:
        """Return what the task has seen."""
        return None

    def settler(self) -> Settler | None:
        """Return what completes the results of this task, one after the other in input order.

        None where a result needs to know nothing of those before it.
        """
        return None


def one_line(text: bytes) -> bytes:
    """Return a JSON text on one line, with its line feed. No string in it holds a line break."""
    return b"".join(map(bytes.strip, text.split(b"\n"))) + b"\n"
