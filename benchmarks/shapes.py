"""Inputs of any size whose cost must grow with their bytes and no faster: one list of them all.

`tests/growth` counts the work that they make, and `growth.py` shows the seconds.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import json
import lzma
import sys
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple

from cevents.input.envelopes import ENVELOPES, Envelope

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: Returns an input of about so many bytes.
Made = Callable[[int], bytes]


class Shape(NamedTuple):
    """A command, without its input, and what it reads; *is_piped*: from standard input."""

    name: str
    command: str
    made: Made
    is_piped: bool = False


def event(number: int, name: str = "conversation_message_created", **more: object) -> bytes:
    """Return one event; each number has one of its own. *more* goes into its metadata."""
    time = f"2020-03-24T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.973Z"
    metadata = {"root_account_id": "70000000000001", "event_name": name, "event_time": time}
    body = {
        "author_id": str(number % 100),
        "conversation_id": str(5000 + number % 1000),
        "created_at": "2020-03-24T16:55:59Z",
        "message_id": str(10**6 + number),
    }
    return compact({"metadata": {**metadata, **more}, "body": body})


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def spread(value: Any) -> bytes:
    """Return JSON as other programs indent it."""
    return json.dumps(value, indent=2).encode()


def parts(size: int, part: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield numbered parts until they have so many bytes."""
    for number in count():
        if size <= 0:
            return
        made = part(number)
        size -= len(made)
        yield made


def many(part: Callable[[int], bytes] | bytes, end: bytes = b"\n") -> Made:
    """Return what makes inputs of many parts, each with *end* behind it."""
    each = part if callable(part) else lambda _: part
    return lambda size: b"".join(parts(size, lambda number: each(number) + end))


def around(start: bytes, made: Made, end: bytes = b"") -> Made:
    """Return what makes the same inputs with something before them and behind."""
    return lambda size: start + made(size) + end


