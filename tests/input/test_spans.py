"""Where in a text's bytes each value stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cevents.input.spans import Span, Spans

from ..strategies import quick, scalars, texts

plain = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2)
)


@quick
@given(
    event=st.fixed_dictionaries(
        {"metadata": st.dictionaries(texts, plain), "body": st.dictionaries(texts, plain)},
        optional={"x": plain},
    ),
    space=st.sampled_from(("", " ", "\t \r")),
)
@example({"metadata": {",": "", "a": "", ":b": 1, "c": "a"}, "body": {}}, "")
@example({"metadata": {}, "body": {"a\\": "\\", '"': '}"{', "": [{"]": ","}, [], {}]}}, " ")
def test_a_span_holds_the_value(event: dict[str, dict[str, Any]], space: str) -> None:
    """Each value stands where it is said to, whatever is around it."""
    separators = (f"{space},{space}", f"{space}:{space}")
    text = json.dumps(event, ensure_ascii=False, separators=separators)
    line = (space + text + space).encode()

    def value(span: Span | None) -> Any:
        return None if span is None else json.loads(line[span.start : span.end])

    assert value(Spans(line)[()]) == event
    for outer, values in {
        (): event,
        ("metadata",): event["metadata"],
        ("body",): event["body"],
    }.items():
        spans = Spans(line)
        assert {key: value(spans[*outer, key]) for key in values} == values
        assert {key: value(span) for key, span in spans.members(outer).items()} == values
        assert spans.get((*outer, "absent")) is None


@pytest.mark.parametrize("name", ["a", ","])
def test_the_last_of_a_repeated_key_counts(name: str) -> None:
    line = b'{"body":{"%b":1,"b":"%b","%b":2,"x":"%b"}}'.replace(b"%b", name.encode())
    assert line[slice(*Spans(line)[("body", name)])] == b"2"
