"""What one look saw. A part that could not be read, or lacked a figure, is None, and `problems` says why."""

from dataclasses import dataclass

from fleet.activity import Activity
from fleet.command import Command
from fleet.doors import Door


@dataclass(frozen=True, slots=True)
class Queue:
    """SQS's approximate counts: messages that wait, that workers (or back-off) hide, and that are not due yet."""

    visible: int
    in_flight: int
    delayed: int = 0

    @property
    def load(self) -> int:
        """The work that a worker could do now, or does."""
        return self.visible + self.in_flight

    @property
    def empty(self) -> bool:
        """Whether nothing is left, delayed messages included."""
        return self.load + self.delayed == 0


@dataclass(frozen=True, slots=True)
class Service:
    """What ECS says of the service. `failed_tasks` counts starts in a row that failed, over its deployments."""

    desired: int
    running: int
    pending: int = 0
    deploying: bool = False
    failed_tasks: int = 0


@dataclass(frozen=True, slots=True)
class Front:
    """What the load balancer says. `workers` and `api` are the weights of the rule, `healthy` counts workers.

    What could not be read is None.
    """

    workers: int | None
    api: int | None
    healthy: int | None

    @property
    def door(self) -> Door | None:
        """Where all requests go; None if that is not known, or if they are split (as no warmkeeper leaves them)."""
        if self.workers is None or self.api is None or (self.workers > 0) == (self.api > 0):
            return None
        return Door.WORKERS if self.workers > 0 else Door.API


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a decision rests on, besides the state and the rules. `front` is None without a front door."""

    queue: Queue | None
    service: Service | None
    activity: Activity | None = None
    command: Command | None = None
    problems: tuple[str, ...] = ()
    front: Front | None = None
