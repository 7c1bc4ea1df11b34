"""The process: its streams, its signals and its exit status. Nothing else touches any of them."""

from __future__ import annotations

import errno
import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from cevents.errors import Stopped


def main() -> None:
    """Run the command line and leave with its status: 0, 1, 2, or 130 when interrupted.

    A reader that has seen enough ends the program as it ends `cat`: silently, by SIGPIPE. SIGTERM
    and SIGHUP end it as they end any program, once what is open has been closed.
    """
    # What `signal` is made of, and there at once: from here on no signal gives a traceback.
    import _signal as signal  # type: ignore[import-not-found]

    for name in _STOPPING:
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _stop)
    sys.unraisablehook = _unraisable
    try:
        _fill_closed_streams()
        _buffer_streams()
        _leave(_run())
    except BaseException as error:
        _leave(_status_after(error))


_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")


def _status_after(error: BaseException) -> int:
    """Return the status with which an exception ends the program, as `_leave` takes it."""
    _stop_at_once()
    import _signal as signal

    from cevents.errors import ClosedPipe, Stopped

    if isinstance(error, Stopped):
        _be_quick(error)
        return 130 if error.number == signal.SIGINT else -error.number
    if isinstance(error, ClosedPipe):
        return -getattr(signal, "SIGPIPE", 1)
    if sys.flags.dev_mode:
        raise error
    try:
        _say_surprise(error)
    except Exception:  # there is not even the memory to say so
        from contextlib import suppress

        with suppress(OSError):
            os.write(2, b"cevents: error: there is not enough memory\n")
    return 2


def _be_quick(stopped: Stopped) -> None:
    """Wait a second at most for whoever reads what is still to be written."""
    import _signal as signal

    if hasattr(signal, "alarm"):
        status = 130 if stopped.number == signal.SIGINT else -stopped.number
        signal.signal(signal.SIGALRM, lambda *_: _end(status))
        signal.alarm(1)


def _unraisable(lost: Any) -> None:
    """Leave where Python has lost the wish to: it ignores exceptions while it forgets an object."""
    if sys.flags.dev_mode:
        sys.__unraisablehook__(lost)
    if isinstance(lost.exc_value, Exception):  # there is nobody to catch it
        return
    from cevents.errors import Stopped

    if isinstance(lost.exc_value, Stopped):
        _leave(_status_after(lost.exc_value))


def _stop(number: int, frame: Any) -> None:
    """Raise Stopped, unless a module is being imported: Python loses some exceptions in there."""
    import _thread

    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            try:
                _thread.start_new_thread(_signal_later, (number,))
            except RuntimeError:  # no thread is granted
                break
            return
        frame = frame.f_back
    from cevents.errors import Stopped

    if frame is not None:
        _leave(_status_after(Stopped(number)))
    _stop_at_once()  # by a second one
    raise Stopped(number)


def _stop_at_once() -> None:
    """Let signals end the program, as they end any."""
    import _signal as signal

    for name in _STOPPING:
        number = getattr(signal, name, None)
        if number and callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)


def _signal_later(number: int) -> None:
    import time

    time.sleep(0.005)
    os.kill(os.getpid(), number)


def _fill_closed_streams() -> None:
    """Open something in the place of a closed standard stream: every use of it fails.

    Otherwise the next file that is opened would be that stream.
    """
    if sys.stdin is None:
        os.open(os.devnull, os.O_WRONLY)
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", closefd=False)
    if sys.stderr is None:
        os.open(os.devnull, os.O_RDONLY)


def _buffer_streams() -> None:
    """Buffer stdout and stderr where they are not, as PYTHONUNBUFFERED has it.

    Without a buffer, what a disk or a pipe takes only in part is lost and nobody told.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(getattr(stream, "buffer", None), io.RawIOBase):
            whole = io.BufferedWriter(stream.buffer)
            text = io.TextIOWrapper(whole, stream.encoding, stream.errors, line_buffering=True)
            setattr(sys, name, text)


def _run() -> int:
    import gc

    import click

    from cevents.cli.commands import cli
    from cevents.errors import CeventsError, ClosedPipe
    from cevents.terminal import say

    gc.disable()  # nothing here makes cycles, and to collect in a large summary is slow

    try:
        return int(cli.main(standalone_mode=False) or 0)
    except CeventsError as error:
        say_error(error.message, error.tip)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except SystemExit as leave:  # click, on a closed pipe; and shell completion
        if type(sys.stdout) is click.utils.PacifyFlushWrapper:
            raise ClosedPipe from None
        return int(leave.code or 0)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            for line in error.format_message().splitlines():
                say(line)
        else:
            message, tip = error.format_message(), None
            if isinstance(error, click.NoSuchOption):
                from cevents.cli.hints import option_tip

                message, tip = f"no such option {error.option_name}", option_tip(error)
            usual = f"try `{context.command_path} --help`" if context else None
            say_error(message, tip or usual)
    except BlockingIOError:  # click, where stdout does not wait: the buffer holds its text
        return 0
    except OSError as error:  # click, where help or a version cannot be written
        if error.errno in _SHORTAGES:
            raise
        from cevents.output.stdout import unwritable

        failure = unwritable(error)
        if isinstance(failure, ClosedPipe):
            raise failure from None
        say_error(failure.message)
    return 2


#: What an import may fail with, too.
_SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def _say_surprise(error: BaseException) -> None:
    """Tell of an error that can come up anywhere."""
    if isinstance(error, MemoryError):
        say_error("there is not enough memory", "--jobs 1 and a lower --max-line-bytes need less")
    else:
        say_error(
            f"cannot go on: {type(error).__name__}: {error}",
            "does the system grant too little memory, or too few files or threads (ulimit -a)? "
            "If not, `python -X dev -m cevents` shows where it is",
        )


def say_error(message: str, tip: str | None = None) -> None:
    """Tell the user what is wrong and what to try."""
    from cevents.terminal import say

    say(f"error: {message}")
    if tip:
        say(f"  tip: {tip}")


def _leave(status: int) -> NoReturn:
    """Write out what is held, and end the program."""
    _stop_at_once()
    try:
        from cevents.terminal import flush

        flush(sys.stdout)
    except BrokenPipeError:
        pass
    except Exception:  # what it is was said, or there is not the memory to say it
        status = status or 2
    _end(status)


def _end(status: int) -> NoReturn:
    """End the program with a status, or by the signal of a negative one."""
    if status < 0 and os.name == "posix":
        import _signal as signal

        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
        status = 128 - status  # the first process of a container is not ended so
    # What is still unwritten cannot be written: leave before the interpreter noisily tries again.
    os._exit(abs(status))


if __name__ == "__main__":
    main()
