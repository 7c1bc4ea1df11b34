"""The worker processes of one run: started, watched, and gone when the run is over."""

from __future__ import annotations

import gc
import multiprocessing
import signal
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from typing import Any

#: Seconds to wait for a result before looking whether the workers are alive.
_PATIENCE = 0.5


class Workers:
    """*jobs* processes of our own behind *executor*, unless another executor does the work."""

    def __init__(self, jobs: int, executor: Executor | None = None) -> None:
        self._own = executor is None
        self._not_ours = set(multiprocessing.active_children())
        self._seen: set[Any] = set()
        self.executor = executor or ProcessPoolExecutor(jobs, initializer=_prepare)

    def result(self, future: Future[Any]) -> Any:
        """Return the result of *future*. Raises BrokenExecutor if a worker has died.

        The pool itself waits for ever on a worker that was killed while it sent a result.
        """
        while self._own:
            try:
                return future.result(_PATIENCE)
            except TimeoutError:
                if self._lost_one() and not future.done():
                    raise BrokenExecutor from None
        return future.result()

    def end(self, finished: bool) -> None:
        """Leave no process behind. What is not *finished* is not waited for."""
        if self._own and finished:
            self.executor.shutdown()
        elif self._own:
            for worker in self._alive():
                worker.kill()
            self.executor.shutdown(wait=False, cancel_futures=True)

    def _lost_one(self) -> bool:
        alive = self._alive()
        self._seen |= alive
        return self._seen != alive

    def _alive(self) -> set[Any]:
        return set(multiprocessing.active_children()) - self._not_ours


def _prepare() -> None:
    """Make a worker leave Ctrl-C to its parent, and the collection of cycles, for it has none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
