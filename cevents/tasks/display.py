"""`show`: events for reading, one line each or the whole of each indented."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from functools import cached_property

from cevents.canvas.events import CREATED, EVENT_NAME, EVENT_TIME, FORWARDED, MESSAGE
from cevents.canvas.timestamps import moved
from cevents.canvas.zones import Zone, is_zone, zone
from cevents.input.blocks import Block
from cevents.scan.columns import NONE, NULL, OTHER_EVENT, Columns
from cevents.scan.kernels import indent, retimed, table
from cevents.scan.plan import Plan
from cevents.scan.reading import explain_field
from cevents.tasks.task import Made
from cevents.tasks.writing import Writing, runs
from cevents.terminal import UNSAFE, escaped, safe

_ZONE = "metadata.time_zone"
_USER, _LOGIN = "metadata.user_id", "metadata.user_login"
_CONVERSATION, _AUTHOR, _MESSAGE = (
    "body.conversation_id", "body.author_id", "body.message_id"
)  # fmt: skip
_WHAT = {CREATED: "created", FORWARDED: "forwarded", MESSAGE: "message"}

_UNSAFE_IN_JSON = re.compile(UNSAFE.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_TOKENS = re.compile(rb'("(?:[^"\\]|\\.)*+")(\s*:)?|(-?[0-9][0-9.eE+-]*+)|\b(true|false|null)\b')

#: A timestamp that is shown as it is in UTC.
_IN_UTC = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")

_DIM, _BOLD, _CYAN, _GREEN, _YELLOW, _BLUE = "2", "1", "36", "32", "33", "34"
_COLOURS = {"created": _GREEN, "forwarded": _YELLOW, "message": _CYAN}


@dataclass(frozen=True)
class Display(Writing):
    """Render a block's events in the zone *tz*.

    If None, in each event's own `metadata.time_zone`, or in UTC if that is no zone.
    """

    tz: Zone | None
    expand: bool = False
    color: bool = False

    @cached_property
    def plan(self) -> Plan:
        if self.expand:
            return self.wanting()
        own = (_ZONE,) if self.tz is None else ()
        paths = (EVENT_NAME.path, _USER, _LOGIN, _AUTHOR, _CONVERSATION, _MESSAGE)
        return self.wanting(EVENT_TIME.path, *paths, *own)._replace(needs=(EVENT_TIME.path,))

    def __call__(self, block: Block, columns: Columns) -> Made:
        if self.expand:
            rows = self.sortable(columns, columns.taken())
            return self.made(columns, rows, self._expanded(columns, rows))
        for row in columns.lacking(EVENT_TIME.path):
            columns.reject(row, explain_field(columns, row, EVENT_TIME))
        rows = columns.taken()
        return self.made(columns, rows, self._lines(columns, rows))

    def _lines(self, columns: Columns, rows: list[int] | range) -> list[bytes]:
        """Return a line for each event: when, what happened, in which conversation, who."""
        times = self._times(columns, rows)
        paths = (EVENT_NAME.path, _CONVERSATION, _AUTHOR, _LOGIN, _USER, _MESSAGE)
        texts = [_shown(columns, path, rows) for path in paths]
        lines = []
        for row, time, *values in zip(rows, times, *texts, strict=True):
            is_other = columns.event[row] == OTHER_EVENT
            name, conversation, author, login, user, message = values
            what = _WHAT.get(name, name)
            who, user = "", login or user
            if what == "message":
                who = f"author {author} ({user}) wrote {message}"
                if not user:
                    who = f"author {author} wrote {message}"
            else:
                who = user
            lines.append(self._line(time, what, "" if is_other else conversation, who))
        return lines

    def _line(self, time: str, what: str, conversation: str, who: str) -> bytes:
        if not self.color:
            line = f"{time:<29} {what:<9} {conversation:>10} {who}"
            if safe(line) == line:
                return line.rstrip().encode() + b"\n"
        time, what, conversation, who = map(safe, (time, what, conversation, who))
        if not self.color:
            return f"{time:<29} {what:<9} {conversation:>10} {who}".rstrip().encode() + b"\n"
        parts = (
            _painted(f"{time:<29}", _DIM),
            _painted(f"{what:<9}", _COLOURS.get(what, _BLUE)),
            _painted(f"{conversation:>10}", _BOLD),
            who,
        )
        return " ".join(parts).rstrip().encode() + b"\n"

    def _times(self, columns: Columns, rows: list[int] | range) -> list[str]:
        """Return when the events happened, as precise as it was written."""
        numbers: dict[str, int] = {}
        zone_of = None
        if self.tz is None:
            zone_of = array("H", bytes(2 * len(columns.state)))
            for row, name in zip(rows, columns.texts(_ZONE, rows), strict=True):
                own = name if name and columns.text(_ZONE, row) and is_zone(name) else "utc"
                zone_of[row] = numbers.setdefault(own, len(numbers))
        zones = [zone(name) for name in numbers] if self.tz is None else [self.tz]
        instants = set(columns[EVENT_TIME.path].value) - {NONE}
        tables = [table(one, instants) for one in zones]
        done = retimed(columns, EVENT_TIME.path, tables, zone_of)
        return [
            done.get(row) or self._time(columns, row, zones[zone_of[row] if zone_of else 0])
            for row in rows
        ]

    def _time(self, columns: Columns, row: int, to: Zone) -> str:
        """Return when one event happened, whatever form its timestamp has."""
        text = columns.text(EVENT_TIME.path, row) or ""
        try:
            return moved(text, to.offset_at(columns[EVENT_TIME.path].value[row]), to.is_utc)
        except OverflowError:
            return text

    def _expanded(self, columns: Columns, rows: list[int] | range) -> list[bytes]:
        """Return events indented: one piece for each if `one_piece_per_event`."""
        if self.one_piece_per_event:
            pieces = [indent(columns, row, row + 1) for row in rows]
        else:
            pieces = [indent(columns, first, last) for first, last in runs(rows)]
        pieces = [_harmless(piece) for piece in pieces]
        return [_TOKENS.sub(_coloured, piece) for piece in pieces] if self.color else pieces


def _painted(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if text.strip() else text


def _harmless(text: bytes) -> bytes:
    """Return indented JSON in which no character takes effect on a terminal."""
    if text.isascii() and b"\x7f" not in text:
        return text
    return _UNSAFE_IN_JSON.sub(escaped, text.decode()).encode()


def _shown(columns: Columns, path: str, rows: list[int] | range) -> list[str]:
    """Return the values of a field as texts, empty where there is none or null."""
    kind = columns[path].kind
    texts = columns.texts(path, rows)
    return [
        "" if text is None or kind[row] == NULL else text
        for row, text in zip(rows, texts, strict=True)
    ]


def _coloured(found: re.Match[bytes]) -> bytes:
    string, colon, number, word = found.groups()
    if string:
        return b"\x1b[%bm%b\x1b[0m%b" % (b"34" if colon else b"32", string, colon or b"")
    return b"\x1b[%bm%b\x1b[0m" % (b"33" if number else b"2", number or word)
