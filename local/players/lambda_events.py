"""Lambda's own queue of asynchronous events: accepted at once, run later, tried again, dropped in the end."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from local.history import History
from local.pace import Pace

log = logging.getLogger(__name__)

RETRY_MINUTES = (1, 2)
"""Lambda waits one minute before the first retry and two before the second."""
MOST_ATTEMPTS_AT_ONCE = 8


@dataclass(frozen=True)
class InvokeConfig:
    """How often and how long a function's events are tried (Lambda's defaults)."""

    retries: int = 2
    event_age_minutes: float = 6 * 60
    on_failure: str | None = None
    """The ARN of the queue that is told of dropped events."""


@dataclass(frozen=True)
class Event:
    """An asynchronous invoke on its way."""

    function: str
    payload: Any
    source: str
    accepted_at: float = field(default_factory=time.monotonic)
    attempt: int = 1


@dataclass(frozen=True)
class Attempt:
    """How one attempt ended."""

    request_id: str
    error: str | None
    answer: Any = None


Reason = Literal["RetriesExhausted", "EventAgeExceeded"]


def next_step(event: Event, config: InvokeConfig, *, age_minutes: float) -> float | Reason:
    """After a failed attempt: the minutes until the next one, or why there is none."""
    if event.attempt > config.retries:
        return "RetriesExhausted"
    wait_minutes = RETRY_MINUTES[event.attempt - 1]
    return "EventAgeExceeded" if age_minutes + wait_minutes > config.event_age_minutes else wait_minutes


class EventQueue:
    """Runs events on threads of its own: `attempt` runs one once, `config_of` tells how its function wants retries.

    `dropped` is called with each event that is given up. Minutes are the pace's.
    """

    def __init__(
        self,
        pace: Pace,
        history: History,
        *,
        attempt: Callable[[Event], Attempt],
        config_of: Callable[[str], InvokeConfig],
        dropped: Callable[[Event, InvokeConfig, Attempt, Reason], None],
    ) -> None:
        self._pace = pace
        self._history = history
        self._attempt = attempt
        self._config_of = config_of
        self._dropped = dropped
        self._waiting: list[tuple[float, int, Event]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._is_stopping = False
        self._workers = ThreadPoolExecutor(MOST_ATTEMPTS_AT_ONCE, thread_name_prefix="lambda-event")
        self._dispatcher = threading.Thread(target=self._dispatch, name="lambda-events", daemon=True)

    def start(self) -> None:
        """Begin to run events, those that were accepted before as well."""
        self._dispatcher.start()

    def accept(self, event: Event, *, delay_seconds: float = 0.0) -> None:
        """Take an event; it is run after the delay, on another thread."""
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + delay_seconds, next(self._numbers), event))
            self._changed.notify()

    def ask_to_stop(self) -> None:
        """Run nothing more; what waits is forgotten."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()

    def stop(self) -> None:
        """Run nothing more, and wait for the attempts that are under way."""
        self.ask_to_stop()
        if self._dispatcher.ident is not None:
            self._dispatcher.join()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _dispatch(self) -> None:
        with self._changed:
            while not self._is_stopping:
                wait_seconds = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if wait_seconds is None or wait_seconds > 0:
                    self._changed.wait(wait_seconds)
                    continue
                _, _, event = heapq.heappop(self._waiting)
                self._workers.submit(self._run, event)

    def _run(self, event: Event) -> None:
        try:
            attempt = self._attempt(event)
            if attempt.error is not None and not self._is_stopping:
                self._try_again_or_drop(event, attempt)
        except Exception:  # nobody waits for this thread's answer, so it says here what went wrong
            if not self._is_stopping:
                log.exception("an event of %s was lost", event.function)

    def _try_again_or_drop(self, event: Event, attempt: Attempt) -> None:
        config = self._config_of(event.function)
        age_minutes = (time.monotonic() - event.accepted_at) / self._pace.minute_seconds
        step = next_step(event, config, age_minutes=age_minutes)
        told = {"function": event.function, "source": event.source, "attempt": event.attempt, "error": attempt.error}
        if isinstance(step, str):
            self._history.record("lambda.dropped", **told, reason=step)
            self._dropped(event, config, attempt, step)
            return
        delay_seconds = step * self._pace.minute_seconds
        self._history.record("lambda.retry", **told, delay_seconds=delay_seconds)
        self.accept(replace(event, attempt=event.attempt + 1), delay_seconds=delay_seconds)
