"""-q: nothing on stderr but the errors that make the status 2."""

from __future__ import annotations

import pytest

from cevents.cli.commands import cli

from ..conftest import Dump, Run, message

#: A line that is no event, two events from a glued line of which one is a repeat.
LINES = b"oops\n" + message().strip() * 2 + b"\n"

NOISY = [
    "validate",
    "validate --min-events 9",
    "filter --dedup",
    "filter --count",
    "filter -e message -w metadata.user_logn=keiko",
    "stats",
    "convert --to utc --dedup",
    "show --dedup --sort",
    "restore",
]


@pytest.mark.parametrize("command", NOISY)
def test_no_notes(run: Run, command: str) -> None:
    """Summaries and notes are left out; what is printed is the same, and the status."""
    loud, quiet = run(command, LINES), run(f"{command} -q", LINES)
    assert loud.stderr
    printed = b"" if command.startswith("validate") else loud.stdout
    assert quiet == (loud.status, printed, "")
    assert run(command, LINES) == loud


@pytest.mark.parametrize("command", ["validate", "filter", "stats", "convert --to utc", "show"])
def test_empty_input(run: Run, command: str) -> None:
    """That an input is empty is a note as well."""
    assert "0 events read" in run(command).stderr
    assert run(f"{command} -q").stderr == ""


@pytest.mark.parametrize("command", NOISY)
def test_errors_are_told(run: Run, dump: Dump, command: str) -> None:
    """What makes the status 2 is said all the same, and that alone."""
    dump(LINES)
    ran = run(f"{command} -q missing dump.jsonl")
    assert ran.status == 2
    assert ran.stderr == "cevents: error: cannot read missing: no such file or directory\n"


@pytest.mark.reader("any")
@pytest.mark.parametrize("name", cli.commands)
def test_every_command_takes_it(run: Run, name: str) -> None:
    """-q is an option of every command, and a command line that is wrong is told of."""
    assert " -q, --quiet " in run(f"{name} --help").stdout.decode()
    status, _, stderr = run(f"{name} -q --no-such-option")
    assert (status, stderr.splitlines()[0]) == (
        2,
        "cevents: error: no such option --no-such-option",
    )
