"""What events travel in, and how they are taken out of it in their own bytes.

A queue, a stream or a log store wraps each event, or several, in JSON of its own: as an object, as
a string that holds JSON again, in base64. What is inside is taken out as often as need be. No
signature is verified: a token's claims are taken for what they say.
"""

from __future__ import annotations

import json
import re
from array import array
from base64 import b64decode, urlsafe_b64decode
from itertools import islice
from typing import Any, Final, Literal, NamedTuple, NoReturn

import orjson

from cevents.input import cutting
from cevents.input.spans import Span, elements, members

#: How deep envelopes may nest: an event in SNS in SQS in Lambda is three deep.
MAX_ENVELOPES = 8

_TOKEN = re.compile(rb"[\w-]+\.([\w-]+)\.[\w-]*")
_OBJECT = re.compile(rb'\{\s*+"')
#: How many objects of a line are looked into for an event.
_MOST_OBJECTS = 16
_ROOM = 1024

_SPACE = re.compile(rb"\s*+")


class Piece(NamedTuple):
    """A text found inside another, and where: *start* is a byte offset there.

    A piece that is not *verbatim* was in a string, or in base64, that starts there.
    """

    text: bytes
    start: int
    verbatim: bool = True

    def within(self, outer: Piece) -> Piece:
        """Return this piece of *outer* as a piece of what *outer* was found in."""
        if not outer.verbatim:
            return Piece(self.text, outer.start, False)
        return self._replace(start=outer.start + self.start)


class Opened(NamedTuple):
    """What was inside one text; *shape* names what the text was."""

    shape: str
    pieces: list[Piece]


def unfold(text: bytes, depth: int = MAX_ENVELOPES, native: Any = None) -> Opened | None:
    """Return what is inside a text that is no event; None if it has no known shape.

    A piece may turn out to be no event: whoever reads it says why.
    """
    found = _opened(text, native) if depth else None
    if found is None:
        return None
    pieces: list[Piece] = []
    has_event = found.shape not in _ANYTHING
    for piece in found.pieces:
        if is_event(piece.text):
            has_event = True
            pieces.append(piece)
        elif inner := unfold(piece.text, depth - 1, native):
            pieces += [part.within(piece) for part in inner.pieces]
        else:
            pieces.append(piece)
    if not has_event and not any(is_event(piece.text) for piece in pieces):
        return None
    return Opened(found.shape, pieces)


#: Shapes that may hold anything. Only an event inside tells that they are input of ours.
_ANYTHING = frozenset(("JSON array", "JSON string", "JWT", "glued line"))


def is_event(text: bytes) -> bool:
    """Whether a text looks like an event: an object with `metadata` and `body`."""
    # Only an escape can hide a key.
    if b"\\" not in text and not (b'"metadata"' in text and b'"body"' in text):
        return False
    try:
        value = _value(text, may_be_odd=False)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "metadata" in value and "body" in value


def event_inside(line: bytes) -> int | None:
    """Return where in a line that is no JSON an event begins; None if none is seen."""
    for found in islice(_OBJECT.finditer(line), _MOST_OBJECTS):
        end = cutting.end_of_text(line, found.start(), len(line))
        if end is None:
            continue
        text = line[found.start() : end]
        if is_event(text) or _opened(text, None):
            return found.start()
    return None


