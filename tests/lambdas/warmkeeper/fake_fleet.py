"""What AWS would hold of one fleet, in memory: jobs in a queue, tasks of a service, and the truth about both.

Every call passes a gate, where a test lets it be slow, fail, or be overtaken by another run (`Twist`).
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Self

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.lambdas.warmkeeper.fake_table import FakeTable

LONGEST_CALL_SECONDS = 8.0
"""Two attempts of a second to connect and three to read (AWS_LIMITS)."""
USUAL_CALL_SECONDS = 0.01
PLACES = ("waiting", "taken", "hidden", "delayed")


class Killed(BaseException):
    """Lambda ended the run: nothing of it goes on, not even what it does to tidy up."""


@dataclass(frozen=True)
class Twist:
    """What happens to one call of a run, by its operation and which of that kind it is.

    `fault`: "" none, "refused" nothing is done, "lost" it is done and nobody is told, "killed" it is done and the run
    is dead. `meanwhile` names an event that starts another run once the call has been under way for `seconds`.
    """

    operation: str
    nth: int = 1
    seconds: float = 0.0
    meanwhile: str = ""
    fault: str = ""


@dataclass
class Job:
    """A message: `waiting`, `taken` by a worker, `hidden` after its worker died, or `delayed`."""

    sent_at: float
    place: str = "waiting"


@dataclass
class Run:
    """One run of the warmkeeper, as seen from AWS, and what its last look was told."""

    twists: tuple[Twist, ...] = ()
    calls: dict[str, int] = field(default_factory=dict)
    is_dead: bool = False
    was_told_counts: bool = False
    seen_until: float = 0.0
    """Whatever was sent up to then, and is still there, was in a count that it was told."""
    busy: int = 0
    """The jobs that were at work, if the counts were true and of that moment."""
    was_deploying: bool = False


@dataclass
class World:
    """The truth. `time` never jumps; `clock` is what the runs see. All in seconds."""

    time: float = 1_800_000_000.0
    ahead_seconds: float = 0.0
    jobs: list[Job] = field(default_factory=list)
    desired: int = 0
    running: int = 0
    deploying: bool = False
    lag_seconds: float = 0.0
    """How old the counts are that SQS answers."""
    blank_until: float = 0.0
    """Until then SQS counts nothing at all, whatever there is."""
    down: frozenset[str] = frozenset()
    """Operations that are refused."""
    runs: list[Run] = field(default_factory=list)
    """The runs that are under way, the innermost last."""
    on_event: Callable[[str], None] = lambda _: None
    on_resize: Callable[[Run, int], None] = lambda *_: None
    _past: list[tuple[float, dict[str, int]]] = field(default_factory=list)

    def clock(self) -> float:
        return self.time + self.ahead_seconds

    def count(self, *places: str) -> int:
        return sum(job.place in places for job in self.jobs)

    def changed(self) -> None:
        """Note the counts of now, for those who are told them later; protected workers outlast a lower count."""
        self.running = max(self.count("taken"), min(self.running, self.desired))
        self._past.append((self.time, {place: self.count(place) for place in PLACES}))

    def told(self) -> tuple[float, dict[str, int]]:
        """What SQS says, and the moment of which it is true; never, where it is not."""
        if self.time < self.blank_until:
            return 0.0, dict.fromkeys(PLACES, 0)
        then = self.time - self.lag_seconds
        return then, next((counts for at, counts in reversed(self._past) if at <= then), self._past[0][1])

    def call(self, operation: str, effect: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Carry out one call of the innermost run, under its twists."""
        run = self.runs[-1]
        if run.is_dead:
            raise Killed
        nth = run.calls[operation] = run.calls.get(operation, 0) + 1
        twist = next((each for each in run.twists if (each.operation, each.nth) == (operation, nth)), Twist(operation))
        self.time += max(USUAL_CALL_SECONDS, twist.seconds)
        if twist.meanwhile:
            self.on_event(twist.meanwhile)
        if twist.fault == "refused" or operation in self.down:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, operation)
        answer = effect()
        if twist.fault == "killed":
            run.is_dead = True
            raise Killed
        if twist.fault == "lost":
            raise ReadTimeoutError(endpoint_url=operation)
        return answer


@dataclass
class FakeQueue:
    """The call of boto3's `sqs` client."""

    world: World

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return self.world.call("GetQueueAttributes", self._counts)

    def _counts(self) -> dict[str, Any]:
        world, run = self.world, self.world.runs[-1]
        then, counts = world.told()
        run.was_told_counts = True
        run.seen_until = max(run.seen_until, then)
        run.busy = counts["taken"] if then == world.time else 0
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(counts["waiting"]),
                "ApproximateNumberOfMessagesNotVisible": str(counts["taken"] + counts["hidden"]),
                "ApproximateNumberOfMessagesDelayed": str(counts["delayed"]),
            }
        }


@dataclass
class FakeService:
    """The calls of boto3's `ecs` client."""

    world: World

    def describe_services(self, **_: Any) -> dict[str, Any]:
        return self.world.call("DescribeServices", self._describe)

    def update_service(self, *, desiredCount: int, **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's name
        return self.world.call("UpdateService", lambda: self._update(desiredCount))

    def _describe(self) -> dict[str, Any]:
        world = self.world
        world.runs[-1].was_deploying = world.deploying
        deployments = [{"rolloutState": "COMPLETED", "failedTasks": 0}]
        service = {
            "status": "ACTIVE",
            "desiredCount": world.desired,
            "runningCount": world.running,
            "pendingCount": max(0, world.desired - world.running),
            "deployments": deployments * (2 if world.deploying else 1),
        }
        return {"services": [service]}

    def _update(self, desired: int) -> dict[str, Any]:
        self.world.on_resize(self.world.runs[-1], desired)
        self.world.desired = desired
        self.world.changed()
        return {}


@dataclass
class GatedTable:
    """The fleet table behind the same gate."""

    world: World
    table: FakeTable
    exceptions = FakeTable.exceptions

    def get_item(self, **call: Any) -> dict[str, Any]:
        return self.world.call("GetItem", lambda: self.table.get_item(**call))

    def put_item(self, **call: Any) -> dict[str, Any]:
        return self.world.call("PutItem", lambda: self.table.put_item(**call))

    def update_item(self, **call: Any) -> dict[str, Any]:
        return self.world.call("UpdateItem", lambda: self.table.update_item(**call))


class InTurn:
    """Stands for the pool of threads: one after the other, so that an example can be repeated."""

    def __init__(self, max_workers: int) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, read: Callable[[], Any]) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(read())
        except Exception as error:  # noqa: BLE001 -- as a pool does; whoever asks for the result gets it
            done.set_exception(error)
        return done
