"""A worker's surroundings, played: a clock to turn, a strict queue, DynamoDB's own judgement, a renderer to script."""

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jobs.addresses import GuardedClient
from jobs.notification import Notification
from jobs.problem import Problem
from jobs.record import JobRecord
from jobs.result_index import ResultIndex
from jobs.sources import AllowedSources
from jobs.spec import Spec
from jobs.table import JobsTable
from tests.jobs.tables import TABLE
from tests.worker.strict_sqs import StrictSqs
from worker.attempt import Attempt, Progress, RenderResult
from worker.config import WorkerConfig
from worker.consumer import Consumer
from worker.drain import Drain
from worker.earlier_results import EarlierResults
from worker.errors import PermanentError, StoppedError
from worker.media import MediaStore
from worker.outbox import Outbox
from worker.processor import Processor
from worker.protection import TaskProtection, Work
from worker.queue import JobsQueue, QueuedMessage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

JOBS = "https://queue.example/jobs"
NOTIFICATIONS = "https://queue.example/notifications"
BUCKET = "own"
SPEC: dict[str, Any] = {"output": {"width": 64, "height": 64, "fps": 10}, "clips": [{"source": "sources/a.mp4"}]}
EPOCH_SECONDS = 1_800_000_000.0
VISIBILITY_SECONDS = 100
USD_PER_HOUR = 3.6


@dataclass
class Clock:
    """One time for all, in seconds; the wall clock is as far on as the monotonic one."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return EPOCH_SECONDS + self.now


@dataclass(frozen=True)
class At:
    fraction: float
    frames_per_second: float = 30.0
    eta_seconds: float | None = None


@dataclass(frozen=True)
class Made:
    video: Path
    poster: Path
    width: int = 64
    height: int = 64
    duration_seconds: float = 2.0
    thumbnails: Path | None = None


Report = Callable[[Progress], None]
"""Takes a render's progress."""


def raising(error: BaseException) -> Callable[[Report, threading.Event], None]:
    """A render in which this happens."""

    def during(_report: Report, _stop: threading.Event) -> None:
        raise error

    return during


class Killed(BaseException):
    """SIGKILL: nothing of the worker runs after this."""


@dataclass
class ScriptedRenderer:
    """Renders by writing two small files, after whatever the test wants to happen `during` the render."""

    during: Callable[[Report, threading.Event], None] = lambda _report, _stop: None
    refuses: Problem | None = None
    rendered: int = 0
    looks: str = "1"
    said: str | None = None
    """What FFmpeg says, if it runs."""

    def look(self, spec: Spec) -> str:
        return self.looks

    def check(self, spec: Spec) -> None:
        if self.refuses is not None:
            raise PermanentError(self.refuses)

    def render(
        self,
        spec: Spec,
        sources: Mapping[str, Path],
        scratch: Path,
        *,
        on_progress: Callable[[Progress], None],
        stop: threading.Event,
        alive: Callable[[], None],
    ) -> RenderResult:
        alive()
        assert set(sources) == set(spec.source_names)
        self.during(on_progress, stop)
        if stop.is_set():
            raise StoppedError("told to stop")
        self.rendered += 1
        thumbnails = scratch / "thumbnails.jpg" if spec.output.thumbnails else None
        made = Made(scratch / "video.mp4", scratch / "poster.jpg", thumbnails=thumbnails)
        made.video.write_bytes(b"video")
        made.poster.write_bytes(b"poster")
        if thumbnails:
            thumbnails.write_bytes(b"thumbnails")
        return made

    def log(self, scratch: Path) -> Path | None:
        if self.said is None:
            return None
        file = scratch / "said"
        file.write_text(self.said)
        return file


class NoMedia(MediaStore):
    """Sources that are always there, and a bucket that takes everything: for tests of other things."""

    def __init__(self) -> None:
        self.uploaded: list[str] = []
        self.refuses: Exception | None = None
        self.versions: dict[str, str] | None = None
        self.objects: set[str] = set()

    def problems(self, materials: Sequence[Any]) -> tuple[Problem, ...]:
        return ()

    def etags(self, names: Iterable[str], check: Callable[[], None]) -> Mapping[str, str] | None:
        return self.versions

    def copy(self, key: str, to_key: str) -> bool:
        self.objects.add(to_key)
        return key in self.objects

    def download(
        self,
        materials: Sequence[Any],
        folder: Path,
        check: Callable[[], None],
        etags: Mapping[str, str] | None = None,
    ) -> Mapping[str, Path]:
        check()
        return {material.source: folder / "source" for material in materials}

    def upload(self, path: Path, key: str, content_type: str, check: Callable[[], None]) -> None:
        check()
        if self.refuses is not None:
            raise self.refuses
        self.uploaded.append(key)
        self.objects.add(key)


