"""AWS Copilot's scaling of worker services."""

import math

from simulator.cloud.cloudwatch import Datapoint
from simulator.policies.auto_scaling import Cooldowns, Gate, Tracker
from simulator.policies.target_tracking import TargetTracking


class CopilotBacklog(TargetTracking):
    """AWS Copilot's `queue_delay`: a Lambda's metric each minute, with a count of 0 to some.

    Copilot's source: ceil(ApproximateNumberOfMessages / running tasks), with 0 running taken as 1; messages in flight
    are not in it. Scale-in cools down 120 s, scale-out 60 s. `acceptable_latency` 60 s over `msg_processing_time`.
    """

    def __init__(self, *, job_seconds: float, acceptable_seconds: float = 60.0) -> None:
        super().__init__(job_seconds=job_seconds, acceptable_seconds=acceptable_seconds)
        self.name = f"Copilot, {acceptable_seconds:.0f} s of backlog"
        self._tracker = Tracker(_copilot_backlog, max(1.0, acceptable_seconds // job_seconds))
        self._gate = Gate(Cooldowns(60.0, 120.0))
        self._least = 0


def _copilot_backlog(point: Datapoint) -> float | None:
    return math.ceil(point.visible / max(1, point.running))
