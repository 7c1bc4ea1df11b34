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
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple, NoReturn

import orjson

from cevents.input import cutting
from cevents.input.blocks import Block, Place, Unfolding
from cevents.input.cutting import Cut

#: How deep envelopes may nest: an event in SNS in SQS in Lambda is three deep.
MAX_ENVELOPES = 8

_TOKEN = re.compile(rb"[\w-]+\.([\w-]+)\.[\w-]*")
_OBJECT = re.compile(rb'\{\s*+"')
#: How many objects of a line are looked into for an event.
_MOST_OBJECTS = 16
_ROOM = 1024

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_SPACE = re.compile(rb"\s*+")
_BETWEEN = re.compile(rb"[ \t\n\r,]*+")
#: A string or another value that holds no others.
_FLAT = re.compile(_STRING + rb'|[^"{\[,\]} \t\n\r]++', re.DOTALL)
#: The next bracket outside strings.
_BRACKET = re.compile(
    rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]])', re.DOTALL
)
_KEY = re.compile(rb"[ \t\n\r,]*+(" + _STRING + rb")[ \t\n\r]*+:[ \t\n\r]*+", re.DOTALL)
_COLON = re.compile(rb"[ \t\n\r]*+:[ \t\n\r]*+")


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


class Unfolded(NamedTuple):
    """What was inside one text; *shape* names what the text was."""

    shape: str
    pieces: list[Piece]


def unfold_block(block: Block, indexes: Iterable[int], cut: Cut = cutting.cut) -> Block | None:
    """Replace the texts at *indexes*, in order, by what is inside them; keep all others.

    Returns a new block, or None where there was nothing to take out.
    """
    texts: list[bytes] = []
    places: list[Place] = []
    unfoldings: list[Unfolding] = []
    opened = at = 0

    def keep_up_to(index: int) -> None:
        texts.extend(map(block.text, range(at, index)))
        if block.places is None:
            places.extend(Place(block.line + kept) for kept in range(at, index))
        else:
            places.extend(block.places[at:index])

    for index in indexes:
        found = unfold(block.text(index), cut=cut)
        if found is None:
            continue
        keep_up_to(index)
        at = index + 1
        opened += 1
        unfoldings.append(Unfolding(found.shape, len(found.pieces), first=len(texts)))
        is_verbatim = block.places is None or block.places[index].verbatim
        for piece in found.pieces:
            text = piece.text.lstrip()
            start = piece.start + len(piece.text) - len(text) if piece.verbatim else piece.start
            texts.append(text.rstrip())
            line, column = block.place(index, start)
            places.append(Place(line, column, piece.verbatim and is_verbatim))
    if not opened:
        return None
    keep_up_to(len(block))
    made = Block.of_texts(texts, places, block.size)
    made.line = block.line
    made.unfolded = [one._replace(events=one.events - opened) for one in block.unfolded]
    made.unfolded += unfoldings
    made.lacks_newline = block.lacks_newline and at < len(block)
    return made


def unfold(text: bytes, depth: int = MAX_ENVELOPES, cut: Cut = cutting.cut) -> Unfolded | None:
    """Return what is inside a text that is no event; None if it has no known shape.

    A piece may turn out to be no event: whoever reads it says why.
    """
    found = _opened(text, cut) if depth else None
    if found is None:
        return None
    pieces: list[Piece] = []
    has_event = found.shape not in _ANYTHING
    for piece in found.pieces:
        if is_event(piece.text):
            has_event = True
            pieces.append(piece)
        elif inner := unfold(piece.text, depth - 1, cut):
            pieces += [part.within(piece) for part in inner.pieces]
        else:
            pieces.append(piece)
    if not has_event and not any(is_event(piece.text) for piece in pieces):
        return None
    return Unfolded(found.shape, pieces)


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
        if is_event(text) or _opened(text, cutting.cut):
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


