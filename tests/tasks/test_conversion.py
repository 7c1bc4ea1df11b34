"""`convert`: the instants stay, and so does every other byte."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cevents.canvas.timestamps import parse
from cevents.canvas.zones import Zone
from cevents.tasks.conversion import Conversion

from ..strategies import ZONES, Sketch, events, lines, quick, usual_timestamps
from .answers import result_of, written

EVENT = (
    b'{"metadata":{"event_name":"logged_out","event_time":"2020-03-24T16:55:59Z"},"body":{"x":%b}}'
)
TWICE = EVENT.replace(b"{", b'{"event_time":"2020-03-24T16:55:59Z",', 1) % b"1"


def converted(line: bytes, zone: str) -> bytes:
    """Return *line* as `convert --to ZONE` writes it."""
    return b"".join(result_of(Conversion(Zone(zone)), line).output)


def documented_times(line: bytes) -> dict[str, str]:
    """Return the documented timestamps of an event, by path."""
    event = json.loads(line)
    body = {"updated_at", "created_at"} if event["metadata"]["event_name"][:5] == "conve" else set()
    return {f"body.{key}": value for key, value in event["body"].items() if key in body} | {
        "metadata.event_time": event["metadata"]["event_time"]
    }


@quick
@given(events(), st.sampled_from(ZONES), st.sampled_from(ZONES))
def test_convert_keeps_the_instant(sketch: Sketch, first: str, second: str) -> None:
    """From zone to zone and back, a timestamp names the same instant."""
    line = sketch.line()
    there = converted(line, first)
    back = converted(converted(there, second), first)
    assert back == there
    times = {path: text for path, text in documented_times(there).items() if path in sketch.times}
    expected = {path: parse(text).instant for path, text in sketch.times.items()}
    assert {path: parse(text).instant for path, text in times.items()} == expected


@quick
@given(events(usual_timestamps()), st.sampled_from(ZONES))
def test_convert_and_back_is_the_same_text(sketch: Sketch, zone: str) -> None:
    """To a zone and back to UTC, the line is what it was to the byte."""
    line = sketch.line()
    assert converted(converted(line, zone), "utc") == line


def shown(text: str, zone: str) -> str:
    """Return a timestamp of the usual form in a zone, as the standard library has it."""
    whole, dot, fraction = text[:-1].partition(".")
    local = dt.datetime.fromisoformat(whole + "+00:00").astimezone(ZoneInfo(zone))
    return local.isoformat()[:19] + dot + fraction + local.isoformat()[-6:]


@quick
@given(
    events(usual_timestamps().filter(lambda text: text > "1980")),
    st.sampled_from([zone for zone in ZONES if "/" in zone]),
)
def test_convert_touches_nothing_else(sketch: Sketch, zone: str) -> None:
    """The line is the same event spelt alike, with its documented timestamps in the zone."""
    times = {path: shown(text, zone) for path, text in sketch.times.items()}
    assert converted(sketch.line(), zone) == sketch.line(times)


@pytest.mark.parametrize(
    "task",
    [
        Conversion(Zone("America/Denver"), fields=("metadata.event_time", "metadata.event_time")),
        Conversion(Zone("America/Denver"), extra=("metadata.event_time",)),
    ],
    ids=["twice", "documented already"],
)
def test_field_asked_for_twice_is_converted_once(task: Conversion) -> None:
    """A field that is named twice, or documented and named, is no other field."""
    expected = EVENT.replace(b"16:55:59Z", b"10:55:59-06:00") % b"1"
    assert b"".join(result_of(task, EVENT % b"1").output) == expected


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("body.due-at", b'{"metadata":{"due-at":"T"},"body":{"due\\u002dat":"T"}}'),
        ("body.d2", b'{"metadata":{"d2":"T"},"body":{"d\\u0032":"T"}}'),
        ("body.d2", b'{"metadata":{},"body":{"x":{"d2":"T"},"d\\u0032":"T"}}'),
        ("body.d2", b'{"metadata":{},"body":{"d2":"T","d\\u0032":"T"}}'),
        ("body.a&b", b'{"metadata":{},"body":{"a&b":"T","a\\u0026b":"T"}}'),
        ("body.\N{LATIN SMALL LETTER E WITH ACUTE}", b'{"metadata":{},"body":{"\\u00e9":"T"}}'),
    ],
)
def test_escaped_key_is_the_field(path: str, line: bytes) -> None:
    """A key may be spelt with escapes: the field is the one that a parser finds, not its twin."""
    task = Conversion(Zone("+01:00"), fields=(path,))
    before, after = line.rsplit(b'"T"', 1)
    old, new = b'"2020-03-24T16:55:59Z"', b'"2020-03-24T17:55:59+01:00"'
    before = before.replace(b'"T"', old)
    assert b"".join(result_of(task, before + old + after).output) == before + new + after


@quick
@given(
    st.lists(events().map(Sketch.line) | lines, max_size=5),
    st.sampled_from(
        (
            Conversion(Zone("America/Denver")),
            Conversion(Zone("Asia/Kolkata"), ("body.created_at", "body.x")),
            Conversion(None, extra=("metadata.created_at",)),
        )
    ),
)
@example([TWICE, EVENT % b"1"], Conversion(Zone("+01:00")))
@example([TWICE.replace(b"event_time", b"event_tim\\u0065", 1), TWICE], Conversion(Zone("+01:00")))
@example([EVENT % b"1", EVENT.replace(b":", b" : ") % b"1"], Conversion(Zone("+01:00")))
@example([EVENT.replace(b":", b": ") % b"1", EVENT % rb'"\/\u00e9"'], Conversion(Zone("+01:00")))
@example([EVENT % b"1", EVENT.replace(b"-24T", b"\\u002d24T") % b"1"], Conversion(Zone("+01:00")))
@example([EVENT.replace(b"2020-03", b"0001-01") % b"1", EVENT % b"1"], Conversion(Zone("-23:59")))
def test_convert_of_a_block_is_that_of_its_lines(split: list[bytes], task: Conversion) -> None:
    """What is beside a line in its block changes neither what it becomes nor what is said of it."""
    alone = [result_of(task, line, plain=True) for line in split]
    result = result_of(task, b"\n".join(split), plain=True)
    assert written(result) == [b"".join(part.output) for part in alone if part.chosen]
    assert list(result.findings()) == [
        problem._replace(line=number)
        for number, part in enumerate(alone, 1)
        for problem in part.findings()
    ]
