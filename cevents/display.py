"""`show`: events for reading, one line each or the whole of each indented."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from cevents.blocks import Block, Result
from cevents.events import BODIES, METADATA
from cevents.explanation import explain_field
from cevents.reading import getter, text_of
from cevents.terminal import UNSAFE, escaped, safe
from cevents.timestamps import stamps
from cevents.writing import Writing
from cevents.zones import Zone, is_zone, zone

_PATHS = (
    "metadata.event_name",
    "metadata.event_time",
    "metadata.time_zone",
    "metadata.user_id",
    "metadata.user_login",
    "body.author_id",
    "body.conversation_id",
    "body.message_id",
)
_WHAT = {
    "conversation_created": "created",
    "conversation_forwarded": "forwarded",
    "conversation_message_created": "message",
}
_EVENT_TIME = next(field for field in METADATA if field.name == "event_time")

_UNSAFE_IN_JSON = re.compile(UNSAFE.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_TOKENS = re.compile(rb'("(?:[^"\\]|\\.)*+")(\s*:)?|(-?[0-9][0-9.eE+-]*+)|\b(true|false|null)\b')

_DIM, _BOLD, _CYAN, _GREEN, _YELLOW, _BLUE = "2", "1", "36", "32", "33", "34"
_COLOURS = {"created": _GREEN, "forwarded": _YELLOW, "message": _CYAN}


@dataclass(frozen=True)
class Display(Writing):
    """Render a block's events. *tz* None shows each in its own `metadata.time_zone`, else UTC."""

    tz: Zone | None
    expand: bool = False
    color: bool = False

    def __call__(self, block: Block) -> Result:
        reading = self.read(block, () if self.expand else _PATHS)
        if self.expand:
            chosen = [index for index, event in enumerate(reading.events) if event is not None]
            lines = self._expanded(list(map(reading.lines.__getitem__, chosen)))
        else:
            times = self._times(reading.lines, reading.events, reading)
            chosen = [index for index, event in enumerate(reading.events) if event is not None]
            lines = [self._one_line(times[index], reading.events[index]) for index in chosen]
        return self.written(reading, chosen, lines)

    def _times(self, lines: list[bytes], events: list[Any], reading: Any) -> dict[int, str]:
        get = getter(_EVENT_TIME.path)
        texts = {i: get(e) for i, e in enumerate(events) if e is not None}
        readable = [i for i, text in texts.items() if isinstance(text, str)]
        found = dict(zip(readable, stamps([texts[i] for i in readable]), strict=True))
        times: dict[int, str] = {}
        for index in texts:
            stamp = found.get(index)
            if stamp is None:
                reading.reject(index, explain_field(lines[index], _EVENT_TIME))
                continue
            try:
                times[index] = self._zone_of(events[index]).show(stamp)
            except OverflowError:
                times[index] = texts[index]
        return times

    def _zone_of(self, event: Any) -> Zone:
        if self.tz is not None:
            return self.tz
        own = event.metadata.time_zone
        return zone(own if isinstance(own, str) and is_zone(own) else "utc")

    def _one_line(self, time: str, event: Any) -> bytes:
        name = _text(event.metadata.event_name)
        what = _WHAT.get(name, name)
        known = name in BODIES
        conversation = _text(event.body.conversation_id) if known else ""
        who = f"author {_text(event.body.author_id)}" if what == "message" else ""
        user = _text(event.metadata.user_login) or _text(event.metadata.user_id)
        if user:
            who = f"{who} ({user})" if who else user
        if what == "message":
            who += f" wrote {_text(event.body.message_id)}"
        paint = self._paint
        return (
            " ".join(
                (
                    paint(f"{time:<29}", _DIM),
                    paint(f"{what:<9}", _COLOURS.get(what, _BLUE)),
                    paint(f"{conversation:>10}", _BOLD),
                    who,
                )
            )
            .rstrip()
            .encode()
            + b"\n"
        )

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.color and text.strip() else text

    def _expanded(self, lines: list[bytes]) -> list[bytes]:
        """Return events indented: each for itself, or all in one where nobody tells them apart."""
        try:
            texts = list(map(_INDENTED, lines))
        except RecursionError:
            texts = list(map(_indented_or_not, lines))
        whole = b"\n".join((*texts, b""))
        is_safe = whole.isascii() and b"\x7f" not in whole
        if is_safe and not self.color and not self.tells_apart:
            return [whole]
        if not is_safe:
            texts = list(map(_harmless, texts))
        if self.color:
            texts = [_TOKENS.sub(_coloured, text) for text in texts]
        return [text + b"\n" for text in texts]


#: The function itself: one of our own around it takes a seventh more.
_INDENTED: Callable[[bytes], bytes] = partial(msgspec.json.format, indent=2)  # type: ignore[assignment]


def _indented_or_not(line: bytes) -> bytes:
    try:
        return _INDENTED(line)
    except RecursionError:
        return line.strip()


def _harmless(text: bytes) -> bytes:
    if text.isascii() and b"\x7f" not in text:
        return text
    return _UNSAFE_IN_JSON.sub(escaped, text.decode()).encode()


def _text(value: Any) -> str:
    """Return a field's value for a line on a terminal: nothing in it takes effect there."""
    if value is None or value is msgspec.UNSET:
        return ""
    return safe(text_of(value))


def _coloured(found: re.Match[bytes]) -> bytes:
    string, colon, number, word = found.groups()
    if string:
        return b"\x1b[%bm%b\x1b[0m%b" % (b"34" if colon else b"32", string, colon or b"")
    return b"\x1b[%bm%b\x1b[0m" % (b"33" if number else b"2", number or word)
