"""Ours: the warmkeeper's own decision, woken by a poke with each job, by the minute tick, or by alarms."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from fleet.activity import Activity
from fleet.state import FleetState
from lambdas.warmkeeper.decision import decide
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Queue, Snapshot
from lambdas.warmkeeper.snapshot import Service as ServiceReading
from simulator.cloud.cloudwatch import Alarm, Datapoint
from simulator.cloud.job_queue import Job
from simulator.cloud.service import Victims
from simulator.run import Stage

TICK_SECONDS = 60.0


class Wake(StrEnum):
    """What makes the warmkeeper look."""

    POKE = "poke"
    """The backend calls the API as it sends a job."""
    TICK = "tick"
    """EventBridge's schedule, each minute."""
    ALARM = "alarm"
    """A transition of the backlog or the idle alarm."""


class WarmPool:
    """`lambdas.warmkeeper.decision.decide`, as deployed, over readings of the simulated queue and service.

    The tick comes at a moment of its own within the minute.
    """

    victims = Victims.PROTECTED

    def __init__(self, rules: Rules, *, wakes: frozenset[Wake] = frozenset(Wake), name: str = "warm pool") -> None:
        self.name = name
        self._rules = rules
        self._wakes = wakes
        self._state = FleetState()
        self._activity: Activity | None = None

    def begin(self, stage: Stage) -> Callable[[Job], None] | None:
        """Set the tick and the alarms; hear of each job if jobs are poked."""
        self._stage = stage
        self._rules = replace(self._rules, ceiling=min(self._rules.ceiling, stage.world.ceiling))
        if Wake.TICK in self._wakes:
            stage.clock.every(TICK_SECONDS, self._look, first=stage.chance.uniform(0.0, TICK_SECONDS))
        else:
            stage.clock.at(0.0, self._look)
        if Wake.ALARM in self._wakes:
            idle = Alarm(lambda point: point.visible + point.in_flight == 0, periods=5)
            backlog = Alarm(lambda point: point.visible > 0, periods=1)
            stage.metrics.listen(lambda point: self._see((idle, backlog), point))
        return self._poke if Wake.POKE in self._wakes else None

    def _see(self, alarms: tuple[Alarm, ...], point: Datapoint | None) -> None:
        # Each alarm must see the minute, whatever the one before it says.
        went_on = [alarm.see(point) for alarm in alarms]
        if any(went_on):
            self._look()

    def _poke(self, _job: Job) -> None:
        self._activity = Activity(self._stage.began_at + self._stage.clock.now)
        self._look()

    def _look(self) -> None:
        stage = self._stage
        visible, in_flight = stage.queue.counts()
        service = ServiceReading(stage.service.desired, stage.service.running, stage.service.pending)
        snapshot = Snapshot(Queue(visible, in_flight), service, self._activity)
        decision = decide(snapshot, self._state, self._rules, stage.began_at + stage.clock.now)
        self._state = decision.state
        stage.service.set_desired(decision.desired)
