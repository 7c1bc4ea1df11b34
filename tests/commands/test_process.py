"""What only a real process shows: pipes, signals, terminals, full disks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ..conftest import CEVENTS, Dump, interrupt, message, other, started

pty = pytest.importorskip("pty", reason="needs POSIX signals and terminals")

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
ERROR = b"cevents: error: "

#: What reads the lines makes no difference to a process.
pytestmark = pytest.mark.reader("any")


@pytest.fixture
def large(tmp_path: Path) -> str:
    """Write a dump that fills every buffer on the way, and give its name."""
    path = tmp_path / "large.jsonl"
    path.write_bytes(message() * 20_000)
    return str(path)


def test_closed_pipe_ends_the_program_silently(large: str) -> None:
    """A reader that has seen enough ends the program by SIGPIPE, as it ends `cat`."""
    with started("filter", large) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert message() == process.stdout.readline()
        process.stdout.close()
        assert (process.wait(), process.stderr.read()) == (-signal.SIGPIPE, b"")


def test_interrupt_gives_130() -> None:
    """Ctrl-C ends the program at once, with its status and without a traceback."""
    with started("filter", "--line-buffered") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(message())
        process.stdin.flush()
        assert message() == process.stdout.readline()
        interrupt(process)
        assert (process.wait(), process.stderr.read().strip()) == (130, b"")


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("filter", message()),
        ("convert --to utc", message()),
        ("show", message().replace(b"\n", b"\r\n")),
        ("validate", b"53\n"),
    ],
)
def test_first_result_comes_before_the_input_ends(command: str, line: bytes) -> None:
    """With --line-buffered each result goes through a pipe at once, as under `tail -f`."""
    with started(*command.split(), "--line-buffered") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):
            process.stdin.write(line)
            process.stdin.flush()
            assert process.stdout.readline().endswith(b"\n")
        process.stdin.close()
        assert process.stdout.read() == b""


def test_stdin_and_entry_points(dump: Dump) -> None:
    """`python -m cevents` and `cevents` are the same program, on a pipe and on a file."""
    file = dump(message() * 2000)
    script = Path(sys.executable).parent / "cevents"
    with open(file, "rb") as stream:
        piped = subprocess.run([*CEVENTS, "stats"], stdin=stream, capture_output=True, check=True)
    named = subprocess.run([script, "stats", file], capture_output=True, check=True)
    assert (piped.stdout, piped.stderr) == (named.stdout, named.stderr)
    assert named.stdout.decode().splitlines()[1].split()[:5] == ["53", "2000", "1", "1999", "1"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_full_disk_is_one_line(large: str) -> None:
    """Output that cannot be written is an error of one line and status 2."""
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [*CEVENTS, "filter", large], stdout=full, stderr=subprocess.PIPE, check=False
        )
    expected = ERROR + b"cannot write to standard output: no space left on device\n"
    assert (2, expected) == (ran.returncode, ran.stderr)


def test_full_disk_for_sorting_is_one_line(large: str) -> None:
    """Temporary files that cannot be written are an error too, and leave nothing written."""
    limited = 'ulimit -f 1; exec "$0" -m cevents filter --sort --sort-memory 1M "$1"'
    ran = subprocess.run(
        ["sh", "-c", limited, sys.executable, large], capture_output=True, check=False
    )
    error, tip = ran.stderr.splitlines()
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert error == ERROR + b"cannot sort in temporary files: file too large"
    assert tip.startswith(b"  tip: TMPDIR ")


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="needs /proc")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_sorting_leaves_no_file(
    end: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sorted on disk is in TMPDIR, under no name: gone however the program ends."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with started("filter", "--sort", "--sort-memory", "0") as process:
        assert process.stdin is not None
        process.stdin.write(message() * 10)
        process.stdin.flush()
        while not _has_open(process.pid, tmp_path):
            assert process.poll() is None
        # Python tries the folder with a file that has a name: let it come to rest.
        time.sleep(0.3)
        assert _has_open(process.pid, tmp_path)
        assert list(tmp_path.iterdir()) == []
        process.send_signal(end)
        assert process.wait() == (130 if end == signal.SIGINT else -end)
    assert list(tmp_path.iterdir()) == []


def _has_open(process: int, folder: Path) -> bool:
    """Whether a process has a file of *folder* open."""
    with suppress(FileNotFoundError):  # one that is closed meanwhile
        files = Path(f"/proc/{process}/fd").iterdir()
        return any(os.readlink(file).startswith(str(folder)) for file in files)
    return False


def test_terminal_without_a_file_is_an_error() -> None:
    """With no file and a person at stdin, the program says so and never waits."""
    ours, theirs = pty.openpty()
    ran = subprocess.run(
        [*CEVENTS, "stats"], stdin=theirs, capture_output=True, timeout=10, check=False
    )
    os.close(ours)
    os.close(theirs)
    error, tip = ran.stderr.splitlines()
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert error.startswith(ERROR + b"no input: ")
    assert tip.startswith(b"  tip: ")


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_closed_stream_is_one_line(closed: str, large: str) -> None:
    """A standard stream that is closed is an error of one line and status 2."""
    file = large if closed == ">&-" else ""
    ran = subprocess.run(
        ["sh", "-c", f'"$0" -m cevents filter {file} {closed}', sys.executable],
        capture_output=True,
        check=False,
    )
    reason = {
        "<&-": b"cannot read <stdin>: it is closed\n",
        ">&-": b"cannot write to standard output: it is closed\n",
    }
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, b"", ERROR + reason[closed])


def test_terminal_gets_tables_and_colours(tmp_path: Path) -> None:
    """On a terminal events are coloured and tables drawn; nothing is cut."""
    (tmp_path / "dump.jsonl").write_bytes(other() + message(conversation="1" * 40))
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "60"}
    command = '"$0" -m cevents show dump.jsonl && "$0" -m cevents stats dump.jsonl'
    subprocess.run(
        ["sh", "-c", command, sys.executable],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=tmp_path, check=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # Linux's way to say that the other end is closed
        pass
    os.close(ours)
    assert b"\x1b[34mcourse_created" in shown
    assert b"1" * 40 in shown.partition(b"conver")[2]


def ended_group(process: subprocess.Popen[bytes]) -> bool:
    """Whether no process of the group is left."""
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A long that takes a while."""
    path = tmp_path / "dump.jsonl"
    path.write_bytes((SAMPLES / "conversations.jsonl").read_bytes() * 120)
    return path


