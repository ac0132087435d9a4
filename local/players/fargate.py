"""The Fargate player: as many real processes a service as the ECS API says are desired.

Moto keeps what is desired (services, counts, task definitions); this player reads it and makes it true, and answers in
moto's stead for what it alone knows: tasks, counts, deployments, protection.
"""

import logging
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.changes import Follower
from local.history import History
from local.pace import Pace
from local.players.agent import Agent
from local.players.ecs_answers import EcsAnswers
from local.players.http_exchange import LOOPBACK
from local.players.ports import free_port
from local.players.service import Deployment, Service, wish_of
from local.players.task import HTTP_HOST, HTTP_PORT, Definition, Status, Task, state_counts

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

    from local.cloud import Cloud

log = logging.getLogger(__name__)

TICK_SECONDS = 0.03
"""How often processes are looked after: their ends, cold starts and deadlines."""
STOP_GRACE_SECONDS = 5.0
"""From SIGTERM to SIGKILL when the whole stack ends."""
DESCRIBED_AT_ONCE = 10
"""DescribeServices' limit."""


class FargatePlayer:
    """Plays every service of every cluster of `cloud`, between `start` and `stop`.

    Each task's output is `folder/<task id>.log`; its TMPDIR is `folder/<task id>`, which lives as long as the task.
    """

    def __init__(self, cloud: "Cloud", pace: Pace, history: History, folder: Path) -> None:
        self._cloud = cloud
        self._pace = pace
        self._history = history
        self._folder = folder.resolve()
        self._services: dict[tuple[str, str], Service] = {}
        self._definitions: dict[str, Definition] = {}
        self.lock = threading.RLock()
        """Held by whoever reads more than one figure of services and tasks."""
        self._reading = threading.Lock()
        self._ending = threading.Event()
        self._wake = threading.Event()
        self._agent = Agent(self)
        self._open = ExitStack()
        self._thread = threading.Thread(target=self._run, name="fargate-player", daemon=True)

    def start(self) -> None:
        """Begin to play."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._cloud.answer_with(EcsAnswers(self, self._cloud.moto_url))
        self._open.enter_context(self._agent)
        self._thread.start()

    def stop(self, grace_seconds: float = STOP_GRACE_SECONDS) -> None:
        """End every task, by SIGKILL after `grace_seconds`, protected or not; nothing is left when it returns."""
        self._ending.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        with self.lock:
            tasks = [task for service in self._services.values() for task in service.tasks]
            for task in tasks:
                task.stop("UserInitiated", "the local stack ends", grace_seconds=grace_seconds)
                task.hasten(grace_seconds)
        while any(task.status is not Status.STOPPED for task in tasks):
            with self.lock:
                for task in tasks:
                    task.advance()
            time.sleep(TICK_SECONDS)
        self._open.close()

    @property
    def is_playing(self) -> bool:
        """Whether its word counts: moto answers alone again after `stop`."""
        return not self._ending.is_set()

    def look(self) -> None:
        """Read now what is desired of every service; the player's thread acts on it at once."""
        with self._reading:  # readings take effect in the order in which they were read
            self._take_over({_key(one): one for one in self._descriptions()})
        self._wake.set()

    def tasks(self, service: str | None = None) -> tuple[Task, ...]:
        """The tasks that are not stopped, oldest first; only those of the service of that name if it is given."""
        with self.lock:
            alive = [task for one in self._services.values() for task in one.tasks if service in {None, one.name}]
        return tuple(sorted(alive, key=lambda task: task.created_at))

    def stopped_tasks(self) -> tuple[Task, ...]:
        """The tasks that stopped not long ago, newest first within a service."""
        with self.lock:
            return tuple(task for service in self._services.values() for task in service.stopped)

    def running(self, service: str) -> int:
        """How many tasks of the service of that name are RUNNING (and were not asked to stop)."""
        return state_counts(self.tasks(service))[0]

    def ports_behind(self, target_group: str) -> frozenset[int]:
        """The loopback ports of the RUNNING tasks that ECS has registered with a target group (its ARN)."""
        with self.lock:
            services = [service for service in self._services.values() if target_group in service.target_groups]
            return frozenset(
                task.http_port
                for service in services
                for task in service.tasks
                if task.status is Status.RUNNING and task.http_port is not None
            )

    def service(self, cluster: str, name: str) -> Service | None:
        """The service by its cluster's and its own name or ARN."""
        with self.lock:
            return self._services.get((_last_part(cluster), _last_part(name)))

    def find(self, task_id: str) -> Task | None:
        """The task of that id or ARN, stopped ones included."""
        wanted = _last_part(task_id)
        candidates = [*self.tasks(), *self.stopped_tasks()]
        return next((task for task in candidates if task.id == wanted), None)

    def protect(self, task: Task, minutes: int | None) -> str | None:
        """Protect a task for so many minutes, or unprotect it (None); answers ECS's reason if that is refused."""
        with self.lock:
            service = self.service(task.cluster_arn, task.service)
            if service is None or not task.is_wanted:
                return "TASK_NOT_VALID"
            if minutes is None:
                task.unprotect("asked for")
                return None
            refusal = service.protection_refusal(task)
            if refusal is None:
                task.protect(timedelta(seconds=minutes * self._pace.protection_minute_seconds))
            return refusal

    def stop_task(self, task: Task, reason: str) -> None:
        """Stop one task whatever its protection, as StopTask does; its service starts another."""
        with self.lock:
            task.stop("UserInitiated", reason)
        self._wake.set()

    def interrupt(self, task: Task) -> None:
        """Take a task's capacity away as Spot does: SIGTERM, SIGKILL soon after, no regard for protection."""
        grace_seconds = min(self._pace.spot_notice_seconds, task.stop_timeout_seconds)
        with self.lock:
            task.stop("SpotInterruption", "Your Spot Task was interrupted.", grace_seconds=grace_seconds)
        self._wake.set()

    def _run(self) -> None:
        look_at, deployed = 0.0, Follower(self._cloud.changes, "ecs", self.look)
        while not self._ending.is_set():
            try:
                if time.monotonic() >= look_at:
                    deployed.look()
                    look_at = time.monotonic() + self._pace.scan_seconds
                self._wake.clear()
                with self.lock:
                    for service in self._services.values():
                        service.step()
            except Exception:  # whatever one look meets, the fleet must be looked after at the next
                log.exception("the Fargate player could not look after its services")
            self._wake.wait(TICK_SECONDS)

    def _take_over(self, descriptions: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        definitions = {key: self._definition(one["taskDefinition"]) for key, one in descriptions.items()}
        with self.lock:
            for key, description in descriptions.items():
                if key not in self._services:
                    self._services[key] = Service(
                        description["clusterArn"],
                        description["serviceName"],
                        pace=self._pace,
                        history=self._history,
                        make_task=self._make_task,
                    )
                self._services[key].observe(wish_of(description), definitions[key])
            for key in self._services.keys() - descriptions.keys():
                self._services[key].retire()

    def _descriptions(self) -> Iterator[Mapping[str, Any]]:
        ecs: ECSClient = self._cloud.moto_client("ecs")
        for cluster in ecs.list_clusters()["clusterArns"]:
            arns = ecs.list_services(cluster=cluster)["serviceArns"]
            for first in range(0, len(arns), DESCRIBED_AT_ONCE):
                services = arns[first : first + DESCRIBED_AT_ONCE]
                yield from ecs.describe_services(cluster=cluster, services=services)["services"]

    def _definition(self, name: str) -> Definition:
        """A task definition by its ARN (which never changes its meaning) or by family and revision."""
        if name not in self._definitions:
            ecs: ECSClient = self._cloud.moto_client("ecs")
            definition = Definition.of(ecs.describe_task_definition(taskDefinition=name)["taskDefinition"])
            if name != definition.arn:
                return definition
            self._definitions[name] = definition
        return self._definitions[name]

    def _make_task(self, service: Service, deployment: Deployment) -> Task:
        task_id = secrets.token_hex(16)
        stop_timeout_seconds = self._pace.stop_timeout_seconds
        if stop_timeout_seconds is None:
            stop_timeout_seconds = deployment.definition.stop_timeout_seconds
        return Task(
            arn=f"{service.cluster_arn.replace(':cluster/', ':task/')}/{task_id}",
            cluster_arn=service.cluster_arn,
            service=service.name,
            deployment_id=deployment.id,
            definition=deployment.definition,
            history=self._history,
            folder=self._folder,
            environment={
                **self._cloud.environment(deployment.definition.role_arn, session=task_id),
                **self._agent.uris(task_id),
                "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
                # On Fargate each task has an address of its own; here they share the loopback's.
                **({HTTP_PORT: str(free_port()), HTTP_HOST: LOOPBACK} if deployment.definition.listens else {}),
            },
            cold_start_seconds=self._pace.cold_start_seconds,
            stop_timeout_seconds=stop_timeout_seconds,
        )


def _key(description: Mapping[str, Any]) -> tuple[str, str]:
    return _last_part(description["clusterArn"]), description["serviceName"]


def _last_part(name_or_arn: str) -> str:
    return name_or_arn.rpartition("/")[2]
