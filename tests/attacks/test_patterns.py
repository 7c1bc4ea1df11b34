"""Regular expressions of --where that mean harm, or are given by mistake."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import time

import pytest

from ..conftest import Dump, Run, message, other

pytestmark = pytest.mark.usefixtures("reader")

DATA = message(user_login="é\0\n\x1b\u202e" + "a" * 30) + other() + message(user_login=None)

BAD = {
    "an open group": ("(", "missing ), unterminated subpattern at position 0"),
    "an open set": ("[", "unterminated character set at position 0"),
    "nothing to repeat": ("*", "nothing to repeat at position 0"),
    "more repetitions than a number holds": (
        "a{99999999999}", "the repetition number is too large"
    ),
    "a number of 5,000 digits": ("a{" + "9" * 5000 + "}", "exceeds the limit"),
    "a range the wrong way round": ("a{2,1}", "min repeat greater than max repeat"),
    "a group twice": ("(?P<x>a)(?P<x>b)", "redefinition of group name"),
    "a look back of any length": ("(?<=a+)b", "look-behind requires fixed-width pattern"),
    "an unknown flag": ("(?z)", "unknown extension ?z"),
    "flags at odds": ("(?a)(?u)x", "aSCII and UNICODE flags are incompatible"),
    "a flag of bytes": ("(?L)a", "bad inline flags: cannot use 'L' flag with a str pattern"),
    "a backslash": ("\\", "bad escape (end of pattern)"),
    "no such character": ("\\N{NOPE}", "undefined character name"),
    "no such group": ("\\9", "invalid group reference 9"),
    "open groups": ("(" * 3000, "it nests too deep"),
    "groups": ("(" * 3000 + ")" * 3000, "it nests too deep"),
    "a class of POSIX": ("[[:alpha:]]", "possible nested set at position 1"),
    "a difference of sets": ("[\\w--b]", "possible set difference at position 3"),
}  # fmt: skip


@pytest.mark.parametrize(("pattern", "reason"), BAD.values(), ids=BAD)
def test_a_bad_pattern_is_refused(run: Run, pattern: str, reason: str) -> None:
    """It is an error before anything is read, with the reason and what to try."""
    where = shlex.quote(f"metadata.user_login~={pattern}")
    status, stdout, stderr = run(f"filter -w {where}", DATA)
    assert (status, stdout) == (2, b"")
    error, tip = stderr.splitlines()
    assert error.startswith('cevents: error: bad regular expression "')
    assert reason in error
    assert tip == "  tip: Python's syntax, as in metadata.url~=/53/"


GOOD = {
    "named groups": "(?P<x>a)(?P=x)",
    "a flag": "(?i)A{30}",
    "a flag for a part": "(?i:A)$",
    "a condition": "(a)?(?(1)a|b)",
    "a look back": "(?<=a)a$",
    "an atomic group": "(?>a+)$",
    "a possessive one": "a++$",
    "NUL, escaped": r"\x00",
    "no word": r"^\w\W",
    "many groups": "(?:" * 150 + "a" + ")" * 150,
    "a long one": "a" * 10_000 + "|a",
    "many choices": "|".join(map(str, range(1000))) + "|a",
    "many repetitions": "((((a{1,1000}){1,1000}){1,1000}){1,1000})",
}  # fmt: skip


@pytest.mark.parametrize("pattern", GOOD.values(), ids=GOOD)
def test_a_good_pattern_is_matched(run: Run, pattern: str) -> None:
    """Whatever Python reads is taken, and says nothing on stderr."""
    where = shlex.quote(f"metadata.user_login~={pattern}")
    assert run(f"filter --count -w {where}", DATA) == (0, b"1\n", "")


def test_argument_that_is_not_utf8(run: Run) -> None:
    """A byte that is not UTF-8 matches nothing, and is shown as U+FFFD."""
    where = b"metadata.user_login~=\xff".decode(errors="surrogateescape")
    assert run(f"filter --count -w {where}", DATA) == (0, b"0\n", "")
    assert "�(" in run(f"filter --count -w {shlex.quote(where + '(')}", DATA).stderr


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_match_without_end_can_be_interrupted(dump: Dump, jobs: int, number: int) -> None:
    """A signal ends the program in the middle of a match that would take years."""
    first, endless = message(), message(user_login="a" * 60 + "!")
    dump(first, "first.jsonl")
    dump(endless)
    process = subprocess.Popen(
        [sys.executable, "-m", "cevents", "filter", "--line-buffered", "-j", str(jobs),
         "-w", r"metadata.user_login~=(a+)+$|None", "--bad-lines", "report", "-v",
         "first.jsonl", "dump.jsonl"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == first
    time.sleep(0.3)  # it matches by then
    process.send_signal(number)
    try:
        stdout, stderr = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (stdout, stderr) == (b"", b"")
    assert process.returncode == (130 if number == signal.SIGINT else -number)
