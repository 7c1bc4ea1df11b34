"""The compiled reader takes out of envelopes what the reference does, or leaves it to that."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevents.input import envelopes, unfolding
from cevents.input.blocks import FIRST, SHAPES, Block, Places
from cevents.input.envelopes import ENVELOPES, is_event
from cevents.input.unfolding import unfold_block
from tests.scan.native import native, variants
from tests.strategies import Sketch, events, junk, mutilated, quick

from ..conftest import message


def held(envelope: envelopes.Envelope, text: str) -> Any:
    """Return an envelope that holds a text."""
    inner: Any = text
    if envelope.holds == "base64":
        inner = base64.b64encode(text.encode()).decode()
    elif envelope.holds == "object":
        inner = {"placeholder": 0}
    elif envelope.holds == "array":
        inner = [text, {"Body": text}, 5, None]
    for key in reversed(envelope.keys):
        inner = {"MessageId": "né", key: inner, "more": [{}, "}"]}
    return inner


def wrapped(envelope: envelopes.Envelope, text: str, **options: Any) -> str:
    """Return an envelope that holds a text, as JSON."""
    try:
        found = json.dumps(held(envelope, text), **options)
    except UnicodeError:
        return text
    return found.replace('{"placeholder": 0}', text)


Unfolded = tuple[list[bytes], list[tuple[int, int]], bytes, dict[str, Any]]


def unfolded(block: Block, rows: list[int], compiled: Any) -> Unfolded:
    """Return the texts, their places, whether they are verbatim, and what they were in."""
    made, inner = block, rows
    for depth in range(envelopes.MAX_ENVELOPES, -1, -1):
        found = unfold_block(made, inner, depth, compiled)
        if found is None:
            break
        made, fresh = found
        inner = [row for row in fresh if not is_event(made.text(row))]
    texts = [made.text(row) for row in range(len(made))]
    verbatim = bytes(made.places.verbatim) if made.places else b"\1" * len(made)
    places = [made.place(row, 1) for row in range(len(made))]
    assert (made.line, made.size, made.total) == (block.line, block.size, len(made))
    return texts, places, verbatim, made.unfolded


def assert_same(block: Block, rows: list[int]) -> None:
    expected = unfolded(block, rows, None)
    for variant in variants():
        assert unfolded(block, rows, native) == expected, variant


EVENT = message().rstrip().decode()
ODD = message(user_login='a"b\\c/\n\u00e9\u20ac\U0001f600\x7f' + '"\\' * 70).rstrip().decode()


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda one: ".".join((*one.keys, one.holds)))
@pytest.mark.parametrize("text", [EVENT, ODD, " \t" + EVENT + "\r\n", "x", ""])
def test_each_envelope(envelope: envelopes.Envelope, text: str) -> None:
    for options in ({}, {"ensure_ascii": False}, {"indent": 1}, {"separators": (",", ":")}):
        lines = [wrapped(envelope, text, **options), EVENT, wrapped(envelope, text)]
        texts = [line.encode() for line in lines]
        assert_same(Block.of_texts(texts, Places.of_lines([3, 40, 50])), [0, 1, 2])


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda one: ".".join((*one.keys, one.holds)))
def test_no_envelope_is_left(envelope: envelopes.Envelope, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain one is opened by the compiled reader alone."""

    def refuse(*_: object) -> None:
        raise AssertionError("left to the reference")

    monkeypatch.setattr(unfolding, "unfold", refuse)
    text = wrapped(envelope, ODD).encode()
    found = unfold_block(Block.of(text), [0], native=native)
    assert found
    assert ODD.encode() in [found[0].text(row) for row in range(len(found[0]))]


EVENT_BYTES = EVENT.encode()


