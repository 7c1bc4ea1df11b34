"""Where in a text's bytes each value stands."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from cevents.input.spans import locate

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
@example({"metadata": {}, "body": {"a\\": "\\", '"': '}"{', "": [{"]": ","}, [], {}]}}, " ")
def test_a_span_holds_the_value(event: dict[str, dict[str, Any]], space: str) -> None:
    """Each value stands where it is said to, whatever is around it."""
    separators = (f"{space},{space}", f"{space}:{space}")
    text = json.dumps(event, ensure_ascii=False, separators=separators)
    line = (space + text + space).encode()
    spans = locate(line)
    found: dict[tuple[str | int, ...], Any] = {
        path: json.loads(line[start:end]) for path, (start, end) in spans.items()
    }
    for part in ("metadata", "body"):
        assert {key: found.pop((part, key)) for key in event[part]} == event[part]
    rest: dict[tuple[str | int, ...], Any] = {(key,): value for key, value in event.items()}
    assert found == {(): event, **rest}
