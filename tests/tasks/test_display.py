"""`show`: an event looks the same, whatever is beside it."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from cevents.tasks.display import Display

from ..strategies import lines, quick
from .answers import result_of

EVENT = (
    b'{"metadata":{"event_name":"logged_out","event_time":"2020-03-24T16:55:59Z"},"body":{"x":%b}}'
)


@quick
@given(st.lists(lines, max_size=5), st.booleans(), st.booleans(), st.booleans())
@example([EVENT % b'"\x7f"', EVENT % b"1"], True, False, False)
@example([EVENT % b"1", EVENT % '"\N{RIGHT-TO-LEFT OVERRIDE}"'.encode()], True, False, True)
@example([EVENT % b"1", EVENT % (b"[" * 1010 + b"]" * 1010)], True, False, False)
def test_block_is_its_lines(split: list[bytes], expand: bool, color: bool, places: bool) -> None:
    """An event is shown alike whatever is beside it, in one piece of output or for itself."""
    task = Display(None, expand=expand, color=color)
    alone = [result_of(task, line, plain=True) for line in split]
    task = Display(None, expand=expand, color=color, places=places)
    result = result_of(task, b"\n".join(split), plain=True)
    shown = [b"".join(part.output) for part in alone if part.chosen]
    assert len(result.chosen) == len(shown)
    assert b"".join(result.output) == b"".join(shown)
    assert not places or result.output == shown
