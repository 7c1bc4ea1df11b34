"""--jobs: the same answer, whatever the number."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ..conftest import FORMS, Dump, Run
from .cases import LINES

SAMPLES = [
    str(Path(__file__).resolve().parents[2] / "samples" / name)
    for name in ("mixed.jsonl", "conversations.jsonl")
]


@pytest.mark.parametrize(
    "command",
    [
        "validate --strict",
        "filter",
        "stats",
        "convert --to utc",
        "show",
        "show --dedup -n 300",
        "filter --dedup --sort",
        "convert --to utc --sort --sort-memory 20K",
    ],
)
def test_jobs_change_nothing_on_the_command_line(run: Run, command: str) -> None:
    """-j 2 prints what -j 1 prints, on both streams, with the same status."""
    alone, together = (run(f"{command} -j {jobs} {' '.join(SAMPLES)}") for jobs in (1, 2))
    assert alone.status == 1
    assert alone == together


@pytest.mark.parametrize("name", FORMS)
def test_compressed_file(run: Run, dump: Dump, name: str) -> None:
    """A compressed file gives the same findings."""
    dump(FORMS[name](LINES * 50))
    alone = run("validate -j 1 dump.jsonl")
    assert (alone.status, alone.stdout.count(b"\n")) == (1, 50)
    assert alone == run("validate -j 2 dump.jsonl")


def test_folder(run: Run, prefix: Path) -> None:
    """A folder that holds all kinds of files gives the same answer, errors included."""
    Path("bucket/2020/up").symlink_to("..")
    Path("bucket/2020/cut.gz").write_bytes(gzip.compress(LINES)[:-4])
    alone = run("validate bucket -j 1")
    assert (alone.status, alone.stdout[:21]) == (2, b"bucket/2020/cut.gz:2:")
    assert alone.stderr.startswith("cevents: error: cannot read bucket/2020/cut.gz: ")
    assert alone == run("validate bucket -j 2")
