"""The terminal: what stdout is, asked in one place, and what may be shown on one."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from typing import Any, Literal

Color = Literal["auto", "always", "never"]


def wants_color(color: Color) -> bool:
    """Whether to colour stdout: --color, then NO_COLOR, then FORCE_COLOR, then the terminal."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(sys.stdout) and os.environ.get("TERM") != "dumb"


def is_terminal(stream: Any) -> bool:
    """Whether *stream* is open and a terminal."""
    return stream is not None and not stream.closed and bool(stream.isatty())


#: Characters that a terminal may obey: controls, and marks that reorder what is around them.
UNSAFE = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"


def safe(text: str) -> str:
    """Return *text* with every character that a terminal may obey written as an escape."""
    return text if text.isascii() and text.isprintable() else re.sub(UNSAFE, escaped, text)


def safe_json(data: bytes) -> bytes:
    """Return one line of JSON with every such character escaped: it means the same."""
    if data.isascii() and b"\x7f" not in data:
        return data
    return re.sub(UNSAFE, escaped, data.decode()).encode()


def printable(text: str) -> str:
    """Return a file name with U+FFFD for bytes that are not UTF-8, so that it can be encoded."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def escaped(found: re.Match[str]) -> str:
    """Return the character found, as JSON escapes it."""
    return f"\\u{ord(found[0]):04x}"


def many(count: int, noun: str) -> str:
    """Return *count* with its noun, in the plural unless it is 1."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


_quiet = False


def be_quiet(is_asked: bool = True) -> None:
    """Leave notes out from now on, or no longer: --quiet."""
    global _quiet
    _quiet = is_asked


def is_quiet() -> bool:
    """Whether notes are left out."""
    return _quiet


def note(text: str) -> None:
    """Write a line to stderr that is no error, unless --quiet has been asked for."""
    if not _quiet:
        say(text)


def flush(stream: Any) -> None:
    """Write out what *stream* holds. Where it is full this waits, though another program that has
    it open set it not to wait."""
    while True:
        try:
            return stream.flush()  # type: ignore[no-any-return]
        except BlockingIOError:
            import select

            select.select([], [stream], [])


def say(text: str) -> None:
    """Write a line to stderr, for the person at the keyboard. All that the program says is here.

    What does not make the exit status 2 goes through `note`. Whatever is quoted in it takes no
    effect on a terminal. That it cannot be written changes nothing else.
    """
    line = safe(printable(text))
    if line.startswith("error:"):
        line = f"cevents: {line}"
    with suppress(OSError, ValueError):  # it is full, has no reader, or is closed
        if sys.stderr is not None:
            with suppress(BlockingIOError):  # it is in the buffer then
                print(line, file=sys.stderr)
            flush(sys.stderr)
