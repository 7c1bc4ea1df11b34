"""Which lines of a block may be of interest at all, told by some bytes in them."""

from __future__ import annotations

from array import array
from dataclasses import replace

from cevents.input.blocks import Block, Places
from cevents.scan.compiled import native


def holding(block: Block, needles: tuple[bytes, ...]) -> Block:
    """Return a block of lines without those that hold none of the needles: they are only counted.

    A block of other texts, of which an envelope may hide the needles, is returned as it is.
    """
    if block.places is not None or not len(block):
        return block
    data, starts, ends = block.data, block.starts, block.ends
    holds = bytearray(len(block))
    kernel = native()
    for needle in needles:
        # An escape is rare, and its first byte is found several times faster.
        if needle.startswith(b"\\") and data.find(b"\\", 0, ends[-1]) < 0:
            continue
        if kernel:
            kernel.holding(data, starts, ends, needle, holds)
        else:
            for row, span in enumerate(zip(starts, ends, strict=True)):
                holds[row] |= data.find(needle, *span) >= 0
    rows = [row for row, held in enumerate(holds) if held]
    return replace(
        block,
        starts=array("I", [starts[row] for row in rows]),
        ends=array("I", [ends[row] for row in rows]),
        places=Places.of_lines(block.line + row for row in rows),
        lacks_newline=block.lacks_newline and holds[-1] == 1,
        left_out=len(block) - len(rows),
    )
