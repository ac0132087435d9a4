"""Metrics a minute late, and alarms that see them."""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from simulator.cloud.clock import Clock
from simulator.cloud.job_queue import JobQueue
from simulator.cloud.service import Service
from simulator.world import World

PERIOD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Datapoint:
    """What a minute's metrics say at its end: the queue, and the service. `cpu_percent` is None where nothing ran."""

    at: float
    visible: int
    in_flight: int
    running: int
    cpu_percent: float | None


class Metrics:
    """Publishes a datapoint a minute to those who listen, late as CloudWatch is.

    A queue that nobody accessed for hours has none; the first ones after that come later still, at random. Listeners
    are told None for a minute whose datapoint is missing at its time.
    """

    def __init__(self, clock: Clock, queue: JobQueue, service: Service, world: World, chance: random.Random) -> None:
        self._clock = clock
        self._queue = queue
        self._service = service
        self._world = world
        self._chance = chance
        self._listeners: list[Callable[[Datapoint | None], None]] = []
        self._silent_until = 0.0
        self._was_active = True

    def listen(self, listener: Callable[[Datapoint | None], None]) -> None:
        """Tell `listener` of each minute."""
        if not self._listeners:
            self._clock.every(PERIOD_SECONDS, self._sample, first=PERIOD_SECONDS)
        self._listeners.append(listener)

    def _sample(self) -> None:
        now = self._clock.now
        queue, service = self._queue, self._service
        if queue.visible or queue.in_flight:
            queue.touched_at = now
        active = now - queue.touched_at < self._world.queue_idle_seconds
        if active and not self._was_active:
            self._silent_until = now + self._chance.uniform(0.0, self._world.idle_metric_delay_seconds)
        self._was_active = active
        cpu_percent = 100.0 * service.busy / service.running if service.running else None
        point = Datapoint(now, queue.visible, queue.in_flight, service.running, cpu_percent)
        seen = point if active and now >= self._silent_until else None
        self._clock.after(self._world.metric_delay_seconds, lambda: self._publish(seen))

    def _publish(self, point: Datapoint | None) -> None:
        for listener in self._listeners:
            listener(point)


class Alarm:
    """The state of an alarm over the last `periods` minutes: in ALARM when each of them breaches.

    A missing datapoint leaves the state as it was, as `treat_missing_data: missing` does in effect.
    """

    def __init__(self, breaches: Callable[[Datapoint], bool], periods: int) -> None:
        self._breaches = breaches
        self._last: deque[bool] = deque(maxlen=periods)
        self.on = False

    def see(self, point: Datapoint | None) -> bool:
        """Take a minute in; whether the alarm went into ALARM with it. CloudWatch's actions run on that alone."""
        if point is None:
            return False
        self._last.append(self._breaches(point))
        was, self.on = self.on, len(self._last) == self._last.maxlen and all(self._last)
        return self.on and not was
