"""Timestamps exchanged in their lines, in plain Python and compiled."""

from __future__ import annotations

import re
from array import array
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevents.scan import retime as reference
from cevents.scan.columns import NO_ZONE, NONE
from tests.scan.kernels import REFUSED, TAKEN, compiled_only, implementations, native, texts_of

IMPLEMENTATIONS = implementations(reference)
STRING, ESCAPED, NUMBER = 2, 3, 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Zone(NamedTuple):
    """A zone as the kernel is given it."""

    starts: array[int]
    offsets: array[int]
    in_utc: bool = False


def _fixed(minutes: int, in_utc: bool = False) -> Zone:
    return Zone(array("q", [NONE + 1]), array("h", [minutes]), in_utc)


def _instant(text: str) -> int:
    """Return the instant of a text that datetime reads, finer digits cut off."""
    cut = re.sub(r"(\.\d{6})\d+", r"\1", text.upper())
    return (datetime.fromisoformat(cut) - _EPOCH) // timedelta(microseconds=1)


def _run(
    kernel: Any,
    lines: list[str],
    zones: list[Zone],
    zone_of: list[int] | None = None,
    kind: int = STRING,
    values: dict[tuple[int, int], int] | None = None,
    state: list[int] | None = None,
) -> tuple[list[str], int]:
    """Run a kernel on lines in which each timestamp stands between angle brackets; *values* has
    instants by row and place where the text's own is not meant."""
    texts = texts_of([line.replace("<", "").replace(">", "").encode() for line in lines], state)
    count = max((line.count("<") for line in lines), default=0)
    fields = [(array("I"), array("I"), array("B"), array("q")) for _ in range(count)]
    for row, line in enumerate(lines):
        found = list(re.finditer("<([^>]*)>", line))
        for number, (start, length, kinds, value) in enumerate(fields):
            match = found[number] if number < len(found) else None
            before = line[: match.start()].replace("<", "").replace(">", "") if match else ""
            start.append(texts.starts[row] + len(before.encode()) if match else 0)
            length.append(len(match[1]) if match else 0)
            kinds.append(kind if match else 0)
            given_value = (values or {}).get((row, number))
            own = _instant(match[1]) if match and given_value is None else NONE
            value.append(own if given_value is None else given_value)
    fields.reverse()  # they may be in any order
    of_row = None if zone_of is None else array("H", zone_of)
    out, row = kernel.retime(*texts, 0, len(lines), fields, zones, of_row)
    assert out == b"" or out.endswith(b"\n")
    return out.decode().split("\n")[:-1], row


@pytest.fixture(params=IMPLEMENTATIONS)
def kernel(request: pytest.FixtureRequest) -> Any:
    """Give the module that has the function under test."""
    return request.param


UTC_ZONE, BERLIN = _fixed(0, in_utc=True), _fixed(60)
MANUAL = {
    "another offset": ("2020-03-24T16:55:59Z", BERLIN, "2020-03-24T17:55:59+01:00"),
    "UTC is Z": ("2020-03-24T17:55:59+01:00", UTC_ZONE, "2020-03-24T16:55:59Z"),
    "no offset is +00:00": ("2020-03-24T16:55:59Z", _fixed(0), "2020-03-24T16:55:59+00:00"),
    "west is less": ("2020-03-24T16:55:59Z", _fixed(-210), "2020-03-24T13:25:59-03:30"),
    "digits stay": (
        "2020-03-24T16:55:59.9730000001z",
        BERLIN,
        "2020-03-24T17:55:59.9730000001+01:00",
    ),
    "the letter t": ("2020-03-24t16:55:59Z", UTC_ZONE, "2020-03-24T16:55:59Z"),
    "into a leap day": ("2020-02-28T23:30:00Z", BERLIN, "2020-02-29T00:30:00+01:00"),
    "past it": ("2019-02-28T23:30:00Z", BERLIN, "2019-03-01T00:30:00+01:00"),
    "into the year before": ("2020-01-01T00:00:00Z", _fixed(-1), "2019-12-31T23:59:00-00:01"),
    "before 1970": ("1969-12-31T23:59:59.5Z", UTC_ZONE, "1969-12-31T23:59:59.5Z"),
    "the first minute": ("0001-01-01T01:00:00+01:00", UTC_ZONE, "0001-01-01T00:00:00Z"),
    "the last": ("9999-12-31T22:59:59.9Z", BERLIN, "9999-12-31T23:59:59.9+01:00"),
}


