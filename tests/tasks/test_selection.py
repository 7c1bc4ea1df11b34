"""`filter`: lines come out as they went in, and each is chosen for itself."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cevents.canvas.timestamps import parse
from cevents.tasks.selection import Selection, Times, parse_where

from ..strategies import dumps, few_ids, quick, timestamps, usual_timestamps
from .answers import result_of, split_lines, written


def is_subsequence(part: list[bytes], whole: list[bytes]) -> bool:
    """Whether *part* is *whole* with some of it left out."""
    rest = iter(whole)
    return all(line in rest for line in part)


@quick
@given(
    dumps,
    st.frozensets(few_ids),
    st.sampled_from(
        ("metadata.user_id", "body.x=1", "body.x!=1", "body.conversation_id>=2", "body.x~=.")
    ),
    st.booleans(),
)
def test_filter_writes_what_it_read(
    data: bytes, conversations: frozenset[str], where: str, places: bool
) -> None:
    """Output is a subsequence of the input's lines, byte for byte; what fits is not inverted."""
    split = split_lines(data)
    ids = (("body.conversation_id", conversations),)
    times = Times("metadata.event_time", parse("2000-01-01T00:00:00Z").instant, None)
    plain, inverted = (
        result_of(
            Selection(ids, frozenset(), times, (parse_where(where),), invert=invert, places=places),
            data,
            plain=True,
        )
        for invert in (False, True)
    )
    for result in (plain, inverted):
        assert is_subsequence(written(result), split)
        assert len(result.chosen) == len(written(result))
        assert not places or len(result.output) == len(result.chosen)
    assert plain.problems == inverted.problems
    assert not set(plain.chosen) & set(inverted.chosen)
    chosen = len(plain.chosen) + len(inverted.chosen)
    assert chosen + plain.bad + len(plain.blanks) == len(split)


@quick
@given(
    texts=st.lists(usual_timestamps() | timestamps(), min_size=1, max_size=4),
    bounds=st.lists(usual_timestamps() | st.none(), min_size=2, max_size=2),
)
@example(["2020-03-10T00:59:59+01:00"], ["2020-03-10T00:00:00Z", None])
@example(["2020-03-09T23:00:00-01:00"], ["2020-03-10T00:00:00Z", "2020-03-10T00:00:00.1Z"])
@example(["0001-01-01T00:00:00+23:59"], [None, "0001-01-01T00:00:00Z"])
@example(["9999-12-31T23:59:59-23:59"], ["9999-12-31T23:59:59.9Z", None])
@example(["2020-03-10T00:00:00.0000009Z"], ["2020-03-10T00:00:00.000001Z", None])
def test_a_block_in_time_is_each_event_in_time(texts: list[str], bounds: list[str | None]) -> None:
    """A block may be taken or left as a whole: that is what its events would be one by one."""
    texts += [bound for bound in bounds if bound]
    since, until = (parse(bound).instant if bound else None for bound in bounds)
    least, most = -(2**63) if since is None else since, 2**63 if until is None else until
    found = [text for text in texts if least <= parse(text).instant < most]
    task = Selection(times=Times("metadata.event_time", since, until))
    line = '{"metadata":{"event_name":"x","event_time":"%s"},"body":{}}\n'
    assert b"".join(result_of(task, "".join(line % text for text in texts).encode()).output) == (
        "".join(line % text for text in found).encode()
    )
    alone = [len(result_of(task, (line % text).encode()).chosen) for text in texts]
    assert sum(alone) == len(found)


@pytest.mark.reader("any")
@pytest.mark.parametrize(
    ("where", "values", "meeting"),
    [
        ("body.x", {"", "null", None}, {"", "null"}),
        ("body.x=a", {"a", "A", None}, {"a"}),
        ("body.x!=a", {"a", "A", None}, {"A", None}),
        ("body.x=1", {"1", "01", "1.0"}, {"1"}),
        ("body.x<10", {"9", "-11", "9.99", "1e1", "09", "", "x", None}, {"9", "-11", "9.99", "09"}),
        ("body.x>=1e2", {"99", "100", "1" + "0" * 5000, "\N{ARABIC-INDIC DIGIT NINE}00"},
         {"100", "1" + "0" * 5000}),
        ("body.x>b", {"a", "c", "10", None}, {"c"}),
        ("body.x~=^a?$", {"a", "", "ba", None}, {"a", ""}),
        ("body.x<=2020-01-01T00:00:00Z",
         {"2020-01-01T01:00:00+01:00", "2020-01-01T00:00:00.1Z", "1"},
         {"2020-01-01T01:00:00+01:00", "1"}),
    ],
)  # fmt: skip
def test_values_that_meet_a_condition(
    where: str, values: set[str | None], meeting: set[str | None]
) -> None:
    """Instants and numbers are compared as such, anything else as text; None is not there."""
    assert parse_where(where).meeting(values) - {None} == meeting - {None}
    assert (None in parse_where(where).meeting(values)) == (None in meeting)


@quick
@given(dumps, st.booleans())
def test_filter_loses_nothing(data: bytes, places: bool) -> None:
    """Without conditions every line is written, rejected or blank."""
    split = split_lines(data)
    result = result_of(Selection(places=places), data, plain=True)
    left_out = result.problems.keys() | set(result.blanks)
    assert written(result) == [line for row, line in enumerate(split) if row not in left_out]
    if not left_out:
        assert b"".join(result.output) == data


@pytest.mark.parametrize(
    ("ids", "names", "needles"),
    [
        ({"123"}, (), {b"123", rb"\u003"}),
        ({"7~123", "70000000000123", "0123"}, (), {b"123", rb"\u003"}),
        ({"0"}, (), {b"0", rb"\u003"}),
        ({"9" * 30}, (), set()),
        (
            (),
            ("conversation_created",),
            {b"conversation_created", *(rb"\u00%d" % n for n in (5, 6, 7))},
        ),
        ((), ("é",), set()),
    ],
)
def test_needles(ids: set[str], names: tuple[str, ...], needles: set[bytes]) -> None:
    """A line that matches holds one of them, however its ids are spelt."""
    wanted = (("body.author_id", frozenset(ids)),) if ids else ()
    task = Selection(wanted, frozenset(names), assume_valid=True)
    assert set(task.needles) == needles
    assert Selection(wanted, frozenset(names)).needles == ()
    assert Selection(wanted, frozenset(names), assume_valid=True, invert=True).needles == ()
