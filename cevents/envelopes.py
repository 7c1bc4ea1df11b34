"""What events travel in, and how they are taken out of it in their own bytes.

A queue, a stream or a log store wraps each event, or several, in JSON of its own: as an object, as
a string that holds JSON again, in base64. What is inside is taken out as often as need be. No
signature is verified: a token's claims are taken for what they say.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec

#: How deep envelopes may nest: an event in SNS in SQS in Lambda is three deep.
MAX_ENVELOPES = 8

_Members = dict[str, msgspec.Raw]
_members = msgspec.json.Decoder(_Members).decode
_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode
_string = msgspec.json.Decoder(str).decode
_first = msgspec.json.Decoder(msgspec.Raw).decode

_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_TOKEN = re.compile(rb"[\w-]+\.([\w-]+)\.[\w-]*")
_KINESIS_KEY = re.compile(rb'"attributes"(?=\s*:)')


class Piece(NamedTuple):
    """A text found inside another, and where: *start* is a byte offset there.

    One that is *verbatim* stands there byte for byte; any other is in the string that starts there.
    """

    text: bytes
    start: int
    verbatim: bool = True

    def within(self, outer: Piece) -> Piece:
        """Return this piece of *outer* as one of what *outer* is a piece of."""
        if not outer.verbatim:
            return Piece(self.text, outer.start, False)
        return self._replace(start=outer.start + self.start)


class Unfolded(NamedTuple):
    """What was inside one text: its *shape* is the name of what it was."""

    shape: str
    pieces: list[Piece]


def unfold(text: bytes, depth: int = MAX_ENVELOPES) -> Unfolded | None:
    """Take a text that is no event out of what it is in; None if it is nothing known.

    A piece may turn out to be no event: whoever reads it says why.
    """
    found = _opened(text) if depth else None
    if found is None:
        return None
    pieces: list[Piece] = []
    for piece in found.pieces:
        inner = None if is_event(piece.text) else unfold(piece.text, depth - 1)
        pieces += [part.within(piece) for part in inner.pieces] if inner else [piece]
    if found.shape in _ANYTHING and not any(is_event(piece.text) for piece in pieces):
        return None
    return Unfolded(found.shape, pieces)


#: Shapes that may hold anything: they are told from what is no input of ours by an event inside.
_ANYTHING = frozenset(("JSON array", "JSON string", "JWT", "glued line"))


def _opened(text: bytes) -> Unfolded | None:
    open_ = _OPENERS.get(text.lstrip()[:1], _of_token)
    try:
        return open_(text)
    except msgspec.ValidationError:
        return None
    except msgspec.DecodeError:
        return _of_several(text)
    except (ValueError, RecursionError):
        return None


def is_event(text: bytes) -> bool:
    """Whether a text looks like an event: an object with `metadata` and `body`."""
    try:
        return {"metadata", "body"} <= _members(text).keys()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


def event_inside(line: bytes) -> int | None:
    """Return where in a line that is no JSON an event begins; None if none is seen."""
    for found in islice(_OBJECT.finditer(line), _MOST_OBJECTS):
        text = line[found.start() :]
        try:
            end = end_of_first(text)
        except (msgspec.DecodeError, RecursionError):
            continue
        if is_event(text[:end]) or _opened(text[:end]):
            return found.start()
    return None


_OBJECT = re.compile(rb'\{\s*+"')
#: How many objects of a line are looked into for an event.
_MOST_OBJECTS = 16


def end_of_first(text: bytes | memoryview) -> int | None:
    """Return where the first of several JSON texts ends, with the space after it; None if there is
    just one. Raises msgspec.DecodeError where there is none, or not the whole of it."""
    try:
        _first(text)
    except msgspec.DecodeError as error:
        found = _TRAILING.search(str(error))
        if found is None:
            raise
        return int(found[1]) - 1
    return None


def _of_several(text: bytes) -> Unfolded | None:
    """Take apart JSON texts in a row; what is left behind the last whole one is a piece, too."""
    pieces: list[Piece] = []
    at, view = 0, memoryview(text)
    while at < len(text):
        try:
            length = end_of_first(view[at:])
        except msgspec.DecodeError:
            length = None
        end = len(text) if length is None else at + length
        piece = Piece(text[at:end].rstrip(), at)
        is_known = bool(pieces) or (length and (is_event(piece.text) or _opened(piece.text)))
        if text[at : at + 1] not in _OPENERS or not is_known:
            return None
        pieces.append(piece)
        at = end
    return Unfolded("glued line", pieces)


def _of_array(text: bytes) -> Unfolded:
    return Unfolded("JSON array", _placed(text, [bytes(raw) for raw in _elements(text)]))


def _of_string(text: bytes) -> Unfolded | None:
    inner = _string(text).encode()
    if inner[:1] in (b"{", b"["):
        return Unfolded("JSON string", [Piece(inner, len(text) - len(text.lstrip()), False)])
    return _of_token(inner)


def _of_token(text: bytes) -> Unfolded | None:
    """Take the claims out of a signed token in its compact form (RFC 7519, section 3.1)."""
    found = _TOKEN.fullmatch(text.strip())
    if found is None:
        return None
    claims = urlsafe_b64decode(found[1] + b"=" * (-len(found[1]) % 4))
    start = len(text) - len(text.lstrip())
    return Unfolded("JWT", [Piece(claims, start, False)]) if claims[:1] == b"{" else None


def _of_object(text: bytes) -> Unfolded | None:
    members = _members(text)
    if {"metadata", "body"} <= members.keys():
        return None
    if {"attributes", "body"} <= members.keys() and bytes(members["body"])[:1] == b"{":
        return _with_metadata(text)
    for shape, key, take in _ENVELOPES:
        if key in members and (found := take(members)) is not None:
            return Unfolded(shape, _placed(text, found))
    return _of_column(text, members)


def _with_metadata(text: bytes) -> Unfolded:
    """Call `metadata` what is called `attributes` on its way through Kinesis."""
    own = _members(text)["attributes"]
    for key in _KINESIS_KEY.finditer(text):
        if text[key.end() :].lstrip()[1:].lstrip().startswith(bytes(own)):
            renamed = b'%b"metadata"%b' % (text[: key.start()], text[key.end() :])
            return Unfolded("Kinesis event", [Piece(renamed, 0, False)])
    return Unfolded("Kinesis event", [Piece(text, 0)])


def _of_column(text: bytes, members: _Members) -> Unfolded | None:
    """Take an event out of a row with one column that holds it as a string."""
    columns = [bytes(raw) for raw in members.values() if bytes(raw)[:1] == b'"']
    found = [raw for raw in columns if is_event(_string(raw).encode())]
    return Unfolded("row", _placed(text, found)) if len(found) == 1 else None


class _Made(NamedTuple):
    """What the JSON string *token* stood for."""

    token: bytes
    text: bytes


def _placed(text: bytes, values: Sequence[bytes | _Made]) -> list[Piece]:
    """Return JSON values that stand in *text*, in that order, as pieces; strings are opened."""
    pieces, at = [], 0
    for value in values:
        token = value.token if isinstance(value, _Made) else value
        start = text.find(token, at)
        at = start + len(token)
        if isinstance(value, _Made):
            pieces.append(Piece(value.text, start, False))
        elif token[:1] == b'"':
            pieces.append(Piece(_string(token).encode(), start, False))
        else:
            pieces.append(Piece(token, start))
    return pieces


_OPENERS: dict[bytes, Callable[[bytes], Unfolded | None]] = {
    b"{": _of_object,
    b"[": _of_array,
    b'"': _of_string,
}

_Take = Callable[[_Members], "list[bytes | _Made] | None"]


def _value(key: str, *kinds: bytes) -> _Take:
    """Take the value of *key*, if it begins with one of *kinds*."""

    def take(members: _Members) -> list[bytes | _Made] | None:
        value = bytes(members[key])
        return [value] if value[:1] in kinds else None

    return take


def _each(key: str) -> _Take:
    """Take every element of the array *key*: its objects are unfolded in their turn."""

    def take(members: _Members) -> list[bytes | _Made] | None:
        value = bytes(members[key])
        return [bytes(raw) for raw in _elements(value)] if value[:1] == b"[" else None

    return take


def _base64(key: str) -> _Take:
    def take(members: _Members) -> list[bytes | _Made] | None:
        token = bytes(members[key])
        if token[:1] != b'"':
            return None
        try:
            return [_Made(token, b64decode(_string(token), validate=True))]
        except binascii.Error:
            return None

    return take


def _inside(key: str, inner: str, take: Callable[[str], _Take]) -> _Take:
    """Take what *take* takes of *inner* in the object *key*."""

    def taken(members: _Members) -> list[bytes | _Made] | None:
        value = bytes(members[key])
        if value[:1] != b"{":
            return None
        inside = _members(value)
        return take(inner)(inside) if inner in inside else None

    return taken


def _text(key: str) -> _Take:
    return _value(key, b'"')


#: The envelopes: what each is called, the key that tells it, and how to take out what it holds.
_ENVELOPES: tuple[tuple[str, str, _Take], ...] = (
    ("SQS response", "Messages", _each("Messages")),
    ("Lambda invocation", "Records", _each("Records")),
    ("Firehose request", "records", _each("records")),
    ("SQS message", "Body", _text("Body")),
    ("SNS record", "Sns", _inside("Sns", "Message", _text)),
    ("Kinesis record", "kinesis", _inside("kinesis", "data", _base64)),
    ("Kinesis record", "Data", _base64("Data")),
    ("Firehose record", "data", _base64("data")),
    ("SNS notification", "Message", _text("Message")),
    ("EventBridge event", "detail", _value("detail", b"{")),
    ("SQS message", "body", _text("body")),
    ("Splunk result", "result", _inside("result", "_raw", _text)),
    ("Splunk result", "_raw", _text("_raw")),
    ("Splunk event", "event", _value("event", b"{", b'"')),
)