def _opened(text: bytes, cut: Cut) -> Unfolded | None:
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] not in (b"{", b"[", b'"'):
        return _of_token(text)
    try:
        value = _value(text)
    except ValueError:
        return _of_several(text, start, cut)
    except RecursionError:
        return None
    try:
        if isinstance(value, dict):
            return _of_object(text, start, value)
        if isinstance(value, list):
            return Unfolded("JSON array", _elements(text, start))
        return _of_string(value.encode(), start)
    except ValueError:
        return None


def _of_several(text: bytes, start: int, cut: Cut) -> Unfolded | None:
    """Take apart JSON texts in a row; what follows the last whole one is a piece, too."""
    end = cutting.end_of_text(text, start, len(text))
    if end is None:
        return None
    first = Piece(text[start:end], start)
    if not (is_event(first.text) or _opened_single(first.text, cut)):
        return None
    pieces = [first]
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
    return Unfolded("glued line", pieces)


def _with_rest(text: bytes, pieces: list[Piece]) -> Unfolded | None:
    """Accept a line with other text in it only if a damaged piece explains that text.

    Then everything from the first damaged piece on is one piece.
    """
    for index, piece in enumerate(pieces):
        if not _is_json(piece.text):
            rest = Piece(text[piece.start :].rstrip(), piece.start)
            return Unfolded("glued line", [*pieces[:index], rest])
    return None


def _is_json(text: bytes) -> bool:
    try:
        _value(text)
    except (ValueError, RecursionError):
        return False
    return True


def _opened_single(text: bytes, cut: Cut) -> Unfolded | None:
    """Open a text that is not several texts in a row."""
    return _opened(text, cut) if _is_json(text) else None


def _of_string(inner: bytes, start: int) -> Unfolded | None:
    if inner[:1] in (b"{", b"["):
        return Unfolded("JSON string", [Piece(inner, start, False)])
    found = _of_token(inner)
    return found and found._replace(pieces=[Piece(found.pieces[0].text, start, False)])


def _of_token(text: bytes) -> Unfolded | None:
    """Take the claims out of a signed token in its compact form (RFC 7519, section 3.1)."""
    found = _TOKEN.fullmatch(text.strip())
    if found is None:
        return None
    try:
        claims = urlsafe_b64decode(found[1] + b"=" * (-len(found[1]) % 4))
    except ValueError:
        return None
    start = len(text) - len(text.lstrip())
    return Unfolded("JWT", [Piece(claims, start, False)]) if claims[:1] == b"{" else None


_Object = dict[str, Any]


def _of_object(text: bytes, start: int, value: _Object) -> Unfolded | None:
    if "metadata" in value and "body" in value:
        return None
    if "attributes" in value and isinstance(value.get("body"), dict):
        # This is what `metadata` is called on its way through Kinesis.
        key, end, _ = _member(text, start, "attributes")
        renamed = text[:key] + b'"metadata"' + text[end:]
        return Unfolded("Kinesis event", [Piece(renamed, 0, False)])
    for shape, key_, take in _ENVELOPES:
        if key_ in value and (pieces := take(text, start, value)) is not None:
            return Unfolded(shape, pieces)
    return _of_column(text, start, value)


def _of_column(text: bytes, start: int, value: _Object) -> Unfolded | None:
    """Take an event out of a row with one column that holds it as a string."""
    found = [
        (key, inner)
        for key, member in value.items()
        if isinstance(member, str) and "{" in member and is_event(inner := member.encode())
    ]
    if len(found) != 1:
        return None
    key, inner = found[0]
    return Unfolded("row", [Piece(inner, _member(text, start, key)[2], False)])


# Where values stand in a text that is known to be JSON


def _member(text: bytes, start: int, key: str) -> tuple[int, int, int]:
    """Return where *key* begins and ends in the object at *start*, and where its value begins."""
    token = b'"%b"' % key.encode()
    if b"\\u" not in text and text.count(token) == 1:
        at = text.index(token)
        end = at + len(token)
        if colon := _COLON.match(text, end):
            return at, end, colon.end()
    found = (start, start, start)
    at = start + 1
    while member := _KEY.match(text, at):
        if member[1] == token or (b"\\" in member[1] and json.loads(member[1]) == key):
            found = (*member.span(1), member.end())
        at = _end(text, member.end())
    return found


