"""Inputs of every kind: compressed, in folders, and those that break off or cannot be read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import subprocess
import sys
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cevents
from cevents import sources as sources_module
from cevents.decoding import DecodingError, decoded
from cevents.engine import Sizes
from cevents.engine import run as run_task
from cevents.selection import Selection
from cevents.sources import Source, plain_size

from .conftest import Dump, Ran, Run, created, message
from .test_processes import started

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

LINES = message() + b"53\n" + created()
EVENTS = b"".join(message(conversation=str(n)) for n in range(15))
ONE = "1 event read: 1 valid, 0 with errors\n"
TWO = "2 events read: 2 valid, 0 with errors\n"
ERROR = "cevents: error: "


def read_all(chunks: Iterator[bytes], size: int = 4096) -> tuple[bytes, str | None]:
    """Return what can be decoded, and why there is no more of it."""
    read = bytearray()
    try:
        for chunk in decoded(chunks, size):
            read += chunk
    except DecodingError as error:
        return bytes(read), str(error)
    return bytes(read), None


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


# Compression


@form
@pytest.mark.parametrize("command", ["validate", "filter", "stats", "convert --to utc", "show"])
def test_compressed_is_read_as_it_were_plain(run: Run, dump: Dump, command: str, name: str) -> None:
    """From a file and from stdin, whatever the file is called, the answer is that for the dump."""
    dump(LINES)
    plain = run(f"{command} dump.jsonl")
    dump(FORMS[name](LINES))
    assert plain == run(f"{command} dump.jsonl")
    piped = run(command, FORMS[name](LINES))
    assert (plain.status, plain.stdout.replace(b"dump.jsonl", b"<stdin>")) == piped[:2]


@form
def test_workers_read_compressed_files(run: Run, dump: Dump, name: str) -> None:
    """-j 2 gives the answer of one process."""
    dump(FORMS[name](LINES * 50))
    assert run("validate -j 1 dump.jsonl") == run("validate -j 2 dump.jsonl")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    data=st.lists(st.binary(max_size=30) | st.just(EVENTS), max_size=4).map(b"".join),
    name=st.sampled_from(sorted(FORMS)),
    members=st.integers(1, 3),
    padding=st.integers(0, 9),
    piece=st.integers(1, 40) | st.integers(100, 9000),
    size=st.integers(1, 5000),
)
def test_any_compression_in_any_pieces(
    data: bytes, name: str, members: int, padding: int, piece: int, size: int
) -> None:
    """Several members, zeros between them, a few bytes at a time: the bytes are the same."""
    data = b"{" + data  # what is inside is plain
    packed = FORMS[name](data) + bytes(padding)
    for _ in range(members - 1):
        packed += FORMS[name](data) + bytes(padding)
    assert read_all(pieces(packed, piece), size) == (data * members, None)


@form
def test_truncated_anywhere_gives_the_events_before(name: str, tmp_path: Path) -> None:
    """A cut at any byte gives whole events, the first ones, and one failure; no other finding."""
    packed = FORMS[name](EVENTS)
    path = tmp_path / "cut"
    for cut in range(6, len(packed)):
        path.write_bytes(packed[:cut])
        *steps, last = run_task(Selection(), [Source(str(path))])
        output = b"".join(b"".join(step.result.output) for step in steps)
        assert EVENTS.startswith(output)
        assert set(output.splitlines()) <= set(EVENTS.splitlines())
        assert [step.result.problems for step in steps if step.result.problems] == []
        assert last.failure
        assert last.failure.message.endswith(f": the {name} data is cut off after {cut} bytes")


@pytest.mark.parametrize("name", sorted(FORMS.keys() - {"zstd"}))  # it gives whole blocks only
def test_every_byte_before_the_cut_counts(name: str) -> None:
    """Where only the check at the end is cut off, no byte is lost."""
    packed = FORMS[name](EVENTS[:-1])[:-8]  # gzip: the checksum and the length
    failure = f"the {name} data is cut off after {len(packed)} bytes"
    for size in (1, 100, 4096):
        assert read_all(iter([packed]), size) == (EVENTS[:-1], failure)


@form
def test_size_of_chunks_changes_nothing(name: str) -> None:
    """What comes out of a cut archive does not depend on how much is taken out at a time."""
    packed = FORMS[name](EVENTS)
    for cut in range(6, len(packed), 5):
        assert read_all(iter([packed[:cut]]), 1) == read_all(iter([packed[:cut]]), 10**6)


def test_truncated_archive(run: Run, dump: Dump) -> None:
    """The events before the cut, one error line, status 2; the other inputs are read."""
    compressor = zlib.compressobj(wbits=31)
    whole = compressor.compress(message()) + compressor.flush(zlib.Z_SYNC_FLUSH)
    part = compressor.compress(created()[:50]) + compressor.flush(zlib.Z_SYNC_FLUSH)
    dump(whole + part, "cut.gz")
    dump(created(), "b.jsonl")
    size = len(whole + part)
    error = f"{ERROR}cannot read cut.gz: the gzip data is cut off after {size} bytes\n"
    assert Ran(2, message() + created(), error) == run("filter cut.gz b.jsonl")
    counts = "  cut.gz   1 valid, 0 with errors\n  b.jsonl  1 valid, 0 with errors\n"
    assert Ran(2, b"", error + TWO + counts) == run("validate cut.gz b.jsonl")


def test_event_at_the_cut_is_whole(run: Run) -> None:
    """A last line without its line feed is an event where nothing of it is missing."""
    packed = gzip.compress(message()[:-1])[:-8]
    status, stdout, _ = run("filter", packed)
    assert (status, stdout) == (2, message()[:-1])


@form
def test_garbage_behind_the_data(run: Run, name: str) -> None:
    """What follows a member and is none is said, with its place; the events before it count."""
    packed = FORMS[name](message())
    error = f"what follows the {name} data at byte {len(packed)} is not {name}"
    expected = Ran(2, message(), f"{ERROR}cannot read <stdin>: {error}\n")
    assert expected == run("filter", packed + b"garbage")


def test_wrong_checksum(run: Run) -> None:
    """A checksum stands behind all of the data: every event is given, then the error."""
    packed = bytearray(gzip.compress(EVENTS))
    packed[-5] ^= 1
    status, stdout, stderr = run("filter", bytes(packed))
    assert (status, stdout) == (2, EVENTS)
    assert stderr == (
        f"{ERROR}cannot read <stdin>: the gzip data cannot be decompressed:"
        f" incorrect data check, at byte {len(packed)} or before\n"
    )


@form
def test_damage_inside(run: Run, name: str) -> None:
    """Damaged data ends in one line and status 2, or in a finding where nothing proves it wrong."""
    packed = bytearray(FORMS[name](EVENTS))
    for at in range(0, len(packed), 7):
        packed[at] ^= 0x55
        status, _, stderr = run("validate", bytes(packed))
        assert status in (0, 1, 2)
        assert stderr.count(ERROR) == (status == 2)
        packed[at] ^= 0x55


@form
def test_compressed_twice_is_read(run: Run, name: str) -> None:
    """A compressed file that was compressed again is read; what never ends is an error."""
    pack = FORMS[name]
    assert Ran(0, message(), "") == run("filter", gzip.compress(pack(message())))
    error = f"{ERROR}cannot read <stdin>: it is compressed more than 3 times over\n"
    assert Ran(2, b"", error) == run("filter", pack(pack(pack(pack(message())))))


def test_what_is_inside_is_checked_too(run: Run) -> None:
    """An archive of a document that is no lines of events is one finding, as without gzip."""
    document = b'{\n  "metadata": {}\n}\n'
    assert run("validate", document) == run("validate", gzip.compress(document))
    assert run("validate", b"\0\1\n\0" * 99) == run("validate", gzip.compress(b"\0\1\n\0" * 99))
    assert run("filter", b"\xef\xbb\xbf" + message()) == run("filter", gzip.compress(message()))


@form
def test_bomb_costs_time_not_memory(name: str) -> None:
    """16 MB of nothing, decompressed, are never held at once."""
    bomb = FORMS[name](bytes(16_000_000))
    tracemalloc.start()
    try:
        assert sum(map(len, decoded(iter([bomb]), 65536))) == 16_000_000
        assert tracemalloc.get_traced_memory()[1] < 10_000_000  # xz's window is 8 MiB
    finally:
        tracemalloc.stop()


def test_xz_that_asks_for_too_much_memory(run: Run) -> None:
    """An archive cannot make the program take gigabytes for its window."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 4096}]
    packed = bytearray(lzma.compress(message(), filters=filters))
    packed[16] = 40  # the dictionary's size, 4 GiB - 1 (xz-file-format, 5.3.1)
    packed[20:24] = zlib.crc32(packed[12:20]).to_bytes(4, "little")
    status, stdout, stderr = run("filter", bytes(packed))
    assert (status, stdout) == (2, b"")
    assert "the xz data cannot be decompressed: memory usage limit exceeded" in stderr


