"""A block's envelopes taken off: what was in them takes the place of their texts."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from cevents.input.blocks import FIRST, SHAPES, Block, Places
from cevents.input.buffers import BLOCK_BYTES, Buffers
from cevents.input.cutting import locate
from cevents.input.envelopes import ENVELOPES, EVENT, KINESIS_EVENT, MAX_ENVELOPES, Piece, unfold

#: What an event takes at least, as a rule.
_LEAST_BYTES = 256
#: A buffer of this size suits most blocks.
_USUAL_BYTES = BLOCK_BYTES * 5 // 4

#: What becomes of a text: it stays, it was in an envelope, or it may be one.
_KEPT, _OPENED, _LEFT = range(3)


def unfold_block(
    block: Block,
    rows: Iterable[int],
    depth: int = MAX_ENVELOPES,
    native: Any = None,
    buffers: Buffers | None = None,
) -> tuple[Block, list[int]] | None:
    """Replace the texts of *rows* by what is inside them, at most *depth* deep; keep all others.

    Returns a new block, or None where there was nothing to take out. The compiled reader opens
    envelopes one level at a time: the rows of what it took out, which may be envelopes again,
    are returned too. A *depth* below MAX_ENVELOPES is for those. The new block's data may be of
    *buffers*.
    """
    state = bytearray(len(block))
    for row in rows:
        state[row] = _LEFT
    if not depth or not any(state):
        return None
    is_inner = depth < MAX_ENVELOPES
    made = native and _opened_by(native, block, state, is_inner, buffers or Buffers())
    if made:
        block, state = made
    slowly = _opened_by_reference(block, state, depth, is_inner, native)
    if slowly:
        block, state = slowly
    elif not made:
        return None
    return block, list(_rows(state, _OPENED))


def _opened_by(
    native: Any, block: Block, state: bytearray, is_inner: bool, buffers: Buffers
) -> tuple[Block, bytearray] | None:
    """Have the compiled reader open what is not _KEPT; set *state* to what becomes of each text."""
    places = block.places or ()
    size = sum(block.ends) - sum(block.starts) + len(block) + native.SURPLUS
    data = buffers.take(max(size, _USUAL_BYTES))
    room = max(len(block), max(block.ends) // _LEAST_BYTES) + 64
    while True:
        starts = array("I", bytes(4 * room))
        ends, new_state, new_places = starts[:], bytearray(room), Places.of(room)
        _, count, opened = native.unfold(
            _compiled(native),
            block.data,
            (block.starts, block.ends, state, *places),
            block.line,
            is_inner,
            data,
            (starts, ends, new_state, *new_places),
        )
        if not opened:
            buffers.give(data)
            return None
        if count <= room:
            break
        room = count
    emptied = block.emptied
    if places and not is_inner:
        firsts = (row for row in _rows(state, _OPENED) if places[-1][row] & FIRST)
        emptied = emptied + [(block.place(row), places[-1][row] & ~FIRST) for row in firsts]
    made = replace(
        block,
        data=data,
        starts=starts[:count],
        ends=ends[:count],
        places=new_places.up_to(count),
        emptied=emptied,
        lacks_newline=block.lacks_newline and state[-1] != _OPENED,
    )
    return made, new_state[:count]


def _opened_by_reference(
    block: Block, state: bytearray, depth: int, is_inner: bool, native: Any
) -> tuple[Block, bytearray] | None:
    """Open what is _LEFT, and what is inside."""
    if _LEFT not in state:
        return None
    places = block.places or Places.of_lines(range(block.line, block.line + len(block)))
    new = _Texts(block, places, state)
    emptied = block.emptied[:]
    at = 0
    for row in _rows(state, _LEFT):
        found = unfold(block.text(row), depth, native)
        if found is None:
            continue
        shape = places.shape[row] if is_inner else SHAPES.index(found.shape) | FIRST
        if not is_inner and places.shape[row] & FIRST:
            emptied.append((block.place(row), places.shape[row] & ~FIRST))
        if not found.pieces and shape & FIRST:
            emptied.append((block.place(row), shape & ~FIRST))
        new.keep(at, row)
        new.add(row, found.pieces, shape)
        at = row + 1
    if not at:
        return None
    new.keep(at, len(block))
    return replace(
        block,
        data=new.data,
        starts=new.starts,
        ends=new.ends,
        places=new.places,
        emptied=emptied,
        lacks_newline=block.lacks_newline and at < len(block),
    ), new.state


class _Texts:
    """The texts of a block in the making: some are those of another *block*, some were in them."""

    def __init__(self, block: Block, places: Places, state: bytearray) -> None:
        self._block, self._places, self._state = block, places, state
        self.data, self.state = bytearray(), bytearray()
        self.starts, self.ends = array("I"), array("I")
        self.places = Places.of(0)

    def keep(self, first: int, last: int) -> None:
        """Add the texts *first* up to *last*."""
        if first == last:
            return
        starts, ends = self._block.starts[first:last], self._block.ends[first:last]
        moved = len(self.data) - starts[0]
        self.data += memoryview(self._block.data)[starts[0] : ends[-1]]
        self.data += b"\n"
        self.starts.extend(map(moved.__add__, starts))
        self.ends.extend(map(moved.__add__, ends))
        self.state += self._state[first:last]
        for column, kept in zip(self.places, self._places, strict=True):
            column.extend(kept[first:last])

    def add(self, row: int, pieces: list[Piece], shape: int) -> None:
        """Add what was in the text of a row, the first of it with the shape's FIRST."""
        begins, places = array("I"), Places.of(len(pieces))
        is_verbatim = self._places.verbatim[row]
        for index, piece in enumerate(pieces):
            text = piece.text.lstrip()
            stripped = len(piece.text) - len(text) if piece.verbatim else 0
            begins.append(piece.start + stripped if is_verbatim else 0)
            places.verbatim[index] = piece.verbatim and is_verbatim
            places.shape[index] = shape if index == 0 else shape & ~FIRST
            self.starts.append(len(self.data))
            self.data += text.rstrip()
            self.ends.append(len(self.data))
            self.data += b"\n"
        outer = self._block.text(row)
        locate(outer, 0, begins, *self._block.place(row), places.line, places.column)
        self.state += bytes(len(pieces))  # nothing in them is an envelope any more
        for column, more in zip(self.places, places, strict=True):
            column.extend(more)


def _rows(state: bytearray, what: int) -> Iterator[int]:
    row = state.find(what)
    while row >= 0:
        yield row
        row = state.find(what, row + 1)


@lru_cache(maxsize=1)
def _compiled(native: Any) -> tuple[tuple[Any, ...], ...]:
    """Return the table of envelopes as the compiled reader has it."""
    pairs = (EVENT, KINESIS_EVENT)
    keys = list(dict.fromkeys((*EVENT, *KINESIS_EVENT, *(one.keys[0] for one in ENVELOPES))))
    return (
        tuple(key.encode() for key in keys),
        tuple((keys.index(one), keys.index(other)) for one, other in pairs),
        tuple(
            (
                keys.index(one.keys[0]),
                "".join(one.keys[1:]).encode(),
                getattr(native, one.holds.upper()),
                SHAPES.index(one.shape),
            )
            for one in ENVELOPES
        ),
    )
