"""How texts are laid out in an input: one a line ("ndjson"), or in any other way ("json").

That is indented, glued together, in an array, or each after a record separator (RFC 7464).
"""

from __future__ import annotations

from typing import Literal

from cevents.canvas.problems import Problem

Framing = Literal["auto", "ndjson", "json"]
Layout = Literal["ndjson", "json"] | Problem

#: Without a line feed in so many bytes, the input is not laid out in lines.
LONGEST_FIRST_LINE = 1024 * 1024
#: How many bytes tell that an input is binary.
_HEAD_BYTES = 4096
#: How the first line of a JSON text of several lines may end.
_OPENINGS = (b"{", b"[", b",", b":")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def layout_of(head: bytes, framing: Framing, is_all: bool) -> Layout | None:
    """Return how the input that begins with *head* is laid out; None if it takes more to tell.

    The layout is a Problem where the input is no text. Once *head* is long enough, more bytes do
    not change the answer. *is_all* says that *head* is the whole input.
    """
    if head[:2] in (b"{\0", b"\0{"):
        hint = "`iconv -f UTF-16 -t UTF-8 FILE | cevents … -`"
        return Problem("not-utf8", 1, "the input is UTF-16", hint)
    first, ended, _ = head[:_HEAD_BYTES].lstrip().partition(b"\n")
    if not first.startswith(b"{") and (b"\0" in first or not ended):
        if len(head) < _HEAD_BYTES and not is_all:
            return None
        lines = head[:_HEAD_BYTES].removeprefix(BYTE_ORDER_MARK).split(b"\n")
        if b"\0" in first and not any(line.lstrip(b" \t\0").startswith(b"{") for line in lines):
            return Problem("not-utf8", 1, "the input is binary, not text")
    return _framing_of(head, is_all) if framing == "auto" else framing


def _framing_of(head: bytes, is_all: bool) -> Literal["ndjson", "json"] | None:
    """Tell the layout by the first line with text in it, or by the first two."""
    if BYTE_ORDER_MARK.startswith(head) and not is_all:
        return None
    text = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    if text[:1] == b"\x1e":
        return "json"
    if not text:
        return "ndjson" if is_all or len(head) >= LONGEST_FIRST_LINE else None
    if text[:1] not in b'{["':
        return "ndjson"
    first, ended, rest = text.partition(b"\n")
    if not ended:
        long = len(text) >= LONGEST_FIRST_LINE
        return "json" if long else "ndjson" if is_all else None
    if first[:1] == b"[":
        return "ndjson" if first.rstrip().endswith(b"]") else "json"
    if not first.rstrip().endswith(_OPENINGS):
        return "ndjson"
    if not rest.strip():
        return "ndjson" if is_all or len(head) >= LONGEST_FIRST_LINE else None
    return "json" if rest[:1] in b' \t\r\n"}' else "ndjson"


def too_long(longest: int, line: int, column: int = 1) -> Problem:
    """Return the problem of a line of more than *longest* bytes."""
    message = f"the line is longer than {longest} bytes"
    hint = "--max-line-bytes raises the limit"
    return Problem("line-too-long", column, message, hint, line=line)
