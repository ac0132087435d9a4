"""KEDA's SQS scaler, with the Horizontal Pod Autoscaler that it drives."""

import math
from collections import deque
from collections.abc import Callable

from simulator.cloud.job_queue import Job
from simulator.cloud.service import Victims
from simulator.run import Stage

POLL_SECONDS = 30.0
COOLDOWN_SECONDS = 300.0
SYNC_SECONDS = 15.0
TOLERANCE = 0.1
STABILISATION_SECONDS = 300.0
PODS_PER_SYNC = 4
FACTOR_PER_SYNC = 2


class Keda:
    """`aws-sqs-queue` with a ScaledObject's defaults, minReplicaCount 0.

    Sources: KEDA's documentation of the scaler (messages visible and in flight, pollingInterval 30 s, cooldownPeriod
    300 s to zero, activation above 0) and Kubernetes' of the HPA: a sync each 15 s; desired = ceil(messages /
    queueLength) unless within a tolerance of 10%; down to the highest recommendation of the last 300 s; up by four pods
    or to twice as many in 15 s, whichever is more. A ReplicaSet stops pods by age, not by whether they are busy
    (kedacore/keda#157, #2900, #6719); `spares_the_busy` is a KEDA whose pods could tell it.
    """

    def __init__(self, queue_length: int = 1, *, spares_the_busy: bool = False) -> None:
        self.victims = Victims.PROTECTED if spares_the_busy else Victims.YOUNGEST
        self.name = f"KEDA, queueLength {queue_length}" + (", sparing the busy" if spares_the_busy else "")
        self._queue_length = queue_length
        self._active_at = -math.inf
        self._recommended: deque[tuple[float, int]] = deque()

    def begin(self, stage: Stage) -> Callable[[Job], None] | None:
        """Poll and sync, each at a moment of its own."""
        self._stage = stage
        stage.clock.every(POLL_SECONDS, self._poll, first=stage.chance.uniform(0.0, POLL_SECONDS))
        stage.clock.every(SYNC_SECONDS, self._sync, first=stage.chance.uniform(0.0, SYNC_SECONDS))
        return None

    def _poll(self) -> None:
        """KEDA's operator: from zero and to zero."""
        service, now = self._stage.service, self._stage.clock.now
        if sum(self._stage.queue.counts()) > 0:
            self._active_at = now
            if service.desired == 0:
                self._recommended.clear()
                service.set_desired(1)
        elif service.desired > 0 and now - self._active_at >= COOLDOWN_SECONDS:
            service.set_desired(0)

    def _sync(self) -> None:
        """The HPA, which does nothing at zero."""
        service, now = self._stage.service, self._stage.clock.now
        current = service.desired
        if current == 0:
            return
        messages = sum(self._stage.queue.counts())
        ratio = messages / (self._queue_length * current)
        wanted = current if abs(ratio - 1.0) <= TOLERANCE else max(1, math.ceil(messages / self._queue_length))
        self._recommended.append((now, wanted))
        while self._recommended[0][0] <= now - STABILISATION_SECONDS:
            self._recommended.popleft()
        if wanted < current:
            wanted = min(current, max(count for _, count in self._recommended))
        service.set_desired(min(wanted, max(current + PODS_PER_SYNC, current * FACTOR_PER_SYNC)))
