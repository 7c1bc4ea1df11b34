"""Files, standard input and folders, plain or compressed, as the commands read them."""

from __future__ import annotations

import gzip
import lzma
import os
import shutil
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import pytest

from ..conftest import FORMS, Dump, Ran, Run, created, message, needs_fifo, started
from .cases import LINES, ONE, TWO, case, table

# Inputs

NOT_LINES = "1 event read: 0 valid, 1 with errors\n  {}  1\n"

UTF_16_FOUND = (
    b"<stdin>:1:1: not-utf8: the input is UTF-16"
    b" (`iconv -f UTF-16 -t UTF-8 FILE | cevents \xe2\x80\xa6 -`)\n"
)


@table(
    case("nothing", "validate", b"", stderr="0 events read: the input is empty\n"),
    case("no final newline", "validate", (message() + created())[:-1], stderr=TWO),
    case("CRLF", "validate", message().replace(b"\n", b"\r\n") * 2, stderr=TWO),
    case("byte order mark", "validate", b"\xef\xbb\xbf" + message(), stderr=ONE),
    case("byte order mark alone", "validate", b"\xef\xbb\xbf",
         stderr="0 events read: the input is empty\n"),
    case("blank lines", "validate", b"\n \t\n" + message() + b"\r\n\n", stderr=ONE),
    case(
        "blank lines count as lines",
        "validate",
        b"\n\n53\n",
        b"<stdin>:3:1: not-an-object: the line is a number\n",
        NOT_LINES.format("not-an-object"),
        1,
    ),
    case("UTF-16 of PowerShell", "validate", (message() * 2).decode().encode("utf-16"), stderr=TWO),
    case("UTF-16 big-endian", "validate", b"\xfe\xff" + message().decode().encode("utf-16-be"),
         stderr=ONE),
    case("UTF-16 without a mark", "validate", (message() * 3).decode().encode("utf-16-le"),
         UTF_16_FOUND, NOT_LINES.format("not-utf8"), 1),
    case("binary", "validate", b"\x7fELF\x02\x01\x01\0\0\0\n\0\n\0\n" * 9,
         b"<stdin>:1:1: not-utf8: the input is binary, not text\n",
         NOT_LINES.format("not-utf8"), 1),
    case(
        "line too long",
        "validate --max-line-bytes 300",
        message() + message(user_login="x" * 300) + b"53\n" + message(),
        b"<stdin>:2:1: line-too-long: the line is longer than 300 bytes"
        b" (--max-line-bytes raises the limit)\n"
        b"<stdin>:3:1: not-an-object: the line is a number\n",
        "4 events read: 2 valid, 2 with errors\n  line-too-long  1\n  not-an-object  1\n",
        1,
    ),
    case(
        "last line too long, without newline",
        "validate --max-line-bytes 300",
        message() + b"x" * 1_000_000,
        b"<stdin>:2:1: line-too-long: the line is longer than 300 bytes"
        b" (--max-line-bytes raises the limit)\n",
        "2 events read: 1 valid, 1 with errors\n  line-too-long  1\n",
        1,
    ),
    case("line as long as it may be", f"validate --max-line-bytes {len(message()) - 1}",
         message() * 2, stderr=TWO),
)  # fmt: skip
def test_validate_reads(run: Run, command: str, stdin: bytes, expected: Ran) -> None:
    """Dumps come in many shapes: one that is not lines of events is one finding."""
    assert expected == run(command, stdin)


def test_validate_gives_the_same_answer_for_stdin_and_files(run: Run, dump: Dump) -> None:
    """A file, `-` and a pipe give the same findings, under their own names."""
    lines = message() + b"53\n"
    name = dump(lines)
    piped, read = run("validate", lines), run(f"validate {name}")
    assert piped == run("validate -", lines)
    assert piped == read._replace(stdout=read.stdout.replace(name.encode(), b"<stdin>"))


@table(
    case(
        "findings and counts of each",
        "validate a.jsonl - b.jsonl",
        b"null\n",
        b"<stdin>:1:1: not-an-object: the line is null\n"
        b"b.jsonl:2:1: not-an-object: the line is a number\n",
        "4 events read: 2 valid, 2 with errors\n  not-an-object  2\n"
        "  a.jsonl  1 valid, 0 with errors\n"
        "  <stdin>  0 valid, 1 with errors\n"
        "  b.jsonl  1 valid, 1 with errors\n",
        1,
    ),
    case(
        "unreadable, and the others",
        "validate --quiet missing.jsonl a.jsonl",
        b"",
        stderr="cevents: error: cannot read missing.jsonl: no such file or directory\n",
        status=2,
    ),
    case(
        "unreadable, and the findings of the others",
        "validate --statistics missing.jsonl empty b.jsonl",
        b"",
        b"2 events read: 1 valid, 1 with errors\n  not-an-object  1\n"
        b"  missing.jsonl  0 valid, 0 with errors\n"
        b"  empty          0 valid, 0 with errors\n"
        b"  b.jsonl        1 valid, 1 with errors\n",
        "cevents: error: cannot read missing.jsonl: no such file or directory\n"
        "cevents: error: cannot read empty: there is no file in it\n",
        2,
    ),
)
def test_validate_several_files(
    run: Run, dump: Dump, command: str, stdin: bytes, expected: Ran
) -> None:
    """Many files are checked in turn; one that cannot be read stops none of the others."""
    dump(b"\xef\xbb\xbf" + message(), "a.jsonl")
    dump(b"\xef\xbb\xbf" + message() + b"53", "b.jsonl")
    Path("empty").mkdir()
    assert expected == run(command, stdin)


