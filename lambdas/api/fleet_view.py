"""What the api tells of the fleet."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from fleet.decision_record import DecisionRecord
from fleet.doors import Door, DoorSign
from fleet.level import Level
from fleet.table import FleetTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_sqs import SQSClient

SHOWN_DECISIONS = 10
FRESH_MINUTES = 1 / 12
"""A call that is this recent (5 s of a true minute) speaks for all who call meanwhile, once the fleet is awake.

It has to be far below the shortest `sleepAfterMinutes`, 1, in the same minutes: what is not passed on keeps nothing
awake.
"""


@dataclass(frozen=True)
class FleetView:
    """Reads the service, its queue and its table. boto3's errors of the table pass through."""

    sqs: "SQSClient"
    ecs: "ECSClient"
    table: FleetTable
    sign: DoorSign
    queue_url: str
    cluster: str
    service: str
    has_front_door: bool
    minute_seconds: float = 60.0

    def document(self) -> dict[str, Any]:
        """The body of `GET /fleet`. A figure that could not be read is null, and `problems` names the call.

        `level` and `order` are what the warmkeeper decided last, corrected by what ECS says now; `ready` says whether
        a request would reach a worker.
        """
        problems: list[str] = []
        with ThreadPoolExecutor(max_workers=2) as threads:
            reading_queue, reading_service = threads.submit(self._queue), threads.submit(self._service)
            state = self.table.state()
            activity = self.table.activity()
            decisions = self.table.decisions(SHOWN_DECISIONS)
            door = self.sign.read() if self.has_front_door else None
            queue = _unless_it_fails(reading_queue.result, "GetQueueAttributes", problems)
            service = _unless_it_fails(reading_service.result, "DescribeServices", problems) or {}
        desired, running = service.get("desired"), service.get("running")
        level = _level(state.level, desired, running)
        there = running is not None and running > 0
        return {
            "level": level,
            "ready": there if door is None else door is Door.WORKERS and level is not Level.ASLEEP,
            "desired": desired,
            "running": running,
            "pending": service.get("pending"),
            "queue": queue,
            "order": None if state.order is None else str(state.order),
            "last_call_at": None if activity is None else _time(activity.at),
            "decisions": [_row(record) for record in decisions],
            "problems": problems,
        }

    def needs_a_poke(self, now: float) -> bool:
        """Whether a call has to be passed on: always until the fleet is there, then once in FRESH_MINUTES.

        While it wakes, each poke makes the warmkeeper look whether a worker is healthy by now.
        """
        state = self.table.state()
        if state.level in {Level.ASLEEP, Level.WAKING}:
            return True
        if self.has_front_door and self.sign.read() is not Door.WORKERS:
            return True
        activity = self.table.activity()
        return activity is None or not 0 <= now - activity.at < FRESH_MINUTES * self.minute_seconds

    def _queue(self) -> dict[str, int]:
        answer = self.sqs.get_queue_attributes(
            QueueUrl=self.queue_url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )
        figures = answer["Attributes"]
        return {
            "visible": int(figures["ApproximateNumberOfMessages"]),
            "in_flight": int(figures["ApproximateNumberOfMessagesNotVisible"]),
            "delayed": int(figures["ApproximateNumberOfMessagesDelayed"]),
        }

    def _service(self) -> dict[str, int]:
        answer = self.ecs.describe_services(cluster=self.cluster, services=[self.service])
        [service] = cast("list[Mapping[str, Any]]", answer["services"])
        return {
            "desired": int(service["desiredCount"]),
            "running": int(service["runningCount"]),
            "pending": int(service["pendingCount"]),
        }


def _unless_it_fails(read: "Callable[[], dict[str, int]]", call: str, problems: list[str]) -> dict[str, int] | None:
    try:
        return read()
    except (ClientError, BotoCoreError, KeyError, ValueError) as error:
        problems.append(f"{call}: {type(error).__name__}")
        return None


def _level(decided: Level, desired: int | None, running: int | None) -> Level:
    """The level by ECS's counts; the warmkeeper's word where they are not known, and between warm and burst."""
    if desired is None or running is None:
        return decided
    if desired == 0:
        return Level.ASLEEP
    if running == 0:
        return Level.WAKING
    return decided if decided in {Level.WARM, Level.BURST} else Level.WARM


def _row(record: DecisionRecord) -> dict[str, Any]:
    return {
        "at": _time(record.at),
        "event": record.event,
        "kind": record.kind,
        "level": record.level,
        "reason": record.reason,
        "was": record.was,
        "desired": record.desired,
        "command": record.command,
    }


def _time(at: float) -> str:
    """ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