def start(long: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "cevents", *arguments, "-j", "2", str(long)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def test_closed_pipe_leaves_no_process(long: Path) -> None:
    """A reader that goes away ends the program and its workers, silently, by SIGPIPE."""
    process = start(long, "filter")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.wait(10) == -signal.SIGPIPE
    with process.stderr as stderr:
        assert stderr.read() == b""
    assert ended_group(process)


def test_interrupt_leaves_no_process(long: Path) -> None:
    """Ctrl-C ends the program and its workers with status 130 and without a traceback."""
    process = start(long, "convert", "--to", "America/Denver")
    assert process.stdout is not None
    process.stdout.read(10)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=10)
    assert process.returncode == 130
    assert b"Traceback" not in stderr
    assert ended_group(process)


@pytest.mark.parametrize(
    "command",
    ["validate", "filter", "stats", "convert --to utc", "show", "schema", "explain", "restore"],
)  # fmt: skip
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_disk_that_is_full(dump: Dump, command: str) -> None:
    """Output that cannot be written is an error of one line and status 2, for every command."""
    dump(b'{"raw":"x"}\n' if command == "restore" else message() + b"oops\n")
    files = [] if command in ("schema", "explain") else ["dump.jsonl"]
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "cevents", *command.split(), *files],
            stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    said = ran.stderr.decode().splitlines()
    error = "cevents: error: cannot write to standard output: no space left on device"
    assert (ran.returncode, said) == (2, [error])


@pytest.mark.parametrize("command", ["validate -q -j 1", "stats -j 1"])
def test_line_without_end_needs_little_room(dump: Dump, command: str) -> None:
    """In one thread it is a finding where the system gives 200 MB of addresses, too."""
    dump(message() + b"{")
    os.truncate("dump.jsonl", 1 << 28)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (200_000_000,) * 2);"
        "from cevents.__main__ import main; main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *command.split(), "dump.jsonl"],
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    said = ran.stderr.decode().splitlines()
    assert ran.returncode == 1
    if "-q" in command:
        assert said == []
    else:
        assert said[1].startswith("  line-too-long  1, first at dump.jsonl:2:1: ")


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="it is told there")
@pytest.mark.parametrize("command", ["validate -q", "stats -j 2"])
def test_line_without_end_takes_no_memory(dump: Dump, command: str) -> None:
    """A quarter of a GiB without a line feed is one finding, in little memory."""
    dump(message() + b"{")
    os.truncate("dump.jsonl", 1 << 28)
    code = (
        "import sys; from cevents.__main__ import _run; status = _run();"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]); sys.exit(status)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *command.split(), "dump.jsonl"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert int(ran.stdout.split()[-1]) < 80 * 1024  # KiB
    said = ran.stderr.decode().splitlines()
    assert ran.returncode == 1
    if "-q" in command:
        assert said == []
    else:
        assert said[0] == "1 of 2 lines could not be used (validate checks every field):"
        assert said[1].startswith("  line-too-long  1, first at dump.jsonl:2:1: ")
