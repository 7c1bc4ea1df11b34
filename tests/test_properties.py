"""What holds of every dump, however it is spelt or damaged."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import cevents
from cevents.blocks import Block
from cevents.conversion import Conversion
from cevents.display import Display
from cevents.editing import exchanged
from cevents.engine import Sizes, run
from cevents.explanation import explain
from cevents.framing import framing_of
from cevents.parsing import parse
from cevents.problems import Problem
from cevents.selection import Selection, Times, parse_where
from cevents.sources import Source, blocks
from cevents.spans import locate
from cevents.tally import Tally
from cevents.timestamps import instant
from cevents.validation import Validation
from cevents.zones import Zone

from .strategies import (
    ZONES,
    Sketch,
    dumps,
    events,
    few_ids,
    junk,
    lines,
    mutilated,
    quick,
    scalars,
    texts,
    timestamps,
    usual_timestamps,
)

EVENT = (
    b'{"metadata":{"event_name":"logged_out","event_time":"2020-03-24T16:55:59Z"},"body":{"x":%b}}'
)


TWICE = EVENT.replace(b"{", b'{"event_time":"2020-03-24T16:55:59Z",', 1) % b"1"

CREATED = (
    b'{"metadata":{"event_name":"conversation_created","event_time":"2020-03-24T16:55:59Z",'
    b'"time_zone":"America/Denver","url":"https://h/conversations/53/add_message",'
    b'"user_login":"x","root_account_id":"21070000000000001"},'
    b'"body":{"conversation_id":"53","updated_at":"2020-03-24T10:55:59-06:00"}}'
)


def lines_of(data: bytes) -> list[bytes]:
    """Return the lines of *data* without their line feeds."""
    found = data.split(b"\n")
    return found if found[-1] else found[:-1]


def written(output: list[bytes]) -> list[bytes]:
    """Return the lines that a task wrote."""
    return lines_of(b"".join(output))


def is_subsequence(part: list[bytes], whole: list[bytes]) -> bool:
    """Whether *part* is *whole* with some of it left out."""
    rest = iter(whole)
    return all(line in rest for line in part)


# 1: the fast reader and the slow one


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
    commas = {"separators": (f"{space},{space}", f"{space}:{space}")}
    line = (space + json.dumps(event, ensure_ascii=False, **commas) + space).encode()
    spans = locate(line)
    found = {path: json.loads(line[start:end]) for path, (start, end) in spans.items()}
    for part in ("metadata", "body"):
        assert {key: found.pop((part, key)) for key in event[part]} == event[part]
    assert found == {(): event, **{(key,): value for key, value in event.items()}}


@quick
@given(dumps, st.booleans())
@example(EVENT % b'"\\ud800"', False)
@example(EVENT % b'"\x01"', False)
@example(EVENT % b'"\xff"', False)
@example(EVENT % b'"\\q"', False)
@example(EVENT % b"1e999", False)
@example(EVENT % (b"9" * 5000), False)
@example(EVENT % b"01", False)
@example(EVENT % (b"[" * 1030 + b"]" * 1030), False)
@example(EVENT % (b"[" * 1000 + b"]" * 1000), False)
@example(EVENT % b'{"a":1,}', False)
@example(EVENT.replace(b"logged_out", b"\\u0063onversation_crated") % b"1", False)
@example(EVENT.replace(b"logged_out", b"conversation_created") % b"1", True)
@example(EVENT.replace(b"16:55:59Z", b"16:55:60Z") % b"1", False)
@example(EVENT.replace(b"T16:55:59Z", b" 16:55:59Z") % b"1", True)
@example(EVENT.replace(b'Z"}', b'Z","time_zone":"Mars"}') % b"1", True)
@example(CREATED, True)
@example(CREATED.replace(b'"53"', b'"1","conversation_id":"53"'), True)
@example(CREATED.replace(b'"53"', b'"1" , "conversation_i\\u0064":"53"'), True)
@example(CREATED.replace(b'"body"', b'"body":[],"body"'), True)
@example(
    CREATED.replace(b'"x"', rb'"\\\u0022\u005c"').replace(b'"53"', b'"1","updated_at":""'), True
)
@example(CREATED.replace(b"-06:00", b"-07:00"), True)
@example(CREATED.replace(b"conversations/53", b"conversations/54"), True)
@example(CREATED.replace(b"00001", b"00000"), True)
@example(CREATED.replace(b'"53"', b'"21070000000000000"'), True)
@example(CREATED.replace(b'"21070000000000001"', b"21070000000000124"), True)
def test_readers_agree(data: bytes, strict: bool) -> None:
    """A block has the problems that its lines have one by one; what has none is JSON."""
    split = lines_of(data)
    alone = [
        problem.on_line(number)
        for number, line in enumerate(split, 1)
        if line.strip()
        for problem in explain(line, strict)
    ]
    result = Validation(strict)(Block.of(data))
    assert result.problems == alone
    assert result.lines == len(split)
    bad = {problem.line for problem in result.problems} | set(result.blanks)
    for number, line in enumerate(split, 1):
        if number not in bad:
            assert_json(line)


def assert_json(line: bytes) -> None:
    """Fail if *line* is not a JSON object; a number may be out of a double's range."""
    try:
        assert isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError as error:
        assert "infinity" in error.msg  # noqa: PT017


