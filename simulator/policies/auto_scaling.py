"""What AWS's Application Auto Scaling does, for the policies that are built on it.

Target tracking: an alarm high on three minutes above the target, one low on fifteen below 90% of it; out to
ceil(current x metric / target), in likewise; cool-downs between two changes of a direction (Application Auto Scaling's
user guide, and the alarms that it makes). The metrics come late; tasks that run are stopped whatever they do.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from simulator.cloud.cloudwatch import Alarm, Datapoint
from simulator.run import Stage

HIGH_MINUTES = 3
LOW_MINUTES = 15
LOW_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Cooldowns:
    """Seconds after a change out, or in, before another in that direction."""

    out_seconds: float
    in_seconds: float


class Tracker:
    """Target tracking of one metric: says what the desired count should become, None for no change."""

    def __init__(self, metric: Callable[[Datapoint], float | None], target: float) -> None:
        self._metric = metric
        self._target = target
        self._high = Alarm(lambda point: (self._metric(point) or 0.0) > target, HIGH_MINUTES)
        self._low = Alarm(lambda point: (self._metric(point) or 0.0) < LOW_SHARE * target, LOW_MINUTES)

    def wanted(self, point: Datapoint | None, current: int) -> int | None:
        """Take a minute's datapoint in. Auto Scaling's alarm actions are repeated each minute."""
        self._high.see(point)
        self._low.see(point)
        value = None if point is None else self._metric(point)
        if point is None or value is None:
            return None
        proportional = math.ceil(max(point.running, 1) * value / self._target)
        if self._high.on and proportional > current:
            return proportional
        if self._low.on and proportional < current:
            return proportional
        return None


class Gate:
    """Lets a change through unless one of its direction was made within the cool-down."""

    def __init__(self, cooldowns: Cooldowns) -> None:
        self._cooldowns = cooldowns
        self._out_at = self._in_at = -math.inf

    def move(self, stage: Stage, wanted: int) -> None:
        """Set the desired count to `wanted`, if that may be now."""
        now, current = stage.clock.now, stage.service.desired
        if wanted > current and now - self._out_at >= self._cooldowns.out_seconds:
            self._out_at = now
            stage.service.set_desired(wanted)
        elif wanted < current and now - max(self._in_at, self._out_at) >= self._cooldowns.in_seconds:
            self._in_at = now
            stage.service.set_desired(wanted)
