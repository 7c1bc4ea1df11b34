"""`filter`: which events are wanted. Lines go out as they came in."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, NamedTuple

from cevents.canvas.events import BODIES, EVENT_NAME, EVENT_TIME, EVENTS, Field
from cevents.canvas.ids import LOCAL_IDS, in_account, number, spelling
from cevents.canvas.timestamps import TimestampError, parse, quoted
from cevents.errors import CeventsError
from cevents.input.blocks import Block
from cevents.scan.columns import ABSENT, NONE, NULL, OTHER_EVENT, Columns
from cevents.scan.kernels import texts
from cevents.scan.plan import Plan
from cevents.scan.reading import explain_field
from cevents.tasks.result import Result
from cevents.tasks.task import InOrderStep, Made
from cevents.tasks.writing import Writing, lines_of

_ACCOUNT = "metadata.root_account_id"


class Times(NamedTuple):
    """A half-open range of instants, *since* ≤ t < *until*, on the field *path*."""

    path: str
    since: int | None
    until: int | None

    def hold(self, instant: int) -> bool:
        """Whether an instant is in the range."""
        return (self.since is None or self.since <= instant) and (
            self.until is None or instant < self.until
        )


class Where(NamedTuple):
    """One `PATH OP VALUE`: a condition on any field. No *op* asks whether the field is there."""

    path: str
    op: str = ""
    value: str = ""

    @property
    def field(self) -> str:
        """The first two parts of the path: what a scan can find."""
        return ".".join(self.path.split(".")[:2])

    def meeting(self, values: set[str | None]) -> set[str | None]:
        """Return those of a field's values, as texts, that meet the condition; None: not there."""
        nothing = {None} if self.op == "!=" else set()
        return nothing.union(filter(self._test(), (text for text in values if text is not None)))

    def _test(self) -> Callable[[str], object]:
        """Return a test of a value as text."""
        if not self.op:
            return lambda text: True
        if self.op == "~=":
            return _pattern(self.value).search
        compare = _COMPARE[self.op]
        wanted_instant, wanted_number = _instant_or_none(self.value), _number_or_none(self.value)

        def test(text: str) -> bool:
            if wanted_instant is not None:
                found = _instant_or_none(text)
                if found is not None:
                    return compare(found, wanted_instant)
            elif wanted_number is not None and self.op in ("<", "<=", ">", ">="):
                number = _number_or_none(text)
                return number is not None and compare(number, wanted_number)
            return compare(text, self.value)

        return test


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WHERE = re.compile(r"\s*([^\s=!~<>]+)\s*(?:(!=|~=|<=|>=|=|<|>)\s*(.*))?", re.DOTALL)


