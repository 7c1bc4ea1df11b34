"""Strings exchanged in many lines at once, and no byte beside them touched.

The lines of a block are much alike. One search through them all proves what would take long to
prove of each: that it spells a key once. Then key and value, as bytes, are the place; any other
line is taken apart.
"""

from __future__ import annotations

import re
from itertools import repeat

from cevents.spans import locate

#: An escape that may spell a letter, a digit or an underscore.
_ESCAPED_LETTER = re.compile(rb"\\u00(?:3[0-9]|[4-7])")


def exchanged(lines: list[bytes], path: str, old: list[str], new: list[str]) -> list[bytes]:
    """Return *lines* with a string of *new* where each now has one of *old*, at *path*.

    Neither holds a character that JSON escapes or a line feed.
    """
    key = _key(path)
    if key is None or not lines or not _is_spelt(key, len(lines), b"".join(lines)):
        return list(map(_exchanged, lines, repeat(path), old, new))
    start = key + (b': "' if key + b": " in lines[0] else b':"')
    olds, news = _members(start, old), _members(start, new)
    places = list(map(bytes.rfind, lines, olds))
    found = [
        line[:at] + b + line[at + len(a) :]
        for line, at, a, b in zip(lines, places, olds, news, strict=True)
    ]
    if -1 in places:  # spaced otherwise, or a value with escapes
        for index in [index for index, at in enumerate(places) if at < 0]:
            found[index] = _exchanged(lines[index], path, old[index], new[index])
    return found


def _exchanged(line: bytes, path: str, old: str, new: str) -> bytes:
    key, value = _key(path), f'"{old}"'.encode()
    if key is not None and _is_spelt(key, 1, line):
        at = line.find(key) + len(key)
        start = line.find(value, at)
        if line[at:start] in (b":", b": "):
            return b"".join((line[:start], f'"{new}"'.encode(), line[start + len(value) :]))
    part, _, name = path.partition(".")
    start, end = locate(line)[(part, name)]
    return b"".join((line[:start], f'"{new}"'.encode(), line[end:]))


def _key(path: str) -> bytes | None:
    """Return the key that ends *path* as JSON spells it; None if an escape may spell it unseen."""
    name = path.partition(".")[2]
    return b'"%b"' % name.encode() if name.isascii() and name.isidentifier() else None


def _is_spelt(key: bytes, count: int, text: bytes) -> bool:
    """Whether so many lines, *text* together, which all have *key*, spell it once each, plainly."""
    return text.count(key) == count and not (b"\\" in text and _ESCAPED_LETTER.search(text))


def _members(start: bytes, values: list[str]) -> list[bytes]:
    """Return members of an object as bytes: each *start*, a key and a quote, and its value."""
    return (start + f'"\n{start.decode()}'.join(values).encode() + b'"').split(b"\n")
