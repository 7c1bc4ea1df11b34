"""JSON indented by two spaces, in plain Python: the compiled `indent` does the same.

Only the space between tokens changes: no number, escape or repeated key is read, so none can come
out as another. What a terminal may obey becomes an escape, which means the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cevents.scan.columns import TAKEN
from cevents.terminal import UNSAFE, escaped

_UNSAFE = re.compile(UNSAFE.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|\{\s*\}|\[\s*\]|[][{},:]|[^][{},:"\s]+', re.DOTALL)


def indented(text: bytes) -> bytes:
    """Return a text, known to be JSON, with each member and item on a line of its own."""
    parts, line = list[bytes](), b"\n"
    for token in _TOKEN.findall(text):
        if token in b"{[":
            line += b"  "
            parts += token, line
        elif token in b"}]":
            line = line[:-2]
            parts += line, token
        elif token == b",":
            parts += token, line
        elif token == b":":
            parts.append(b": ")
        else:
            parts.append(token if token[:1] not in b"{[" else token[:1] + token[-1:])
    return b"".join(parts)


def indent(
    data: bytes,
    starts: Sequence[int],
    ends: Sequence[int],
    state: Sequence[int],
    first: int,
    last: int,
) -> bytes:
    """Return the taken texts from row *first* up to *last*, with a line feed behind each."""
    rows = (row for row in range(first, last) if state[row] == TAKEN)
    lines = b"".join(indented(data[starts[row] : ends[row]]) + b"\n" for row in rows)
    if lines.isascii() and b"\x7f" not in lines:
        return lines
    return _UNSAFE.sub(escaped, lines.decode()).encode()
