"""The process: signals and exit status. Nothing else in the program touches either."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

import click

from cevents.errors import CeventsError, ClosedPipe


def main() -> None:
    """Run the command line and leave with its status: 0, 1, 2, or 130 when interrupted.

    A reader that has seen enough ends the program as it ends `cat`: silently, by SIGPIPE.
    """
    gc.disable()  # nothing here makes cycles, and to collect in a large summary is slow
    try:
        status = _run()
    except KeyboardInterrupt:
        status = 130
    except ClosedPipe:
        status = -1
    _leave(status)


def _run() -> int:
    from cevents.cli.commands import cli

    try:
        return int(cli.main(standalone_mode=False) or 0)
    except CeventsError as error:
        say_error(error.message, error.tip)
    except click.Abort:
        return 130
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except SystemExit as leave:  # click, on a closed pipe; and shell completion
        if type(sys.stdout) is click.utils.PacifyFlushWrapper:
            raise ClosedPipe from None
        return int(leave.code or 0)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            click.echo(error.format_message(), err=True)
        else:
            tip = f"try `{context.command_path} --help`" if context else None
            say_error(error.format_message(), tip)
    return 2


def say_error(message: str, tip: str | None = None) -> None:
    """Tell the user what is wrong and what to try."""
    from cevents.terminal import say

    say(f"error: {message}")
    if tip:
        say(f"  tip: {tip}")


def _leave(status: int) -> NoReturn:
    if status < 0 and os.name == "posix":
        import signal

        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            status = status or 2
    # What is still unwritten cannot be written: leave before the interpreter noisily tries again.
    os._exit(abs(status))


if __name__ == "__main__":
    main()
