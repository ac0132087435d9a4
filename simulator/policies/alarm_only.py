"""Scale to zero by alarms alone."""

from collections.abc import Callable

from simulator.cloud.cloudwatch import Alarm, Datapoint
from simulator.cloud.job_queue import Job
from simulator.cloud.service import Victims
from simulator.run import Stage


class AlarmOnly:
    """Scale to zero by two alarms, as tutorials have it: on when messages wait, off when there were none for a while.

    The alarm "messages visible > 0" sets `count` tasks, and "nothing visible or in flight for five minutes" sets 0.
    Actions run on transitions alone, and the metrics of a queue at rest come up to 15 minutes late.
    """

    victims = Victims.RUNNING

    def __init__(self, count: int) -> None:
        self.name = f"alarms only, {count}"
        self._count = count
        self._waiting = Alarm(lambda point: point.visible > 0, periods=1)
        self._quiet = Alarm(lambda point: point.visible + point.in_flight == 0, periods=5)

    def begin(self, stage: Stage) -> Callable[[Job], None] | None:
        """Listen to the metric."""
        self._stage = stage
        stage.metrics.listen(self._see)
        return None

    def _see(self, point: Datapoint | None) -> None:
        if self._waiting.see(point):
            self._stage.service.set_desired(self._count)
        if self._quiet.see(point):
            self._stage.service.set_desired(0)