def one(part: Callable[[bytes], bytes], filling: bytes = b"x") -> Made:
    """Return what makes inputs of one part that is as long as all, filled with the same bytes."""
    return lambda size: part(filling * (size // len(filling)))


def among(made: Made) -> Made:
    """Return what makes an input between two events, each on a line of its own."""
    return around(event(0) + b"\n", made, b"\n" + event(1) + b"\n")


def of_events(whole: Callable[[list[Any]], bytes]) -> Made:
    """Return what makes inputs of decoded events."""
    return lambda size: whole([json.loads(text) for text in parts(size, event)])


def field(filling: bytes, before: bytes = b'"', after: bytes = b'"') -> Made:
    """Return what makes inputs of one event with one value as long as all the input."""
    start, end = event(0).split(b"16:55:59Z")
    start += b'16:55:59Z","x":'
    return among(one(lambda value: start + before + value + after + end[1:], filling))


def held(envelope: Envelope, inner: Any) -> Any:
    """Return an envelope, as a value, that holds *inner*."""
    if envelope.holds == "array":
        inner = [inner]
    elif envelope.holds == "text":
        inner = compact(inner).decode()
    elif envelope.holds == "base64":
        inner = base64.b64encode(compact(inner)).decode()
    for key in reversed(envelope.keys):
        inner = {"id": "f00", key: inner, "more": {"sent": [1, 2]}}
    return inner


def nested(envelopes: list[Envelope], number: int) -> Any:
    """Return an event in envelopes, the first of them innermost."""
    value = json.loads(event(number))
    for envelope in envelopes:
        value = held(envelope, value)
    return value


def token(number: int) -> bytes:
    """Return an event as the claims of a signed token."""
    texts = (b'{"alg":"RS256"}', event(number), b"signature")
    return b".".join(base64.urlsafe_b64encode(text).rstrip(b"=") for text in texts)


def renamed(number: int) -> bytes:
    return event(number).replace(b'"metadata"', b'"attributes"')


def row(number: int) -> bytes:
    return compact({"id": "1", "payload": event(number).decode()})


_OBJECT = next(one for one in ENVELOPES if one.holds == "object")
_ARRAY = next(one for one in ENVELOPES if one.holds == "array")
_TEXT = next(one for one in ENVELOPES if one.holds == "text")
_BASE64 = next(one for one in ENVELOPES if one.holds == "base64")

#: Each envelope, and envelopes in envelopes. Text in text takes twice the backslashes each time.
NESTED = {
    **{f"{one.shape}, {'.'.join(one.keys)} {one.holds}": [one] for one in ENVELOPES},
    "objects eight deep": [_OBJECT] * 8,
    "arrays eight deep": [_ARRAY] * 8,
    "base64 eight deep": [_BASE64] * 8,
    "texts four deep": [_TEXT] * 4,
    "all kinds eight deep": [_OBJECT, _BASE64, _ARRAY, _TEXT] * 2,
    "nine deep": [_ARRAY, _OBJECT, _BASE64] * 3,
}

LAYOUTS: dict[str, Made] = {
    "lines": many(event),
    "lines, CR LF": many(event, b"\r\n"),
    "lines, CR only": many(event, b"\r"),
    "lines, one escaped a hundred": many(
        lambda number: event(number).replace(b"16:55", b"16\\u003a55" if number % 100 else b"16:55")
    ),
    "glued": many(event, b""),
    "glued, ten a line": many(lambda number: b"".join(event(10 * number + n) for n in range(10))),
    "indented": many(lambda number: spread(json.loads(event(number)))),
    "indented, many blank lines": many(
        lambda number: spread(json.loads(event(number))).replace(b"\n", b"\n\n\n   ")
    ),
    "array": of_events(compact),
    "array, an event a line": around(b"[\n", many(event, b",\n"), b"{}]\n"),
    "array, indented": of_events(spread),
    "arrays, one a line": many(lambda number: b"[" + event(number) + b"]"),
    "array of arrays": around(
        b"[\n", many(lambda number: b"[" + event(number) + b"]", b","), b"[]]"
    ),
    "array without an end": around(b"[\n", many(event, b",\n")),
    "record separators": many(lambda number: b"\x1e" + event(number)),
    "record separators, no line feeds": many(lambda number: b"\x1e" + event(number), b""),
    "JSON strings": many(lambda number: compact(event(number).decode())),
    "JSON strings, glued": many(lambda number: compact(event(number).decode()), b""),
}

ENVELOPED: dict[str, Made] = {
    "token": many(token),
    "token in quotes": many(lambda number: b'"%b"' % token(number)),
    "Kinesis event": many(renamed),
    "Kinesis event, indented": many(lambda number: spread(json.loads(renamed(number)))),
    "row": many(row),
    "row, indented": many(lambda number: spread(json.loads(row(number)))),
}


def enveloped(envelopes: list[Envelope], form: Callable[[Any], bytes]) -> Made:
    return many(lambda number: form(nested(envelopes, number)))


def in_array(envelope: Envelope, form: Callable[[Any], bytes]) -> Made:
    """Return what makes one array of envelopes, as a queue gives them."""
    [key] = _ARRAY.keys
    return of_events(lambda events: form({key: [held(envelope, value) for value in events]}))


for _form, _how in ((compact, ""), (spread, ", indented")):
    for _name, _envelopes in NESTED.items():
        ENVELOPED[_name + _how] = enveloped(_envelopes, _form)
    for _envelope in (_TEXT, _BASE64, _OBJECT):
        ENVELOPED[f"one array of {_envelope.shape}{_how}"] = in_array(_envelope, _form)

FORMS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
}


def varied(number: int) -> bytes:
    """Return an event that does not become much smaller."""
    return event(number, request_id=hashlib.sha256(b"%d" % number).hexdigest())


VARIED = many(varied)


def compressed(form: Callable[[bytes], bytes], made: Made) -> Made:
    return lambda size: form(made(size))


def members(form: Callable[[bytes], bytes]) -> Made:
    """Return what makes inputs of many members, each of one event."""
    small = form(event(0) + b"\n")
    return many(small, b"")


def cut_off(form: Callable[[bytes], bytes]) -> Made:
    """Return what makes inputs that end half way."""

    def made(size: int) -> bytes:
        data = form(VARIED(size))
        return data[: len(data) // 2]

    return made


def wrong_sum(size: int) -> bytes:
    """Return gzip whose checksum is wrong: all of it is decompressed before that is seen."""
    data = bytearray(gzip.compress(VARIED(size)))
    data[-8] ^= 1
    return bytes(data)


COMPRESSED: dict[str, Made] = {
    **{name: compressed(form, VARIED) for name, form in FORMS.items()},
    **{f"{name}, a member an event": members(form) for name, form in FORMS.items()},
    **{f"{name}, cut off": cut_off(form) for name, form in FORMS.items() if name != "bzip2"},
    "gzip, wrong checksum": wrong_sum,
    "gzip of blank lines": compressed(gzip.compress, many(b"")),
    "gzip with zeros behind": lambda size: gzip.compress(event(0)) + bytes(size),
    "gzip of gzip": lambda size: gzip.compress(gzip.compress(VARIED(size))),
    "gzip, indented": compressed(gzip.compress, LAYOUTS["array, indented"]),
    "UTF-16": lambda size: LAYOUTS["lines"](size // 2).decode().encode("utf-16"),
}

#: So that a finding is not made every two bytes.
PAUSE = b" " * 78

#: What looks like events, like many texts, or like one without an end.
BROKEN: dict[str, Made] = {
    "opening brackets": among(one(lambda filling: filling, b"[")),
    "opening braces": among(one(lambda filling: filling, b'{"a":' + PAUSE)),
    "nested arrays": among(lambda size: b"[" * (size // 2) + b"]" * (size // 2)),
    "closing brackets": among(one(lambda filling: filling, b"]")),
    "brackets, no line feed": one(lambda filling: filling, b"["),
    "pairs, no line feed": one(lambda filling: filling, b"}{" + PAUSE),
    "empty objects, no line feed": one(lambda filling: filling, b"{}" + PAUSE),
    "empty objects, a line": among(one(lambda filling: filling, b"{}" + PAUSE)),
    "a string without an end": among(one(lambda filling: b'{"' + filling, b'\\"')),
    "a number, then escapes": among(one(lambda filling: b'{"a":1e999,"' + filling, b'\\"')),
    "a log with braces": among(one(lambda filling: filling, b'x{"')),
    "arrays in an array": around(b"[\n", many(b"[", b"")),
    "objects in an array": around(b"[\n", many(b'{"a":' + PAUSE, b"")),
    "parts in an array": around(b"[\n", many(b'{"metadata":' + PAUSE, b"")),
    "parts and whole ones in an array": around(b"[\n", many(b'{"metadata":{},"a":' + PAUSE, b"")),
    "lists of parts in an array": around(
        b"[\n", many(b'{"metadata":[{"metadata":{}},' + PAUSE, b"")
    ),
    "odd strings in an array": around(
        b"[\n", many(b'{"metadata":[' * 20 + b'"a"b:' + b" " * 700 + b"]}" * 20, b"")
    ),
    "a string in an array": around(b'[\n{"', many(b'\\"', b"")),
    "empty messages": around(b'{"Messages":[', many(b"{}" + PAUSE, b","), b"{}]}"),
    "empty objects in an array": around(b"[\n", many(b"{}," + PAUSE, b"")),
    "numbers in an array": around(b"[\n", many(b"1," + PAUSE, b"")),
    "closing braces in an array": around(b"[\n", many(b"}" + PAUSE, b"")),
    "pairs in an array": around(b"[\n", many(b"}{" + PAUSE, b"")),
    "spaces in an array": around(b"[\n" + b'{"":[' * 100 + b'"', many(b" ", b"")),
    "damaged in an array": around(b"[\n", many(lambda number: event(number)[:-9], b",\n")),
    "missing quotes in an array": around(
        b"[\n", many(lambda number: event(number).replace(b'"2020', b"2020", 1), b",\n")
    ),
    "an event, then arrays": lambda size: event(0) + (b"[{}]" + PAUSE) * (size // 80) + b"\n",
    "an event, then braces": lambda size: event(0) + b"{" * size + b"\n",
    "events, then text": around(b"", many(event, b""), b"oops\n"),
    "empty lines": many(b""),
    "spaces": many(b" ", b""),
    "an event after empty lines": lambda size: b"\n" * size + event(0),
    "a brace, then empty lines": lambda size: b'{\n"metadata":' + b"\n" * size + event(0)[12:],
    "separators": many(b"\x1e", b""),
    "separators and line feeds": many(b"\x1e"),
    "commas in an array": around(b"[\n", many(b",", b"")),
    "lines that are bad": many(b'{"a":1}' + PAUSE),
    "lines that are no JSON": many(b"2020-03-24 INFO oops" + PAUSE),
    "lines cut off": many(lambda number: event(number)[: number % 200]),
    "lines before an event's end": many(lambda number: event(number)[:-9] + event(number)),
    "lines with NUL": many(lambda number: event(number).replace(b"16:55", b"16\x0055")),
    "NUL only": many(b"\0", b""),
    "lines of NUL": many(b"\0" * 4096),
    "NUL behind events": lambda size: event(0) + b"\n" + b"\0" * size,
    "lines that are not UTF-8": many(lambda number: event(number).replace(b"16:55", b"16\xff55")),
    "a line of CR": among(one(lambda filling: filling, b"\r")),
    "HTML": among(one(lambda filling: filling, b"<p>")),
}


def members_of(size: int, member: Callable[[int], bytes]) -> bytes:
    return b",".join(parts(size, member))


def keyed(where: bytes, member: Callable[[int], bytes]) -> Made:
    """Return what makes inputs of one event with many members behind the brace at *where*."""
    start, found, end = event(0).partition(where)
    return among(lambda size: start + found + members_of(size, member) + b"," + end)


#: One text in which much is to be found.
LONG: dict[str, Made] = {
    "a long string": field(b"x"),
    "a string of escapes": field(rb"\u0041"),
    "a string of quotes": field(rb"\""),
    "a string of backslashes": field(rb"\\"),
    "a string past ASCII": field("é\u202e".encode()),
    "a string of braces": field(b"{}[]"),
    "a number": field(b"9", b"", b""),
    "a fraction": field(b"9", b"0.", b""),
    "an array": field(b"1,", b"[", b"1]"),
    "an array of arrays": field(b"[[]],", b"[", b"1]"),
    "an array of strings": field(b'"a",', b"[", b"1]"),
    "spaces in an event": field(b" ", b"[", b"]"),
    "lines in an event": around(b"[\n", field(b"\n", b"[", b"]"), b"]"),
    "unknown keys": keyed(b'"body":{', lambda number: b'"k%d":1' % number),
    "unknown keys in metadata": keyed(b'"metadata":{', lambda number: b'"k%d":{}' % number),
    "unknown keys outside": keyed(b"{", lambda number: b'"k%d":[1,{}]' % number),
    "escaped keys": keyed(b'"body":{', lambda number: rb'"\u006b%d":1' % number),
    "a key again and again": keyed(b'"body":{', lambda _: b'"k":1'),
    "keys twice": keyed(b'"body":{', lambda number: b'"k%d":{}' % (number // 2)),
    "a known key again and again": keyed(b'"body":{', lambda _: b'"author_id":5'),
    "objects with keys twice": keyed(b'"body":{', lambda n: b'"k%d":{"a":1,"a":[{}]}' % n),
    "keys twice around each other": among(
        lambda size: (
            event(0)[:-1]
            + b',"x":'
            + b'{"a":"%b","a":' % (b"x" * 60) * (size // 75)
            + b"1"
            + b"}" * (size // 75 + 1)
        )
    ),
    "wrong values in metadata": many(
        lambda number: event(
            number, time_zone="x", user_id=1, user_login=[], url={}, referrer=1, session_id=2
        )
    ),
    "a long event name": among(
        one(lambda filling: event(0, name="NAME").replace(b"NAME", filling), b"conversation_")
    ),
    "a long name of capitals": among(
        one(
            lambda filling: event(0, name="NAME").replace(b"NAME", b"conversation" + filling), b"aB"
        )
    ),
    "a long zone": among(one(lambda f: event(0, time_zone="ZONE").replace(b"ZONE", f), b"Asia/")),
    "a long login": among(one(lambda f: event(0, user_login="LOGIN").replace(b"LOGIN", f))),
    "a long URL": among(
        one(lambda f: event(0, url="URL").replace(b"URL", f), b"/conversations/53/add_message")
    ),
    "a URL of digits": among(
        one(lambda f: event(0, url="/conversations/URL").replace(b"URL", f), b"5~")
    ),
    "a long id": among(one(lambda filling: event(0).replace(b"1000000", filling), b"9")),
    "a long id with zeros": among(one(lambda filling: event(0).replace(b"1000000", filling), b"0")),
    "a long timestamp": among(one(lambda f: event(0).replace(b".973Z", b"." + f + b"Z"), b"9")),
    "a long wrong timestamp": among(one(lambda f: event(0).replace(b".973Z", f), b"1:")),
    "a long fraction of an hour": among(
        one(lambda f: event(0).replace(b":55:59Z", b"." + f + b"Z"), b"9")
    ),
    "too long": one(lambda filling: event(0) + b"\n" + filling + b"\n" + event(1)),
}


def one_of_many(number: int) -> bytes:
    """Return an event with the zone of one of many places."""
    return event(number, time_zone=ZONES[number % len(ZONES)])


def others(number: int) -> bytes:
    """Return an event that is not documented, of a name of its own."""
    return event(number, name=f"thing_{number}_created")


def colliding(number: int) -> bytes:
    """Return an event whose ids have their lower bits in common with those of all others."""
    return (
        event(number)
        .replace(b'"%d"' % (5000 + number % 1000), b'"%d"' % (number << 40))
        .replace(b'"%d"' % (10**6 + number), b'"%d"' % (number << 32))
    )


def odd_ids(number: int) -> bytes:
    return event(number).replace(b'"%d"' % (5000 + number % 1000), b'"9%030d"' % number)


def in_one(number: int) -> bytes:
    """Return a message of one conversation, by an author of its own."""
    by_all = event(number).replace(
        b'"author_id":"%d"' % (number % 100), b'"author_id":"%d"' % number
    )
    return by_all.replace(b'"%d"' % (5000 + number % 1000), b'"5"')


def in_its_own(number: int) -> bytes:
    """Return a message of a conversation of its own."""
    return event(number).replace(b'"%d"' % (5000 + number % 1000), b'"%d"' % (5 * 10**6 + number))


def in_its_own_account(number: int) -> bytes:
    return event(number, root_account_id=str(7 * 10**13 + number))


def same_message(number: int) -> bytes:
    """Return one message of a conversation of its own, by one author."""
    return in_its_own(number).replace(b'"message_id":"%d"' % (10**6 + number), b'"message_id":"9"')


def created(number: int) -> bytes:
    return event(number, name="conversation_created").replace(b"created_at", b"updated_at")


def backwards(size: int) -> bytes:
    return b"\n".join(reversed(LAYOUTS["lines"](size).splitlines())) + b"\n"


def same_time(number: int) -> bytes:
    return event(86400 * number)


def basic_times(number: int) -> bytes:
    return event(number).replace(b'"2020-03-24T16:55:59Z"', b'"20200324T165559+0100"')


def escaped_times(number: int) -> bytes:
    return event(number).replace(b"T16:55:59Z", rb"T16\u003a55:59Z")


ZONES = [
    *("America/Denver", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Monrovia", "Pacific/Apia"),
    *("America/Lima", "America/Havana", "Asia/Tokyo", "Asia/Tehran", "Europe/Oslo", "Europe/Rome"),
    *("Africa/Cairo", "Africa/Accra", "Asia/Seoul", "Asia/Dubai", "Pacific/Fiji", "Asia/Dhaka"),
]

EVENTS: list[Shape] = [
    Shape("filter", "filter", many(event)),
    Shape("filter by id", "filter -c 5230 -a 7", many(event)),
    Shape("filter by many ids", f"filter -c {','.join(map(str, range(300)))}", many(event)),
    Shape("filter, assumed valid", "filter -c 5230 --assume-valid", many(event)),
    Shape("filter by time", "filter --since 2020-03-24T10:00Z", many(event)),
    Shape("filter by name", "filter -e thing_7_created", many(others)),
    Shape("filter by regex", "filter -w metadata.event_time~=:59", many(event)),
    Shape("filter by regex, a long value", "filter -w body.x~=[0-9]y", field(b"x")),
    Shape("filter by a deep value", "filter -w body.x.k1.0=1", field(b"1,", b'{"k1":[', b"1]}")),
    Shape("filter by a number", "filter -w body.x>5", field(b"9", b"", b"")),
    Shape("filter by digits in quotes", "filter -w body.x>5", field(b"9")),
    Shape("filter the others", "filter -v -c 5230", many(event)),
    Shape("filter --limit", "filter -n 100000", many(event)),
    Shape("filter --dedup", "filter --dedup", many(event)),
    Shape("filter --dedup, all the same", "filter --dedup", many(event(0))),
    Shape("filter --dedup, others", "filter --dedup", many(others)),
    Shape("filter --sort", "filter --sort", many(event)),
    Shape("filter --sort, backwards, on disk", "filter --sort --sort-memory 64K", backwards),
    Shape("filter --sort, one instant", "filter --sort", many(same_time)),
    Shape("filter --sort, one instant, on disk", "filter --sort --sort-memory 64K",
          many(same_time)),
    Shape("filter --sort, on disk", "filter --sort --sort-memory 64K",
          many(lambda number: event(number * 37))),
    Shape("filter --rejects, all bad", "filter --rejects bad.ndjson", BROKEN["lines that are bad"]),
    Shape("filter --rejects, a long line", "filter --rejects bad.ndjson", one(lambda f: b"{" + f)),
    Shape(
        "filter --rejects, too long", "filter --max-line-bytes 20000 --rejects bad.ndjson",
        LONG["too long"],
    ),
    Shape(
        "filter --rejects, an array of too long ones",
        "filter --max-line-bytes 200 --rejects bad.ndjson",
        LAYOUTS["array, an event a line"],
    ),
    Shape("filter --rejects, not UTF-8", "filter --rejects bad.ndjson",
          BROKEN["lines that are not UTF-8"]),
    Shape("filter --rejects, binary", "filter --rejects bad.ndjson", one(lambda f: f, b"\0\1")),
    Shape("filter, too long", "filter --max-line-bytes 20000", LONG["too long"]),
    Shape("filter, all too long", "filter --max-line-bytes 100", many(event)),
    Shape("filter, all too long, glued", "filter --input json --max-line-bytes 100",
          many(event, b"")),
    Shape("filter, one of two too long", "filter --max-line-bytes 240",
          many(lambda n: event(n, user_login="x" * (n % 2 * 99)))),
    Shape("filter, every other one bad", "filter", many(lambda n: event(n) if n % 2 else b"{}")),
    Shape("filter, one in quotes of two", "filter",
          many(lambda n: event(n) if n % 2 else compact(event(n).decode()))),
    Shape("stats", "stats", many(event)),
    Shape("stats --format json", "stats --format json", many(in_its_own)),
    Shape("stats --format csv", "stats --format csv", many(in_its_own)),
    Shape("stats, one conversation", "stats", many(in_one)),
    Shape("stats, a conversation an event", "stats", many(in_its_own)),
    Shape("stats, an account an event", "stats", many(in_its_own_account)),
    Shape("stats, one message and author", "stats", many(same_message)),
    Shape("stats, low bits in common", "stats --format csv", many(colliding)),
    Shape("stats, odd ids", "stats", many(odd_ids)),
    Shape("stats, odd ids, by id", "stats --format csv --sort conversation_id", many(odd_ids)),
    Shape("stats, created", "stats", many(created)),
    Shape("stats, others", "stats", many(others)),
    Shape("convert", "convert --to America/Denver", many(event)),
    Shape("convert to many zones", "convert --to event", many(one_of_many)),
    Shape("convert without zones", "convert --to event", many(event)),
    Shape("convert, basic form", "convert --to UTC", many(basic_times)),
    Shape("convert, escaped", "convert --to UTC", many(escaped_times)),
    Shape("convert, indented", "convert --to UTC", LAYOUTS["indented"]),
    Shape("convert --sort --dedup", "convert --to UTC --sort --dedup", many(event)),
    Shape("convert, a long event", "convert --to UTC", field(b"1,", b"[", b"1]")),
    Shape("show", "show", many(event)),
    Shape("show, others", "show", many(others)),
    Shape("show, many zones", "show --tz event", many(one_of_many)),
    Shape("show, controls", "show", many(lambda n: event(n, user_login="\u202e\x1b" * 9))),
    Shape("show, a long login", "show", LONG["a long login"]),
    Shape("show -x", "show -x", many(event)),
    Shape("show -x, coloured", "show -x --color always", many(event)),
    Shape("show -x, indented", "show -x", LAYOUTS["indented"]),
    Shape("show -x, backslashes", "show -x", field(rb"\\")),
    Shape("show -x, backslashes, coloured", "show -x --color always", field(rb"\\")),
    Shape("show -x, past ASCII", "show -x", field("é\u202e".encode())),
    Shape("show -x, an array", "show -x", field(b"[[]],", b"[", b"1]")),
    Shape("show -x, a number, coloured", "show -x --color always", field(b"9", b"", b"")),
    Shape("validate --strict", "validate --strict", many(event)),
    Shape("validate --strict, zones", "validate --strict", many(one_of_many)),
    Shape("validate --strict, others", "validate --strict", many(others)),
    Shape("validate --strict, redelivered", "validate --strict", many(event(0))),
    Shape("validate --strict, offsets", "validate --strict", many(
        lambda n: one_of_many(n).replace(b"16:55:59Z", b"16:55:59+01:00"))),
    Shape("validate --statistics", "validate --statistics --format json", many(others)),
    Shape("validate --format github", "validate --format github", BROKEN["lines that are bad"]),
    Shape("validate --select", "validate --select bad-id", BROKEN["lines that are bad"]),
    Shape("validate --strict, an envelope of them", "validate --strict",
          ENVELOPED[f"one array of {_TEXT.shape}, indented"]),
]  # fmt: skip

SHAPES: list[Shape] = [
    *(Shape(f"validate: {name}", "validate", made) for name, made in LAYOUTS.items()),
    *(Shape(f"filter: {name}", "filter", made) for name, made in ENVELOPED.items()),
    *(Shape(f"stats: {name}", "stats", made) for name, made in COMPRESSED.items()),
    *(Shape(f"validate: {name}", "validate", made) for name, made in BROKEN.items()),
    *(Shape(f"strict: {name}", "validate --strict", made) for name, made in LONG.items()),
    *EVENTS,
]

#: The same inputs, read in another way.
AGAIN: list[Shape] = [
    *(Shape(f"json: {name}", "validate --input json", made) for name, made in BROKEN.items()),
    *(Shape(f"piped: {name}", "stats", made, is_piped=True) for name, made in COMPRESSED.items()),
    *(Shape(f"convert: {name}", "convert --to UTC", made) for name, made in ENVELOPED.items()),
    *(Shape(f"show -x: {name}", "show -x", made) for name, made in (LAYOUTS | LONG).items()),
    *(
        Shape(f"rejects: {name}", "stats --rejects bad.ndjson", made)
        for name, made in BROKEN.items()
    ),
]