@pytest.mark.parametrize(
    "text",
    [
        b'{"Body":"x","Body":"{}"}',
        b'{"B\\u006fdy":"{}","Body":"[]"}',
        b'{"Messages":[]}',
        b'{"Messages":{}}',
        b'{"Records":[],"Body":"x"}',
        b'{"Records":["a",[1],null,-1.5e3,{"a":"\\ud83d\\ude00"}]}',
        b'{"Records":[1,]}',
        b'{"Body":"\\ud83d"}',
        b'{"Body":"\xff"}',
        b'{"Body":"x"} ',
        b'{"Body":"x"}x',
        b'{"Body":"x"',
        b'{"data":"e30="}',
        b'{"data":"e30"}',
        b'{"data":"e30=="}',
        b'{"data":"===="}',
        b'{"data":"e3=0"}',
        b'{"data":"e30=e30="}',
        b'{"data":"e30\\u003d"}',
        b'{"data":"YQ=="}',
        b'{"data":"YR=="}',
        b'{"data":""}',
        b'{"data":"!","Message":"x"}',
        b'{"data":5,"Message":"x"}',
        b'{"kinesis":{"data":"e30=","data":"e30="}}',
        b'{"kinesis":{"d\\u0061ta":"e30="}}',
        b'{"kinesis":{},"Data":"e30="}',
        b'{"kinesis":5,"Data":"e30="}',
        b'{"event":' + EVENT_BYTES + b"}",
        b'{"metadata":1,"body":2,"Body":"x"}',
        b'{"attributes":{},"body":{}}',
        b'{"attributes":{},"body":"x"}',
        b'{"column":"' + EVENT_BYTES.replace(b'"', b'\\"') + b'"}',
        b"[" + EVENT_BYTES + b"]",
        EVENT_BYTES * 2,
        b'{"Records":[' + b"[" * 70 + b"]" * 70 + b"]}",
    ],
)
def test_odd_texts(text: bytes) -> None:
    assert_same(Block.of(text + b"\n" + EVENT_BYTES + b"\n" + text), [0, 2])


def test_texts_of_containers() -> None:
    """What an array or another envelope holds goes on being counted by it, or no longer is."""
    array = SHAPES.index("JSON array")
    texts = [wrapped(ENVELOPES[3], EVENT).encode()] * 3
    places = Places.of_lines([2, 3, 3])
    places.column[2], places.verbatim[1] = 9, False
    places.shape[:] = bytes([array | FIRST, array, array])
    assert_same(Block.of_texts(texts, places), [0, 1, 2])
    assert_same(Block.of_texts(texts, places), [2])


def test_many_pieces_of_a_small_text() -> None:
    text = b'{"Records":[' + b",".join([b"{}"] * 5000) + b"]}"
    assert_same(Block.of(text), [0])


layers = st.lists(
    st.tuples(
        st.sampled_from(ENVELOPES),
        st.sampled_from(({}, {"ensure_ascii": False}, {"indent": 2})),
    ),
    max_size=4,
)


@st.composite
def texts(draw: Callable[..., Any]) -> bytes:
    """Draw an event, or what may be one, in some envelopes."""
    found: bytes = draw(events().map(Sketch.line) | mutilated() | junk)
    for envelope, options in draw(layers):
        text = found.decode(errors="surrogateescape")
        found = wrapped(envelope, text, **options).encode(errors="surrogateescape")
    at = draw(st.integers(0, len(found)))
    sign: bytes = draw(st.sampled_from((b"", b"", b"", b'"', b"\\", b"}", b"\n")))
    return found[:at] + sign + found[at:]


@quick
@given(st.lists(texts(), min_size=1, max_size=4), st.booleans())
def test_drawn_texts(found: list[bytes], has_places: bool) -> None:
    if has_places:
        block = Block.of_texts(found, Places.of_lines(range(7, 7 + len(found))))
    else:
        block = Block.of(b"\n".join(text.replace(b"\n", b" ") for text in found), 7)
    assert_same(block, list(range(len(block))))


def test_calls_that_would_reach_outside() -> None:
    """Whatever is handed over, the compiled reader stays within it."""
    table = unfolding._compiled(native)
    block = Block.of(b'{"Body":"{}"}')
    room = bytearray(len(block.data) + 1 + native.SURPLUS)
    new = (block.starts[:], block.ends[:], bytearray(1), *Places.of(1))
    old = (block.starts, block.ends, bytearray(b"\2"))
    assert native.unfold(table, block.data, old, 1, False, room, new)[1:] == (1, 1)
    for wrong in (old[:2], (*old, 1), (block.starts, block.ends[:0], old[2])):
        with pytest.raises((ValueError, TypeError)):
            native.unfold(table, block.data, wrong, 1, False, room, new)
    with pytest.raises(ValueError, match="within"):
        native.unfold(table, b"{}", old, 1, False, room, new)
    with pytest.raises(ValueError, match="columns"):
        native.unfold(table, block.data, old, 1, False, room, new[:6])
    with pytest.raises(ValueError, match="room"):
        native.unfold(table, block.data, old, 1, False, room[1:], new)
    keys, pairs, rows = table
    for bad in (
        (keys[:2], pairs, rows),
        (keys, ((99, 1),), rows),
        (keys, pairs, ((0, b"", 9, 1),)),
    ):
        with pytest.raises(ValueError, match="no such"):
            native.unfold(bad, block.data, old, 1, False, room, new)
