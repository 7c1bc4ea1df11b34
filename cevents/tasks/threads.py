"""Threads, as many as the system grants, none of which fails unseen."""

from __future__ import annotations

import _thread
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future


class Threads:
    """The threads of one run. *failure* is why one of them ended before its work did.

    They are started without `threading.Thread`, which waits for a sign of the new thread: where
    memory is out there is none, and it would wait for ever. Nobody waits for their end.
    """

    def __init__(self) -> None:
        self.failure: BaseException | None = None

    def start(self, most: int, run: Callable[[], None]) -> int:
        """Start up to *most* threads that call *run*; return how many the system has granted."""
        for count in range(most):
            try:
                _thread.start_new_thread(self._guarded, (run,))
            except (RuntimeError, MemoryError):
                return count
        return most

    def _guarded(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:  # of any kind: whoever waits looks here
            self.failure = error


class Workers:
    """Up to *most* threads that work as those of an Executor do, of which there are *count*.

    They start at once: a ThreadPoolExecutor starts them as work comes, and loses the work for
    which it can start none.
    """

    def __init__(self, threads: Threads, most: int) -> None:
        from concurrent.futures import Future

        # Taken here: a thread that imports while others read takes memory of its own for it.
        self._future = Future
        self._work: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self.count = threads.start(most, self._run)

    def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Return the result to come of a call."""
        future: Future[Any] = self._future()
        self._work.put((future, lambda: call(*args)))
        return future

    def end(self) -> None:
        """Let the threads end with what they are at. They are not waited for."""
        with suppress(Empty):
            while work := self._work.get_nowait():
                work[0].cancel()
        for _ in range(self.count):
            self._work.put(None)

    def _run(self) -> None:
        while work := self._work.get():
            future, call = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # as executors do
                    future.set_exception(error)
            del work, future, call  # a result is held by who asked for it alone