@quick
@given(events())
def test_valid_events_have_no_findings(sketch: Sketch) -> None:
    """An event is valid however it is spelt."""
    assert explain(sketch.line()) == []
    assert Validation()(Block.of(sketch.line())).problems == []


@quick
@given(lines)
@example(EVENT % rb'{"a":1,"a":2,"\\":[1e5,{"b":{},"\u0062":"\""}]}')
@example(EVENT % rb'["\\",{"\u005c":1,"\\":"\u005c"}]')
def test_repeated_keys_are_those_that_a_parser_meets(line: bytes) -> None:
    """A key is there twice where a parser meets it twice in one object, however it is spelt."""
    met: Counter[int] = Counter()

    def count(pairs: list[tuple[str, object]]) -> None:
        met.update(Counter(key for key, _ in pairs).values())

    if parse(line)[1] is None:
        json.loads(line, object_pairs_hook=count, parse_int=str)
        found = [p for p in explain(line, strict=True) if p.code == "duplicate-key"]
        assert len(found) == met.total() - met[1]


@quick
@given(lines)
def test_strict_only_adds(line: bytes) -> None:
    """Under --strict, what was reported still is."""
    strict = {problem._replace(severity="error") for problem in explain(line, strict=True)}
    assert [p for p in explain(line) if p not in strict] == []


# 2: filter


@quick
@given(
    dumps,
    st.frozensets(few_ids),
    st.sampled_from(("metadata.user_id", "body.x=1", "body.conversation_id>=2", "body.x~=.")),
    st.booleans(),
)
def test_filter_writes_what_it_read(
    data: bytes, conversations: frozenset[str], where: str, invert: bool
) -> None:
    """Output is a subsequence of the input's lines, byte for byte; what fits is not inverted."""
    split = lines_of(data)
    wanted = (("body.conversation_id", conversations),)
    times = Times("metadata.event_time", "2000-01-01T00:00:00", None)
    plain, inverted = (
        Selection(wanted, times, (parse_where(where),), invert=turned)(Block.of(data))
        for turned in (invert, not invert)
    )
    plain.place(0)
    inverted.place(0)
    assert is_subsequence(written(plain.output), split)
    assert is_subsequence(written(inverted.output), split)
    assert plain.matches == len(written(plain.output))
    assert plain.problems == inverted.problems
    assert plain.matches + inverted.matches + plain.bad_lines + plain.blank == len(split)


@quick
@given(
    texts=st.lists(usual_timestamps() | timestamps(), min_size=1, max_size=4),
    bounds=st.lists(usual_timestamps().map(instant) | st.none(), min_size=2, max_size=2),
)
@example(["2020-03-10T00:59:59+01:00"], ["2020-03-10T00:00:00", None])
@example(["2020-03-09T23:00:00-01:00"], ["2020-03-10T00:00:00", "2020-03-10T00:00:00.1"])
@example(["0001-01-01T00:00:00+23:59"], [None, "0001-01-01T00:00:00"])
@example(["9999-12-31T23:59:59-23:59"], ["9999-12-31T23:59:59.9", None])
def test_a_block_in_time_is_each_event_in_time(texts: list[str], bounds: list[str | None]) -> None:
    """A block may be taken or left as a whole: that is what its events would be one by one."""
    texts += [f"{bound}Z" for bound in bounds if bound]
    since, until = bounds
    found = [text for text in texts if (since or "") <= instant(text) < (until or "~")]
    task = Selection(times=Times("metadata.event_time", since, until))
    line = '{"metadata":{"event_name":"x","event_time":"%s"},"body":{}}\n'
    assert b"".join(task(Block.of("".join(line % text for text in texts).encode())).output) == (
        "".join(line % text for text in found).encode()
    )
    alone = [task(Block.of((line % text).encode())).matches for text in texts]
    assert sum(alone) == len(found)


