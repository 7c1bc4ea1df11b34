"""Layouts: what the first bytes tell, and where JSON texts that are not one a line are cut."""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cevents.canvas.problems import Problem
from cevents.input.cutting import DAMAGED, END, FULL, MORE, cut, locate
from cevents.input.layouts import layout_of
from cevents.input.reading import blocks
from cevents.input.sources import Source

from ..strategies import examples
from .test_blocks import Found, found, found_before_failure
from .test_blocks import path as path

A, B, C = (b'{"metadata":{"event_name":"%b"},"body":{}}' % name for name in (b"a", b"b", b"c"))

# What the first bytes tell

LAYOUTS: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "ndjson"),
    ("blank lines", b"\n \n", "ndjson"),
    ("an event a line", A + b"\n" + B, "ndjson"),
    ("one event, no line feed", A, "ndjson"),
    ("glued, in less than a MiB", A * 2, "ndjson"),
    ("glued, in more", A * 30_000, "json"),
    ("an array on its line", b"[%b]\n" % A, "ndjson"),
    ("an array over several", b"[\n%b]" % A, "json"),
    ("an array that begins on the first line", b"[%b,\n%b]" % (A, B), "json"),
    ("indented", b'{\n  "metadata": {}}', "json"),
    ("indented, tabs", b'{\n\t"metadata": {}}', "json"),
    ("indented, blank lines between", b'{\r\n\r\n"metadata": {}}', "json"),
    ("a line cut off behind a brace", b'{"metadata":{\n' + A, "ndjson"),
    ("record separators", b"\x1e" + A, "json"),
    ("strings", b'"%b"\n' % A.replace(b'"', b'\\"'), "ndjson"),
    ("text", b"2020-03-24 INFO " + A, "ndjson"),
    ("a byte order mark first", b"\xef\xbb\xbf[\n", "json"),
    ("binary behind text", b"text\n" + b"\0" * 5000, "ndjson"),
    ("NUL before events", b"\0\0" + A, "ndjson"),
]


@pytest.mark.parametrize(("head", "layout"), [c[1:] for c in LAYOUTS], ids=[c[0] for c in LAYOUTS])
def test_layout(head: bytes, layout: str) -> None:
    """The first line with text in it tells, or the first two; no shorter head tells otherwise."""
    assert layout_of(head, "auto", True) == layout
    for size in range(min(len(head), 300)):
        assert layout_of(head[:size], "auto", False) in (layout, None)


def test_layout_that_is_asked_for() -> None:
    """It is taken as asked, unless the input is no text."""
    assert layout_of(A, "json", True) == "json"
    assert layout_of(b"[\n", "ndjson", True) == "ndjson"
    hint = "`iconv -f UTF-16 -t UTF-8 FILE | cevents … -`"
    problem = Problem("not-utf8", 1, "the input is UTF-16", hint)
    assert layout_of(b"{\0", "ndjson", False) == layout_of(b"\0{", "auto", False) == problem
    problem = Problem("not-utf8", 1, "the input is binary, not text")
    assert layout_of(b"\0\1\2", "json", True) == problem
    assert layout_of(b"\0\1\2", "json", False) is None


# The cutter

