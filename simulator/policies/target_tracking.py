"""Target tracking of the backlog per task."""

from collections.abc import Callable

from simulator.cloud.cloudwatch import Datapoint
from simulator.cloud.job_queue import Job
from simulator.cloud.service import Victims
from simulator.policies.auto_scaling import Cooldowns, Gate, Tracker
from simulator.run import Stage


class TargetTracking:
    """Backlog per task held at a target, as AWS's guide "Scaling based on Amazon SQS" for ECS has it.

    The metric is ApproximateNumberOfMessagesVisible / RunningTaskCount by metric math, so nothing can be said of a
    service at zero: one task is the least. The target is the acceptable wait over the time of a job. Cool-downs are
    the defaults for ECS, 300 s.
    """

    victims = Victims.RUNNING

    def __init__(self, *, job_seconds: float, acceptable_seconds: float = 60.0) -> None:
        self.name = f"target tracking, {acceptable_seconds:.0f} s of backlog"
        self._tracker = Tracker(backlog_per_task, max(1.0, acceptable_seconds / job_seconds))
        self._gate = Gate(Cooldowns(300.0, 300.0))
        self._least = 1

    def begin(self, stage: Stage) -> Callable[[Job], None] | None:
        """Start the least, and listen to the metric."""
        self._stage = stage
        if self._least:
            stage.service.set_desired(self._least)
        stage.metrics.listen(self._see)
        return None

    def _see(self, point: Datapoint | None) -> None:
        current = self._stage.service.desired
        wanted = self._tracker.wanted(point, current)
        if wanted is not None:
            self._gate.move(self._stage, max(self._least, wanted))


def backlog_per_task(point: Datapoint) -> float | None:
    """Messages that wait for each task; None where no task runs, since metric math divides by nothing then."""
    return point.visible / point.running if point.running else None