@form
def test_events_come_out_of_a_pipe_as_they_arrive(name: str) -> None:
    """What has been flushed into a pipe comes out before the next byte: as after `tail -f`."""
    if name == "gzip":
        deflate = zlib.compressobj(wbits=31)
        flushed = [deflate.compress(message()) + deflate.flush(zlib.Z_SYNC_FLUSH) for _ in "ab"]
    else:
        flushed = [FORMS[name](message()) for _ in "ab"]
    with started("filter", "--line-buffered") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for piece in flushed:
            process.stdin.write(piece[:3])
            process.stdin.flush()
            process.stdin.write(piece[3:])
            process.stdin.flush()
            assert process.stdout.readline() == message()


def test_compressors_wait_until_they_are_used() -> None:
    """A plain dump is read without the price of importing a compressor."""
    code = (
        "import sys, cevents.cli, cevents.sources as s\n"
        "list(s.blocks(s.Source(sys.argv[1])))\n"
        "print([m for m in ('bz2', 'lzma', 'backports.zstd') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code, __file__], capture_output=True, check=True)
    assert ran.stdout == b"[]\n"


def test_python_without_a_compressor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that was built without lzma says so."""
    monkeypatch.setitem(sys.modules, "lzma", None)
    error = f"{ERROR}cannot read <stdin>: this Python was built without xz\n"
    assert Ran(2, b"", error) == run("filter", FORMS["xz"](message()))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(text=st.text(max_size=40), codec=st.sampled_from(["-le", "-be"]), piece=st.integers(1, 9))
def test_utf_16_is_read_as_utf_8(text: str, codec: str, piece: int) -> None:
    """UTF-16 with its byte order mark, as PowerShell writes it, in any pieces."""
    data = ("\ufeff" + text).encode("utf-16" + codec)
    assert read_all(pieces(data, piece)) == (text.encode(), None)


def test_utf_16_that_makes_no_sense(run: Run) -> None:
    """Half a character at the end is a cut; a lone surrogate is a finding of its line."""
    whole = "\ufeff".encode("utf-16-le") + message().decode().encode("utf-16-le")
    error = f"{ERROR}cannot read <stdin>: its UTF-16 ends within a character\n"
    assert Ran(2, message(), error) == run("filter", whole + b"{")
    status, stdout, _ = run("validate", whole + b'"\0\x00\xd8"\0\n\0')
    assert (status, stdout[:22]) == (1, b"<stdin>:2:2: not-utf8:")


# Folders


@pytest.fixture
def prefix(dump: Dump) -> Path:
    """A Firehose prefix, copied from a bucket."""
    hours = Path("bucket/2020/03/24")
    for hour in ("16", "9"):
        (hours / hour).mkdir(parents=True)
    dump(gzip.compress(message(conversation="1")), str(hours / "16" / "events-1.gz"))
    dump(message(conversation="2"), str(hours / "16" / "events-2"))
    dump(FORMS["zstd"](message(conversation="3")), str(hours / "9" / "events-1"))
    dump(b"{}", str(hours / ".DS_Store"))
    dump(message(conversation="4"), "bucket/notes.jsonl")
    return Path("bucket")


def conversations(ran: Ran) -> str:
    """Return which of the conversations 1 to 9 a run of `filter` wrote, in order."""
    lines = ran.stdout.splitlines()
    return "".join(line.partition(b'"conversation_id":"')[2][:1].decode() for line in lines)


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        ("bucket", "1234"),
        ("bucket/", "1234"),
        ("bucket/2020/03/24/9 bucket/2020", "3123"),
        ("bucket --include *.gz", "1"),
        ("bucket --include *.gz --include *.jsonl", "14"),
        ("bucket --include 2020/*/9/*", "3"),
        ("bucket --include 2020/*", "123"),
        ("bucket/notes.jsonl bucket --include *.gz", "41"),
        ("bucket/2020/03/24/16/events-2", "2"),
    ],
)
def test_folder(run: Run, prefix: Path, arguments: str, read: str) -> None:
    """The files below a folder are read in order; what is named is read whatever it is called."""
    ran = run(f"filter {arguments}")
    assert (ran.status, conversations(ran)) == (0, read)


def test_folder_names_its_files(run: Run, prefix: Path, dump: Dump) -> None:
    """A finding names the file as its user would; hidden files are not read unless named."""
    dump(b"53\n", "bucket/2020/x")
    status, stdout, _ = run("validate bucket")
    assert (status, stdout) == (1, b"bucket/2020/x:1:1: not-an-object: the line is a number\n")
    assert run("validate bucket/").stdout == stdout
    assert run("validate bucket/2020/03/24/.DS_Store").status == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("empty", "cannot read empty: there is no file in it"),
        ("bucket --include *.csv", "cannot read bucket: no file matches *.csv"),
    ],
)
def test_folder_without_files(run: Run, prefix: Path, arguments: str, error: str) -> None:
    """Nothing to read is never a success."""
    Path("empty").mkdir()
    assert Ran(2, b"", f"{ERROR}{error}\n") == run(f"filter {arguments}")


def test_links_in_folders(run: Run, prefix: Path, dump: Dump) -> None:
    """Links are followed; a file that is reached twice is read once, so that it counts once."""
    dump(message(conversation="5"), "elsewhere.jsonl")
    Path("outside").mkdir()
    dump(message(conversation="6"), "outside/x")
    Path("bucket/latest").symlink_to("2020/03/24")
    Path("bucket/zz.jsonl").symlink_to("../elsewhere.jsonl")
    Path("bucket/zz-outside").symlink_to("../outside")
    Path("bucket/zz-notes").symlink_to("notes.jsonl")
    ran = run("filter bucket")
    assert (ran.status, conversations(ran), ran.stderr) == (0, "123465", "")


def test_loop_of_links(run: Run, prefix: Path) -> None:
    """A link back up, a link to itself, a link to nothing: an error line each, and all is read."""
    Path("bucket/2020/up").symlink_to("..")
    Path("bucket/self").symlink_to("self")
    Path("bucket/gone").symlink_to("nowhere")
    ran = run("filter bucket")
    assert (ran.status, conversations(ran)) == (2, "1234")
    assert ran.stderr.splitlines() == [
        f"{ERROR}cannot read bucket/2020/up: it is a link back to its folder",
        f"{ERROR}cannot read bucket/gone: no such file or directory",
        f"{ERROR}cannot read bucket/self: too many levels of symbolic links",
    ]
    assert run("filter bucket --include *.gz").stderr.count("\n") == 1


def test_fifo_in_a_folder_is_left_alone(run: Run, prefix: Path) -> None:
    """Only regular files are read: a fifo would be waited for."""
    os.mkfifo("bucket/pipe")
    assert conversations(run("filter bucket")) == "1234"


def test_folder_without_permission(run: Run, prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder or a file that may not be read is an error line; the others are read."""
    listdir = os.listdir

    def refuse(path: str) -> list[str]:
        if path.endswith("16"):
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refuse)
    ran = run("filter bucket")
    assert (ran.status, conversations(ran)) == (2, "34")
    assert ran.stderr == f"{ERROR}cannot read bucket/2020/03/24/16: permission denied\n"


