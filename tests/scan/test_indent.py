"""JSON indented, in plain Python and compiled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevents.scan import indent as reference
from tests.scan.kernels import REFUSED, TAKEN, compiled_only, implementations, native, texts_of
from tests.strategies import LONG

IMPLEMENTATIONS = implementations(reference)


def _indent(kernel: Any, *texts: bytes) -> bytes:
    result: bytes = kernel.indent(*texts_of(texts), 0, len(texts))
    return result


MANUAL = {
    "a member a line": (b'{"a":1,"b":null}', b'{\n  "a": 1,\n  "b": null\n}\n'),
    "an item a line": (b"[1,true]", b"[\n  1,\n  true\n]\n"),
    "empty stays on its line": (b'{"a":{},"b":[ ]}', b'{\n  "a": {},\n  "b": []\n}\n'),
    "two spaces a level": (b'{"a":[{}]}', b'{\n  "a": [\n    {}\n  ]\n}\n'),
    "spaces are made new": (b' {\t"a" :\r 1 , "b":2 } ', b'{\n  "a": 1,\n  "b": 2\n}\n'),
    "marks in strings are text": (b'["{,:[ \\"]"]', b'[\n  "{,:[ \\"]"\n]\n'),
    "a string may end in backslashes": (b'["\\\\","\\\\\\""]', b'[\n  "\\\\",\n  "\\\\\\""\n]\n'),
    "numbers keep their digits": (b"[1.50,1E+2,-0]", b"[\n  1.50,\n  1E+2,\n  -0\n]\n"),
    "escapes stay escapes": (b'{"\\u00e9":"\xc3\xa9"}', b'{\n  "\\u00e9": "\xc3\xa9"\n}\n'),
    "a key may come twice": (b'{"a":1,"a":2}', b'{\n  "a": 1,\n  "a": 2\n}\n'),
    "what a terminal may obey is escaped": (
        '{"\x7f":"é\x9f\\u0085\u202e€\U0001f600\ufeff"}'.encode(),
        '{\n  "\\u007f": "é\\u009f\\u0085\\u202e€\U0001f600\\ufeff"\n}\n'.encode(),
    ),
    "a scalar stays itself": (b" 12 ", b"12\n"),
}


@pytest.mark.parametrize("kernel", IMPLEMENTATIONS)
@pytest.mark.parametrize(("text", "expected"), MANUAL.values(), ids=MANUAL.keys())
def test_manual(kernel: Any, text: bytes, expected: bytes) -> None:
    assert _indent(kernel, text) == expected


@pytest.mark.parametrize("kernel", IMPLEMENTATIONS)
def test_only_what_was_taken_and_asked_for(kernel: Any) -> None:
    texts = texts_of([b"[1]", b"{", b"[]", b"{}"], [TAKEN, REFUSED, TAKEN, TAKEN])
    assert kernel.indent(*texts, 0, 3) == b"[\n  1\n]\n[]\n"
    assert kernel.indent(*texts, 1, 2) == b""
    assert kernel.indent(*texts, 3, 4) == b"{}\n"


@compiled_only
def test_the_same_characters_are_escaped() -> None:
    """Of all that there are, or of those up to the end of the last one that is."""
    last = 0x110000 if LONG else 0x2100
    every = [chr(code) for code in range(0x20, last) if not 0xD800 <= code < 0xE000]
    every.append("\ufeff")
    text = json.dumps(every, ensure_ascii=False).encode()
    assert _indent(native, text) == _indent(reference, text)


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=20,
)
_written = st.builds(
    lambda value, separators, is_ascii: json.dumps(
        value, separators=separators, ensure_ascii=is_ascii, allow_nan=False
    ).encode("utf-8", "replace"),
    _json.filter(lambda value: "Infinity" not in json.dumps(value)),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", "\r\n: ")]),
    st.booleans(),
)


@pytest.mark.parametrize("kernel", IMPLEMENTATIONS)
@given(_json.filter(lambda value: "Infinity" not in json.dumps(value)), st.booleans())
def test_as_the_standard_library_does(kernel: Any, value: Any, is_spaced: bool) -> None:
    separators = (" , ", " : ") if is_spaced else (",", ":")
    text = json.dumps(value, separators=separators).encode()
    assert _indent(kernel, text) == json.dumps(value, indent=2).encode() + b"\n"


@compiled_only
@given(st.lists(_written, max_size=5))
def test_compiled_is_as_the_reference(texts: list[bytes]) -> None:
    assert _indent(native, *texts) == _indent(reference, *texts)


@compiled_only
@given(st.lists(st.text('{}[],:"\\ 1a', max_size=60).map(str.encode), max_size=5))
def test_what_is_no_json_breaks_nothing(texts: list[bytes]) -> None:
    """Every byte but space comes out, whatever the text is."""
    assert b"".join(_indent(native, *texts).split()) == b"".join(b"".join(texts).split())


@pytest.mark.parametrize("kernel", IMPLEMENTATIONS)
@pytest.mark.parametrize("depth", [1, 63, 1024])
def test_deep(kernel: Any, depth: int) -> None:
    """Room is made for texts that become far longer."""
    text = b"[" * depth + b"1" + b"]" * depth
    assert b"".join(_indent(kernel, text, text).split()) == text * 2


@compiled_only
def test_buffers_are_checked() -> None:
    data, starts, ends, state = texts_of([b"[]", b"{}"])
    for short in ((starts[:1], ends, state), (starts, ends[:1], state), (starts, ends, state[:1])):
        with pytest.raises(ValueError, match="fewer"):
            native.indent(data, *short, 0, 2)
    with pytest.raises(ValueError, match="outside"):
        native.indent(data[:-1], starts, ends, state, 0, 2)
    with pytest.raises(ValueError, match="outside"):
        native.indent(data, ends, starts, state, 0, 2)
    with pytest.raises(ValueError, match="rows"):
        native.indent(data, starts, ends, state, 2, 1)
