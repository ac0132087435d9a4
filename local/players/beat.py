"""A thread that does one thing again and again until it is told to stop."""

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
"""How long a round that is under way may take to notice that it should end."""


class Beat:
    """Call `action` on a thread of its own; it answers how many seconds to wait before the next call.

    A call that raises is logged and made again after `interval_seconds`: a player outlives one bad answer.
    """

    def __init__(self, name: str, action: Callable[[], float], *, interval_seconds: float) -> None:
        self._name = name
        self._action = action
        self._interval_seconds = interval_seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called; an action that takes long looks at it."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin with a call at once."""
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let the call that is under way be the last, without waiting for its end."""
        self._stopping.set()

    def stop(self) -> None:
        """End the thread; a call that is under way is waited for."""
        self.ask_to_stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                wait_seconds = self._action()
            except Exception:  # whatever it was, the next round may be well
                if not self._stopping.is_set():
                    log.exception("%s failed; it goes on", self._name)
                wait_seconds = self._interval_seconds
            self._stopping.wait(max(0.0, wait_seconds))


def until_next(interval_seconds: float, *, begun_at: float) -> float:
    """Seconds from now to the next multiple of the interval since `begun_at` (monotonic): a rhythm without drift."""
    elapsed_seconds = time.monotonic() - begun_at
    return interval_seconds - elapsed_seconds % interval_seconds
