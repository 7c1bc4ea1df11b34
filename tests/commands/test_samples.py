"""The samples: every code has one, and the valid ones are valid."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import cevents
from cevents.canvas.problems import CODES

from ..conftest import Run
from .cases import objects

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def codes_in(run: Run, path: Path, strict: bool = False) -> set[str]:
    """Return the codes that `validate --max-line-bytes 4096` reports of a file."""
    options = "--format json --max-line-bytes 4096" + " --strict" * strict
    return {finding["code"] for finding in objects(run(f"validate {options} '{path}'").stdout)}


#: The codes of lines, and those of all input together.
LINES = [name for name, code in CODES.items() if not code.expected_by]
INPUTS = [name for name, code in CODES.items() if code.expected_by]


@pytest.mark.parametrize("code", LINES)
def test_code_has_a_sample(run: Run, code: str) -> None:
    """The sample of a code shows that code and no other."""
    path = SAMPLES / "invalid" / f"{code}.jsonl"
    assert codes_in(run, path, strict=CODES[code].severity == "warning") == {code}


@pytest.mark.parametrize("code", INPUTS)
def test_example_of_a_code_of_all_input(run: Run, code: str) -> None:
    """What a code's explanation shows of its option finds that code in a sound sample."""
    example = CODES[code].example.partition(",")[0]
    _, stdout, _ = run(f"validate --format json {example} '{SAMPLES / 'conversations.jsonl'}'")
    assert [finding["code"] for finding in objects(stdout)] == [code]


@pytest.mark.reader("any")
def test_no_sample_without_a_code() -> None:
    """Every file among the invalid samples is named for a code of lines."""
    assert {path.stem for path in (SAMPLES / "invalid").iterdir()} == set(LINES)


def test_conversations_are_valid(run: Run) -> None:
    """The believable fortnight has no finding, and enough in it to try things on."""
    events = list(cevents.read(SAMPLES / "conversations.jsonl"))
    assert codes_in(run, SAMPLES / "conversations.jsonl") == set()
    assert 300 <= len(events) <= 500


def test_mixed_has_other_events_and_faults(run: Run) -> None:
    """The mixed sample shows faults of many kinds, among events of many."""
    [counts] = objects(run(f"validate --statistics --format json {SAMPLES / 'mixed.jsonl'}").stdout)
    assert len(counts["codes"]) >= 6
    assert len(counts["other_events"]) >= 6
    assert counts["valid"] > 10 * (counts["invalid"] - 1)


def test_shapes_hold_the_same_events() -> None:
    """Whatever they are in, the events are the same."""
    found = {path.name: list(cevents.read(path)) for path in (SAMPLES / "shapes").iterdir()}
    assert all(events == found["firehose"] for events in found.values())
    assert len(found["firehose"]) == 6


@pytest.mark.reader("any")
def test_samples_are_made_by_their_script(tmp_path: Path) -> None:
    """The script makes the same bytes again."""
    script = SAMPLES / "make_samples.py"
    subprocess.run([sys.executable, script, tmp_path], check=True, stdout=subprocess.DEVNULL)
    made = {p.relative_to(tmp_path): p for p in tmp_path.rglob("*") if p.is_file()}
    kept = {
        p.relative_to(SAMPLES): p
        for p in SAMPLES.rglob("*")
        if p.is_file() and p.suffix not in (".md", ".py", ".pyc", ".ndjson")
    }
    assert made.keys() == kept.keys()
    assert [p.name for p in made if made[p].read_bytes() != kept[p].read_bytes()] == []


def test_sample_is_in_step(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """samples/rejects.ndjson is what its README says, and its lines are those of the dump."""
    monkeypatch.chdir(SAMPLES.parent)
    bad = tmp_path / "bad.ndjson"
    run(f"validate -q --rejects {bad} samples/mixed.jsonl")
    assert bad.read_bytes() == (SAMPLES / "rejects.ndjson").read_bytes()
    lines = re.findall(rb"[^\n]*\n|[^\n]+", (SAMPLES / "mixed.jsonl").read_bytes())
    back = run("restore samples/rejects.ndjson").stdout
    assert back == b"".join(lines[record["line"] - 1] for record in objects(bad.read_bytes()))
