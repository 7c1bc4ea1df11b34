"""Envelopes: what events travel in, and what comes out of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cevents.input.blocks import FIRST, SHAPES, Block, Places
from cevents.input.envelopes import (
    MAX_ENVELOPES,
    Piece,
    event_inside,
    is_event,
    unfold,
)
from cevents.input.unfolding import unfold_block

from ..strategies import examples


def event(login: str) -> bytes:
    """Return an event, compact."""
    metadata = {"user_login": login, "event_name": "x"}
    whole = {"metadata": metadata, "body": {"id": "53", "deep": [{"{": "}"}]}}
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()


A, B, C = event('"né" </x>'), event("a\\b"), event("}]")
TEXTS = [text.decode() for text in (A, B, C)]


def dumped(value: Any) -> bytes:
    """Return a JSON text on one line."""
    return json.dumps(value).encode()


def sqs(text: str) -> dict[str, Any]:
    return {"MessageId": "m-1", "Body": text, "Attributes": {"SentTimestamp": "1"}}


def sns(text: str) -> dict[str, Any]:
    return {"Type": "Notification", "MessageId": "f00", "Message": text}


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def token(text: str) -> str:
    parts = (b'{"alg":"RS256"}', text.encode(), b"\0\1\2")
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


#: What an event may be in: the name of the outermost thing, and how it is put into that.
EACH: list[tuple[str, Callable[[str], bytes]]] = [
    ("SQS message", lambda text: dumped(sqs(text))),
    ("SQS message", lambda text: dumped({"messageId": "1", "body": text})),
    ("SQS message", lambda text: dumped(sqs(json.dumps(sns(text))))),
    ("SNS notification", lambda text: dumped(sns(text))),
    ("SNS record", lambda text: dumped({"EventSource": "aws:sns", "Sns": sns(text)})),
    ("EventBridge event", lambda text: b'{"detail-type":"x","detail":%b}' % text.encode()),
    ("EventBridge event", lambda text: b'{"detail":%b , "id" : 1}' % text.encode()),
    ("Kinesis record", lambda text: dumped({"Data": in_base64(text), "PartitionKey": "1"})),
    ("Kinesis record", lambda text: dumped({"kinesis": {"data": in_base64(text)}})),
    ("Firehose record", lambda text: dumped({"recordId": "1", "data": in_base64(text)})),
    ("Kinesis event", lambda text: b'{"attributes"' + text.encode()[11:]),
    ("JWT", lambda text: token(text).encode()),
    ("JWT", lambda text: b" %b\r" % token(text).encode()),
    ("JWT", lambda text: dumped(token(text))),
    ("JSON string", lambda text: dumped(text)),
    ("JSON string", lambda text: dumped(json.dumps(sns(text)))),
    ("JSON array", lambda text: b" [%b] " % text.encode()),
    ("Splunk event", lambda text: b'{"time":1,"event":%b}' % text.encode()),
    ("Splunk event", lambda text: dumped({"time": 1, "event": text})),
    ("Splunk result", lambda text: dumped({"preview": False, "result": {"_raw": text}})),
    ("Splunk result", lambda text: dumped({"_raw": text, "_time": "1"})),
    ("row", lambda text: dumped({"id": "1", "payload": text})),
    ("row", lambda text: dumped({"id": "1", "payload": text}).replace(b"payload", b"\\u0070")),
    ("SQS message", lambda text: dumped(sqs(text)).replace(b"Body", b"\\u0042ody")),
    ("SQS message", lambda text: dumped({"Body": text, "x": {"Body": 'a "Body": x'}})),
]
each = pytest.mark.parametrize(
    ("shape", "wrapped"), EACH, ids=[f"{n} {shape}" for n, (shape, _) in enumerate(EACH)]
)

#: What several events may be in.
WHOLE: list[tuple[str, bytes]] = [
    ("glued line", A + B + C),
    ("glued line", A + b" " + B + b"\t" + C + b"\r"),
    ("glued line", A + b"[%b]" % B + C),
    ("glued line", A + b"[%b,[%b]]" % (B, C)),
    ("glued line", b"\n".join((A, B, C))),
    ("glued line", b"".join(dumped(text) for text in TEXTS)),
    ("JSON array", b"[%b , %b,%b]" % (A, B, C)),
    ("JSON array", b"[[%b],[%b,%b]]" % (A, B, C)),
    ("JSON array", dumped([sqs(text) for text in TEXTS])),
    ("SQS response", dumped({"Messages": [sqs(text) for text in TEXTS]})),
    ("SQS response", json.dumps({"Messages": [sqs(text) for text in TEXTS]}, indent=4).encode()),
    ("Lambda invocation", dumped({"Records": [{"body": text} for text in TEXTS]})),
    ("Lambda invocation", dumped({"Records": [{"Sns": sns(text)} for text in TEXTS]})),
    (
        "Lambda invocation",
        dumped({"Records": [{"kinesis": {"data": in_base64(text)}} for text in TEXTS]}),
    ),
    ("Firehose request", dumped({"records": [{"data": in_base64(text)} for text in TEXTS]})),
    ("SQS message", dumped(sqs("\n".join(TEXTS)))),
    ("JSON string", dumped("".join(TEXTS))),
]


def texts_in(text: bytes) -> list[bytes] | None:
    found = unfold(text)
    return found and [piece.text.strip() for piece in found.pieces]


@each
def test_one_event(shape: str, wrapped: Callable[[str], bytes]) -> None:
    """It comes out in its own bytes."""
    for text in TEXTS:
        found = unfold(wrapped(text))
        assert found
        assert (found.shape, [piece.text for piece in found.pieces]) == (shape, [text.encode()])


@pytest.mark.parametrize(("shape", "data"), WHOLE, ids=[f"{n}" for n in range(len(WHOLE))])
def test_several_events(shape: str, data: bytes) -> None:
    """They come out in order."""
    found = unfold(data)
    assert found
    assert (found.shape, texts_in(data)) == (shape, [A, B, C])


@pytest.mark.parametrize(
    "text",
    [
        A,
        A[:-1],
        A + b" oops",
        b"x" + A,
        b"",
        b"1",
        b'"text"',
        b"a.b.c",
        b'["a", 1]',
        b"[]",
        b'{"a":1}',
        b"{}" * 3,
        b'{"Body":1}',
        b'{"Data":"no base64"}',
        b'{"Data":"\xc3\xa9"}',
        b'{"detail":"text"}',
        b'{"a":%b,"b":%b}' % (dumped(TEXTS[0]), dumped(TEXTS[1])),
        b'{"Body":"\\ud800"}',
        b'{"Body":"\xff"}',
        b"[" * 5000,
        b"[" * 5000 + b"]" * 5000,
        b"[%b,NaN]" % A,
    ],
)
def test_what_is_in_nothing(text: bytes) -> None:
    """An event, and what nobody knows, stay as they are."""
    assert unfold(text) is None


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        (dumped(sqs("hello")), [b"hello"]),
        (dumped({"Messages": []}), []),
        (dumped({"Messages": [sqs(TEXTS[0]), {}, "x", 1]}), [A, b"{}", b"x", b"1"]),
        (A + b"{oops}" + B, [A, b"{oops}", B]),
        (A + B[:-9], [A, B[:-9]]),
        (A + b"{oops},", [A, b"{oops},"]),
        (b'[%b,{"a":"\\ud800"},{"a":"\xff"},{"a":1e999}]' % A,
         [A, b'{"a":"\\ud800"}', b'{"a":"\xff"}', b'{"a":1e999}']),
        (b'{"detail":{"metadata":"\xff","body":1}}', [b'{"metadata":"\xff","body":1}']),
    ],
)  # fmt: skip
def test_damage_inside(text: bytes, texts: list[bytes]) -> None:
    """What comes out may be no event: whoever reads it says why. The others come out, too."""
    assert texts_in(text) == texts


def test_only_the_key_is_renamed() -> None:
    """What Kinesis calls `attributes` is `metadata`; the word may stand elsewhere, too."""
    text = b'{"x":"attributes","attributes" : {"attributes":1},"body":{}}'
    assert texts_in(text) == [b'{"x":"attributes","metadata" : {"attributes":1},"body":{}}']


def test_last_of_equal_keys_counts() -> None:
    """As in parsers."""
    data = b'{"detail":{"a":1},"detail":%b}' % A
    assert unfold(data) == ("EventBridge event", [Piece(A, 27)])


def test_pieces_say_where_they_are() -> None:
    """Byte for byte, or in the string that starts there."""
    for data, start in (
        (b' {"detail": %b}' % A, 12),
        (b' [{"detail": %b}]' % A, 13),
        (A + b" " + A, 0),
    ):
        found = unfold(data)
        assert found
        assert found.pieces[0] == Piece(A, start)
    for data, start in (
        (b' {"Body": %b}' % dumped(TEXTS[0]), 10),
        (b' [{"Body": %b}]' % dumped(TEXTS[0]), 11),
        (b" " + token(TEXTS[0]).encode(), 1),
        (b" " + dumped(TEXTS[0]), 1),
    ):
        found = unfold(data)
        assert found
        assert found.pieces == [Piece(A, start, verbatim=False)]


def test_envelopes_nest_to_a_sane_depth() -> None:
    """Envelopes within envelopes are opened, a few deep."""
    text = TEXTS[0]
    for _ in range(MAX_ENVELOPES):
        text = json.dumps(sqs(text))
    assert texts_in(text.encode()) == [A]
    assert texts_in(json.dumps(sqs(text)).encode()) != [A]


def test_unfolding_is_exact_for_every_prefix() -> None:
    """An envelope cut off anywhere is no envelope, and never an exception."""
    line = dumped({"Records": [{"body": TEXTS[0]}, {"Sns": sns(TEXTS[1])}]})
    assert unfold(line)
    assert [unfold(line[:end]) for end in range(len(line))] == [None] * len(line)


@settings(max_examples=examples(300), deadline=None)
@given(
    st.sampled_from([wrapped(TEXTS[2]) for _, wrapped in EACH] + [data for _, data in WHOLE]),
    st.lists(st.tuples(st.integers(0, 999), st.binary(max_size=3), st.integers(0, 3)), max_size=3),
)
def test_no_bytes_are_too_odd(data: bytes, changes: list[tuple[int, bytes, int]]) -> None:
    """Whatever a line is made of, verbatim pieces stand in it as they say."""
    for at, new, gone in changes:
        data = data[: at % len(data)] + new + data[at % len(data) + gone :] or b"{"
    found = unfold(data)
    is_event(data)
    event_inside(data)
    for piece in found.pieces if found else ():
        assert not piece.verbatim or data.startswith(piece.text, piece.start)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (A, True),
        (b' {"body":1,"metadata":1} ', True),
        (b'{"\\u0062ody":{},"metadata":{}}', True),
        (b'{"body":"\xff","metadata":1e999}', True),
        (b'{"body":"\\ud800","metadata":{}}', False),
        (b'{"a":{"body":1,"metadata":1}}', False),
        (b'["metadata","body"]', False),
        (b'{"metadata":{}}', False),
        (A[:-1], False),
        (A + A, False),
        (b"", False),
    ],
)
def test_what_looks_like_an_event(text: bytes, is_one: bool) -> None:
    """It is an object with metadata and body; what is in those does not matter."""
    assert is_event(text) is is_one


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (b"2020-03-24 INFO " + A, 16),
        (A + b" oops", 0),
        (A[:-20] + B, len(A) - 20),
        (b"x " + dumped(sqs(TEXTS[0])), 2),
        (b"x {}", None),
        (b'x {"a"' * 99 + A, None),
        (b"", None),
    ],
)
def test_event_inside_a_line(line: bytes, at: int | None) -> None:
    """Where an event can be seen in a line, a finding can say so."""
    assert event_inside(line) == at


# Blocks


def unfolded(block: Block, rows: list[int]) -> Block | None:
    made = unfold_block(block, rows)
    return made and made[0]


def test_block_is_unfolded() -> None:
    """The pieces take the place of the line; every other line stays as it was, and where it was."""
    block = Block.of(b"".join((b" {} \r\n", A, b" ", B, b"\n", dumped(sqs(TEXTS[2])), b"\n1")), 7)
    made = unfolded(block, [1, 2, 3])
    assert made
    lines = [made.line_of(index) for index in range(len(made))]
    assert lines == [b" {} \r\n", A + b"\n", B + b"\n", C + b"\n", b"1"]
    column = dumped(sqs(TEXTS[2])).index(b'"{') + 1
    assert [made.place(index, 1) for index in range(5)] == [
        (7, 2),
        (8, 2),
        (8, len(A) + 3),
        (9, column),
        (10, 2),
    ]
    assert made.unfolded == {"glued line": (2, 1), "SQS message": (1, 1)}
    assert made.size == block.size
    assert unfolded(block, [0, 3]) is None


def test_last_line_without_line_feed() -> None:
    """What is taken out of it goes out with one."""
    made = unfolded(Block.of(b"[%b]" % A), [0])
    assert made
    assert made.line_of(0) == A + b"\n"


def test_text_over_several_lines_is_unfolded() -> None:
    """A piece of it is on the line where the input has it."""
    text = b'{"Records": [\n {"detail":\n  %b}]}' % A
    places = Places.of_lines([1, 3])
    places.column[1] = 5
    array = SHAPES.index("JSON array")
    places.shape[:] = bytes([array | FIRST, array])
    block = Block.of_texts([b"{}", text], places)
    made = unfolded(block, [1])
    assert made
    assert [made.place(row) for row in range(2)] == [(1, 1), (5, 3)]
    assert made.unfolded == {"JSON array": (1, 1), "Lambda invocation": (1, 1)}
    made = unfolded(Block.of_texts([text, b"{}"], places), [0])
    assert made
    assert made.unfolded == {"JSON array": (1, 1), "Lambda invocation": (1, 1)}


def test_text_in_a_string_is_unfolded() -> None:
    """All pieces of it are where the string is."""
    places = Places.of_lines([3])
    places.column[0], places.verbatim[0] = 5, False
    made = unfolded(Block.of_texts([A + b"\n" + B], places), [0])
    assert made
    assert [made.place(row, 3) for row in range(2)] == [(3, 5)] * 2