def test_folder_in_workers(run: Run, prefix: Path) -> None:
    """-j 2 gives the same answer, errors included, where a folder holds all kinds of files."""
    Path("bucket/2020/up").symlink_to("..")
    Path("bucket/2020/cut.gz").write_bytes(gzip.compress(LINES)[:-4])
    assert run("validate bucket -j 1") == run("validate bucket -j 2")


def test_folder_in_python(prefix: Path) -> None:
    """The library takes folders and compressed files too."""
    assert len(list(cevents.read("bucket"))) == 4
    assert len(list(cevents.summarize(["bucket/2020", "bucket/notes.jsonl"]).rows())) == 4


def test_summary_of_many_files(run: Run, dump: Dump) -> None:
    """Of many files the summary of `validate` names those with findings; the others are summed."""
    Path("many").mkdir()
    for number in range(30):
        dump(message(), f"many/{number:02}")
    dump(message() + b"53\n", "many/07")
    assert run("validate many").stderr == (
        "31 events read: 30 valid, 1 with errors\n  not-an-object  1\n"
        "  many/07          1 valid, 1 with errors\n"
        "  29 other inputs  29 valid, 0 with errors\n"
    )


# What breaks off


def test_fifo(run: Run, dump: Dump, tmp_path: Path) -> None:
    """A fifo is read as a pipe, once, in one process or several."""
    dump(b"")
    os.mkfifo("fifo")
    for jobs in ("1", "2"):
        writer = threading.Thread(target=Path("fifo").write_bytes, args=(gzip.compress(LINES),))
        writer.start()
        status, stdout, _ = run(f"filter fifo -j {jobs}")
        writer.join()
        assert (status, stdout) == (1, message() + created())