form = pytest.mark.parametrize("name", FORMS)
EVENTS = b"".join(message(conversation=str(n)) for n in range(15))
ERROR = "cevents: error: "


# Compression


@form
@pytest.mark.parametrize("command", ["validate", "filter", "stats", "convert --to utc", "show"])
def test_compressed_is_read_as_it_were_plain(run: Run, dump: Dump, command: str, name: str) -> None:
    """From a file and from stdin, whatever the file is called, the answer is that for the dump."""
    dump(LINES)
    plain = run(f"{command} dump.jsonl")
    assert (plain.status, bool(plain.stdout)) == (1, True)
    dump(FORMS[name](LINES))
    assert plain == run(f"{command} dump.jsonl")
    piped = run(command, FORMS[name](LINES))
    assert (plain.status, plain.stdout.replace(b"dump.jsonl", b"<stdin>")) == piped[:2]


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
    ends = []
    for at in range(0, len(packed), 7):
        packed[at] ^= 0x55
        status, _, stderr = run("validate", bytes(packed))
        assert stderr.count(ERROR) == (status == 2)
        ends.append(status)
        packed[at] ^= 0x55
    assert set(ends) <= {0, 1, 2}
    assert ends.count(2) > len(ends) / 2


@form
def test_compressed_twice_is_read(run: Run, name: str) -> None:
    """A compressed file that was compressed again is read; what never ends is an error."""
    pack = FORMS[name]
    assert Ran(0, message(), "") == run("filter", gzip.compress(pack(message())))
    error = f"{ERROR}cannot read <stdin>: it is compressed more than 3 times over\n"
    assert Ran(2, b"", error) == run("filter", pack(pack(pack(pack(message())))))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'{\n  "metadata": {}\n}\n', b"<stdin>:1:1: missing-field: "),
        (b"\0\1\n\0" * 99, b"<stdin>:1:1: not-utf8: the input is binary"),
    ],
    ids=["a document", "binary"],
)
def test_what_is_inside_is_checked_too(run: Run, data: bytes, found: bytes) -> None:
    """An archive of what is no lines of events gives the findings that it gives without gzip."""
    plain = run("validate", data)
    assert (plain.status, plain.stdout[: len(found)]) == (1, found)
    assert plain == run("validate", gzip.compress(data))


def test_byte_order_mark_inside(run: Run) -> None:
    """The mark at the start of what was compressed is no part of the first event."""
    assert Ran(0, message(), "") == run("filter", gzip.compress(b"\xef\xbb\xbf" + message()))


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


def test_python_without_a_compressor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that was built without lzma says so."""
    monkeypatch.setitem(sys.modules, "lzma", None)
    error = f"{ERROR}cannot read <stdin>: this Python was built without xz\n"
    assert Ran(2, b"", error) == run("filter", FORMS["xz"](message()))


def test_utf_16_that_makes_no_sense(run: Run) -> None:
    """Half a character at the end is a cut; a lone surrogate is a finding of its line."""
    whole = "\ufeff".encode("utf-16-le") + message().decode().encode("utf-16-le")
    error = f"{ERROR}cannot read <stdin>: its UTF-16 ends within a character\n"
    assert Ran(2, message(), error) == run("filter", whole + b"{")
    status, stdout, _ = run("validate", whole + b'"\0\x00\xd8"\0\n\0')
    assert (status, stdout[:22]) == (1, b"<stdin>:2:2: not-utf8:")


# Folders


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


@needs_fifo
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


@needs_fifo
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


def test_memory_of_a_bomb() -> None:
    """300 MB of blank lines in 30 kB of zstd are passed over in little memory."""
    pytest.importorskip("resource")
    bomb = FORMS["zstd"](b" " * (2**20 - 1) + b"\n") * 300
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (250_000_000,) * 2);"
        "from cevents.__main__ import main; sys.argv = ['cevents', 'validate', '-q']; main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], input=bomb, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.reader("any")
@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no permissions of such a kind")
@pytest.mark.parametrize("command", ["validate", "filter", "stats", "convert --to utc", "show"])
def test_file_without_permission(run: Run, dump: Dump, command: str) -> None:
    """A file that may not be read is an error of one line and status 2; the others are read."""
    dump(message(), "secret.jsonl")
    os.chmod("secret.jsonl", 0)
    dump(message())
    program = [sys.executable, "-m", "cevents", *command.split(), "secret.jsonl", "dump.jsonl"]
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root reads all")
        # Root without the capabilities by which it may read every file.
        gone = "-dac_override,-dac_read_search"
        program = ["setpriv", f"--bounding-set={gone}", f"--inh-caps={gone}", *program]
    ran = subprocess.run(program, capture_output=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.decode().splitlines()[0] == (
        "cevents: error: cannot read secret.jsonl: permission denied"
    )
    alone = run(f"{command} dump.jsonl")
    assert (alone.status, alone.stdout) == (0, ran.stdout)
