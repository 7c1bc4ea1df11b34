"""Compression: what comes out of whole, cut off, damaged and hostile archives."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cevents.errors import CeventsError
from cevents.input import compression
from cevents.input.compression import DecodingError, decoded, is_plain
from cevents.input.reading import blocks
from cevents.input.sources import Source

from ..strategies import examples

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FORMS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
}
form = pytest.mark.parametrize("name", FORMS)
#: What holds of isal as of zlib: the bytes, and the error.
readers = pytest.mark.parametrize("can_read_again", [True, False], ids=["isal", "zlib"])

EVENTS = b"".join(b'{"metadata":{"event_name":"%d"},"body":{}}\n' % n for n in range(50))


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def read_all(
    data: bytes, size: int = 4096, piece: int = 1 << 20, can_read_again: bool = False
) -> tuple[bytes, str | None]:
    """Return what can be decoded, and why there is no more of it."""
    read = bytearray()
    again = (lambda: pieces(data, piece)) if can_read_again else None
    try:
        for chunk in decoded(pieces(data, piece), size, again):
            assert len(chunk) <= max(size, piece)
            read += chunk
    except DecodingError as error:
        return bytes(read), str(error)
    return bytes(read), None


@settings(max_examples=examples(100), deadline=None)
@given(
    data=st.lists(st.binary(max_size=30) | st.just(EVENTS), max_size=4).map(b"".join),
    name=st.sampled_from(sorted(FORMS)),
    members=st.integers(1, 3),
    padding=st.integers(0, 9),
    piece=st.integers(1, 40) | st.integers(100, 9000),
    size=st.integers(1, 5000),
    again=st.booleans(),
)
def test_any_compression_in_any_pieces(
    data: bytes, name: str, members: int, padding: int, piece: int, size: int, again: bool
) -> None:
    """Several members, zeros between them, a few bytes at a time: the bytes are the same."""
    data = b"{" + data  # what is inside is plain
    packed = (FORMS[name](data) + bytes(padding)) * members
    assert read_all(packed, size, piece, again) == (data * members, None)


@readers
@form
def test_cut_off_anywhere(name: str, can_read_again: bool) -> None:
    """A cut at any byte gives the first bytes of the data, however much is taken at a time."""
    packed = FORMS[name](EVENTS)
    for cut in range(6, len(packed)):
        read, error = read_all(packed[:cut], can_read_again=can_read_again)
        assert EVENTS.startswith(read)
        assert error == f"the {name} data is cut off after {cut} bytes"
        assert (read, error) == read_all(packed[:cut], 1 + cut % 7, can_read_again=can_read_again)


@readers
@pytest.mark.parametrize("name", sorted(FORMS.keys() - {"zstd"}))  # it gives whole blocks only
def test_every_byte_before_the_cut_counts(name: str, can_read_again: bool) -> None:
    """Where only the check at the end is cut off, no byte is lost."""
    packed = FORMS[name](EVENTS)[:-8]  # gzip: the checksum and the length
    failure = f"the {name} data is cut off after {len(packed)} bytes"
    for size in (1, 100, 4096):
        assert read_all(packed, size, can_read_again=can_read_again) == (EVENTS, failure)


def test_isal_reads_what_zlib_reads() -> None:
    """Damaged or cut off, gzip gives the same bytes and the same error with both.

    Only where a code of the compressed data makes no sense may isal, which sees it later, give
    some bytes of that data more.
    """
    chance = random.Random(1)
    whole = [gzip.compress(EVENTS, level) for level in (0, 1, 6, 9)]
    whole += [gzip.compress(chance.randbytes(300)) + gzip.compress(EVENTS), zlib.compress(EVENTS)]
    for flags in (2, 4, 8, 16, 32, 64, 128, 8 + 2):
        whole.append(whole[3][:3] + bytes((flags,)) + whole[3][4:])
    for _ in range(3000):
        packed = bytearray(chance.choice(whole))
        for _ in range(chance.choice((1, 1, 2, 9))):
            packed[chance.randrange(len(packed))] = chance.randrange(256)
        data = bytes(packed[: chance.choice((len(packed), chance.randrange(len(packed))))])
        piece = chance.choice((1 << 20, 100))
        read, error = read_all(data, 4096, piece, True)
        expected, expected_error = read_all(data, 4096, piece, False)
        assert error == expected_error
        if error and "invalid distances set" in error:
            assert read.startswith(expected)
        else:
            assert read == expected


def test_isal_is_what_reads_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zlib is left alone where nothing is wrong, and takes over where isal is not installed."""
    pytest.importorskip("isal")
    path = tmp_path / "dump"
    path.write_bytes(gzip.compress(EVENTS))

    def lines() -> int:
        return sum(map(len, blocks(Source(str(path)))))

    with monkeypatch.context() as patch:
        patch.setattr(compression, "_Gunzip", None)
        assert lines() == 50
    monkeypatch.setitem(sys.modules, "isal", None)
    assert lines() == 50


