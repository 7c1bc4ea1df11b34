"""`validate`: every line judged against the documented schemas.

The compiled reader proves nearly all lines. What is left is judged by the reference: the lines that
were refused, and those with unlikely values, which --strict warns of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress, count

from cevents.canvas.events import EVENT_NAME, EVENT_TIME, FIELDS, is_misspelt
from cevents.canvas.identity import Place, Seen
from cevents.canvas.plausibility import WEEK, may_be_odd, odd_offset, zone_offset
from cevents.canvas.problems import CODES, Problem
from cevents.canvas.zones import is_zone
from cevents.input.blocks import Block
from cevents.scan.columns import NONE, NULL, OTHER_EVENT, TAKEN, Columns
from cevents.scan.plan import Plan
from cevents.scan.reading import explain
from cevents.tasks.counts import Newest
from cevents.tasks.identity import KEY_PATHS, keys
from cevents.tasks.result import Result
from cevents.tasks.task import InOrderStep, Made, Task
from cevents.terminal import printable

_NAME, _ZONE = EVENT_NAME.path, "metadata.time_zone"
_TIMES = [field.path for field in FIELDS.values() if field.kind == "timestamp"]


@dataclass(slots=True)
class Judged:
    """What only `validate` knows of a block: the *other* events by name.

    *keys*, one for each of *rows*, are the same for the same event. *newest* is the newest valid
    one.
    """

    other: Counter[str] = field(default_factory=Counter)
    rows: list[int] = field(default_factory=list)
    keys: list[bytes | None] = field(default_factory=list)
    newest: Newest | None = None

    def up_to(self, count: int, kept: int) -> Judged:
        raise NotImplementedError("validate reads all input")


@dataclass(frozen=True)
class Validation(Task):
    """Judge every text of a block. Only findings with one of *codes* count.

    With *newest*, say which valid event is the newest.
    """

    strict: bool = False
    codes: frozenset[str] = frozenset(CODES)
    newest: bool = False

    @cached_property
    def plan(self) -> Plan:
        wanted = (_NAME, _ZONE, *_TIMES, *KEY_PATHS) if self.strict else (_NAME,)
        times = (EVENT_TIME.path,) if self.newest else ()
        return Plan(tuple(dict.fromkeys((*wanted, *times))), judged=True, strict=self.strict)

    def __call__(self, block: Block, columns: Columns) -> Made:
        others = columns.other_names()
        own = Judged()
        judge_names(columns, others, self.strict)
        if self.strict:
            _warn(columns, others)
            if "redelivered" in self.codes:
                own.rows = list(compress(count(), columns[_NAME].kind))
                own.keys = keys(columns, own.rows)
        if self.codes != CODES.keys():
            self._select(columns)
        if self.newest:
            own.newest = _newest(columns)
        own.other = Counter(others.values())
        doubted = others.keys() & columns.problems.keys()
        own.other -= Counter(others[row] for row in doubted if columns.is_bad(row))
        del own.other[""]
        return Made([], [], own)

    def _select(self, columns: Columns) -> None:
        """Forget the problems that nobody asked for."""
        for row, problems in list(columns.problems.items()):
            columns.problems[row] = [problem for problem in problems if problem.code in self.codes]
            if not columns.is_bad(row):
                columns.state[row] = TAKEN
            if not columns.problems[row]:
                del columns.problems[row]

    def in_order_step(self) -> InOrderStep | None:
        """Return what warns of an event that comes again."""
        if not (self.strict and "redelivered" in self.codes):
            return None
        seen = Seen()

        def warn_of_repeats(result: Result, file: str) -> None:
            own, block = result.own or Judged(), result.block
            lines = [block.place(row)[0] for row in own.rows]
            for index, first in seen.repeats(file, lines, own.keys).items():
                row = own.rows[index]
                problem = _redelivered(block.text(row), first)
                result.problems.setdefault(row, []).insert(0, problem)

        return warn_of_repeats


def judge_names(columns: Columns, others: dict[int, str], strict: bool = False) -> None:
    """Judge the events that the schema rules out by their names alone."""
    wrong = {name for name in set(others.values()) if not name or is_misspelt(name)}
    for row, name in others.items() if wrong else ():
        if name in wrong and row not in columns.problems:
            explain(columns, row, strict)


def _newest(columns: Columns) -> Newest | None:
    """Return the newest of the valid events; None where there is none."""
    start, _, _, instant, _ = columns[EVENT_TIME.path]
    row = max(columns.taken(), key=instant.__getitem__, default=None)
    if row is None or instant[row] == NONE:  # with --ignore, a valid event may have no time
        return None
    at = start[row] - columns.block.starts[row] - 1  # of the quote
    return Newest(instant[row], *columns.block.place(row, at))


def _warn(columns: Columns, others: dict[int, str]) -> None:
    """Warn, as the reference does, of unlikely values that the compiled reader takes.

    Of most of them it is asked itself. The two warnings that many events may have are given here.
    """
    zones = columns.raws(_ZONE)
    doubts = {*_without_zone(columns, zones), *_with_repeats(columns, others)}
    for row in doubts - columns.problems.keys():
        explain(columns, row, strict=True)
    judged = set(columns.problems)
    warnings = (*_of_offsets(columns, zones, judged), *_of_others(columns, others))
    for row, warning in sorted(warnings, key=lambda found: found[1].column):
        if row not in judged:
            columns.problems.setdefault(row, []).append(warning)


def _without_zone(columns: Columns, zones: list[bytes]) -> list[int]:
    """Return the rows whose zone is none; *zones* are its bytes in each row."""
    kind = columns[_ZONE].kind
    unknown = {name for name in set(zones) if not is_zone(name.decode())}
    return [row for row, name in enumerate(zones) if name in unknown and kind[row] > NULL]


def _with_repeats(columns: Columns, others: dict[int, str]) -> list[int]:
    """Return the rows of other events in which a key may be there twice."""
    from cevents.scan.verdict import has_repeats

    rows = (row for row in others if row not in columns.problems)
    return [row for row in rows if has_repeats(columns.block.text(row))]


def _of_offsets(
    columns: Columns, zones: list[bytes], judged: set[int]
) -> Iterator[tuple[int, Problem]]:
    """Yield a warning of each timestamp with an offset that its event's zone did not have then."""
    for path in _TIMES:
        start, _, _, instant, offset = columns[path]
        rows = list(compress(count(), offset))
        stamps = [(zones[row], offset[row], instant[row] // WEEK) for row in rows]
        odd = {stamp for stamp in set(stamps) if may_be_odd(*stamp)}
        for row in [row for row, stamp in zip(rows, stamps, strict=True) if stamp in odd]:
            is_own = path == EVENT_TIME.path or columns.event[row] != OTHER_EVENT
            if row in judged or not is_own:
                continue
            zone, text = zones[row].decode(), columns.text(path, row) or ""
            if right := zone_offset(instant[row], offset[row], zone):
                name = columns.text(_NAME, row)
                at = start[row] - columns.block.starts[row]  # the quote's column, from 1
                found = odd_offset(path, text, zone, right)
                yield row, Problem("odd-offset", at, *found, path, name, "warning")


def _of_others(columns: Columns, others: dict[int, str]) -> Iterator[tuple[int, Problem]]:
    """Yield a warning of each event without a schema."""
    from cevents.scan.verdict import no_schema

    said = {name: no_schema(name) for name in set(others.values())}
    start, starts = columns[_NAME].start, columns.block.starts
    for row, name in others.items():
        at = start[row] - starts[row]  # the quote's column, from 1
        yield row, Problem("unknown-event", at, *said[name], _NAME, name, "warning")


def _redelivered(text: bytes, first: Place) -> Problem:
    from cevents.scan.reference import parse

    message = f"the same event as in {printable(first.file)}:{first.line}"
    return Problem("redelivered", 1, message, None, None, parse(text)[0].name, "warning")