@pytest.mark.parametrize(("text", "zone", "expected"), MANUAL.values(), ids=MANUAL.keys())
def test_manual(kernel: Any, text: str, zone: Zone, expected: str) -> None:
    line = '{{ "a" : 1.0,"t":"{}" }}'
    assert _run(kernel, [line.format(f"<{text}>")], [zone]) == ([line.format(expected)], 1)


LEFT = {
    "a space for the T": ("2020-03-24 16:55:59Z", None),
    "no seconds": ("2020-03-24T16:55Z", 0),
    "no digits behind the point": ("2020-03-24T16:55:59.Z", 59000000),
    "a comma": ("2020-03-24T16:55:59,5Z", 59000000),
    "basic form": ("20200324T165559Z", 59000000),
    "an offset of hours": ("2020-03-24T16:55:59+01", 59000000),
    "more behind it": ("2020-03-24T16:55:59Z0", 59000000),
    "no offset": ("2020-03-24T16:55:59", 59000000),
    "nothing": ("", 0),
    "other digits": ("2020-03-24T16:55:5\N{ARABIC-INDIC DIGIT NINE}Z", 59000000),
    "a leap second": ("2016-12-31T23:59:60Z", 1483228800000000),
    "another second": ("2020-03-24T16:55:59Z", 0),
    "before the first year": ("0001-01-01T00:30:00+01:00", -62135598600000000),
    "past the last": ("9999-12-31T23:59:59-01:00", 253402304399000000),
    "the first instant": ("2020-03-24T16:55:00Z", NONE + 1),
    "the last instant": ("2020-03-24T16:55:00Z", 2**63 - 1),
}


@pytest.mark.parametrize(("text", "instant"), LEFT.values(), ids=LEFT.keys())
def test_it_stops_before_what_is_not_plain(kernel: Any, text: str, instant: int | None) -> None:
    lines = ["<2020-01-01T00:00:00Z>", f"<{text}>", "<2020-01-01T00:00:00Z>"]
    values = {} if instant is None else {(1, 0): instant}
    assert _run(kernel, lines, [UTC_ZONE], values=values) == (["2020-01-01T00:00:00Z"], 1)


@pytest.mark.parametrize("kind", [ESCAPED, NUMBER])
def test_it_stops_before_other_kinds(kernel: Any, kind: int) -> None:
    assert _run(kernel, ["<2020-01-01T00:00:00Z>"], [UTC_ZONE], kind=kind) == ([], 0)


def test_several_in_a_line(kernel: Any) -> None:
    lines = ["é <2020-01-01T00:00:00Z>, <2020-06-01T00:00:01.50Z><2021-01-01T00:00:02Z>!", "x"]
    expected = "é 2020-01-01T01:00:00+01:00, 2020-06-01T01:00:01.50+01:002021-01-01T01:00:02+01:00!"
    assert _run(kernel, lines, [BERLIN]) == ([expected, "x"], 2)


def test_values_that_are_none_and_rows_that_were_not_taken(kernel: Any) -> None:
    lines = ["<2020-01-01 00:00>", "<2020-01-01T00:00:00Z>"]
    found = _run(kernel, lines, [BERLIN], values={(0, 0): NONE}, state=[TAKEN, REFUSED])
    assert found == (["2020-01-01 00:00"], 2)


def test_the_offset_that_holds_at_the_instant(kernel: Any) -> None:
    """From its first instant on, a stretch holds; before the first, none does."""
    change = _instant("2020-03-29T01:00:00Z")
    zone = Zone(array("q", [0, change]), array("h", [60, 120]))
    lines = ["<2020-03-29T00:59:59Z>", "<2020-03-29T01:00:00Z>", "<1970-01-01T00:00:00Z>"]
    shown = ["2020-03-29T01:59:59+01:00", "2020-03-29T03:00:00+02:00", "1970-01-01T01:00:00+01:00"]
    assert _run(kernel, lines, [zone]) == (shown, 3)
    assert _run(kernel, ["<1969-12-31T23:59:59Z>"], [zone]) == ([], 0)
    assert _run(kernel, ["<1970-01-01T00:00:00Z>"], [Zone(array("q"), array("h"))]) == ([], 0)


def test_a_zone_for_each_row(kernel: Any) -> None:
    lines = ["<2020-01-01T00:00:00Z>"] * 3
    shown = ["2020-01-01T01:00:00+01:00", "2020-01-01T00:00:00Z"]
    assert _run(kernel, lines, [UTC_ZONE, BERLIN], [1, 0, 1]) == ([*shown, shown[0]], 3)
    assert _run(kernel, lines, [UTC_ZONE, BERLIN], [1, 0, NO_ZONE]) == (shown, 2)
    assert _run(kernel, lines, [UTC_ZONE, BERLIN], [1, 0, 2]) == (shown, 2)
    assert _run(kernel, lines, []) == ([], 0)