def _elements(text: bytes, start: int) -> list[Piece]:
    """Return the elements of the array at *start* as pieces."""
    return [_piece(text, begin, end) for begin, end in _element_spans(text, start)]


def _element_spans(text: bytes, start: int) -> Iterator[tuple[int, int]]:
    at = start + 1
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        if text[at] == ord("]"):
            return
        end = _end(text, at)
        yield at, end
        at = end


def _piece(text: bytes, begin: int, end: int) -> Piece:
    """Return a value as a piece; a string is opened."""
    if text[begin] == ord('"'):
        return Piece(orjson.loads(text[begin:end]).encode(), begin, False)
    return Piece(text[begin:end], begin)


def _end(text: bytes, start: int) -> int:
    """Return where the value at *start* ends."""
    if text[start] not in b"{[":
        return _FLAT.match(text, start).end()  # type: ignore[union-attr]
    if text[start] == ord("{") and (end := _guessed_end(text, start)):
        return end
    depth = 0
    for found in _BRACKET.finditer(text, start):
        depth += 1 if found[1] in b"{[" else -1
        if not depth:
            return found.end()
    raise ValueError("not a JSON text")


def _guessed_end(text: bytes, start: int) -> int | None:
    """Find the end of an object by its braces alone, those in strings included.

    If there is a JSON object up to there, then this is the one. That takes a fifth of the time.
    """
    depth = 0
    at = start
    while end := text.find(b"}", at) + 1:
        depth += text.count(b"{", at, end) - 1
        at = end
        if depth <= 0:
            try:
                orjson.loads(text[start:end])
            except orjson.JSONDecodeError:
                return None
            return end
    return None


# Envelopes

_Take = Callable[[bytes, int, _Object], "list[Piece] | None"]


def _text(key: str) -> _Take:
    """Take what is in the string *key*."""

    def take(text: bytes, start: int, value: _Object) -> list[Piece] | None:
        inner = value[key]
        if not isinstance(inner, str):
            return None
        return [Piece(inner.encode(), _member(text, start, key)[2], False)]

    return take


def _object(key: str) -> _Take:
    """Take the object *key*."""

    def take(text: bytes, start: int, value: _Object) -> list[Piece] | None:
        if not isinstance(value[key], dict):
            return None
        begin = _member(text, start, key)[2]
        return [Piece(text[begin : _end(text, begin)], begin)]

    return take


def _either(first: _Take, second: _Take) -> _Take:
    def take(text: bytes, start: int, value: _Object) -> list[Piece] | None:
        found = first(text, start, value)
        return second(text, start, value) if found is None else found

    return take


def _each(key: str) -> _Take:
    """Take every element of the array *key*: its objects are unfolded in their turn."""

    def take(text: bytes, start: int, value: _Object) -> list[Piece] | None:
        if not isinstance(value[key], list):
            return None
        return _elements(text, _member(text, start, key)[2])

    return take


def _base64(key: str) -> _Take:
    def take(text: bytes, start: int, value: _Object) -> list[Piece] | None:
        if not isinstance(value[key], str):
            return None
        try:
            inner = b64decode(value[key], validate=True)
        except ValueError:
            return None
        return [Piece(inner, _member(text, start, key)[2], False)]

    return take


def _inside(key: str, inner: str, take: Callable[[str], _Take]) -> _Take:
    """Take what *take* takes of *inner* in the object *key*."""
    take_inner = take(inner)

    def taken(text: bytes, start: int, value: _Object) -> list[Piece] | None:
        inside = value[key]
        if not isinstance(inside, dict) or inner not in inside:
            return None
        return take_inner(text, _member(text, start, key)[2], inside)

    return taken


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
    ("EventBridge event", "detail", _object("detail")),
    ("SQS message", "body", _text("body")),
    ("Splunk result", "result", _inside("result", "_raw", _text)),
    ("Splunk result", "_raw", _text("_raw")),
    ("Splunk event", "event", _either(_object("event"), _text("event"))),
)
