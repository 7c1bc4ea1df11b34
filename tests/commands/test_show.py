"""`show`: events as people read them."""

from __future__ import annotations

import json

import pytest

from ..conftest import Ran, Run, created, forwarded, message, other
from .cases import OTHER_TIME_AT, case, table

LOGIN = {"user_login": "ana@example.edu", "user_id": "21070000000000123"}

SHOWN = (
    message(**LOGIN)
    + created(conversation="123456789", user_id="21070000000000123")
    + forwarded(time="2020-03-24T17:00:00Z")
    + other()
)


@table(
    case(
        "one line an event",
        "show",
        SHOWN,
        b"2020-03-24T16:55:59.973Z      message           53 author 2 (ana@example.edu) wrote 9\n"
        b"2020-03-24T16:00:00.123Z      created    123456789 21070000000000123\n"
        b"2020-03-24T17:00:00Z          forwarded         53\n"
        b"2020-03-24T18:00:00Z          course_created\n",
    ),
    case(
        "whatever the values are",
        "show",
        message()
        + message(user_login="", user_id="5", author=None, number=9.50)
        + created(conversation=123, user_login="Zoë \N{NO-BREAK SPACE}")
        + created(conversation=None, user_id="\t7")
        + forwarded(conversation="ünï", user_login=["a"], user_id="8")
        + other(name="message", user_login="名", conversation_id="53")
        + other(name="", user_id="8"),
        "2020-03-24T16:55:59.973Z      message           53 author 2 wrote 9\n"
        "2020-03-24T16:55:59.973Z      message           53 author  (5) wrote 9.5\n"
        "2020-03-24T16:00:00.123Z      created          123 Zoë\n"
        "2020-03-24T16:00:00.123Z      created              \\u00097\n"
        '2020-03-24T17:00:00.456Z      forwarded        ünï ["a"]\n'
        "2020-03-24T18:00:00Z          message              名\n"
        "2020-03-24T18:00:00Z                               8\n".encode(),
    ),
    case(
        "in a zone",
        "show --tz America/Denver -n 1",
        SHOWN,
        b"2020-03-24T10:55:59.973-06:00 message           53 author 2 (ana@example.edu) wrote 9\n",
    ),
    case(
        "in the zone of each",
        "show --tz event",
        other(time_zone="Asia/Tokyo") + other(),
        b"2020-03-25T03:00:00+09:00     course_created\n"
        b"2020-03-24T18:00:00Z          course_created\n",
    ),
    case(
        "colours",
        "show --color always -n 1",
        SHOWN,
        b"\x1b[2m2020-03-24T16:55:59.973Z     \x1b[0m \x1b[36mmessage  \x1b[0m"
        b" \x1b[1m        53\x1b[0m author 2 (ana@example.edu) wrote 9\n",
    ),
    case(
        "bad lines",
        "show",
        other() + other(time="soon") + b"oops\n",
        b"2020-03-24T18:00:00Z          course_created\n",
        "2 of 3 lines could not be used (validate checks every field):\n"
        f"  bad-timestamp  1, first at <stdin>:2:{OTHER_TIME_AT}:"
        ' metadata.event_time: "soon" is not ISO 8601\n'
        "  not-json       1, first at <stdin>:3:1: unexpected character, expected a JSON value\n",
        1,
    ),
    case(
        "the last line ends",
        "show",
        other()[:-1],
        b"2020-03-24T18:00:00Z          course_created\n",
    ),
    case(
        "the whole event, every value as it was",
        "show --expand",
        rb'{"metadata":{"event_name":"\u0078","n":1,"n":1.0},"body":'
        rb'{"i":123456789012345678901234567890,"e":1E+2,"z":-0,"a":[],"l":[1,true,null]}}',
        b"{\n"
        b'  "metadata": {\n'
        rb'    "event_name": "\u0078",' b"\n"
        b'    "n": 1,\n'
        b'    "n": 1.0\n'
        b"  },\n"
        b'  "body": {\n'
        b'    "i": 123456789012345678901234567890,\n'
        b'    "e": 1E+2,\n'
        b'    "z": -0,\n'
        b'    "a": [],\n'
        b'    "l": [\n'
        b"      1,\n"
        b"      true,\n"
        b"      null\n"
        b"    ]\n"
        b"  }\n"
        b"}\n",
    ),
    case(
        "the whole event, coloured",
        "show -x --color always",
        b'{"metadata":{"a":"b: 1"},"body":{"n":-1.5e3,"t":null}}\n',
        b'{\n  \x1b[34m"metadata"\x1b[0m: {\n'
        b'    \x1b[34m"a"\x1b[0m: \x1b[32m"b: 1"\x1b[0m\n  },\n'
        b'  \x1b[34m"body"\x1b[0m: {\n'
        b'    \x1b[34m"n"\x1b[0m: \x1b[33m-1.5e3\x1b[0m,\n'
        b'    \x1b[34m"t"\x1b[0m: \x1b[2mnull\x1b[0m\n  }\n}\n',
    ),
)  # fmt: skip
def test_show(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """One line an event, in columns; or the whole of each, indented."""
    assert expected == run(command, stdin)


@pytest.mark.parametrize(
    ("environment", "option", "coloured"),
    [
        ({}, "auto", False),
        ({"FORCE_COLOR": "1"}, "auto", True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False),
        ({"FORCE_COLOR": "1"}, "never", False),
        ({"NO_COLOR": "1"}, "always", True),
        ({"NO_COLOR": ""}, "always", True),
        ({"FORCE_COLOR": ""}, "auto", False),
    ],
)
def test_show_colours(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    option: str,
    coloured: bool,
) -> None:
    """--color decides, then NO_COLOR, then FORCE_COLOR, then whether stdout is a terminal."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    before, between = (b"\x1b[2m", b"\x1b[0m \x1b[34m") if coloured else (b"", b" ")
    shown = run(f"show --color {option}", other()).stdout
    after = b"\x1b[0m" if coloured else b""
    assert (
        before + b"2020-03-24T18:00:00Z         " + between + b"course_created" + after + b"\n"
        == shown
    )


CONTROLS = "\x00\x07\x08\t\r\x1b[31m\x7f\x85\x9b31m\u200e\u2028\u202e\u2066\ufeff"


#: Those characters as they are shown: the escapes of JSON.
ESCAPED = (
    r"\u0000\u0007\u0008\u0009\u000d\u001b[31m\u007f\u0085\u009b31m\u200e\u2028\u202e\u2066\ufeff"
)


@pytest.mark.parametrize("is_escaped", [True, False])
@pytest.mark.parametrize("options", ["", "--color never", "-x", "-x --tz utc"])
def test_show_no_control_characters(run: Run, options: str, is_escaped: bool) -> None:
    """What a terminal obeys is shown as escapes, whether the event has it so or as it is."""
    raw = message(user_login="X") + message(conversation="X") + other("X")
    controls = json.dumps(CONTROLS, ensure_ascii=is_escaped)
    if "-x" in options:
        # A value keeps the escapes that it has.
        shown = controls.translate({ord(c): f"\\u{ord(c):04x}" for c in CONTROLS if c > "~"})
        events = [
            json.dumps(json.loads(line), indent=2).replace('"X"', shown).encode() + b"\n"
            for line in raw.splitlines()
        ]
    else:
        start = "2020-03-24T16:55:59.973Z      message   "
        events = [
            f"{start}        53 author 2 ({ESCAPED}) wrote 9\n".encode(),
            f"{start}{ESCAPED} author 2 wrote 9\n".encode(),
            f"2020-03-24T18:00:00Z          {ESCAPED}\n".encode(),
        ]
    lines = raw.replace(b'"X"', controls.encode())
    assert Ran(0, b"".join(events), "") == run(f"show {options}", lines)


MARKUP = created(user_login="[red]x[/red]", root_account_id="[bold]7[/bold]")


@table(
    case("show", "show", MARKUP,
         b"2020-03-24T16:00:00.123Z      created           53 [red]x[/red]\n"),
    case("show, in colours", "show --color always", MARKUP,
         b"\x1b[2m2020-03-24T16:00:00.123Z     \x1b[0m \x1b[32mcreated  \x1b[0m"
         b" \x1b[1m        53\x1b[0m [red]x[/red]\n"),
    case("show, expanded", "show -x", MARKUP,
         b'{\n  "metadata": {\n    "user_login": "[red]x[/red]",\n'
         b'    "root_account_id": "[bold]7[/bold]",\n'
         b'    "event_name": "conversation_created",\n'
         b'    "event_time": "2020-03-24T16:00:00.123Z"\n  },\n'
         b'  "body": {\n    "conversation_id": "53",\n'
         b'    "updated_at": "2020-03-24T16:00:00Z"\n  }\n}\n'),
    case("stats", "stats", MARKUP,
         b"conversation  events  messages  redelivered  authors  forwarded"
         b"  created               first                 last                  first reply\n"
         b"53                 1         0            0        0          0"
         b"  2020-03-24T16:00:00Z  2020-03-24T16:00:00Z  2020-03-24T16:00:00Z\n"
         b"total              1         0            0                   0\n"
         b"1 conversation; times in UTC\n"
         b"root account: [bold]7[/bold]\n"),
)  # fmt: skip
def test_markup_is_text(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """Markup in an event is shown as the text it is."""
    assert expected == run(command, stdin)