#: Bytes, the depth they are cut at, and: the texts, where the cutter stopped, the depth there, why.
CUTS: list[tuple[str, bytes, int, tuple[list[bytes], int, int, int]]] = [
    ("nothing", b"", 0, ([], 0, 0, END)),
    ("space", b" \t\r\n\x1e", 0, ([], 5, 0, END)),
    ("glued", b'{"a":1}{} {}', 0, ([b'{"a":1}', b"{}", b"{}"], 12, 0, END)),
    ("strings", b'"a\\"}""{"', 0, ([b'"a\\"}"', b'"{"'], 9, 0, END)),
    ("brackets in strings", b'{"}{][\\"}":"{"}', 0, ([b'{"}{][\\"}":"{"}'], 15, 0, END)),
    ("array", b"[{},\n{}]", 0, ([b"{}", b"{}"], 8, 0, END)),
    ("arrays in arrays are flat", b'[[{}],["a"]]', 0, ([b"{}", b'"a"'], 12, 0, END)),
    ("array that goes on", b"[[{},", 0, ([b"{}"], 5, 2, END)),
    ("array that began before", b",{}]{}", 1, ([b"{}", b"{}"], 6, 0, END)),
    ("array within a text", b'{"a":[1,{},[{}]]}', 0, ([b'{"a":[1,{},[{}]]}'], 17, 0, END)),
    (
        "spaces within a text",
        b'{ "a" : [ { } , [ ] ] }',
        0,
        ([b'{ "a" : [ { } , [ ] ] }'], 23, 0, END),
    ),
    ("no JSON, but brackets", b"{oops}", 0, ([b"{oops}"], 6, 0, END)),
    ("object that goes on", b'{}{"a":', 0, ([b"{}"], 2, 0, MORE)),
    ("string that goes on", b'{}{"a', 0, ([b"{}"], 2, 0, MORE)),
    ("escape that goes on", b'{"a\\', 0, ([], 0, 0, MORE)),
    ("string alone that goes on", b'"a\\"', 0, ([], 0, 0, MORE)),
    ("number", b"[1]", 0, ([], 1, 1, DAMAGED)),
    ("comma outside arrays", b"{},{}", 0, ([b"{}"], 2, 0, DAMAGED)),
    ("end of no array", b"{}]", 0, ([b"{}"], 2, 0, DAMAGED)),
    ("object behind a string", b'{"a"{}}', 0, ([], 0, 0, DAMAGED)),
    ("object behind an object", b'{"a":{}{}}', 0, ([], 0, 0, DAMAGED)),
    ("object for a key", b'{"a":1,{}:2}', 0, ([], 0, 0, DAMAGED)),
    ("object in an object", b"{{}}", 0, ([], 0, 0, DAMAGED)),
    ("wrong bracket", b'{"a":[}', 0, ([], 0, 0, DAMAGED)),
    ("control character", b'{"a\n":1}', 0, ([], 0, 0, DAMAGED)),
    ("control character, escaped", b'{"a\\\n":1}', 0, ([], 0, 0, DAMAGED)),
    (
        "deep",
        b'{"a":' + b"[" * 1023 + b"]" * 1023 + b"}",
        0,
        ([b'{"a":' + b"[" * 1023 + b"]" * 1023 + b"}"], 2052, 0, END),
    ),
    ("too deep", b'{"a":' + b"[" * 1024, 0, ([], 0, 0, DAMAGED)),
    ("more texts than room", b"{}" * 9 + b"\n", 0, ([b"{}"] * 8, 16, 0, FULL)),
    ("just enough room", b"{}" * 8 + b"\n", 0, ([b"{}"] * 8, 17, 0, END)),
]


@pytest.mark.parametrize(
    ("data", "depth", "expected"), [c[1:] for c in CUTS], ids=[c[0] for c in CUTS]
)
def test_cut(data: bytes, depth: int, expected: tuple[list[bytes], int, int, int]) -> None:
    """A text ends where its brackets balance; what stands around does not matter."""
    texts, reached, depth_there, status = expected
    for before, behind in ((b"", b""), (b"]x", b'}"]')):
        starts, ends = array("I", [0] * 8), array("I", [0] * 9)
        at = len(before)
        all_ = before + data + behind
        answer = cut(all_, at, at + len(data), depth, starts, ends)
        assert answer == (len(texts), at + reached, depth_there, status)
        spans = zip(starts, ends, strict=False)
        assert [all_[start:end] for start, end in spans][: len(texts)] == texts


values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=9,
)


