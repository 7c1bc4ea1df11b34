"""Formulas in what spreadsheets open: `stats --format csv`."""

from __future__ import annotations

import csv
import io

import pytest

from ..conftest import Run, created, forwarded, message, other

pytestmark = pytest.mark.usefixtures("reader")

FORMULAS = (
    *("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "\xa0=1", "\u200b=1"),
    *("＝1", "＋1", "－1", "＠x", "\u2212 1", "|cmd", "%0A=1", "`=1", "^=1", "\\=1", "'=1", "''"),
    *("a;=1", "a,=1", "a\t=1", "a\r\n=1", "a|=1", 'a"=1', '";=1', '",=1', '"\n=1', '""', '"'),
    *("=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "＝cmd；=1", "\0=1", "\x1b[2J"),
    *("\ufeff=1", "\u202e=1"),
)  # fmt: skip


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_no_cell_begins_as_a_formula(run: Run, text: str, separator: str) -> None:
    """Wherever cells end, each is a number, a time, an id, or begins with an apostrophe."""
    lines = created(root_account_id=text) + message(root_account_id=text, author=text)
    stdout = run("stats --format csv", lines).stdout.decode()
    assert len(stdout.splitlines()) == 2
    for row in csv.reader(io.StringIO(stdout, newline=""), delimiter=separator):
        for cell in row:
            assert cell == "" or (cell[0].isascii() and cell[0].isalnum()) or cell[0] == "'"


@pytest.mark.parametrize("text", ["North", "a;b", 'say "a, b"', "größer"])
def test_text_that_is_no_formula_stays(run: Run, text: str) -> None:
    """A text of letters reads as it was."""
    stdout = run("stats --format csv", created(root_account_id=text)).stdout.decode()
    assert list(csv.reader(io.StringIO(stdout)))[1][:2] == [text, "53"]


def test_only_a_root_account_can_be_any_text(run: Run) -> None:
    """Of all that an event holds, nothing else that is no number or time gets into the table."""
    fields = dict.fromkeys(("user_login", "time_zone", "url", "request_id", "user_id"), "=1")
    lines = created(**fields) + forwarded(**fields) + message(**fields) + other("=1", {"=1": "=1"})
    lines += created("=1") + message("=1") + message(number="=1") + message(author="=1")
    for command in ("stats --format csv", "stats", "stats --format json"):
        assert b"=" not in run(command, lines).stdout


@pytest.mark.parametrize("account", [None, "70000000000001", "7~1", "9" * 30, "0" * 30])
def test_ids_need_no_quotes(run: Run, account: str | None) -> None:
    """A table of ids holds nothing but digits, commas and times."""
    stdout = run("stats --format csv", created("9" * 30, root_account_id=account)).stdout
    assert set(stdout.splitlines()[1]) <= set(b"0123456789~,-:.TZ")
