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
from cevents.input.envelopes import ENVELOPES, EVENT, KINESIS_EVENT, MAX_ENVELOPES, unfold

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
    old = block.places or Places.of_lines(range(block.line, block.line + len(block)))
    new, new_state = Places.of(0), bytearray()
    texts: list[bytes] = []
    emptied = block.emptied[:]
    at = 0

    def keep_up_to(row: int) -> None:
        texts.extend(map(block.text, range(at, row)))
        for column, before in zip((*new, new_state), (*old, state), strict=True):
            column.extend(before[at:row])

    for row in _rows(state, _LEFT):
        found = unfold(block.text(row), depth, native)
        if found is None:
            continue
        keep_up_to(row)
        at = row + 1
        shape = SHAPES.index(found.shape) | FIRST
        if is_inner:
            shape = old.shape[row]
        elif old.shape[row] & FIRST:
            emptied.append((block.place(row), old.shape[row] & ~FIRST))
        if not found.pieces and shape & FIRST:
            emptied.append((block.place(row), shape & ~FIRST))
        starts, pieces = array("I"), Places.of(len(found.pieces))
        for index, piece in enumerate(found.pieces):
            text = piece.text.lstrip()
            stripped = len(piece.text) - len(text) if piece.verbatim else 0
            starts.append(piece.start + stripped if old.verbatim[row] else 0)
            texts.append(text.rstrip())
            pieces.verbatim[index] = piece.verbatim and old.verbatim[row]
            pieces.shape[index] = shape
            shape &= ~FIRST
        locate(block.text(row), 0, starts, *block.place(row), pieces.line, pieces.column)
        for column, more in zip((*new, new_state), (*pieces, bytes(len(starts))), strict=True):
            column.extend(more)
    if not at:
        return None
    lacks_newline = block.lacks_newline and at < len(block)
    keep_up_to(len(block))
    made = Block.of_texts(texts, new)
    return replace(
        block,
        data=made.data,
        starts=made.starts,
        ends=made.ends,
        places=new,
        emptied=emptied,
        lacks_newline=lacks_newline,
    ), new_state


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
