"""The process: its streams, its signals and its exit status. Nothing else touches any of them."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def main() -> None:
    """Run the command line and leave with its status: 0, 1, 2, or 130 when interrupted.

    A reader that has seen enough ends the program as it ends `cat`: silently, by SIGPIPE. SIGTERM
    and SIGHUP end it as they end any program, once what is open has been closed.
    """
    # What `signal` is made of, and there at once: from here on no signal gives a traceback.
    import _signal as signal  # type: ignore[import-not-found]

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, _stop)
    from cevents.errors import ClosedPipe, Stopped

    try:
        _fill_closed_streams()
        status = _run()
    except Stopped as stopped:
        status = 130 if stopped.number == signal.SIGINT else -stopped.number
    except ClosedPipe:
        status = -getattr(signal, "SIGPIPE", 1)
    _leave(status)


def _stop(number: int, frame: Any) -> None:
    """Raise Stopped, unless a module is being imported: Python loses some exceptions in there."""
    import _signal as signal
    import _thread

    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            _thread.start_new_thread(_signal_later, (number,))
            return
        frame = frame.f_back
    from cevents.errors import Stopped

    signal.signal(number, signal.SIG_DFL)  # a second one ends the program at once
    raise Stopped(number)


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
    except OSError as error:  # click, where help or a version cannot be written
        from cevents.output.stdout import unwritable

        failure = unwritable(error)
        if isinstance(failure, ClosedPipe):
            raise failure from None
        say_error(failure.message)
    except MemoryError:
        say_error("there is not enough memory", "--jobs 1 and a lower --max-line-bytes need less")
    return 2


def say_error(message: str, tip: str | None = None) -> None:
    """Tell the user what is wrong and what to try."""
    from cevents.terminal import say

    say(f"error: {message}")
    if tip:
        say(f"  tip: {tip}")


def _leave(status: int) -> NoReturn:
    """End the program with a status, or by the signal of a negative one."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError:
        status = status or 2
    if status < 0 and os.name == "posix":
        import signal

        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    # What is still unwritten cannot be written: leave before the interpreter noisily tries again.
    os._exit(abs(status))


if __name__ == "__main__":
    main()
