"""The warm processes of one deployed function."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.players.lambda_process import LambdaProcess

POOL_SIZE = 4
"""How many runs of a function may overlap. A young AWS account has ten for all its functions; a laptop has fewer
cores, and four are enough to see what overlapping runs do to each other."""


class PoolClosedError(RuntimeError):
    """The pool was closed while a run waited for a process."""


class LambdaPool:
    """Processes that are started when no warm one is free, at most `size`, and kept for later runs.

    Processes and not threads, since AWS gives each of two runs that overlap an environment of its own: module-level
    state, the working folder and a crash are then as private here as there. The process that was used last is used
    next, so that runs one after another share one, as on AWS.
    """

    def __init__(self, start: Callable[[], LambdaProcess], *, size: int = POOL_SIZE) -> None:
        self._start = start
        self._free = threading.Semaphore(size)
        self._lock = threading.Lock()
        self._idle: list[LambdaProcess] = []
        self._busy: set[LambdaProcess] = set()
        self._is_closed = False

    @contextmanager
    def process(self) -> Iterator[LambdaProcess]:
        """A process for one run, waited for if all are busy. One that is dead afterwards is not used again."""
        with self._free:
            process = self._take()
            try:
                yield process
            finally:
                self._give_back(process)

    def retire(self) -> None:
        """End the idle processes now, and each busy one after its run."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for process in idle:
            process.close()

    def kill(self) -> None:
        """End all processes now."""
        self.retire()
        with self._lock:
            busy = tuple(self._busy)
        for process in busy:
            process.interrupt()

    def _take(self) -> LambdaProcess:
        with self._lock:
            if self._is_closed:
                raise PoolClosedError("the function's processes are being ended")
            while self._idle:
                process = self._idle.pop()
                if process.is_alive:
                    self._busy.add(process)
                    return process
                process.close()
            process = self._start()
            self._busy.add(process)
            return process

    def _give_back(self, process: LambdaProcess) -> None:
        with self._lock:
            self._busy.discard(process)
            keep = process.is_alive and not self._is_closed
            if keep:
                self._idle.append(process)
        if not keep:
            process.close()
