"""Help, version, and the errors of those who mistype a command line."""

from __future__ import annotations

import re

import click
import pytest

from cevents import __version__
from cevents.cli.commands import cli

from ..conftest import Ran, Run, message
from ..documentation import shell
from .cases import case, table

#: Starting the program takes longer here than what it reads.
pytestmark = pytest.mark.reader("any")


@table(
    case("schema, nearly", "schema conversation_create", b"", b"",
         "cevents: error: no schema for an event 'conversation_create'\n"
         "  tip: did you mean conversation_created?\n", 2),
    case("schema, of another event", "schema course_created", b"", b"",
         "cevents: error: no schema for an event 'course_created'\n  tip: there are"
         " conversation_created, conversation_forwarded, conversation_message_created\n", 2),
    case("code, nearly", "explain badid", b"", b"",
         "cevents: error: no such code 'badid'\n  tip: did you mean bad-id?\n", 2),
    case("code", "explain zzz", b"", b"",
         "cevents: error: no such code 'zzz'\n  tip: `cevents explain` lists them\n", 2),
    case("command, nearly", "validat", b"", b"",
         "cevents: error: no such command 'validat'\n  tip: did you mean validate?\n", 2),
    case("command", "frobnicate", b"", b"",
         "cevents: error: no such command 'frobnicate'\n  tip: `cevents --help` lists them\n", 2),
    case("option", "stats --xyzzy 3", b"", b"",
         "cevents: error: no such option --xyzzy\n  tip: try `cevents stats --help`\n", 2),
    case("option of another command", "stats --since yesterday", b"", b"",
         "cevents: error: no such option --since\n  tip: `cevents filter` has it\n", 2),
    case("option, nearly", "stats --formt csv", b"", b"",
         "cevents: error: no such option --formt\n  tip: did you mean --format?\n", 2),
    case("zone of each event", "stats --tz event", b"", b"",
         "cevents: error: Invalid value for '--tz': each event's own zone is for `show` and "
         "`convert`\n  tip: try `cevents stats --help`\n", 2),
    case("no id", "filter -c 53,abc", b"", b"",
         'cevents: error: "abc" is no id\n'
         "  tip: an id is digits, as 5229, or a shard and digits, as 7~5229\n", 2),
    case("double equals", "filter -w body.author_id==131", b"", b"",
         'cevents: error: there is no operator == in "body.author_id" ==\n'
         "  tip: write body.author_id=131\n", 2),
    case("no time at all", "filter --since 2020-04-01 --until 2020-03-01", b"", b"",
         "cevents: error: no time is at or after --since and before --until\n"
         "  tip: exchange the two\n", 2),
    case("event, nearly", "filter -e message", message(), b"",
         'note: no documented event is called "message": '
         "did you mean conversation_message_created?\n"),
    case("field, nearly", "filter -w metadata.user_logn=keiko", message(), b"",
         'note: "metadata.user_logn" is no documented field: '
         "did you mean metadata.user_login?\n"),
    case("field of another kind of event", "filter -w body.score=1", message()),
    case("several ids", "filter -c 1,53 -a 2,3", message() * 2, message() * 2),
    case("negative", "stats --top -1", b"", b"",
         "cevents: error: Invalid value for '--top': -1 is not in the range x>=0.\n"
         "  tip: try `cevents stats --help`\n", 2),
)  # fmt: skip
def test_errors_come_with_a_tip(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """An error names the thing at fault on one line, and a tip says what to try."""
    assert expected == run(command, stdin)


def test_help(run: Run) -> None:
    """Help is asked for on stdout, and comes on stderr where a command is missing."""
    asked, missing = run("--help"), run("")
    assert (asked.status, asked.stderr) == (0, "")
    assert Ran(2, b"", asked.stdout.decode().rstrip()) == missing._replace(
        stderr=missing.stderr.rstrip()
    )
    assert asked == run("-h")


def test_version(run: Run) -> None:
    """--version names the program and its version."""
    status, stdout, stderr = run("--version")
    assert (status, stdout.split()[:2], stderr) == (0, [b"cevents", __version__.encode()], "")


def help_examples() -> list[str]:
    """Return the examples of every command's help."""
    found: list[str] = []
    for command in cli.commands.values():
        examples = (command.help or "").partition("Examples:")[2]
        found += [line.strip() for line in examples.splitlines() if line.strip()]
    return found


#: The examples that end with status 1, for what they read has findings or unusable lines.
UNUSABLE = {
    "cevents validate --select bad-id --format json samples/invalid/bad-id.jsonl",
    "cevents validate --statistics samples/mixed.jsonl",
    "cevents stats --format csv samples/mixed.jsonl > conversations.csv",
    "cevents convert --to event samples/conversations.jsonl",
    "grep bad-timestamp samples/rejects.ndjson | cevents restore | cevents show",
}


@pytest.mark.parametrize("command", help_examples())
def test_help_example_runs(command: str) -> None:
    """An example in a command's help runs, prints something, and ends as it should."""
    printed, status = shell(re.sub(r"> \S+$", "", command))
    assert printed
    assert "error:" not in printed
    assert status == int(command in UNUSABLE)


@pytest.mark.parametrize("name", [None, *cli.commands])
def test_help_fits_a_screen(name: str | None) -> None:
    """Help is at most 80 columns by 45 lines, has examples, and says what is remembered."""
    command = cli.commands[name] if name else cli
    # click keeps the help option that it first makes for a command: make the program's own.
    settings = {**cli.context_settings, "max_content_width": 80}
    context = click.Context(command, info_name=name, terminal_width=80, **settings)
    lines = command.get_help(context).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 45
    assert "Examples:" in (command.help or "")
    if name not in (None, "schema", "explain"):
        assert "Remembers" in (command.help or "")
