"""What the property tests feed the program: events in any spelling, and damaged ones.

What an event says is drawn by hypothesis. How it is spelt (order of keys, spaces, escapes) comes
from one drawn seed, so that an event can be spelt twice alike with other timestamps in it.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

#: Whether there is time for everything: `pytest --long`.
LONG = os.environ.get("CEVENTS_LONG") == "1"


def examples(count: int) -> int:
    """Return how many examples of a property are tried: *count* where there is time, else fewer."""
    return count if LONG else max(8, count // 10)


#: How most properties are tried: the same examples each time, few enough to be quick.
quick = settings(
    deadline=None,
    derandomize=True,
    max_examples=examples(100),
    database=None,
    suppress_health_check=list(HealthCheck),
)

CREATED, FORWARDED = "conversation_created", "conversation_forwarded"
MESSAGE = "conversation_message_created"
BODY_TIMES = {CREATED: "updated_at", FORWARDED: "updated_at", MESSAGE: "created_at"}
ZONES = (
    "utc",
    "America/Denver",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Monrovia",
    "Pacific/Apia",
    "+05:45",
    "-0930",
)


class Pairs(tuple[tuple[str, Any], ...]):
    """A JSON object as its pairs, so that a key may be there twice."""

    __slots__ = ()


class Raw(str):
    """JSON text that is spelt as it is."""

    __slots__ = ()


class Slot(NamedTuple):
    """The place of a documented timestamp, by its path."""

    path: str


@dataclass(frozen=True)
class Sketch:
    """An event before it is spelt: *times* are its documented timestamps, by path."""

    name: str
    value: Pairs
    times: Mapping[str, str]
    seed: int

    def line(self, times: Mapping[str, str] | None = None) -> bytes:
        """Return the event's line, with other *times* if they are given."""
        rng = random.Random(self.seed)
        speller = _Speller(rng, rng.random() < 0.5, times or self.times)
        return speller.spelt(self.value).encode()


@dataclass(frozen=True)
class _Speller:
    rng: random.Random
    plain: bool
    times: Mapping[str, str]

    def spelt(self, value: Any) -> str:
        if isinstance(value, Slot):
            return f'"{self.times[value.path]}"'
        if isinstance(value, Raw):
            return value
        if isinstance(value, Pairs):
            pairs = _shuffled(self.rng, value)
            return self._joined("{", [self._pair(*pair) for pair in pairs], "}")
        if isinstance(value, list):
            return self._joined("[", [self.spelt(item) for item in value], "]")
        if isinstance(value, str):
            return '"' + "".join(map(self._letter, value)) + '"'
        return {None: "null", True: "true", False: "false"}.get(value) or repr(value)

    def _pair(self, key: str, value: Any) -> str:
        return f"{self.spelt(key)}{self._space()}:{self._space()}{self.spelt(value)}"

    def _joined(self, start: str, parts: list[str], end: str) -> str:
        spaced = [f"{self._space()}{part}{self._space()}" for part in parts]
        return start + (",".join(spaced) or self._space()) + end

    def _space(self) -> str:
        if self.plain:
            return ""
        return self.rng.choice(("", "", " ", "  ", "\t", "\r", " \t"))

    def _letter(self, letter: str) -> str:
        escaped = letter in '"\\' or letter < " "
        if not escaped and (self.plain or self.rng.random() < 0.9):
            return letter
        if letter in '"\\/' and self.rng.random() < 0.5:
            return "\\" + letter
        units = letter.encode("utf-16-be")
        codes = (units[at : at + 2].hex() for at in range(0, len(units), 2))
        return "".join(f"\\u{code.upper() if len(code) % 3 else code}" for code in codes)


def _shuffled(rng: random.Random, pairs: Pairs) -> list[tuple[str, Any]]:
    """Return *pairs* in another order. The last one of a key counts, so that one stays last."""
    order = [key for key, _ in pairs]
    rng.shuffle(order)
    waiting = {key: iter([pair for pair in pairs if pair[0] == key]) for key in order}
    return [next(waiting[key]) for key in order]


