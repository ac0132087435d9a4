"""A cluster in moto whose tasks are small Python scripts, played by a real Fargate player."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.moto_api._internal.models import moto_api_backend

from local.cloud import Cloud
from local.history import History
from local.pace import Pace
from local.players.fargate import FargatePlayer
from local.players.task import Status, Task
from tests.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

CLUSTER = "warm-pool"
SERVICE = "workers"

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
"""Ends at SIGTERM, as Python does by default."""
DRAINER = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("up", flush=True)
signal.sigwait([signal.SIGTERM])
print("draining", flush=True)
"""
"""Waits for the signal itself: one that comes to a handler just before a sleep begins does not end the sleep."""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
while True:
    time.sleep(600)
"""
QUICK = Pace(cold_start_seconds=0.05, restart_backoff_seconds=0.1, stop_timeout_seconds=5.0)


@dataclass
class SmallFleet:
    """The player, and the ECS that users see."""

    player: FargatePlayer
    history: History
    ecs: "ECSClient"

    def register(self, script: str, *, command: Sequence[str] | None = None, **container: Any) -> str:
        """A new revision of the family whose one container runs `script`; answers its ARN."""
        argv = ["python", "-c", script] if command is None else list(command)
        definition = {"name": "worker", "image": "local/worker:dev", "command": argv, **container}
        registered = self.ecs.register_task_definition(
            family="worker",
            requiresCompatibilities=["FARGATE"],
            cpu="2048",
            memory="4096",
            containerDefinitions=[definition],  # type: ignore[list-item]
        )
        return registered["taskDefinition"].get("taskDefinitionArn", "")

    def create(self, script: str = SLEEPER, *, desired: int = 1, **container: Any) -> str:
        """The service, of tasks that run `script`; answers its task definition."""
        arn = self.register(script, **container)
        self.ecs.create_service(cluster=CLUSTER, serviceName=SERVICE, taskDefinition=arn, desiredCount=desired)
        return arn

    def resize(self, desired: int) -> None:
        self.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=desired)

    def describe(self) -> Any:
        return self.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]

    def until_running(self, count: int) -> tuple[Task, ...]:
        """Await `count` RUNNING tasks and nothing else, each with its script at work."""

        def are_there() -> bool:
            tasks = self.player.tasks(SERVICE)
            states = [task.status for task in tasks]
            return states == [Status.RUNNING] * count and all("up" in task.log.read_text() for task in tasks)

        wait_until(are_there, what=f"{count} running tasks")
        return self.player.tasks(SERVICE)

    def until(self, event: str, count: int = 1) -> Any:
        """Await the `count`-th entry of the history with that name."""
        return wait_until(lambda: self.history.entries(event)[count - 1 :], what=event)[0]


@contextmanager
def small_fleet(cloud: Cloud, folder: Path, pace: Pace = QUICK) -> Iterator[SmallFleet]:
    """An empty cluster and its player, in a cloud that is emptied first."""
    moto_api_backend.reset()
    history = History()
    player = FargatePlayer(cloud, pace, history, folder)
    player.start()
    ecs = cloud.client("ecs")
    ecs.create_cluster(clusterName=CLUSTER)
    try:
        yield SmallFleet(player, history, ecs)
    finally:
        player.stop(grace_seconds=1.0)
        assert "fargate-player" not in {thread.name for thread in threading.enumerate()}