def test_damaged_file(tmp_path: Path) -> None:
    """A checksum stands behind all of the data: every line is found, then the error is told."""
    packed = bytearray(gzip.compress(EVENTS))
    packed[-5] ^= 1
    path = tmp_path / "dump"
    path.write_bytes(packed)
    found: list[bytes] = []
    what = f"the gzip data cannot be decompressed: incorrect data check, at byte {len(packed)}"
    with pytest.raises(CeventsError, match=f"cannot read {path}: {what} or before"):
        found.extend(
            block.text(n) for block in blocks(Source(str(path))) for n in range(len(block))
        )
    assert found == EVENTS.splitlines()


@readers
@form
def test_garbage_behind_the_data(name: str, can_read_again: bool) -> None:
    """What follows a member and is none is told, with its place."""
    packed = FORMS[name](EVENTS)
    error = f"what follows the {name} data at byte {len(packed)} is not {name}"
    assert read_all(packed + b"garbage", can_read_again=can_read_again) == (EVENTS, error)


@form
def test_damage_inside(name: str) -> None:
    """Whatever byte is damaged, it ends in an error at most."""
    packed = bytearray(FORMS[name](EVENTS))
    for at in range(len(packed)):
        packed[at] ^= 0x55
        read_all(bytes(packed), can_read_again=True)
        packed[at] ^= 0x55


@form
def test_compressed_twice_is_read(name: str) -> None:
    """A compressed file that was compressed again is read; what never ends is an error."""
    pack = FORMS[name]
    assert read_all(gzip.compress(pack(EVENTS)), can_read_again=True) == (EVENTS, None)
    error = "it is compressed more than 3 times over"
    assert read_all(pack(pack(pack(pack(EVENTS))))) == (b"", error)


@form
def test_bomb_costs_time_not_memory(name: str) -> None:
    """16 MB of nothing, decompressed, are never held at once."""
    bomb = FORMS[name](bytes(16_000_000))
    for again in (None, lambda: iter([bomb])):
        tracemalloc.start()
        try:
            assert sum(map(len, decoded(iter([bomb]), 65536, again))) == 16_000_000
            assert tracemalloc.get_traced_memory()[1] < 10_000_000  # xz's window is 8 MiB
        finally:
            tracemalloc.stop()


def test_xz_that_asks_for_too_much_memory() -> None:
    """An archive cannot make the program take gigabytes for its window."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 4096}]
    packed = bytearray(lzma.compress(EVENTS, filters=filters))
    packed[16] = 40  # the dictionary's size, 4 GiB - 1 (xz-file-format, 5.3.1)
    packed[20:24] = zlib.crc32(packed[12:20]).to_bytes(4, "little")
    read, error = read_all(bytes(packed))
    assert read == b""
    assert error
    assert "the xz data cannot be decompressed: memory usage limit exceeded" in error


@form
def test_what_was_flushed_comes_out(name: str) -> None:
    """What has been flushed into a pipe comes out before the next byte arrives."""
    if name == "gzip":
        deflate = zlib.compressobj(wbits=31)
        flushed = [deflate.compress(EVENTS) + deflate.flush(zlib.Z_SYNC_FLUSH) for _ in "ab"]
    else:
        flushed = [FORMS[name](EVENTS) for _ in "ab"]
    sent = []

    def arriving() -> Iterator[bytes]:
        for piece in flushed:
            sent.append(piece)
            yield piece[:3]
            yield piece[3:]

    read = b""
    for chunk in decoded(arriving(), 1 << 20):
        read += chunk
        if read == EVENTS:
            assert len(sent) == 1
        if read == EVENTS * 2:
            break
    assert read == EVENTS * 2


def test_compressors_wait_until_they_are_used() -> None:
    """A plain dump is read without the price of importing a compressor."""
    code = (
        "import sys, cevents.input.reading as r\n"
        "list(r.blocks(r.Source(sys.argv[1])))\n"
        "print([m for m in ('bz2', 'lzma', 'isal', 'backports.zstd') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code, __file__], capture_output=True, check=True)
    assert ran.stdout.rstrip() == b"[]"


def test_python_without_a_compressor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that was built without lzma says so."""
    monkeypatch.setitem(sys.modules, "lzma", None)
    assert read_all(FORMS["xz"](EVENTS)) == (b"", "this Python was built without xz")


@settings(max_examples=examples(60), deadline=None)
@given(text=st.text(max_size=40), codec=st.sampled_from(["-le", "-be"]), piece=st.integers(1, 9))
def test_utf_16_is_read_as_utf_8(text: str, codec: str, piece: int) -> None:
    """UTF-16 with its byte order mark, as PowerShell writes it, in any pieces."""
    data = ("\ufeff" + text).encode("utf-16" + codec)
    assert read_all(data, piece=piece) == (text.encode(), None)


def test_utf_16_that_makes_no_sense() -> None:
    """Half a character at the end is a cut; a lone surrogate becomes bytes that are not UTF-8."""
    data = "\ufeff{}\n".encode("utf-16-le")
    assert read_all(data + b"{") == (b"{}\n", "its UTF-16 ends within a character")
    assert read_all(data + b"\x00\xd8\n\0") == (b"{}\n\xed\xa0\x80\n", None)


def test_what_is_plain() -> None:
    """A few bytes tell."""
    assert is_plain(b'{"meta')
    assert is_plain(b"")
    assert not any(is_plain(pack(EVENTS)[:6]) for pack in FORMS.values())
    assert not is_plain(b"\xff\xfe{\0")
