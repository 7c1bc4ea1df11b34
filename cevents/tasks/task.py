"""What a command does to one block, and what happens around it for every command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cevents.input.blocks import Block
from cevents.input.buffers import Buffers
from cevents.scan.columns import Columns
from cevents.scan.needles import holding
from cevents.scan.plan import Plan
from cevents.scan.reading import read
from cevents.tasks.result import Result


class Made(NamedTuple):
    """What a task makes of a block: see `Result`, which has the same fields."""

    chosen: list[int]
    output: list[bytes]
    own: Any = None


#: Called with each result and its input's name, in input order; it may change the result.
InOrderStep = Callable[[Result, str], None]


class Task:
    """What a command does to one block. Knows nothing of files, terminals or threads.

    It can be pickled, and may be called from several threads at once. Lines that hold none of
    *needles*, if there are any, are not shown to it.
    """

    needles: tuple[bytes, ...] = ()

    @property
    def plan(self) -> Plan:
        """The fields that the task wants."""
        return Plan()

    def __call__(self, block: Block, columns: Columns) -> Made:
        """Return what the task makes of a block that was read by its plan.

        *columns* tell which rows are not usable; the task may add to those.
        """
        raise NotImplementedError

    def result(self, block: Block, buffers: Buffers | None = None) -> Result:
        """Read a block and return the result of the task: the same wherever it is called.

        The result's block may be another one: what was unfolded, into one of *buffers*.
        """
        if block.fault is not None:
            return Result(block)
        if self.needles:
            block = holding(block, self.needles)
        columns = read(block, self.plan, buffers)
        chosen, output, own = self(columns.block, columns)
        blanks = columns.blanks()
        return Result(columns.block, blanks, columns.problems, columns.used, chosen, output, own)

    def in_order_step(self) -> InOrderStep | None:
        """Return what completes the results, one after the other; None if they are complete."""
        return None
