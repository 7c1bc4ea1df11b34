"""`show`: events for reading, one line each or the whole of each indented."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING

from cevents.canvas.events import CREATED, EVENT_NAME, EVENT_TIME, EVENTS, FORWARDED, MESSAGE
from cevents.canvas.timestamps import moved
from cevents.canvas.zones import Zone, is_zone, zone
from cevents.input.blocks import Block
from cevents.scan.columns import ESCAPED, NUMBER, OTHER, OTHER_EVENT, Columns
from cevents.scan.kernels import indent, paste, retimed, strings, table, texts
from cevents.scan.plan import Plan
from cevents.scan.reading import explain_field
from cevents.tasks.task import Made
from cevents.tasks.writing import Writing
from cevents.terminal import safe

if TYPE_CHECKING:
    from cevents.scan.paste import Layout

_ZONE = "metadata.time_zone"

#: What a line shows beside the time, and the numbers of the columns from that on.
_SHOWN = (
    EVENT_NAME.path,
    "body.conversation_id",
    "body.author_id",
    "body.message_id",
    "metadata.user_login",
    "metadata.user_id",
)
_TIME, _NAME, _CONVERSATION, _AUTHOR, _MESSAGE, _LOGIN, _USER = range(7)

_TOKENS = re.compile(rb'("(?:[^"\\]|\\.)*+")(\s*:)?|(-?[0-9][0-9.eE+-]*+)|\b(true|false|null)\b')

_DIM, _BOLD, _CYAN, _GREEN, _YELLOW, _BLUE = "2", "1", "36", "32", "33", "34"

#: What the documented events are called here.
_WHAT = {
    CREATED: ("created", "<9", _GREEN),
    FORWARDED: ("forwarded", "<9", _YELLOW),
    MESSAGE: ("message", "<9", _CYAN),
}


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
        return self.wanting(EVENT_TIME.path, *_SHOWN, *own)._replace(needs=(EVENT_TIME.path,))

    def __call__(self, block: Block, columns: Columns) -> Made:
        if self.expand:
            rows = self.sortable(columns, columns.taken())
            return self.made(columns, rows, self._expanded(columns, rows))
        for row in columns.lacking(EVENT_TIME.path):
            columns.reject(row, explain_field(columns, row, EVENT_TIME))
        rows = columns.taken()
        return self.made(columns, rows, self._lines(columns, rows))

    def _lines(self, columns: Columns, rows: list[int] | range) -> list[bytes]:
        """Return a line for each event, in one piece unless `one_piece_per_event`."""
        places = array("I", rows)
        names, conversations, *people = (_shown(columns, path, places) for path in _SHOWN)
        times = self._painted(self._times(columns, rows), "<29", _DIM)
        names = self._painted(names, "<9", _BLUE)
        conversations = self._painted(conversations, ">10", _BOLD)
        cells = (times, names, conversations, *people)
        lines = paste(cells, self._layouts, _which(columns, rows))
        if not lines.isascii():
            lines = b"".join(_line(text.rstrip()) for text in _split(lines))
        return BytesIO(lines).readlines() if self.one_piece_per_event else [lines]

    @cached_property
    def _layouts(self) -> tuple[Layout, ...]:
        """How a line reads: by who is known, and by the number of the event."""
        who = ((_LOGIN, True), (_USER, True), (_USER, False))
        return tuple(self._layout(name, *known) for known in who for name in (*EVENTS, None))

    def _layout(self, name: str | None, user: int, is_known: bool) -> Layout:
        """Return how a line about an event reads; without a *name*, about one not documented."""
        if name is None:
            return (b"", _TIME, 29), (b" ", _NAME, 9), (b" " * 12, user, 0)
        what = self._cell(*_WHAT[name])
        head = (b"", _TIME, 29), (b" %b " % what.encode(), _CONVERSATION, -10)
        if name != MESSAGE:
            return *head, (b" ", user, 0)
        author = (b" author ", _AUTHOR, 0)
        if not is_known:
            return *head, author, (b" wrote ", _MESSAGE, 0)
        return *head, author, (b" (", user, 0), (b") wrote ", _MESSAGE, 0)

    def _painted(self, lines: bytes, width: str, colour: str) -> bytes:
        """Return lines as cells of that width, if there is colour."""
        if not self.color:
            return lines
        return b"".join(_line(self._cell(text, width, colour)) for text in _split(lines))

    def _cell(self, text: str, width: str, colour: str) -> str:
        cell = f"{text:{width}}"
        return f"\x1b[{colour}m{cell}\x1b[0m" if self.color and text.strip() else cell

    def _times(self, columns: Columns, rows: list[int] | range) -> bytes:
        """Return when the events happened, as precise as it was written, each on a line."""
        numbers: dict[str, int] = {}
        zone_of = None
        if self.tz is None:
            zone_of = array("H", bytes(2 * len(columns.state)))
            names = texts(columns, _ZONE, rows, absent="", null="")
            own = {name: name if name and is_zone(name) else "utc" for name in set(names)}
            for row, name in zip(rows, names, strict=True):
                zone_of[row] = numbers.setdefault(own[name], len(numbers))
        zones = [zone(name) for name in numbers] if self.tz is None else [self.tz]
        values = columns[EVENT_TIME.path].value
        instants = values if isinstance(rows, range) else [values[row] for row in rows]
        ends = {min(instants), max(instants)} if instants else set()
        tables = [table(one, ends) for one in zones]

        def otherwise(row: int) -> str:
            return self._time(columns, row, zones[zone_of[row] if zone_of else 0])

        return retimed(columns, EVENT_TIME.path, tables, zone_of, otherwise)

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
            pieces = [indent(columns, 0, len(columns.state))]
        return [_TOKENS.sub(_coloured, piece) for piece in pieces] if self.color else pieces


def _which(columns: Columns, rows: list[int] | range) -> bytes:
    """Return the number of each event's layout."""
    event = columns.event.replace(bytes([OTHER_EVENT]), bytes([len(EVENTS)]))
    step = len(EVENTS) + 1
    logins, users = (columns[_SHOWN[at - 1]].length for at in (_LOGIN, _USER))
    return bytes(
        [event[row] + (0 if logins[row] else step if users[row] else 2 * step) for row in rows]
    )


def _shown(columns: Columns, path: str, rows: array[int]) -> bytes:
    """Return the values of a field for a terminal, each on a line: empty for none or null."""
    lines, kinds = strings(columns, path, rows), columns[path].kind
    is_plain = not any(kind in kinds for kind in (ESCAPED, NUMBER, OTHER))
    if is_plain and lines.isascii() and b"\x7f" not in lines:
        return lines
    return b"".join(_line(safe(text)) for text in texts(columns, path, rows, absent="", null=""))


def _split(lines: bytes) -> list[str]:
    return lines.decode().split("\n")[:-1]


def _line(text: str) -> bytes:
    return text.encode() + b"\n"


def _coloured(found: re.Match[bytes]) -> bytes:
    string, colon, number, word = found.groups()
    if string:
        return b"\x1b[%bm%b\x1b[0m%b" % (b"34" if colon else b"32", string, colon or b"")
    return b"\x1b[%bm%b\x1b[0m" % (b"33" if number else b"2", number or word)
