"""The worker processes of one run: started, watched, and gone when the run is over."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from io import BytesIO
from typing import Any

#: Bytes of memory that a spool keeps, to use them again.
_MOST_KEPT = 16 * 1024 * 1024

#: What a worker gathers of small pieces; larger ones go into the spool as they are.
_BUFFER_BYTES = 64 * 1024

#: Seconds to wait for a result before looking whether the workers are alive.
_PATIENCE = 0.5


class Spool:
    """A file without a name, in memory, through which a worker hands over what it has to write.

    The pool's own pipe is small and copies often: it takes many times as long. Nothing is left
    behind, however this process ends.
    """

    def __init__(self) -> None:
        self._file = os.memfd_create("cevents")
        self.path = f"/proc/{os.getpid()}/fd/{self._file}"

    def take(self, sizes: list[int]) -> list[bytes]:
        """Return the pieces that a worker has put in, which have *sizes*."""
        size = sum(sizes)
        data = os.pread(self._file, size, 0)
        if size > _MOST_KEPT:
            os.ftruncate(self._file, 0)
        return [data] if len(sizes) == 1 else list(map(BytesIO(data).read, sizes))

    def close(self) -> None:
        os.close(self._file)


def put(path: str, pieces: list[bytes]) -> list[int]:
    """Put *pieces* into the spool at *path*; return their sizes. Raises OSError."""
    with open(path, "r+b", buffering=_BUFFER_BYTES) as spool:
        spool.writelines(pieces)
    return list(map(len, pieces))


class Workers:
    """*jobs* processes of our own behind *executor*, unless another executor does the work."""

    def __init__(self, jobs: int, executor: Executor | None = None) -> None:
        self._own = executor is None
        self._not_ours = set(multiprocessing.active_children())
        self._seen: set[Any] = set()
        self.executor = executor or ProcessPoolExecutor(jobs, initializer=_prepare)
        self._spools: list[Spool] = []

    def spool(self) -> Spool | None:
        """Return a spool that is free; None where workers of our own cannot have one."""
        if not self._own or not hasattr(os, "memfd_create"):
            return None
        try:
            return self._spools.pop() if self._spools else Spool()
        except OSError:  # too many files are open, or none like this may be
            return None

    def free(self, spool: Spool | None) -> None:
        """Take back a spool whose worker is done."""
        if spool is not None:
            self._spools.append(spool)

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
        while self._spools:
            self._spools.pop().close()
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
