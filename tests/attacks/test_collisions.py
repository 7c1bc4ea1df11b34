"""Ids and names chosen to meet in one slot of a hash table: neither work nor answers depend on it.

Python's hashes of texts have a secret in them, new in each run. Those of numbers have none, so that
anyone can choose ids for them, and those of two numbers can be turned round.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator
from typing import Any

import pytest

from cevents.scan import tally as reference
from cevents.scan.columns import NONE
from tests.scan.kernels import implementations

from ..conftest import Dump, Run, created, message, other
from ..strategies import LONG
from .conftest import Start

pytestmark = pytest.mark.usefixtures("reader")

_P1, _P2, _P5 = 11400714785074694791, 14029467366897019727, 2870177450012600261
_ALL = 2**64 - 1


def pairs(count: int) -> list[tuple[int, int]]:
    """Return pairs of ids that have one hash as tuples: Python's xxHash turned round."""
    found = []
    for account in range(10**13, 10**13 + 100 * count):
        mixed = (_P5 + account * _P2) & _ALL
        mixed = (mixed << 31 | mixed >> 33) * _P1 & _ALL
        conversation = (0x1234567890ABCDEF - mixed) * pow(_P2, -1, 2**64) & _ALL
        if 0 < conversation < 2**61 - 1:
            found.append((account, conversation))
        if len(found) == count:
            break
    return found


class Id(int):
    """An id that counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Id.compared += 1
        return int(self) == other

    __hash__ = int.__hash__


@pytest.mark.reader("any")
def test_ids_with_one_hash_cost_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tally in Python looks at each conversation once, not at all before it."""
    chosen = pairs(500)
    assert len({hash(pair) for pair in chosen}) == 1
    monkeypatch.setattr(Id, "compared", 0)
    accounts, conversations = ([Id(pair[at]) for pair in chosen] for at in (0, 1))
    tally: Any = reference.Tally(2, 0, 1, 0)
    n = len(chosen)
    tally.add(n, [1] * n, [0] * n, accounts, conversations, [NONE] * n, [NONE] * n, [0] * n,
              [NONE] * n)  # fmt: skip
    assert len(tally) == n
    assert Id.compared <= 10 * n


def _dumps() -> Iterator[tuple[str, bytes]]:
    yield (
        "one hash as tuples",
        b"".join(
            created(conversation=str(id_), root_account_id=str(account))
            for account, id_ in pairs(200)
        ),
    )
    for name, ids in {
        "alike in their lower half": [n << 40 for n in range(1, 200)],
        "alike in their upper half": [2**62 + n for n in range(200)],
        "one apart by what Python hashes modulo": [
            n + k * (2**61 - 1) for n in range(1, 50) for k in range(4)
        ],
        "one bit each": [1 << n for n in range(63)],
        "shards": [n * 10**13 + 5 for n in range(1, 200)],
    }.items():
        yield (
            name,
            b"".join(
                message(conversation=str(id_ % 7 + 1), number=str(id_), author=str(id_))
                + message(conversation=str(id_), number=str(id_ % 5 + 1), author="1")
                for id_ in ids
            ),
        )
    yield "odd ids", b"".join(message(conversation="9" * (20 + n % 9), author="8" * (20 + n))
                              for n in range(200))  # fmt: skip
    yield "names", b"".join(other("course_" + "\0ab"[n % 3] * (n % 60)) for n in range(200))


DUMPS = dict(_dumps())
COMMANDS = ("stats --format json --sort events", "filter --dedup --sort", "validate --strict")


@pytest.mark.parametrize("name", DUMPS)
def test_no_seed_changes_an_answer(
    run: Run, dump: Dump, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes come out under any seed, and the conversations are all there."""
    dump(DUMPS[name] * 2)
    answers = []
    for seed in (bytes(8), b"\xff" * 8, b"\1" * 8):
        with monkeypatch.context() as patch:
            patch.setattr(os, "urandom", lambda _, seed=seed: seed)
            answers.append([run(f"{command} dump.jsonl") for command in COMMANDS])
    assert answers[1:] == answers[:-1]


def test_no_seed_of_python_changes_an_answer(start: Start, dump: Dump) -> None:
    """Nor under any value of PYTHONHASHSEED, in processes of their own."""
    path = dump(b"".join(DUMPS.values()) * 2)
    for command in COMMANDS if LONG else COMMANDS[:1]:
        answers = {start(*command.split(), path, PYTHONHASHSEED=seed) for seed in ("0", "1")}
        assert len(answers) == 1


@pytest.mark.reader("any")
@pytest.mark.parametrize("kernel", implementations(reference))
def test_ids_of_any_pattern_are_all_counted(kernel: Any) -> None:
    """Whatever pattern ids have, each is counted once, under any seed."""
    n = 3000
    column = {"state": array("B", [1] * n), "event": array("B", [2] * n)}
    for ids in ([k << 12 for k in range(n)], [2**61 + k for k in range(n)],
                [k * 10**13 for k in range(n)], [k << 32 | k for k in range(n)]):  # fmt: skip
        for seed in range(8):
            tally = kernel.Tally(2, 0, 1, seed)
            values = array("q", ids)
            zero, none = array("q", bytes(8 * n)), array("q", [NONE] * n)
            tally.add(n, *column.values(), zero, zero, values, values, zero, none)
            tally.add(n, *column.values(), values, values, zero, zero, zero, none)
            rows = tally.rows()
            assert (max(rows["messages"]), max(rows["authors"])) == (n, n)
            assert len(tally) == n + (0 not in ids)