class ScriptedProtection(TaskProtection):
    """Protection that answers as told and remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.allowed = True

    def protect(self, work: Work = "job") -> bool:
        self.calls.append("protect")
        return self.allowed

    def renew(self) -> None:
        self.calls.append("renew")

    def unprotect(self, work: Work = "job") -> None:
        self.calls.append("unprotect")


@dataclass
class World:
    """Everything around one or more workers."""

    dynamodb: "DynamoDBClient"
    scratch: Path
    clock: Clock = field(default_factory=Clock)
    max_attempts: int = 3
    between: Callable[[Any], Any] = lambda client: client
    """What stands between the workers and their AWS clients, for faults."""

    def __post_init__(self) -> None:
        self.sqs = StrictSqs(self.clock.wall)
        self.table = JobsTable(self.between(self.dynamodb), TABLE)

    def worker(self, name: str = "w1", *, s3: "S3Client | None" = None) -> "Worker":
        return Worker(self, name, s3)

    def send(self, body: object = None, **envelope: Any) -> None:
        """Send a body as it is, or an envelope around a valid spec."""
        if body is None:
            body = {"version": 1, "id": "job-1", "spec": SPEC, **envelope}
        self.sqs.send_message(QueueUrl=JOBS, MessageBody=body if isinstance(body, str) else json.dumps(body))

    def record(self, job_id: str = "job-1") -> JobRecord:
        record = self.table.read(job_id)
        assert record is not None, f"{job_id} has no record"
        return record

    def notifications(self) -> list[Notification]:
        return [Notification.model_validate_json(body) for body in self.sqs.bodies(NOTIFICATIONS)]


class Worker:
    """One worker in its world, with each part within reach."""

    def __init__(self, world: World, name: str, s3: "S3Client | None") -> None:
        config = WorkerConfig(
            aws_region="eu-west-1",
            jobs_queue_url=JOBS,
            notifications_queue_url=NOTIFICATIONS,
            jobs_table=TABLE,
            bucket=BUCKET,
            sources=cast("tuple[str, ...]", json.dumps([f"s3://{BUCKET}/sources/"])),
            tmpdir=world.scratch,
            task_usd_per_hour=USD_PER_HOUR,
            visibility_timeout_seconds=VISIBILITY_SECONDS,
            stop_timeout_seconds=100,
            max_attempts=world.max_attempts,
            ecs_agent_uri=f"http://agent/api/{name}",
        )
        self.world = world
        self.renderer = ScriptedRenderer()
        self.no_media = NoMedia()
        self.protection = ScriptedProtection()
        self.drain = Drain(config.stop_timeout_seconds, world.clock.monotonic)
        media = self.no_media if s3 is None else media_store(s3)
        sqs = world.between(world.sqs.client)
        self.outbox = Outbox(sqs, NOTIFICATIONS, world.table)
        self.queue = JobsQueue(sqs, sqs, JOBS, visibility_seconds=VISIBILITY_SECONDS, poll_seconds=0)
        self.processor = Processor(
            config,
            table=world.table,
            attempt=Attempt(
                self.renderer,
                media,
                bucket=BUCKET,
                scratch=world.scratch,
                loopback_targets=frozenset(),
                earlier=EarlierResults(ResultIndex(world.dynamodb, TABLE, days=30), media, world.clock.wall),
                clock=world.clock.monotonic,
            ),
            outbox=self.outbox,
            protection=self.protection,
            drain=self.drain,
            clock=world.clock.monotonic,
            wall_clock=world.clock.wall,
        )
        self.consumer = Consumer(self.queue, self.processor.process, protection=self.protection, drain=self.drain)

    def receive(self) -> QueuedMessage:
        message = self.queue.receive()
        assert message is not None, "the queue has nothing to give"
        return message

    def work_once(self) -> bool:
        """One turn of the loop; whether there was a message."""
        message = self.queue.receive()
        if message is None:
            return False
        self.consumer._handle(message)
        return True


def media_store(s3: "S3Client", loopback_targets: frozenset[str] = frozenset()) -> MediaStore:
    return MediaStore(
        s3,
        BUCKET,
        AllowedSources(BUCKET, [f"s3://{BUCKET}/sources/"]),
        GuardedClient(loopback_targets, 5.0),
        loopback_targets=loopback_targets,
    )
