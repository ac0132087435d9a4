"""One ECS service: its deployments, its tasks, and what its scheduler says of them."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from local.history import History
from local.pace import Pace
from local.players.rollout import Replica, Target, is_steady, next_steps
from local.players.task import Definition, Status, Task

DEPLOYMENT_BLOCKED = "DEPLOYMENT_BLOCKED"
KEPT_EVENTS = 100
"""As many as ECS shows."""
KEPT_STOPPED_TASKS = 200
"""ECS shows a stopped task for an hour."""


@dataclass
class Deployment:
    """One roll-out of the service."""

    id: str
    definition: Definition
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    is_completed: bool = False
    """It has been steady once; scaling does not take that back."""
    failed_tasks: int = 0
    """Starts that failed in a row."""


@dataclass(frozen=True)
class Wish:
    """What the API says a service is to be."""

    desired: int
    moto_deployment: str
    """Moto's deployment id: another one means that a deployment was forced."""
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    target_groups: frozenset[str] = frozenset()
    """The ARNs of those that its tasks are registered with."""


@dataclass(frozen=True)
class Event:
    """A line of the service's event list."""

    id: str
    at: datetime
    message: str


class Service:
    """A service as its scheduler plays it. Not thread-safe: its player's lock guards it.

    `make_task(service, deployment)` makes a PENDING task. `cluster_arn` and `name` identify it.
    """

    def __init__(
        self,
        cluster_arn: str,
        name: str,
        *,
        pace: Pace,
        history: History,
        make_task: "Callable[[Service, Deployment], Task]",
    ) -> None:
        self.cluster_arn = cluster_arn
        self.name = name
        self.tasks: list[Task] = []
        self.stopped: list[Task] = []
        self.deployments: list[Deployment] = []
        """PRIMARY first."""
        self.events: list[Event] = []
        """Newest first."""
        self._pace = pace
        self._history = history
        self._make_task = make_task
        self._wish = Wish(desired=0, moto_deployment="")
        self._may_start_at = 0.0

    @property
    def desired(self) -> int:
        """How many tasks there are to be."""
        return self._wish.desired

    @property
    def target_groups(self) -> frozenset[str]:
        """The ARNs of the target groups that its running tasks are registered with."""
        return self._wish.target_groups

    def observe(self, wish: Wish, definition: Definition) -> None:
        """Take over what the API says: another definition or a forced deployment begins a roll-out."""
        is_forced = wish.moto_deployment != self._wish.moto_deployment
        self._want(wish)
        if is_forced or definition.arn != self.deployments[0].definition.arn:
            new_id = wish.moto_deployment if is_forced else f"ecs-svc/{secrets.randbelow(10**19):019d}"
            self.deployments.insert(0, Deployment(new_id, definition))
            self._may_start_at = 0.0

    def retire(self) -> None:
        """The service is gone from the API: its tasks go too, protected ones when their work is done."""
        self._want(replace(self._wish, desired=0))

    def step(self) -> None:
        """Advance every task, then start and stop what the scheduler says."""
        was_pending = [task for task in self.tasks if task.status is Status.PENDING]
        for task in self.tasks:
            task.advance()
        self._note_starts(was_pending)
        self.stopped = [*(task for task in self.tasks if task.status is Status.STOPPED), *self.stopped]
        del self.stopped[KEPT_STOPPED_TASKS:]
        self.tasks = [task for task in self.tasks if task.status is not Status.STOPPED]
        if self.deployments:
            self._schedule(self.deployments[0])

    def protection_refusal(self, task: Task) -> str | None:
        """Why a task may not be protected now; None if it may, as one that already is always may."""
        if not task.is_wanted:
            return "TASK_NOT_VALID"
        others = sum(other.is_protected and other.is_wanted and other is not task for other in self.tasks)
        return DEPLOYMENT_BLOCKED if others >= self.desired and not task.is_protected else None

    def tasks_of(self, deployment: Deployment) -> Sequence[Task]:
        """The tasks of one deployment that are not stopped yet."""
        return [task for task in self.tasks if task.deployment_id == deployment.id]

    def _want(self, wish: Wish) -> None:
        if wish.desired != self.desired:
            change = {"from": self.desired, "to": wish.desired}
            self._history.record("service.desired", service=self.name, **change)
        self._wish = wish

    def _schedule(self, primary: Deployment) -> None:
        replicas = [_replica(task) for task in self.tasks if task.is_wanted]
        target = Target(self.desired, primary.id, self._wish.minimum_healthy_percent, self._wish.maximum_percent)
        if is_steady(target, replicas) and not primary.is_completed:
            primary.is_completed = True
            self._say("has reached a steady state.")
        in_use = {replica.deployment_id for replica in replicas} | {primary.id}
        self.deployments = [deployment for deployment in self.deployments if deployment.id in in_use]

        steps = next_steps(target, replicas)
        leaving = [task for task in self.tasks if task.id in steps.stop]
        for task in leaving:
            task.stop("ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {task.deployment_id})")
        if leaving:
            self._say(f"has stopped {len(leaving)} running tasks: {_named(leaving)}.")
        if steps.start and time.monotonic() >= self._may_start_at:
            arriving = [self._make_task(self, primary) for _ in range(steps.start)]
            self.tasks += arriving
            self._say(f"has started {len(arriving)} tasks: {_named(arriving)}.")

    def _note_starts(self, was_pending: Sequence[Task]) -> None:
        """Back off, longer each time, from a primary deployment whose tasks cannot start."""
        primary_id = self.deployments[0].id if self.deployments else ""
        tried = [task for task in was_pending if task.deployment_id == primary_id]
        failed = [task for task in tried if task.has_failed_to_start]
        if any(task.status is Status.RUNNING for task in tried):
            self.deployments[0].failed_tasks = 0
        elif failed:
            self.deployments[0].failed_tasks += len(failed)
            doublings = min(self.deployments[0].failed_tasks - 1, 32)
            pause_seconds = min(
                self._pace.restart_backoff_limit_seconds, self._pace.restart_backoff_seconds * 2**doublings
            )
            self._may_start_at = time.monotonic() + pause_seconds
            self._say(f"is unable to consistently start tasks successfully: {failed[0].stopped_reason}")

    def _say(self, message: str) -> None:
        self.events.insert(0, Event(secrets.token_hex(16), datetime.now(UTC), f"(service {self.name}) {message}"))
        del self.events[KEPT_EVENTS:]


def wish_of(description: Mapping[str, Any]) -> Wish:
    """Read what is desired from a service of moto's DescribeServices."""
    deployments = description.get("deployments") or [{"id": "ecs-svc/0"}]
    rolling = description.get("deploymentConfiguration") or {}
    return Wish(
        desired=description["desiredCount"] if description["status"] == "ACTIVE" else 0,
        moto_deployment=deployments[0]["id"],
        minimum_healthy_percent=rolling.get("minimumHealthyPercent", Wish.minimum_healthy_percent),
        maximum_percent=rolling.get("maximumPercent", Wish.maximum_percent),
        target_groups=frozenset(
            balancer["targetGroupArn"]
            for balancer in description.get("loadBalancers", [])
            if "targetGroupArn" in balancer
        ),
    )


def _replica(task: Task) -> Replica:
    return Replica(
        task_id=task.id,
        deployment_id=task.deployment_id,
        is_running=task.status is Status.RUNNING,
        is_protected=task.is_protected,
        age=task.age_seconds,
    )


def _named(tasks: Sequence[Task]) -> str:
    return " ".join(f"(task {task.id})" for task in tasks)