def _value(text: bytes, may_be_odd: bool = True) -> Any:
    """Return the value of a JSON text. Raises ValueError.

    Bytes that are not UTF-8, and numbers past a double, are problems of the event that they are
    in: what is around it can be opened all the same. So are lone surrogates, if it *may_be_odd*.
    Strings with such bytes or surrogates cannot be encoded.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        value = _slow_value(text.decode(errors="surrogateescape"))
    if not may_be_odd and b"\\u" in text:
        plain = _slow_value(text.decode(errors="replace"))
        json.dumps(plain, ensure_ascii=False).encode()
    return value


def _slow_value(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _opened(text: bytes, native: Any) -> Opened | None:
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] not in (b"{", b"[", b'"'):
        return _of_token(text)
    try:
        value = _value(text)
    except ValueError:
        return _of_several(text, start, native)
    except RecursionError:
        return None
    try:
        if isinstance(value, dict):
            return _of_object(text, start, value)
        if isinstance(value, list):
            return Opened("JSON array", _elements(text, start))
        return _of_string(value.encode(), start)
    except ValueError:
        return None


def _of_several(text: bytes, start: int, native: Any) -> Opened | None:
    """Take apart JSON texts in a row; what follows the last whole one is a piece, too."""
    end = cutting.end_of_text(text, start, len(text))
    if end is None:
        return None
    first = Piece(text[start:end], start)
    if not (is_event(first.text) or _opened_single(first.text, native)):
        return None
    pieces = [first]
    cut = (native or cutting).cut
    starts, ends = array("I", bytes(4 * _ROOM)), array("I", bytes(4 * _ROOM))
    at = end
    is_flat = True  # no array is among them: the cutter would take its elements for texts
    while at < len(text):
        if is_flat:
            count = cut(text, at, len(text), 0, starts, ends)[0]
            for begin, end in zip(starts[:count], ends[:count], strict=True):
                if text[at:begin].strip():
                    is_flat = False
                    break
                pieces.append(Piece(text[begin:end], begin))
                at = end
            if is_flat and count == _ROOM:
                continue
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
        if at == len(text):
            break
        if text[at] not in b'{["':
            return _with_rest(text, pieces)
        found = cutting.end_of_text(text, at, len(text))
        end = len(text) if found is None else found
        pieces.append(Piece(text[at:end].rstrip(), at))
        at = end
    return Opened("glued line", pieces)


def _with_rest(text: bytes, pieces: list[Piece]) -> Opened | None:
    """Accept a line with other text in it only if a damaged piece explains that text.

    Then everything from the first damaged piece on is one piece.
    """
    for index, piece in enumerate(pieces):
        if not _is_json(piece.text):
            rest = Piece(text[piece.start :].rstrip(), piece.start)
            return Opened("glued line", [*pieces[:index], rest])
    return None


def _is_json(text: bytes) -> bool:
    try:
        _value(text)
    except (ValueError, RecursionError):
        return False
    return True


def _opened_single(text: bytes, native: Any) -> Opened | None:
    """Open a text that is not several texts in a row."""
    return _opened(text, native) if _is_json(text) else None


def _of_string(inner: bytes, start: int) -> Opened | None:
    if inner[:1] in (b"{", b"["):
        return Opened("JSON string", [Piece(inner, start, False)])
    found = _of_token(inner)
    return found and found._replace(pieces=[Piece(found.pieces[0].text, start, False)])


def _of_token(text: bytes) -> Opened | None:
    """Take the claims out of a signed token in its compact form (RFC 7519, section 3.1)."""
    found = _TOKEN.fullmatch(text.strip())
    if found is None:
        return None
    try:
        claims = urlsafe_b64decode(found[1] + b"=" * (-len(found[1]) % 4))
    except ValueError:
        return None
    start = len(text) - len(text.lstrip())
    return Opened("JWT", [Piece(claims, start, False)]) if claims[:1] == b"{" else None


class Envelope(NamedTuple):
    """An object that holds events: its *shape*, the *keys* to what it holds, and how.

    Events are held as text in a string, in base64, in an object, or in an array, of which each
    element is unfolded in its turn.
    """

    shape: str
    keys: tuple[str, ...]
    holds: Literal["text", "base64", "object", "array"]


#: What is opened, the first one that fits.
ENVELOPES: Final = (
    Envelope("SQS response", ("Messages",), "array"),
    Envelope("Lambda invocation", ("Records",), "array"),
    Envelope("Firehose request", ("records",), "array"),
    Envelope("SQS message", ("Body",), "text"),
    Envelope("SNS record", ("Sns", "Message"), "text"),
    Envelope("Kinesis record", ("kinesis", "data"), "base64"),
    Envelope("Kinesis record", ("Data",), "base64"),
    Envelope("Firehose record", ("data",), "base64"),
    Envelope("SNS notification", ("Message",), "text"),
    Envelope("EventBridge event", ("detail",), "object"),
    Envelope("SQS message", ("body",), "text"),
    Envelope("Splunk result", ("result", "_raw"), "text"),
    Envelope("Splunk result", ("_raw",), "text"),
    Envelope("Splunk event", ("event",), "object"),
    Envelope("Splunk event", ("event",), "text"),
)

#: What `metadata` and `body` are called in an event. Kinesis renames the first of them.
EVENT: Final = ("metadata", "body")
KINESIS_EVENT: Final = ("attributes", "body")

_Object = dict[str, Any]


def _of_object(text: bytes, start: int, value: _Object) -> Opened | None:
    if value.keys() >= set(EVENT):
        return None
    if "attributes" in value and isinstance(value.get("body"), dict):
        key, _ = _member(text, start, "attributes")
        renamed = text[: key.start] + b'"metadata"' + text[key.end :]
        return Opened("Kinesis event", [Piece(renamed, 0, False)])
    for envelope in ENVELOPES:
        if (pieces := _held(text, start, value, envelope)) is not None:
            return Opened(envelope.shape, pieces)
    return _of_column(text, start, value)


def _held(text: bytes, start: int, value: Any, envelope: Envelope) -> list[Piece] | None:
    """Return what an envelope holds; None if the object is another one."""
    for key in envelope.keys:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    if not isinstance(value, _HOLDS[envelope.holds]):
        return None
    at = start
    for key in envelope.keys:
        _, (at, end) = _member(text, at, key)
    if envelope.holds == "array":
        return _elements(text, at)
    if envelope.holds == "object":
        return [Piece(text[at:end], at)]
    if envelope.holds == "text":
        return [Piece(value.encode(), at, False)]
    try:
        return [Piece(b64decode(value, validate=True), at, False)]
    except ValueError:
        return None


_HOLDS = {"text": str, "base64": str, "object": dict, "array": list}


def _of_column(text: bytes, start: int, value: _Object) -> Opened | None:
    """Take an event out of a row with one column that holds it as a string."""
    found = [
        (key, inner)
        for key, member in value.items()
        if isinstance(member, str) and "{" in member and is_event(inner := member.encode())
    ]
    if len(found) != 1:
        return None
    key, inner = found[0]
    return Opened("row", [Piece(inner, _member(text, start, key)[1].start, False)])


def _member(text: bytes, start: int, key: str) -> tuple[Span, Span]:
    """Return the spans of the last such key, and of its value, in the object at *start*."""
    token = b'"%b"' % key.encode()
    for name, value in members(text, start):
        raw = text[name.start : name.end]
        if raw == token or (b"\\" in raw and json.loads(raw) == key):
            found = name, value
    return found


def _elements(text: bytes, start: int) -> list[Piece]:
    return [_element(text, span) for span in elements(text, start)]


def _element(text: bytes, span: Span) -> Piece:
    """Return an element of an array as a piece; a string is opened."""
    value = text[span.start : span.end]
    if value.startswith(b'"'):
        return Piece(orjson.loads(value).encode(), span.start, False)
    return Piece(value, span.start)