@pytest.mark.parametrize("jobs", [1, 2])
def test_file_that_shrinks(tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file that is cut short while it is read, the events there are read; then it is said."""
    path = tmp_path / "dump.jsonl"
    path.write_bytes(EVENTS)
    cut = EVENTS[: len(EVENTS) // 2]
    length = sources_module._length

    def shrink(stream: object) -> int:
        before = length(stream)  # type: ignore[arg-type]
        path.write_bytes(cut)
        return before

    monkeypatch.setattr(sources_module, "_length", shrink)
    sizes = Sizes(block=500, portion=len(EVENTS) - 10)
    with ThreadPoolExecutor(1) as executor:
        steps = list(
            run_task(
                Selection(), [Source(str(path))], sizes=sizes,
                jobs=jobs, executor=executor if jobs > 1 else None,
            )
        )  # fmt: skip
    output = b"".join(b"".join(step.result.output) for step in steps)
    assert output == cut[: cut.rindex(b"\n") + 1]
    assert [step.failure.message for step in steps if step.failure] == [
        f"cannot read {path}: it became shorter while it was read"
    ]
    assert [step.result.problems for step in steps if step.result.problems] == []


def test_only_plain_files_have_a_size(dump: Dump, tmp_path: Path) -> None:
    """What is compressed, UTF-16 or no file is not cut into ranges."""
    dump(message())
    os.mkfifo("fifo")
    assert plain_size(Source("dump.jsonl")) == len(message())
    for name, data in (("z", gzip.compress(message())), ("u", b"\xff\xfe{\0")):
        assert plain_size(Source(dump(data, name))) is None
    assert plain_size(Source("fifo")) is plain_size(Source(None)) is None


def test_memory_of_a_bomb() -> None:
    """300 MB of blank lines in 30 kB of zstd are passed over in little memory."""
    bomb = zstd.compress(b" " * (2**20 - 1) + b"\n") * 300
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (250_000_000,) * 2);"
        "from cevents.__main__ import main; sys.argv = ['cevents', 'validate', '-q']; main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], input=bomb, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