ids = st.integers(0, 4).map(str) | st.from_regex(r"[0-9]{1,20}(~[0-9]{1,3})?", fullmatch=True)
few_ids = st.sampled_from(("1", "2", "53", "7~123", "21070000000000053"))
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=6
) | st.sampled_from(("", "/", "é\N{PILE OF POO}", '"}{', "created_at", "2020-03-24T16:55:59Z"))
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | texts
numbers = st.sampled_from(("-0", "1e5", "1E+400", "-1e999", "0.10", "9" * 400)).map(Raw)
values = st.recursive(
    scalars | numbers,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.lists(st.tuples(texts, inner), max_size=2).map(lambda pairs: Pairs(pairs))
    ),
    max_leaves=3,
)
documented_names = st.sampled_from((CREATED, FORWARDED, MESSAGE))
other_names = st.sampled_from(("course_created", "logged_out", "outcomes.retry_outcome", "é"))
fractions = st.sampled_from(("", ".9", ".973", ".000", ".123456789", ".100000000000000"))
offsets = st.sampled_from(("Z", "Z", "+00:00", "-06:00", "+05:30", "-0600", "+01", "+13:45", "z"))
moments = st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(2200, 1, 1)) | st.datetimes(
    dt.datetime(2019, 11, 3), dt.datetime(2020, 3, 9)
)
forms = st.sampled_from(
    (
        *["%Y-%m-%dT%H:%M:%S"] * 4,
        "%Y-%m-%dT%H:%M",
        "%Y%m%dT%H%M%S",
        "%G-W%V-%uT%H:%M:%S",
        "%Y-%jT%H:%M:%S",
        "%Y-%m-%dt%H:%M:%S",
    )
)


@st.composite
def timestamps(draw: st.DrawFn) -> str:
    """Return a timestamp of any form."""
    return draw(moments).strftime(draw(forms)) + draw(fractions) + draw(offsets)


@st.composite
def usual_timestamps(draw: st.DrawFn) -> str:
    """Return a timestamp as Canvas writes it: extended, UTC, with any fraction."""
    return f"{draw(moments):%Y-%m-%dT%H:%M:%S}{draw(fractions)}Z"


extra_metadata = st.sampled_from(
    ("producer", "root_account_id", "user_id", "user_login", "job_id", "url")
)
#: What looks odd in one field or another.
odd_texts = st.sampled_from(
    (
        "https://h/conversations/53/add_message",
        "https://h/conversations/7~1/add_recipients?a",
        "2.107E+16",
        "21070000000000000",
        '"\\',
    )
)


@st.composite
def events(
    draw: st.DrawFn,
    times: st.SearchStrategy[str] = timestamps(),  # noqa: B008
    names: st.SearchStrategy[str] = documented_names | other_names,
) -> Sketch:
    """Return a valid event: a documented one, or one of another kind."""
    name = draw(names)
    found = {"metadata.event_time": draw(times)}
    metadata: list[tuple[str, Any]] = [
        ("event_name", name),
        ("event_time", Slot("metadata.event_time")),
    ]
    metadata += draw(
        st.dictionaries(extra_metadata, st.none() | few_ids | texts | odd_texts, max_size=3)
    ).items()
    metadata += draw(st.sampled_from(([], [("time_zone", None)], [("time_zone", "Asia/Kolkata")])))
    body: list[tuple[str, Any]] = []
    if name in BODY_TIMES:
        time = BODY_TIMES[name]
        found[f"body.{time}"] = draw(times)
        body += [("conversation_id", draw(few_ids | ids)), (time, Slot(f"body.{time}"))]
    if name == MESSAGE:
        body += [("author_id", draw(few_ids)), ("message_id", draw(few_ids | ids))]
    whole: list[tuple[str, Any]] = [("metadata", Pairs(metadata)), ("body", Pairs(body))]
    return Sketch(name, Pairs(draw(extended(whole, found))), found, draw(st.integers(0, 2**20)))


