"""A block read: what is common is taken at once, and what is in envelopes is taken out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cevents.input import unfolding
from cevents.input.blocks import Block
from cevents.scan import reading
from cevents.scan.columns import BLANK, REFUSED, TAKEN
from cevents.scan.plan import Plan
from cevents.scan.reading import read

from ..conftest import has_compiled_reader, message
from ..envelopes import TEXTS, dumped, sqs

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def test_states(reader: str) -> None:
    """A text is blank, taken or refused, and what is wrong with it is told."""
    columns = read(Block.of(message() + b" \t\r\n\noops\n" + message()), Plan())
    assert list(columns.state) == [TAKEN, BLANK, BLANK, REFUSED, TAKEN]
    assert {row: [p.code for p in found] for row, found in columns.problems.items()} == {
        3: ["not-json"]
    }


def test_envelopes_are_taken_off(reader: str) -> None:
    """The columns are of the block that was unfolded."""
    data = message() + dumped(sqs(TEXTS[0])) + b"\n" + message()
    columns = read(Block.of(data), Plan(("body.message_id",)))
    assert list(columns.state) == [TAKEN] * 3
    assert columns.block.text(1) == TEXTS[0].encode()
    assert [columns.text("body.message_id", row) for row in range(3)] == ["9"] * 3


@pytest.mark.reader("compiled")
def test_clean_lines_cost_nothing(reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the compiled reader takes is not looked at for envelopes."""
    monkeypatch.setattr(unfolding, "unfold_block", None)
    assert list(read(Block.of(message() * 3), Plan()).state) == [TAKEN] * 3


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a dump of 2,000 events as Canvas writes them."""
    if not BENCHMARKS.is_dir():
        pytest.skip("this copy comes without the benchmarks")
    sys.path.insert(0, str(BENCHMARKS))
    import dumps

    yield dumps.dump(2_000_000, folder=tmp_path_factory.mktemp("dumps"))
    sys.path.remove(str(BENCHMARKS))


@pytest.mark.skipif(not has_compiled_reader(), reason="the compiled reader is not built")
@pytest.mark.parametrize(
    "name",
    [
        "plain", "spaced", "UTF-8 names", "escapes", "keys in random order", "half other events",
        "mixed offsets",
    ],
)  # fmt: skip
def test_little_that_is_valid_is_refused(plain: Path, name: str) -> None:
    """Of no dump does the compiled reader leave more than one line in a thousand to the other."""
    import variants

    dump = plain if name == "plain" else variants.variant(name, plain)
    block = Block.of(dump.read_bytes())
    for plan in (Plan(judged=True), Plan(("body.created_at", "metadata.user_id"))):
        columns = reading._scanned(block, plan)
        assert len(block) > 1500
        assert len(columns.refused()) <= len(block) / 1000