def parse_where(text: str) -> Where:
    """Read a `PATH OP VALUE`. Raises CeventsError."""
    matched = _WHERE.fullmatch(text)
    if matched is None:
        tip = "PATH OP VALUE, as in 'body.author_id!=2'; OP is one of = != ~= < <= > >="
        raise CeventsError(f"cannot read the condition {quoted(text)}", tip)
    where = Where(matched[1], matched[2] or "", matched[3] or "")
    part, *names = where.path.split(".")
    if part not in ("metadata", "body") or not names or "" in names:
        tip = "paths start with metadata. or body."
        raise CeventsError(f"unknown field {quoted(where.path)}", tip)
    if where.op == "~=":
        _pattern(where.value)
    return where


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Return a regular expression. Raises CeventsError."""
    import warnings

    with warnings.catch_warnings():
        # Of [[:alpha:]] and the like, which Python does not read as they are meant.
        warnings.simplefilter("error", FutureWarning)
        try:
            return re.compile(text)
        except RecursionError:
            reason = "it nests too deep"
        except (re.error, FutureWarning, OverflowError, ValueError) as error:
            reason = str(error)
    message = f"bad regular expression {quoted(text)}: {reason[:1].lower()}{reason[1:]}"
    raise CeventsError(message, "Python's syntax, as in metadata.url~=/53/")


@dataclass(frozen=True)
class Selection(Writing):
    """Write the lines whose event meets every condition.

    *ids* are paths, each with ids in any spelling of which one must match; likewise *names* of
    events. With *count* events are only counted.
    """

    ids: tuple[tuple[str, frozenset[str]], ...] = ()
    names: frozenset[str] = frozenset()
    times: Times | None = None
    where: tuple[Where, ...] = ()
    invert: bool = False
    assume_valid: bool = False
    count: bool = False

    @cached_property
    def plan(self) -> Plan:
        paths = [path for path, _ in self.ids] + [where.field for where in self.where]
        if self.ids:
            paths.append(_ACCOUNT)
        if self.times:
            paths += [EVENT_NAME.path, self.times.path]
        if not self.names <= EVENTS.keys():
            paths.append(EVENT_NAME.path)
        plan = self.wanting(*paths)
        return plan._replace(needs=(*plan.needs, self.times.path)) if self.times else plan

    def __call__(self, block: Block, columns: Columns) -> Made:
        return Made([], [], columns) if self._has_pattern else self._made(block, columns)

    @property
    def _has_pattern(self) -> bool:
        return any(where.op == "~=" for where in self.where)

    def in_order_step(self) -> InOrderStep | None:
        """Return what else is to be done in order, and matches regular expressions before that.

        These may take for ever: in a thread of its own nothing could interrupt one, for it lets
        nobody have the interpreter's lock; and for that very reason, threads would not be faster.
        """
        further = super().in_order_step()
        if not self._has_pattern:
            return further

        def match(result: Result, name: str) -> None:
            if result.own is not None:  # else nothing was read
                made = self._made(result.block, result.own)
                result.chosen, result.output, result.own = made
            if further:
                further(result, name)

        return match

    def _made(self, block: Block, columns: Columns) -> Made:
        usable = self._timed(columns, columns.taken())
        chosen: list[int] | range = usable
        if self.times is not None:
            chosen = self._in_time(columns, self.times, chosen)
        if self.names:
            chosen = self._named(columns, chosen)
        for path, wanted in self._wanted_ids:
            chosen = wanted.rows(columns, path, chosen)
        for where in self.where:
            values = _values(columns, where, chosen)
            meeting = where.meeting(set(values))
            chosen = [row for row, value in zip(chosen, values, strict=True) if value in meeting]
        if self.invert:
            met = set(chosen)
            chosen = [row for row in columns.taken() if row not in met]
        chosen = self.sortable(columns, chosen)
        lines = [] if self.count else lines_of(block, chosen, self.one_piece_per_event)
        return self.made(columns, chosen, lines)

    @cached_property
    def needles(self) -> tuple[bytes, ...]:  # type: ignore[override]
        """Bytes of which a matching line holds some, if all lines are valid; () if unknown.

        An id of any spelling holds the digits of its local part, each of which may be escaped.
        """
        if not self.assume_valid or self.invert:
            return ()
        if self.ids:
            found = [number(text) for text in self.ids[0][1]]
            texts = {str((value or 0) % LOCAL_IDS) for value in found}
            if None in found:
                return ()
        else:
            texts = set(self.names)
        if not all(_PLAIN.fullmatch(text) for text in texts):
            return ()
        escapes = {f"\\u00{ord(char) >> 4:x}" for text in texts for char in text}
        return tuple(text.encode() for text in sorted(texts | escapes))

    @cached_property
    def _wanted_ids(self) -> list[tuple[str, _AnyId]]:
        return [(path, _AnyId(texts)) for path, texts in self.ids]

    def _named(self, columns: Columns, rows: list[int] | range) -> list[int] | range:
        """Return those of *rows* whose event has a wanted name."""
        event = columns.event
        wanted = {number for number, name in enumerate(EVENTS) if name in self.names}
        if self.names <= EVENTS.keys():
            return [row for row in rows if event[row] in wanted]
        path, others = EVENT_NAME.path, self.names - EVENTS.keys()
        return [
            row
            for row in rows
            if event[row] in wanted
            or (event[row] == OTHER_EVENT and columns.text(path, row) in others)
        ]

    def _timed(self, columns: Columns, usable: list[int] | range) -> list[int] | range:
        """Return the usable rows; reject those that should have the wanted time, and have none."""
        if self.times is None:
            return usable
        path = self.times.path
        lost = [row for row in columns.lacking(path) if self._needs_time(columns, row, path)]
        for row in lost:
            field = Field(path, "timestamp", True, "")
            columns.reject(row, explain_field(columns, row, field))
        return columns.taken() if lost else usable

    def _needs_time(self, columns: Columns, row: int, path: str) -> bool:
        """Whether the event should hold the time, by its schema or by what it holds there."""
        kind = columns[path].kind[row]
        name = columns.text(EVENT_NAME.path, row)
        documented = (field.path for field in BODIES.get(name or "", ()))
        return path == EVENT_TIME.path or path in documented or kind not in (ABSENT, NULL)

    def _in_time(
        self, columns: Columns, times: Times, rows: list[int] | range
    ) -> list[int] | range:
        """Return those of *rows* whose time is in the range: all at once if the extremes are."""
        instants = columns[times.path].value
        if isinstance(rows, range) and rows:
            first, last = min(instants), max(instants)
            if first != NONE and times.hold(first) and times.hold(last):
                return rows
        since = NONE + 1 if times.since is None else times.since
        until = 2**63 if times.until is None else times.until
        return [row for row in rows if since <= instants[row] < until]


class _AnyId:
    """Any of several ids, each in any spelling."""

    def __init__(self, texts: frozenset[str]) -> None:
        numbers = {text: number(text) for text in texts}
        self._local = {n for n in numbers.values() if n is not None and n < LOCAL_IDS}
        self._global = {n for n in numbers.values() if n is not None and n >= LOCAL_IDS}
        self._odd = {spelling(text) for text, n in numbers.items() if n is None}

    def rows(self, columns: Columns, path: str, rows: list[int] | range) -> list[int]:
        """Return those of *rows* that hold one of the ids at *path*.

        A local id is meant in each event's own account.
        """
        values, accounts = columns[path].value, columns[_ACCOUNT].value
        own = {
            account: self._global
            | {in_account(local, account if account >= 0 else None) for local in self._local}
            for account in set(accounts)
        }
        if self._odd:
            odd = {
                row for (at, row), text in columns.odd.items()
                if at == path and spelling(text) in self._odd
            }  # fmt: skip
            return [r for r in rows if values[r] in own[accounts[r]] or r in odd]
        if len(own) == 1:
            [wanted] = own.values()
            return [row for row in rows if values[row] in wanted]
        any_of = set().union(*own.values())
        return [r for r in rows if values[r] in any_of and values[r] in own[accounts[r]]]


#: Characters that JSON can hold only as they are, or as an escape with four hex digits.
_PLAIN = re.compile(r"[0-9A-Za-z_.~-]+")


def _values(columns: Columns, where: Where, rows: list[int] | range) -> list[str | None]:
    """Return the values at a path, in *rows*, as texts."""
    deeper = where.path.split(".")[2:]
    if not deeper:
        return texts(columns, where.path, rows, absent=None, null="null")
    return [columns.as_text(where.field, row, deeper) for row in rows]


def _instant_or_none(text: str) -> int | None:
    try:
        return parse(text).instant
    except TimestampError:
        return None


def _number_or_none(text: str) -> Decimal | int | None:
    if len(text) < _FEW_DIGITS and text.isascii() and text.isdigit():
        return int(text)
    if not re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?", text):
        return None
    return Decimal(text)


#: So many digits and more Python may refuse to make an integer of.
_FEW_DIGITS = 640
