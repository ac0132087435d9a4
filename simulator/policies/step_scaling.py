"""Step scaling, as the CDK ships it."""

from collections.abc import Callable

from simulator.cloud.cloudwatch import Datapoint
from simulator.cloud.job_queue import Job
from simulator.cloud.service import Victims
from simulator.policies.auto_scaling import Cooldowns, Gate, Tracker
from simulator.run import Stage

STEPS = ((500, 5), (100, 1), (1, 0), (0, -1))
"""From how many visible messages on, how many tasks are added."""


class StepScaling:
    """`QueueProcessingFargateService` of the CDK, with its defaults but for the ceiling.

    Its source: on the messages visible, [upper 0: -1, lower 100: +1, lower 500: +5], each minute that the alarm is on;
    beside it target tracking of the CPU at 50%; one task at least. A worker that renders is taken to use all of its
    CPU. Up to 99 waiting messages move nothing but the CPU.
    """

    victims = Victims.RUNNING
    name = "step scaling, CDK's"

    def __init__(self) -> None:
        self._tracker = Tracker(lambda point: point.cpu_percent, 50.0)
        self._gate = Gate(Cooldowns(300.0, 300.0))
        self._steps_gate = Gate(Cooldowns(0.0, 0.0))

    def begin(self, stage: Stage) -> Callable[[Job], None] | None:
        """Start the least, and listen to both metrics."""
        self._stage = stage
        stage.service.set_desired(1)
        stage.metrics.listen(self._see)
        return None

    def _see(self, point: Datapoint | None) -> None:
        if point is None:
            return
        current = self._stage.service.desired
        by_cpu = self._tracker.wanted(point, current)
        step = next(change for lowest, change in STEPS if point.visible >= lowest)
        # With several policies, the one that leaves the most tasks counts.
        wanted = max(current + step, current if by_cpu is None else by_cpu)
        gate = self._gate if by_cpu is not None and by_cpu == wanted else self._steps_gate
        gate.move(self._stage, max(1, wanted))