@quick
@given(dumps, st.booleans())
def test_filter_loses_nothing(data: bytes, places: bool) -> None:
    """Without conditions every line is written, reported or blank."""
    split = lines_of(data)
    result = Selection(places=places)(Block.of(data))
    left_out = {problem.line for problem in result.problems} | set(result.blanks)
    kept = [line for number, line in enumerate(split, 1) if number not in left_out]
    assert written(result.output) == kept
    if not left_out:
        assert b"".join(result.output) == data
    for line in kept:
        assert_json(line)


# 3: convert


def converted(line: bytes, zone: str) -> bytes:
    """Return *line* as `convert --to ZONE` writes it."""
    return b"".join(Conversion(Zone(zone))(Block.of(line)).output)


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
    expected = {path: instant(text) for path, text in sketch.times.items()}
    assert {path: instant(text) for path, text in times.items()} == expected


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
    assert b"".join(task(Block.of(EVENT % b"1")).output) == expected


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
    assert b"".join(task(Block.of(before + old + after)).output) == before + new + after


EVENT_TIME = "metadata.event_time"


@quick
@given(st.lists(events(), max_size=5))
def test_exchange_is_where_the_line_is_taken_apart(sketches: list[Sketch]) -> None:
    """Strings are exchanged at once in many lines where taking each apart finds their place."""
    split = [sketch.line() for sketch in sketches]
    old = [sketch.times[EVENT_TIME] for sketch in sketches]
    new = [f"{number}" for number in range(len(split))]
    spans = [locate(line)["metadata", "event_time"] for line in split]
    expected = [
        b'%b"%b"%b' % (line[: span.start], text.encode(), line[span.end :])
        for line, span, text in zip(split, spans, new, strict=True)
    ]
    assert exchanged(split, EVENT_TIME, old, new) == expected


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
    alone = [task(Block.of(line)) for line in split]
    result = task(Block.of(b"\n".join(split)))
    assert written(result.output) == [b"".join(part.output) for part in alone if part.matches]
    assert result.problems == [
        problem.on_line(number) for number, part in enumerate(alone, 1) for problem in part.problems
    ]


@quick
@given(st.lists(lines, max_size=5), st.booleans(), st.booleans())
@example([EVENT % b'"\x7f"', EVENT % b"1"], False, False)
@example([EVENT % b"1", EVENT % '"\N{RIGHT-TO-LEFT OVERRIDE}"'.encode()], False, True)
@example([EVENT % b"1", EVENT % (b"[" * 1010 + b"]" * 1010)], False, False)
def test_expanded_block_is_its_lines(split: list[bytes], color: bool, places: bool) -> None:
    """An event is shown alike whatever is beside it, in one piece of output or for itself."""
    alone = [Display(None, expand=True, color=color)(Block.of(line)) for line in split]
    result = Display(None, expand=True, color=color, places=places)(Block.of(b"\n".join(split)))
    shown = [b"".join(part.output) for part in alone if part.matches]
    assert result.matches == len(shown)
    assert b"".join(result.output) == b"".join(shown)
    assert not places or result.output == shown


# 4: arbitrary bytes

TASKS = (
    Validation(),
    Validation(strict=True),
    Selection(),
    Selection(
        (("body.conversation_id", frozenset(("53",))), ("metadata.x", frozenset(("1",)))),
        Times("body.created_at", "2020-03-24T00:00:00", "2021-01-01T00:00:00"),
        (parse_where("body.x.y.0>=1"), parse_where("metadata.event_name~=^c")),
        invert=True,
        places=True,
    ),
    Tally(),
    Conversion(None),
    Conversion(Zone("Asia/Kolkata"), extra=("body.x",), places=True),
    Display(None),
    Display(Zone("utc"), expand=True, color=True),
    Selection(sort=True, dedup=True),
    Conversion(None, ("metadata.event_time",), sort=True),
    Display(None, expand=True, dedup=True),
)

fragments = st.lists(mutilated() | junk, max_size=3).map(b"\n".join) | st.binary(max_size=40)


