"""Ours with a bridge: a job that waited some seconds without a worker runs on Lambda. Simulated; not built."""

import math
from collections import deque
from collections.abc import Callable

from lambdas.warmkeeper.rules import Rules
from simulator.cloud.job_queue import Job
from simulator.cloud.service import Victims
from simulator.run import Stage

WAIT_SECONDS = 8.0
SPEED = 2.5
"""How much faster the largest function renders than a worker of 2 vCPU: assumed, to be measured before it is built."""
START_SECONDS = 1.0
WINDOW_SECONDS = 300.0
LOOK_SECONDS = 60.0


class LambdaBridge:
    """Fargate keeps worker n while it would be busy for more than its break-even share; all else runs on Lambda.

    From the independent simulation behind docs/adr/0001: the share is the price of a worker's hour over that of a
    function for the same work (41% at these prices and 2.5 times the speed), over the need of the last 300 s, a job on
    Lambda counted as the worker that it would have needed. There is no floor: the bridge is what is warm. A message is
    taken from the queue by the function, so no worker sees it.
    """

    victims = Victims.PROTECTED

    def __init__(self, rules: Rules, *, wait_seconds: float = WAIT_SECONDS, speed: float = SPEED) -> None:
        self.name = f"warm pool, Lambda after {wait_seconds:.0f} s"
        self._ceiling = rules.ceiling
        self._wait_seconds = wait_seconds
        self._speed = speed
        self._needs: deque[tuple[float, int]] = deque()
        self._ends: list[float] = []

    def begin(self, stage: Stage) -> Callable[[Job], None] | None:
        """Look each minute and at each job, and at each job once it waited."""
        self._stage = stage
        prices = stage.world.prices
        self._share = prices.task_hour_usd / (prices.lambda_second_usd * 3600.0 / self._speed)
        stage.clock.every(LOOK_SECONDS, self._look, first=stage.chance.uniform(0.0, LOOK_SECONDS))
        return self._sent

    def _sent(self, job: Job) -> None:
        self._look()
        if job.started_at is None:
            self._stage.clock.after(self._wait_seconds, lambda: self._bridge(job))

    def _bridge(self, job: Job) -> None:
        stage = self._stage
        if job.started_at is not None or not stage.queue.take_away(job):
            return
        now = stage.clock.now
        job.started_at, job.done = now, True
        seconds = START_SECONDS + job.service_seconds / self._speed
        stage.tally.lambda_seconds += seconds
        stage.tally.lambda_jobs += 1
        # For the fleet's size it counts as long as a worker would have had it.
        self._ends.append(now + job.service_seconds)

    def _look(self) -> None:
        stage = self._stage
        now = stage.clock.now
        self._ends = [end for end in self._ends if end > now]
        visible, in_flight = stage.queue.counts()
        self._needs.append((now, visible + in_flight + len(self._ends)))
        while len(self._needs) > 1 and self._needs[1][0] <= now - WINDOW_SECONDS:
            self._needs.popleft()
        kept = self._worth(now)
        stage.service.set_desired(max(in_flight, min(self._ceiling, kept)))

    def _worth(self, now: float) -> int:
        """The highest n for which the need was n or more for the break-even share of the window."""
        held: dict[int, float] = {}
        until = now
        for at, need in reversed(self._needs):
            begin = max(at, now - WINDOW_SECONDS)
            held[need] = held.get(need, 0.0) + until - begin
            until = begin
        busy_seconds = 0.0
        for need in sorted(held, reverse=True):
            busy_seconds += held[need]
            if busy_seconds > self._share * WINDOW_SECONDS + math.ulp(WINDOW_SECONDS):
                return need
        return 0