_stamp = st.builds(
    lambda moment, digits, zone: f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + digits + zone,
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)),
    st.sampled_from(["", ".0", ".123", ".999999999999"]),
    st.sampled_from(["Z", "z", "+00:00", "-00:00", "+05:45", "-23:59"]),
)
_zones = st.builds(
    lambda stretches, in_utc: Zone(
        array("q", [NONE + 1, *sorted(stretches)]),
        array("h", [0 if in_utc else o for o in (-30, *stretches.values())]),
        in_utc,
    ),
    st.dictionaries(st.integers(-(2**60), 2**60), st.integers(-1439, 1439), max_size=3),
    st.booleans(),
)


@pytest.mark.parametrize("kernel", IMPLEMENTATIONS)
@given(_stamp, _zones)
def test_the_instant_stays(kernel: Any, text: str, zone: Zone) -> None:
    lines, row = _run(kernel, [f"<{text}>"], [zone])
    assert row == 1
    assert _instant(lines[0]) == _instant(text)
    assert re.sub(r".*:(\d\d(\.\d+)?)(?:[Zz]|.\d\d:\d\d)$", r"\1", lines[0]) == re.sub(
        r".*:(\d\d(\.\d+)?)(?:[Zz]|.\d\d:\d\d)$", r"\1", text
    )
    assert lines[0].endswith("Z") is zone.in_utc


_line = st.lists(
    st.one_of(
        st.text("a<é", max_size=3).map(lambda t: t.replace("<", "")), _stamp.map("<{}>".format)
    ),
    max_size=6,
).map("".join)


@compiled_only
@given(st.data(), st.lists(_line, max_size=6), st.lists(_zones, max_size=3))
def test_compiled_is_as_the_reference(
    data: st.DataObject, lines: list[str], zones: list[Zone]
) -> None:
    size = len(lines)
    zone_of = data.draw(st.lists(st.integers(0, len(zones)), min_size=size, max_size=size))
    odd = data.draw(
        st.dictionaries(st.tuples(st.just(0), st.just(0)), st.integers(NONE, -NONE - 1))
    )
    odd = {key: value for key, value in odd.items() if any(line[:1] == "<" for line in lines[:1])}
    found = _run(native, lines, zones, zone_of, values=odd)
    assert found == _run(reference, lines, zones, zone_of, values=odd)


@compiled_only
def test_spans_that_cannot_be_are_left() -> None:
    """Spans outside of their text, or over one another, are not written through."""
    texts = texts_of([b"2020-01-01T00:00:00Z", b"x" * 50])
    value, kind = array("q", [0, NONE]), array("B", [STRING] * 2)

    def run(*spans: tuple[int, int]) -> tuple[bytes, int]:
        fields = [(array("I", [s, 0]), array("I", [n, 0]), kind, value) for s, n in spans]
        result: tuple[bytes, int] = native.retime(*texts, 0, 1, fields, [UTC_ZONE])
        return result

    assert run((0, 20)) == (b"1970-01-01T00:00:00Z\n", 1)
    for spans in ([(0, 20), (0, 20)], [(1, 20)], [(0, 2**32 - 1)], [(2**32 - 1, 20)], [(25, 20)]):
        assert run(*spans) == (b"", 0)


@compiled_only
def test_buffers_are_checked() -> None:
    texts = texts_of([b"{}", b"{}"])
    good = (array("I", [0, 0]), array("I", [0, 0]), array("B", [0, 0]), array("q", [0, 0]))
    for short in range(4):
        field = [*good[:short], good[short][:1], *good[short + 1 :]]
        with pytest.raises(ValueError, match="fewer"):
            native.retime(*texts, 0, 2, [field], [UTC_ZONE])
    wrong: list[tuple[Any, ...]] = [
        ([good[:3]], [UTC_ZONE]),
        ([good] * 65, [UTC_ZONE]),
        ([good], [UTC_ZONE[:2]]),
        ([good], [Zone(array("q", [0, 1]), array("h", [0]))]),
        ([good], [UTC_ZONE], array("H", [0])),
        ([1], [UTC_ZONE]),
        ([good], 1),
    ]
    for arguments in wrong:
        with pytest.raises((TypeError, ValueError)):
            native.retime(*texts, 0, 2, *arguments)