@settings(quick, max_examples=60)
@given(fragments | fragments.map(lambda data: EVENT % data))
@example(EVENT % b'"\\ud800"')
@example(EVENT % (b"9" * 5000))
@example(EVENT % b"-1e400")
@example(EVENT % (b"[" * 5000))
@example(EVENT % (b"[" * 1020 + b"]" * 1020))
@example(EVENT % (b'{"y":' * 900 + b"1" + b"}" * 900))
@example(EVENT % b'{"y":[1e999]}')
@example(EVENT % b'{"y":[123456789012345678901234567890]}')
@example(EVENT.replace(b'"logged_out"', b"123456789012345678901234567890") % b"1")
@example(EVENT.replace(b'"logged_out"', b'{"a":1e999}') % b"1")
@example(EVENT.replace(b'"logged_out"', b'"\\u001b[2J"') % b'"\\u001b"')
@example(EVENT.replace(b'Z"}', b'Z","time_zone":"America"}') % b"1")
@example(EVENT.replace(b'Z"}', b'Z","time_zone":"../../etc/passwd"}') % b"1")
@example(EVENT.replace(b'Z"}', b'Z","time_zone":"\\u0000"}') % b"1")
@example(EVENT.replace(b'Z"}', b'+01:00","time_zone":["Asia/Tokyo"],"url":{},"user_id":{}}') % b"1")
@example(EVENT.replace(b"2020-03-24T16:55:59Z", b"0001-01-01T00:00:00+05:30") % b"1")
@example(EVENT.replace(b"2020-03-24T16:55:59Z", b"9999-12-31T23:59:60Z") % b"1")
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    """Whatever a file holds is data; each problem is at a place within it."""
    for task in TASKS:
        result = task(Block.of(data))
        assert result.lines == len(lines_of(data))
        assert_within(result.problems, lines_of(data))
        assert result.blank + result.matches <= result.lines
        assert len(result.instants) in (0, result.matches)
        assert len(result.keys) in (0, result.matches)
    for line in lines_of(data):
        assert_within(cevents.check(line), [line])


def assert_within(problems: list[Problem], split: list[bytes]) -> None:
    """Fail if a problem is not at a byte of its line, or at the line's end."""
    for problem in problems:
        assert 1 <= problem.line <= len(split)
        assert 1 <= problem.column <= len(split[problem.line - 1]) + 1


@quick
@given(st.text(max_size=20))
@example("\ud800")
@example('{"metadata":"\ud800"}')
def test_any_text_can_be_checked(text: str) -> None:
    """A line may be given to `check` as text, too."""
    assert cevents.check(text)


# 5: blocks


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    """Give a file to write to, over and over."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "dump.jsonl"


def cut(path: Path, size: int, longest: int) -> tuple[list[bytes], list[Problem]]:
    """Return the lines of a file, cut into blocks of *size* bytes, and what is found in them."""
    source = Source(str(path))
    found = [line for block in blocks(source, size, longest) for line in block.lines]
    steps = run(Validation(), [source], sizes=Sizes(block=size, max_line=longest))
    return found, [problem for step in steps for problem in step.result.problems]


starts = st.sampled_from(
    (b"", b"", b"", b"\n", b"\xef\xbb\xbf", b"[\n", b"{\n", b"\0", b"ab}\n", b"{}\n[\n")
)


@settings(quick, max_examples=60)
@given(
    st.tuples(starts, dumps).map(b"".join),
    st.integers(1, 64),
    st.sampled_from((1 << 20, 1 << 20, 12, 4)),
)
@example(b"ab}\n\0\0", 1, 1 << 20)
@example(b"a" * 200 + b"\0", 64, 1 << 20)
@example(b"{\0", 1, 1 << 20)
@example(b"abcd\r\nabcd\r\n", 5, 4)
@example(b"\n" * 4095 + b"[\n1]", 1, 1 << 20)
@example(b"[" + b"\n" * 4095 + b"1]", 1, 1 << 20)
@example(b"[" + b"\n" * 4095 + b"1]", 61, 1 << 20)
@example(b"{\n" * 3, 1, 1 << 20)
@example(EVENT % (b'"' + b"x" * 5000 + b'"') + b"\n" + EVENT % b"1", 64, 4096)
def test_size_of_blocks_does_not_matter(path: Path, data: bytes, size: int, longest: int) -> None:
    """Lines and findings are the same however many bytes are read at a time."""
    path.write_bytes(data)
    found = cut(path, size, longest)
    assert found == cut(path, 1 << 20, longest)
    if not found[1] and framing_of(data, True) == "ndjson":
        assert b"".join(found[0]) == data.removeprefix(b"\xef\xbb\xbf")
