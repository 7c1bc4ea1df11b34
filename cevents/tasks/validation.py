"""`validate`: every line judged against the documented schemas.

The compiled reader proves nearly all lines. What is left is judged by the reference: the lines that
were refused, and those with unlikely values, which --strict warns of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from cevents.canvas.events import EVENT_NAME, EVENTS, FIELDS, is_misspelt, nearest_documented
from cevents.canvas.identity import Place, Seen
from cevents.canvas.ids import LOCAL_IDS
from cevents.canvas.problems import CODES, Problem
from cevents.canvas.timestamps import quoted
from cevents.canvas.zones import Zone, is_zone, zone
from cevents.input.blocks import Block
from cevents.scan.columns import ABSENT, ODD, OTHER_EVENT, Columns
from cevents.scan.plan import Plan
from cevents.scan.reading import explain
from cevents.tasks.identity import KEY_PATHS, keys
from cevents.tasks.result import Result
from cevents.tasks.task import InOrderStep, Made, Task
from cevents.terminal import printable

_NAME, _ZONE, _URL = EVENT_NAME.path, "metadata.time_zone", "metadata.url"
_CONVERSATION = "body.conversation_id"
_TIMES = [field.path for field in FIELDS.values() if field.kind == "timestamp"]
_IDS = [field.path for field in FIELDS.values() if field.kind in ("id", "global_id")]


@dataclass(slots=True)
class Judged:
    """What only `validate` knows of a block: the *other* events by name.

    *keys*, by row, are the same for the same event; *names* are the events' names.
    """

    other: Counter[str] = field(default_factory=Counter)
    keys: dict[int, bytes] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def up_to(self, count: int, kept: int) -> Judged:
        raise NotImplementedError("validate reads all input")


@dataclass(frozen=True)
class Validation(Task):
    """Judge every text of a block. Only findings with one of *codes* count."""

    strict: bool = False
    codes: frozenset[str] = frozenset(CODES)

    @cached_property
    def plan(self) -> Plan:
        wanted = (_NAME, _ZONE, _URL, *_TIMES, *_IDS, *KEY_PATHS) if self.strict else (_NAME,)
        return Plan(tuple(dict.fromkeys(wanted)), judged=True, strict=self.strict)

    def __call__(self, block: Block, columns: Columns) -> Made:
        others = columns.other_names()
        own = Judged()
        judge_names(columns, others, self.strict)
        if self.strict:
            for row in _doubtful(columns):
                explain(columns, row, strict=True)
            _warn_of_others(columns, others)
            if "redelivered" in self.codes:
                _tell_apart(columns, others, own)
        if self.codes != CODES.keys():
            self._select(columns)
        bad = {row for row in columns.problems if columns.is_bad(row)}
        own.other.update(name for row, name in others.items() if name and row not in bad)
        return Made([], [], own)

    def _select(self, columns: Columns) -> None:
        """Forget the problems that nobody asked for."""
        for row, problems in list(columns.problems.items()):
            columns.problems[row] = [problem for problem in problems if problem.code in self.codes]
            if not columns.problems[row]:
                del columns.problems[row]

    def in_order_step(self) -> InOrderStep | None:
        """Return what warns of an event that comes again."""
        if not (self.strict and "redelivered" in self.codes):
            return None
        seen = Seen()

        def warn_of_repeats(result: Result, file: str) -> None:
            own = result.own or Judged()
            for row, key in own.keys.items():
                first = seen.repeat(file, result.block.place(row)[0], key)
                if first is not None:
                    problem = _redelivered(own.names[row], first)
                    result.problems.setdefault(row, []).insert(0, problem)

        return warn_of_repeats


def judge_names(columns: Columns, others: dict[int, str], strict: bool = False) -> None:
    """Judge the events that the schema rules out by their names alone."""
    verdicts = {name: not name or is_misspelt(name) for name in set(others.values())}
    for row, name in others.items():
        if verdicts[name] and row not in columns.problems:
            explain(columns, row, strict)


def _doubtful(columns: Columns) -> Iterator[int]:
    """Yield the valid rows that --strict may have a warning of, besides those of other events."""
    raw = {row: columns.raw(_ZONE, row) for row in columns.taken() if row not in columns.problems}
    zones = {name: _zone(name) for name in set(raw.values())}
    documented = [row for row in raw if columns.event[row] != OTHER_EVENT]
    doubts = {row for row in raw if raw[row] and zones[raw[row]] is None}
    for path in _TIMES:
        instant, offset = columns[path].value, columns[path].offset
        for row in raw:
            own = zones[raw[row]]
            if offset[row] and own is not None and own.offset_at(instant[row]) != offset[row]:
                doubts.add(row)
    for path in _IDS:
        ids = columns[path].value
        round_ids = {id_ for id_ in set(ids) if id_ > 2**53 and id_ % LOCAL_IDS == 0}
        doubts |= {row for row in raw if ids[row] in round_ids or ids[row] == ODD}
    doubts |= {row for row in documented if not _is_own_request(columns, row)}
    yield from sorted(doubts)


def _zone(name: bytes) -> Zone | None:
    text = name.decode()
    return zone(text) if is_zone(text) else None


def _is_own_request(columns: Columns, row: int) -> bool:
    """Whether the URL plainly has the body's conversation, or none; if not, ask the reference."""
    url = columns.raw(_URL, row)
    local = columns[_CONVERSATION].value[row] % LOCAL_IDS
    return b"/conversations/" not in url or url.endswith(
        (b"/conversations/%d/add_message" % local, b"/conversations/%d/add_recipients" % local)
    )


def _warn_of_others(columns: Columns, others: dict[int, str]) -> None:
    """Warn, as the reference does, of each event without a schema that has no problem yet."""
    from cevents.scan.verdict import has_repeats

    hints = {name: nearest_documented(name) for name in set(others.values())}
    for row, name in others.items():
        if row in columns.problems:
            continue
        text = columns.block.text(row)
        if has_repeats(text):
            explain(columns, row, strict=True)
            continue
        column = columns[_NAME].start[row] - columns.block.starts[row]
        hint = hints[name] and f"did you mean {hints[name]}?"
        message = f"{quoted(name)} has no schema here"
        problem = Problem("unknown-event", column, message, hint, _NAME, name, "warning")
        columns.problems[row] = [problem]


def _tell_apart(columns: Columns, others: dict[int, str], own: Judged) -> None:
    rows = [row for row, kind in enumerate(columns[_NAME].kind) if kind != ABSENT]
    for row, key in zip(rows, keys(columns, rows), strict=True):
        if key is not None:
            own.keys[row] = key
            own.names[row] = others[row] if row in others else _NAMES[columns.event[row]]


_NAMES = tuple(EVENTS)


def _redelivered(name: str, first: Place) -> Problem:
    message = f"the same event as in {printable(first.file)}:{first.line}"
    return Problem("redelivered", 1, message, None, None, name, "warning")
