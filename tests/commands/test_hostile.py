"""Input that means harm: each line of it is a finding or is data; no other line suffers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cevents.terminal import UNSAFE

from ..conftest import Dump, Run, created, forwarded, message, other

COMMANDS = ("validate --format json", "filter", "stats --format json", "convert --to +01:00",
            "show")  # fmt: skip

BEFORE, AFTER = message(), created(conversation="54")


def holding(value: bytes) -> bytes:
    """Return an event that holds *value*, spelt so, where nothing is documented."""
    return other(body={"x": 1}).replace(b"1}", value + b"}")


def in_text(value: bytes) -> bytes:
    """Return an event with *value* inside a documented string."""
    return message(user_login="LOGIN").replace(b"LOGIN", value)


NOT_UTF8 = {
    "a byte of Latin-1": b"\xe9",
    "a continuation of nothing": b"\x80",
    "a character cut short": b"\xe2\x82",
    "a character cut short by another": b"\xf0\x9f\x98\xc3\xa9",
    "a slash in two bytes": b"\xc0\xaf",
    "a slash in three bytes": b"\xe0\x80\xaf",
    "NUL in two bytes": b"\xc0\x80",
    "a surrogate": b"\xed\xa0\x80",
    "a pair of surrogates": b"\xed\xa0\xbd\xed\xb8\x80",
    "past the last character": b"\xf4\x90\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "a byte that never is": b"\xfe",
}

DEEP = 100_000


#: Lines that no command can use, and what they are.
UNUSABLE: list[tuple[str, bytes, str]] = [
    *((name, holding(b'"%b"' % data), "not-utf8") for name, data in NOT_UTF8.items()),
    ("a byte of Latin-1, in a key", holding(b'{"Ren\xe9":1}'), "not-utf8"),
    ("a byte of Latin-1, in a login", in_text(b"Ren\xe9"), "not-utf8"),
    ("a byte of Latin-1, outside", b"\xe9" + BEFORE, "not-utf8"),
    ("NUL in a text", in_text(b"\0"), "not-json"),
    ("NUL before an event", b"\0" + message(), "not-json"),
    ("NUL after an event", message().rstrip() + b"\0\n", "not-json"),
    ("a line of NUL", b"\0" * 4096 + b"\n", "not-json"),
    ("a high surrogate", in_text(rb"\ud83d"), "not-json"),
    ("a low surrogate", in_text(rb"\ude00"), "not-json"),
    ("surrogates the wrong way round", in_text(rb"\ude00\ud83d"), "not-json"),
    ("a surrogate in a key", holding(rb'{"\ud83d":1}'), "not-json"),
    ("arrays in arrays", holding(b"[" * DEEP + b"]" * DEEP), "not-json"),
    ("objects in objects", holding(b'{"a":' * DEEP + b"1" + b"}" * DEEP), "not-json"),
    ("arrays without end", holding(b"[" * DEEP), "not-json"),
    ("nothing but arrays", b"[" * DEEP + b"]" * DEEP + b"\n", "not-json"),
    ("nothing but ends", b"]" * DEEP + b"\n", "not-json"),
    ("too long", b"x" * 200_000 + b"\n", "line-too-long"),
    ("too long, and an event", message(user_login="x" * 200_000), "line-too-long"),
    ("an infinity", holding(b"Infinity"), "not-json"),
    ("a number without an end", holding(b"1e"), "not-json"),
]  # fmt: skip


#: Lines that are odd, and events all the same.
USABLE: list[tuple[str, bytes]] = [
    ("a number of 5,000 digits", holding(b"9" * 5000)),
    ("a fraction of 5,000 digits", holding(b"0." + b"9" * 5000)),
    ("an exponent of 5,000 digits", holding(b"1e" + b"9" * 5000)),
    ("a negative exponent of 5,000 digits", holding(b"-1e-" + b"9" * 5000)),
    ("nested as deep as may be", holding(b"[" * 1000 + b"]" * 1000)),
    ("many members", holding(b"{" + b",".join(b'"%d":1' % n for n in range(5000)) + b"}")),
    ("a key 3,000 times", holding(b"{" + b",".join([b'"k":1'] * 3000) + b"}")),
    ("NUL in an escape", in_text(rb"\u0000")),
    ("a surrogate pair in escapes", in_text(rb"\ud83d\ude00")),
    ("nothing but escapes in keys", message().replace(b'"author_id"', rb'"\u0061uthor\u005fid"')),
    ("all keys in escapes", re.sub(
        rb'"([a-z_]+)":', lambda key: b'"%b":' % b"".join(b"\\u%04x" % c for c in key[1]), message()
    )),
    ("a key twice", message().replace(b'"author_id"', b'"author_id":[],"author_id"')),
    ("a key twice, once in escapes", message().replace(b'"body"', rb'"\u0062ody":5,"body"')),
    ("an empty key", holding(b'{"":{"":""}}')),
    ("a prototype", holding(b'{"__proto__":{"x":1},"__class__":1}')),
]  # fmt: skip


def objects(data: bytes) -> list[dict[str, Any]]:
    """Return the JSON objects of *data*, one a line."""
    return [json.loads(line) for line in data.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("line", "code"), [pytest.param(line, code, id=name) for name, line, code in UNUSABLE]
)
def test_line_that_is_not_usable(
    run: Run, tmp_path: Path, command: str, line: bytes, code: str
) -> None:
    """It is one finding at its line, status 1, and a reject; the lines around it are all there."""
    bad = tmp_path / "bad.ndjson"
    clean = run(command, BEFORE + AFTER)
    longest = 100_000 if code == "line-too-long" else 10_000_000
    options = f"--max-line-bytes {longest} --rejects {bad}"
    ran = run(f"{command} {options}", BEFORE + line * 2 + AFTER)
    assert ran.status == 1
    if command.startswith("validate"):
        found = [(finding["line"], finding["code"]) for finding in objects(ran.stdout)]
        assert found == [(2, code), (3, code)]
    else:
        assert ran.stdout == clean.stdout
        assert ran.stderr.startswith(
            f"2 of 4 lines could not be used (validate checks every field):\n  {code}  2, first at"
        )
    assert len(ran.stderr.splitlines()) == 2
    assert run(f"restore {bad}").stdout == line * 2


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("line", [pytest.param(line, id=name) for name, line in USABLE])
def test_line_that_is_usable(run: Run, command: str, line: bytes) -> None:
    """What JSON and the schema allow is an event like any other, and keeps its bytes."""
    status, stdout, stderr = run(command, BEFORE + line + AFTER)
    assert status == 0
    assert stderr == ("3 events read: 3 valid, 0 with errors\n" + OTHERS * (b"course" in line)
                      if command.startswith("validate") else "")  # fmt: skip
    if command == "filter":
        assert stdout == BEFORE + line + AFTER
    assert stdout.count(b"\n") == {"validate": 0, "stats": 2}.get(command.split()[0], 3)


OTHERS = "1 other event without a schema here, not judged further: course_created 1\n"


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "line", [message(), created(), forwarded(), other(body={"é": [1.5, None, "x"]})]
)
def test_event_cut_off_at_every_byte(run: Run, command: str, line: bytes) -> None:
    """Wherever an event is cut off, what is left is one finding and the next line is whole."""
    cut = [line[:end] for end in range(1, len(line) - 1)]
    status, stdout, _ = run(command, BEFORE + b"".join(part + b"\n" + BEFORE for part in cut))
    assert status == 1
    if command.startswith("validate"):
        found = [(finding["line"], finding["code"]) for finding in objects(stdout)]
        codes = {"not-json", "not-utf8"}
        assert [at for at, code in found if code in codes] == list(range(2, 2 * len(cut) + 1, 2))
    elif command == "filter":
        assert stdout == BEFORE * (len(cut) + 1)


CONTROLS = (
    "\0\a\b\t\r\n\x1b[2J\x1b]8;;http://x\a\x7f\x85\x9b31m\u061c\u200e\u2028\u202e\u2066\ufeff"
)

FIELDS = ("conversation", "number", "author", "created", "time", "root_account_id", "user_login",
          "user_id", "time_zone", "url", CONTROLS)  # fmt: skip

HARM = b"".join(
    (
        *(message(**{field: CONTROLS}) for field in FIELDS),
        other(CONTROLS),
        other("conversation_" + CONTROLS),
        other(body={CONTROLS: CONTROLS}),
    )
)


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize(
    "command",
    [
        "validate --strict",
        "validate --strict --format json",
        "validate --strict --format github",
        "validate --statistics",
        "validate --statistics --format json",
        "stats",
        "stats --format json",
        "stats --format csv",
        "show",
        "show -x",
        "show --tz event",
        "filter --count",
        "validate -q --rejects",
    ],
)
def test_no_terminal_obeys_an_event(dump: Dump, run: Run, command: str, escaped: bool) -> None:
    """What is printed for people or programs holds no character that a terminal may obey."""
    lines = HARM  # DEL, C1 and the marks that reorder text stand in JSON as they are
    if escaped:
        lines = b"".join(json.dumps(line).encode() + b"\n" for line in objects(HARM))
    if "rejects" in command:
        dump(lines)
        run("validate -q --rejects bad.ndjson dump.jsonl")
        printed = Path("bad.ndjson").read_text()
    else:
        _, stdout, stderr = run(command, lines)
        printed = stdout.decode() + stderr
    assert printed
    assert [char for char in re.findall(UNSAFE, printed) if char != "\n"] == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n="])
def test_no_spreadsheet_obeys_an_event(run: Run, start: str) -> None:
    """A cell of CSV never begins as a formula does, in quotes or not."""
    text = f'{start}HYPERLINK("http://x","y")'
    stdout = run("stats --format csv", created(root_account_id=text)).stdout.decode()
    cell = stdout.splitlines()[1].strip('"')
    assert cell.startswith(("'", "\\u00"))


@pytest.mark.parametrize("part", ["%0A::error::", "%0D%0A::set-output name=x::", "\n::error::y",
                                  "\r\n::stop-commands::", "::error file=x::"])  # fmt: skip
def test_no_workflow_obeys_an_event(run: Run, part: str) -> None:
    """One finding is one workflow command, whatever the event says."""
    line = (
        other("conversation_" + part) + message(author=part) + message(number="10", **{part: part})
    )
    commands = run("validate --strict --format github", line).stdout.decode().splitlines()
    assert len(commands) == 3
    for command in commands:
        assert re.match("::(error|warning) file=<stdin>,line=[123],col=[0-9]+::", command)
        assert not re.search("%(?!25)", command)