@given(st.lists(st.dictionaries(st.text(), values) | st.text(), max_size=5), st.integers(0, 2))
def test_whatever_is_json_is_cut_out_of_it(texts: list[object], indent: int) -> None:
    """Between texts that are JSON there is nothing to be found but where they end."""
    written = [json.dumps(text, indent=indent or None).encode() for text in texts]
    starts, ends = array("I", [0] * 5), array("I", [0] * 5)
    for before, between, behind, depth in ((b"", b"", b"", 0), (b"[ ", b" ,\n", b"]", 0)):
        data = before + between.join(written) + behind
        assert cut(data, 0, len(data), 0, starts, ends) == (len(texts), len(data), depth, END)
        spans = list(zip(starts, ends, strict=True))[: len(texts)]
        assert [data[start:end] for start, end in spans] == written


# An input of texts

#: Bytes, and what is found in them.
TEXTS: list[tuple[str, bytes, list[Found]]] = [
    ("nothing", b"", []),
    ("array", b"[%b,\n %b]" % (A, B), [(A + b"\n", 1, 2), (B + b"\n", 2, 2)]),
    ("glued", A + B, [(A + b"\n", 1, 1), (B + b"\n", 1, 1 + len(A))]),
    ("record separators", b"\x1e%b\n\x1e%b" % (A, B), [(A + b"\n", 1, 2), (B + b"\n", 2, 2)]),
    ("byte order mark", b"\xef\xbb\xbf[\n%b]" % A, [(A + b"\n", 2, 1)]),
    (
        "indented",
        b'{\n  "a": [\r\n\t1.50\n  ]\n}\n\n{\n}',
        [(b'{"a": [1.50]}\n', 1, 1), (b"{}\n", 7, 1)],
    ),
    (
        "values that are no objects",
        b"[1,\ntrue,null]",
        [(b"1\n", 1, 2), (b"true\n", 2, 1), (b"null\n", 2, 6)],
    ),
    (
        "damaged in an array",
        b"[%b,\n{oops},\n%b]" % (A, B),
        [(A + b"\n", 1, 2), (b"{oops}\n", 2, 1), (B + b"\n", 3, 1)],
    ),
    (
        "text between",
        b"[%b,\noops,\n%b]" % (A, B),
        [(A + b"\n", 1, 2), (b"oops,\n", 2, 1), (B + b"\n", 3, 1)],
    ),
    ("end missing", b"[\n" + A[:-1] + B + b"]", [(A[:-1] + b"\n", 2, 1), (B + b"\n", 2, len(A))]),
    (
        "cut off in a string",
        b"[\n" + A[:-20] + B + b"]",
        [(A[:-20] + b"\n", 2, 1), (B + b"\n", 2, len(A) - 19)],
    ),
    (
        "two ends",
        A + b"}" + B,
        [(A + b"\n", 1, 1), (b"}\n", 1, 1 + len(A)), (B + b"\n", 1, 2 + len(A))],
    ),
    ("array without an end", b"[\n%b,\n" % A, [(A + b"\n", 2, 1), ("not-json", 3, 1)]),
    ("array cut off", b"[\n%b,\n%b" % (A, B[:-2]), [(A + b"\n", 2, 1), (B[:-2] + b"\n", 3, 1)]),
    (
        "too long",
        b"[%b,\n{%b},\n%b]" % (A, b" " * 99, B),
        [(A + b"\n", 1, 2), ("line-too-long", 2, 1), (B + b"\n", 3, 1)],
    ),
    (
        "too long, at the end",
        A + b"{" + b" " * 99,
        [(A + b"\n", 1, 1), ("line-too-long", 1, 1 + len(A))],
    ),
]


@pytest.mark.parametrize(("data", "expected"), [c[1:] for c in TEXTS], ids=[c[0] for c in TEXTS])
def test_texts(path: Path, data: bytes, expected: list[Found]) -> None:
    """Whatever the size of a block, the texts and their places are these."""
    for size in (1, 2, 7, 100, 1 << 20):
        assert found(path, data, framing="json", max_line_bytes=60, block_bytes=size) == expected


