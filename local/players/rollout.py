"""Which tasks a service starts and stops next: ECS's replica scheduler as a function of what runs.

Sources: ECS's developer guide on rolling deployments and task scale-in protection, and its API reference
(DeploymentConfiguration: minimumHealthyPercent rounds up, maximumPercent rounds down and counts RUNNING and PENDING).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Replica:
    """A task that is to run: PENDING or RUNNING, not asked to stop."""

    task_id: str
    deployment_id: str
    is_running: bool
    """RUNNING; else PENDING. Without a load balancer a running task is a healthy one."""
    is_protected: bool
    age: float
    """Any figure that grows with age; seconds since its creation."""


@dataclass(frozen=True)
class Target:
    """What the service is to look like."""

    desired: int
    deployment_id: str
    """The PRIMARY deployment: tasks of any other one are being replaced."""
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200


@dataclass(frozen=True)
class Steps:
    """What to do now; the next look decides anew."""

    start: int = 0
    """How many tasks of the primary deployment to start."""
    stop: tuple[str, ...] = ()
    """The ids of the tasks to stop."""


def next_steps(target: Target, replicas: Sequence[Replica]) -> Steps:
    """Decide what to start and stop; a protected task is never stopped, and so may outnumber `target.desired`.

    Surplus tasks go first (pending before running, then the youngest; AWS promises no order), then tasks of older
    deployments as far as enough healthy ones remain, then room up to the ceiling is filled with new tasks.
    """
    new = [replica for replica in replicas if replica.deployment_id == target.deployment_id]
    old = [replica for replica in replicas if replica.deployment_id != target.deployment_id]
    surplus = _expendable(new)[: max(0, len(new) - target.desired)]

    least_healthy = math.ceil(target.desired * target.minimum_healthy_percent / 100)
    healthy = sum(replica.is_running for replica in replicas) - sum(replica.is_running for replica in surplus)
    spare = max(0, healthy - least_healthy)
    outdated = _expendable(old)
    outdated_pending = [replica for replica in outdated if not replica.is_running]
    outdated_running = [replica for replica in outdated if replica.is_running][:spare]

    stop = [*surplus, *outdated_pending, *outdated_running]
    ceiling = target.desired * target.maximum_percent // 100
    room = ceiling - (len(replicas) - len(stop))
    missing = target.desired - (len(new) - len(surplus))
    return Steps(start=max(0, min(room, missing)), stop=tuple(replica.task_id for replica in stop))


def is_steady(target: Target, replicas: Sequence[Replica]) -> bool:
    """Whether the primary deployment has replaced all others and runs as many tasks as desired."""
    return sum(replica.is_running for replica in replicas) >= target.desired and all(
        replica.deployment_id == target.deployment_id for replica in replicas
    )


def _expendable(replicas: Sequence[Replica]) -> list[Replica]:
    unprotected = [replica for replica in replicas if not replica.is_protected]
    return sorted(unprotected, key=lambda replica: (replica.is_running, replica.age))
