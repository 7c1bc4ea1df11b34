"""Locale C, and streams that cannot encode what is written: bytes go out as they came."""

from __future__ import annotations

import pytest

from ..conftest import Dump, created, message, other
from .conftest import Start

pytestmark = pytest.mark.usefixtures("reader")

DATA = (
    message(user_login="é€😀", root_account_id="größe", time_zone="Zürich")
    + other("kürs", {"ö": "é"})
    + b"\xe9\n"
    + created(conversation="é")
)

ENVIRONMENTS = (
    {"LANG": "C", "LC_ALL": "C"},
    {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "ascii:strict"},
)

COMMANDS = ("validate --strict", "validate --strict --format json", "validate --format github",
            "validate --statistics", "filter", "stats", "stats --format csv", "show -x",
            "convert --to event", "explain", "schema")  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_no_locale_changes_the_output(start: Start, dump: Dump, command: str) -> None:
    """Stdout and status are those of UTF-8, and stderr says as much."""
    name = [dump(DATA, "dü😀.jsonl")] if command not in ("explain", "schema") else []
    usual = start(*command.split(), *name)
    for environment in ENVIRONMENTS:
        ran = start(*command.split(), *name, **environment)
        assert ran[:2] == usual[:2]
        assert ran.stderr.count("\n") == usual.stderr.count("\n")
        assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("arguments", [["é"], ["filter", "--é"], ["stats", "--sort", "é"],
                                       ["filter", "nope-é"], ["stats", "--help"]])  # fmt: skip
@pytest.mark.reader("any")
def test_no_locale_hides_an_error(start: Start, arguments: list[str]) -> None:
    """What is said is there, with escapes for what cannot be encoded."""
    usual = start(*arguments)
    for environment in ENVIRONMENTS:
        ran = start(*arguments, **environment)
        assert ran.status == usual.status
        assert ran.stderr.count("\n") == usual.stderr.count("\n")
        assert "Traceback" not in ran.stderr
