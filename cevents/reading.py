"""One block of lines, read: by the fast reader, and by the slow one what the fast one refused.

The fast reader is msgspec: it decodes a line straight into a typed slice of an event, in C. What
it takes is known good and nobody looks at it again. The slow reader is orjson and a walk over the
value; it says what is wrong and where.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from cevents.events import KNOWN
from cevents.identity import Identity
from cevents.parsing import MAX_DEPTH, parse_event
from cevents.problems import Problem


class Block(NamedTuple):
    """Some whole lines of one input, each with its line feed if it has one: the unit of work.

    *is_ascii* may be False for lines that are; *size* is in bytes. *fault* is set, and there are no
    lines, for a stretch known to be no line of events; *raw* then is what was held of its bytes, or
    a part of them while there is *more*. Where lines that the task need not see are left out,
    *numbers* are those of the lines that are there, from 1, and *total* is how many there were.
    """

    lines: list[bytes]
    is_ascii: bool = False
    size: int = 0
    fault: Problem | None = None
    numbers: list[int] | None = None
    total: int = 0
    raw: bytes = b""
    more: bool = False

    @classmethod
    def of(cls, data: bytes) -> Block:
        """Return the lines of *data* as one block."""
        return cls(split_lines(data), data.isascii(), len(data))


def split_lines(data: bytes) -> list[bytes]:
    """Return the lines of *data*, each with its line feed: `bytes.split` takes twice the time."""
    return BytesIO(data).readlines()


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
    *spooled* those of output that is handed over in another way.
    *identities* are those of its events, where the task needs to know which were there before.
    *used* are the lines that were used in spite of an error, *rejects* those that were not, if the
    engine is to keep them.
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
    spooled: int = 0
    identities: list[Identity] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def keep_rejects(self, lines: list[bytes]) -> None:
        """Keep the *lines* of the block, all that are there, that have an error and no use."""
        codes: dict[int, dict[str, None]] = {}
        used = set(self.used)
        for problem in self.problems:
            if problem.severity == "error" and problem.line not in used:
                codes.setdefault(problem.line, {})[problem.code] = None
        self.rejects = [Reject(n, tuple(codes[n]), lines[n - 1]) for n in sorted(codes)]

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
        self.lines += result.lines
        self.size += result.size
        self.blanks += [line + lines for line in result.blanks]
        self.problems += [p.on_line(p.line + lines) for p in result.problems]
        self.output += result.output
        self.matches += result.matches
        self.placed += [line + lines for line in result.placed]
        self.identities += [(line + lines, key, name) for line, key, name in result.identities]
        self.rejects += [reject.on_line(reject.line + lines) for reject in result.rejects]
        for name, count in result.other.items():
            self.other[name] = self.other.get(name, 0) + count

    @property
    def blank(self) -> int:
        return len(self.blanks)

    @property
    def bad_lines(self) -> int:
        return len({problem.line for problem in self.problems if problem.severity == "error"})

    def up_to(self, line: int) -> Result:
        """Return the result as if the block had ended with *line*."""
        kept = bisect_right(self.placed, line)
        problems = [problem for problem in self.problems if problem.line <= line]
        placed = self.placed[:kept]
        blanks = [blank for blank in self.blanks if blank <= line]
        return Result(
            line,
            blanks,
            problems,
            self.output[:kept],
            kept,
            placed,
            self.other,
            self.remembered,
            rejects=[reject for reject in self.rejects if reject.line <= line],
        )


#: Called with a result, the name of its input, and how many lines of that were before it.
Settler = Callable[[Result, str, int], None]


class Task:
    """What a command does to one block. Knows nothing of files, terminals or processes.

    It can be pickled, and gives the same results wherever it is called. One that *remembers*
    gathers what it has seen instead of giving it out block by block. Lines that hold none of
    *needles*, if there are any, need not be shown to it.
    """

    remembers = False
    needles: tuple[bytes, ...] = ()

    def __call__(self, block: Block) -> Result:
        """Return what the task makes of *block*."""
        raise NotImplementedError

    def fresh(self) -> Task:
        """Return a task that has seen nothing yet."""
        return self

    def memory(self) -> Any:
        """Return what the task has seen."""
        return None

    def settler(self) -> Settler | None:
        """Return what completes the results of this task, one after the other in input order.

        None where a result needs to know nothing of those before it.
        """
        return None


class Reading(NamedTuple):
    """A block and, beside each of its lines, the slice of its event: None if it is not usable."""

    block: Block
    events: list[Any]
    problems: list[Problem]
    blanks: list[int]
    used: list[int]

    @property
    def lines(self) -> list[bytes]:
        return self.block.lines

    def reject(self, index: int, problem: Problem | None) -> None:
        """Take a line for not usable after all."""
        self.events[index] = None
        if problem:
            self.problems.append(problem.on_line(index + 1))

    def note(self, index: int, problem: Problem | None) -> None:
        """Report a problem of a line that is usable all the same."""
        if problem:
            self.problems.append(problem.on_line(index + 1))
            self.used.append(index + 1)

    def result(self, chosen: list[int], lines: list[bytes], places: bool) -> Result:
        """Return the result that writes *lines*, which stand for the lines *chosen* by index."""
        problems = sorted(self.problems, key=lambda problem: problem.line)
        result = Result(len(self.lines), self.blanks, problems, matches=len(chosen), used=self.used)
        if places:
            result.placed = [index + 1 for index in chosen]
            result.output = lines
        elif lines:
            result.output = [b"".join(lines)]
        return result


@cache
def slice_type(paths: tuple[str, ...]) -> type[msgspec.Struct]:
    """Return a class for events of which only *paths* are decoded, whatever those hold.

    A field that is not there is UNSET. `metadata` and `body` themselves must be objects.
    """
    parts: dict[str, dict[str, str]] = {"metadata": {}, "body": {}}
    for path in paths:
        part, name = path.split(".")[:2]
        parts[part][attribute(name)] = name
    fields = {
        part: msgspec.defstruct(
            part.title(), [(a, Any, UNSET) for a in names], rename=names, gc=False
        )
        for part, names in parts.items()
    }
    return msgspec.defstruct("Slice", list(fields.items()), gc=False)


def attribute(name: str) -> str:
    """Return the attribute of a slice that holds the field *name*, which may be any text."""
    return name if name in _DOCUMENTED else "_" + name.encode().hex()


_DOCUMENTED = frozenset().union(*KNOWN.values())


@cache
def getter(path: str) -> Callable[[Any], Any]:
    """Return a function that takes the value at *path* out of a slice; UNSET if it is not there."""
    part, name, *deeper = path.split(".")
    get = attrgetter(f"{part}.{attribute(name)}")
    return get if not deeper else lambda event: _deeper(get(event), deeper)


def _deeper(value: Any, keys: list[str]) -> Any:
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key, UNSET)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return UNSET
    return value


@cache
def decoder(decoded: type[msgspec.Struct]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(decoded).decode


def read(block: Block, paths: tuple[str, ...]) -> Reading:
    """Read a block into slices of *paths*; a line that is not usable gives a problem."""
    decoded = slice_type(paths)
    lines = block.lines
    events = read_fast(block, decoder(decoded))
    problems: list[Problem] = []
    blanks: list[int] = []
    for index in refused(events):
        if not lines[index].strip():
            blanks.append(index + 1)
            continue
        value, problem = parse_event(lines[index].removesuffix(b"\n"))
        if problem:
            problems.append(problem.on_line(index + 1))
        else:
            events[index] = msgspec.convert(value, decoded)
    return Reading(block, events, problems, blanks, [])


def read_fast(block: Block, decode: Callable[[bytes], Any]) -> list[Any]:
    """Decode each line; None stands for a line that the fast reader does not vouch for."""
    lines = block.lines
    events: list[Any] = []
    decoded = map(decode, lines)
    while True:
        try:
            events.extend(decoded)
            break
        except (msgspec.MsgspecError, ValueError, RecursionError):
            events.append(None)
    # msgspec skips what it does not decode without looking at its UTF-8 or its depth.
    if not block.is_ascii:
        for index in [i for i, line in enumerate(lines) if not line.isascii()]:
            if not is_utf8(lines[index]):
                events[index] = None
    if sys.getrecursionlimit() > MAX_DEPTH or sys.version_info >= (3, 12):
        events = [
            e if line.count(b"[") + line.count(b"{") <= MAX_DEPTH else None
            for e, line in zip(events, lines, strict=True)
        ]
    return events


def refused(events: list[Any]) -> list[int]:
    """Return the indexes of the lines that the fast reader refused."""
    return [i for i, event in enumerate(events) if event is None] if None in events else []


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def text_of(value: Any) -> str:
    """Return a field's value as text: a string itself, anything else as JSON writes it."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