@st.composite
def extended(
    draw: st.DrawFn, whole: list[tuple[str, Any]], times: Mapping[str, str]
) -> list[tuple[str, Any]]:
    """Return an event with fields that are not documented, some of which look as if they were."""
    (_, metadata), (_, body) = whole
    extra = draw(st.lists(st.tuples(texts, values), max_size=2))
    known = {"metadata", "body"} | {key for part in (metadata, body) for key, _ in part}
    extra = [(key, value) for key, value in extra if key not in known]
    kind = draw(st.integers(0, 7))
    time = times["metadata.event_time"]
    if kind == 1:  # the same name and text elsewhere
        decoy = Pairs([("event_time", time), ("created_at", time), ("updated_at", time)])
        extra += [("event_time", time), ("created_at", time), ("nested", decoy)]
    elif kind == 2:  # the same field twice: the last one counts
        metadata = Pairs([("event_time", draw(values)), *metadata])
    elif kind == 3 and len(body) > 1:
        key = next(key for key, value in body if isinstance(value, Slot))
        body = Pairs([(key, time), *body])
    elif kind == 4:
        return [("metadata", draw(scalars)), ("metadata", metadata), ("body", body), *extra]
    elif kind == 5:
        metadata = Pairs([*metadata, *((key, value) for key, value in extra)])
    elif kind == 6 and body:
        body = Pairs([*body, *extra])
    return [("metadata", metadata), ("body", body), *extra]


HOSTILE = (
    b"",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\x0c",
    b"\xc2\xa0",
    b"\x7f",
    b"\\",
    b"\\ud800",
    b"\\u0000",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"1e999",
    b"-",
    b"0",
    b"NaN",
    b"null",
    b"true",
    b"{}",
    b"\r",
    b"\n",
    b"[" * 1100,
    b"9" * 5000,
    b'{"metadata":{},"body":{}}',
)


@st.composite
def mutilated(draw: st.DrawFn) -> bytes:
    """Return an event's line with bytes flipped, removed or put in."""
    line = draw(events()).line()
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(line)))
        end = at + draw(st.sampled_from((0, 1, 1, 4, len(line))))
        line = line[:at] + draw(st.sampled_from(HOSTILE) | st.binary(max_size=2)) + line[end:]
    return line


WRONG: tuple[Any, ...] = (
    None, True, 53, 5.5, "", "53a", "7~", "today", "2020-03-24 16:55:59Z", [], Pairs(),
)  # fmt: skip
MISNAMED = ("conversation_create", "Conversation_created", " conversation_created", "", "\x1c")


@st.composite
def faulty(draw: st.DrawFn) -> bytes:
    """Return an event's line with a field removed, retyped, or there twice; or misnamed."""
    sketch = draw(events(names=documented_names))
    part = draw(st.sampled_from(("metadata", "body")))

    def changed(key: str, value: Any) -> Any:
        return edit(value) if key == part and isinstance(value, Pairs) else value

    edit = draw(edits())
    whole = Pairs((key, changed(key, value)) for key, value in sketch.value)
    if draw(st.integers(0, 9)) == 0:
        whole = edit(whole)
    return Sketch(sketch.name, whole, sketch.times, sketch.seed).line()


@st.composite
def edits(draw: st.DrawFn) -> Callable[[Pairs], Pairs]:
    """Return a function that spoils one field of an object."""
    kind = draw(st.sampled_from(("remove", "retype", "repeat", "misname")))
    at, wrong = draw(st.integers(0, 9)), draw(st.sampled_from(WRONG))
    name = draw(st.sampled_from(MISNAMED))

    def edit(pairs: Pairs) -> Pairs:
        if not pairs:
            return pairs
        key, _ = pairs[at % len(pairs)]
        if kind == "remove":
            return Pairs(pair for pair in pairs if pair[0] != key)
        if kind == "retype":
            return Pairs((k, wrong if k == key else value) for k, value in pairs)
        if kind == "repeat":
            return Pairs([*pairs, (key, wrong)])
        return Pairs((k, name if k == "event_name" else value) for k, value in pairs)

    return edit


junk = st.binary(max_size=12) | st.sampled_from(
    (b"", b" ", b"\r", b"\x0c", b"[]", b"null", b'"{}"', b"{}", b"<html>", b"\0\0", b"1e999")
)
#: One line of a dump as they really are, without its line feed.
lines = (events().map(Sketch.line) | faulty() | mutilated() | junk).map(
    lambda line: line.replace(b"\n", b" ")
)
dumps = st.tuples(
    st.lists(lines, max_size=5), st.sampled_from((b"\n", b"\r\n")), st.booleans()
).map(lambda dump: dump[1].join(dump[0]) + (dump[1] if dump[2] else b""))