@pytest.mark.parametrize("end", [b"", b"]", b",\n%b]" % A])
def test_input_that_breaks_off(path: Path, end: bytes) -> None:
    """What is left of a text, or of the array, is no finding: why it breaks off is told."""
    data = ("\ufeff[\n" + A.decode() + ",\n" + B.decode()[:-9]).encode("utf-16-le") + b"{"
    path.write_bytes(data)
    seen, reason = found_before_failure(path)
    assert seen == [(A + b"\n", 2, 1)]
    assert reason.endswith("its UTF-16 ends within a character")


texts = st.lists(
    st.sampled_from((A, B, C, A[:-1], A[:-20], b'{"x":1}', b"7", b"{", b'"', b"]", b"oops", b"\\")),
    max_size=6,
).flatmap(
    lambda texts: st.sampled_from(
        (
            b"\n".join(texts),
            b"".join(texts),
            b"[" + b",".join(texts) + b"]",
            b"[\n" + b",\n".join(texts) + b"\n]",
            b"".join(b"\x1e%b\n" % text for text in texts),
            b"\n".join(text.replace(b'"body"', b'\n\n "body"') for text in texts),
            b"{\n" + b"\n".join(texts),
            b"[\n" + b" " * 70 + b",  ".join(texts),
        )
    )
)


@settings(max_examples=examples(300), deadline=None)
@given(texts, st.integers(1, 300), st.sampled_from((1 << 20, 70, 40, 20)), st.booleans())
@example(b"[" + A + b",\n" + b" " * 70 + B + b"]", 1, 1 << 20, False)
def test_size_of_blocks_does_not_matter(
    path: Path, data: bytes, size: int, longest: int, is_asked_for: bool
) -> None:
    """Texts, places and faults are the same however many bytes are read at a time."""
    framing = "json" if is_asked_for else "auto"
    options = {"framing": framing, "max_line_bytes": longest}
    assert found(path, data, block_bytes=size, **options) == found(path, data, **options)


def test_missing_quote_costs_one_event(path: Path) -> None:
    """It turns strings inside out: that is seen long before the end of the input."""
    whole = A * 5000
    lines = [line for line, *_ in found(path, A[:-20] + whole, framing="json")]
    assert lines == [A[:-20] + b"\n", *[A + b"\n"] * 5000]


def test_long_texts_take_time_by_their_bytes(path: Path) -> None:
    """An indented response of a queue is one text, and is not looked at again with each block."""
    response = json.dumps({"Messages": [{"Body": A.decode()}] * 20_000}, indent=1).encode()
    looked_at = 0

    def counting(
        data: bytes | bytearray,
        at: int,
        stop: int,
        depth: int,
        starts: array[int],
        ends: array[int],
    ) -> tuple[int, int, int, int]:
        nonlocal looked_at
        looked_at += stop - at
        return cut(data, at, stop, depth, starts, ends)

    native = SimpleNamespace(cut=counting, locate=locate)
    assert len(found(path, response, block_bytes=1000, native=native)) == 1
    assert looked_at < 4 * len(response)


def test_glued_texts_are_cut_as_they_arrive(path: Path) -> None:
    """An input of one endless line is never held as a whole."""
    data = (A + B) * 4000
    path.write_bytes(data)
    sizes = [block.size for block in blocks(Source(str(path)), block_bytes=65536)]
    assert sum(sizes) == len(data)
    assert max(sizes) < 2**20 + 2**17


def test_array_is_one_however_it_arrives(path: Path) -> None:
    """Its first bracket may come in a block of its own."""
    path.write_bytes(b" [" + A + b",\n" + b" " * 70 + B + b"]")
    for size in (1, 2, 50, 1000):
        found = blocks(Source(str(path)), block_bytes=size, framing="json")
        assert {shape for block in found for shape in block.unfolded} == {"JSON array"}
