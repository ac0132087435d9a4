"""The schedule player: invokes the targets of EventBridge Scheduler's schedules when they are due."""

import json
import logging
import re
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.changes import Follower
from local.cloud import ACCOUNT_ID, REGION, Cloud
from local.history import History
from local.pace import Pace
from local.players.beat import Beat
from local.players.lambdas import LambdaPlayer, UnknownFunctionError

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import GetScheduleOutputTypeDef

log = logging.getLogger(__name__)

RATE = re.compile(r"rate\((?P<count>[1-9]\d*) (?P<unit>minute|hour|day)s?\)")
MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
READS_A_MINUTE = 4
"""How often changed schedules are noticed."""


class UnplayableScheduleError(ValueError):
    """EventBridge Scheduler may know what the schedule asks for; the local stack does not. Says what it is."""


@dataclass
class _Due:
    """When a schedule fires next (monotonic seconds), and the expression that says so."""

    expression: str
    at: float


class SchedulePlayer:
    """Fires `rate(...)` schedules at their Lambda targets, asynchronously; a minute is the pace's.

    As with AWS, one without a start date fires at once and then at its rate, and a disabled one does not.
    """

    def __init__(self, cloud: Cloud, pace: Pace, history: History, lambdas: LambdaPlayer) -> None:
        self._client: EventBridgeSchedulerClient = cloud.moto_client("scheduler")
        self._deployed = Follower(cloud.changes, "scheduler", self._read)
        self._schedules: dict[str, GetScheduleOutputTypeDef] = {}
        self._pace = pace
        self._history = history
        self._lambdas = lambdas
        self._due: dict[str, _Due] = {}
        self._refused: dict[str, str] = {}
        self._beat = Beat("schedules", self.round, interval_seconds=pace.minute_seconds / READS_A_MINUTE)

    def start(self) -> None:
        """Begin with the schedules that there are now."""
        self._beat.start()

    def stop(self) -> None:
        """Fire nothing more."""
        self._beat.stop()

    def round(self) -> float:
        """Read the schedules where they may have changed, fire those that are due; the seconds until the next round."""
        self._deployed.look()
        schedules = self._schedules
        self._due = {arn: due for arn, due in self._due.items() if arn in schedules}
        for arn, schedule in schedules.items():
            try:
                self._play(arn, schedule)
            except (UnplayableScheduleError, UnknownFunctionError) as error:
                self._refuse(schedule["Name"], str(error))
        now = time.monotonic()
        soonest = min((due.at - now for due in self._due.values()), default=self._pace.minute_seconds)
        return min(soonest, self._pace.minute_seconds / READS_A_MINUTE)

    def _read(self) -> None:
        self._schedules = {schedule["Arn"]: schedule for schedule in self._enabled()}

    def _enabled(self) -> list["GetScheduleOutputTypeDef"]:
        return [
            self._client.get_schedule(Name=listed.get("Name", ""), GroupName=listed.get("GroupName", "default"))
            for page in self._client.get_paginator("list_schedules").paginate()
            for listed in page["Schedules"]
            if listed.get("State", "ENABLED") == "ENABLED"  # moto forgets it in an update that does not name it
        ]

    def _play(self, arn: str, schedule: "GetScheduleOutputTypeDef") -> None:
        expression = schedule["ScheduleExpression"]
        interval_seconds = minutes_of(expression) * self._pace.minute_seconds
        now = time.monotonic()
        due = self._due.get(arn)
        if due is None or due.expression != expression:
            due = self._due[arn] = _Due(expression, now)
        if due.at > now:
            return
        late_by = (now - due.at) // interval_seconds
        due.at += interval_seconds * (late_by + 1)
        target = schedule["Target"]["Arn"]
        if not target.startswith("arn:aws:lambda:"):
            raise UnplayableScheduleError(f"the target {target} is not a Lambda function")
        self._lambdas.invoke_async(target, payload_of(schedule, at=datetime.now(UTC)), source="schedule")
        self._history.record("schedule.fired", name=schedule["Name"], target=target)

    def _refuse(self, name: str, problem: str) -> None:
        """Say once, and again when it is another problem, that a schedule cannot be played."""
        if self._refused.get(name) != problem:
            self._refused[name] = problem
            self._history.record("schedule.refused", name=name, problem=problem)
            log.warning("the schedule %s is not played: %s", name, problem)


def minutes_of(expression: str) -> int:
    """The minutes between two firings of a `rate(...)` expression."""
    rate = RATE.fullmatch(expression)
    if rate is None:
        raise UnplayableScheduleError(f"{expression} is not played; rate(n minutes), hours or days are")
    return int(rate["count"]) * MINUTES[rate["unit"]]


def payload_of(schedule: "GetScheduleOutputTypeDef", *, at: datetime) -> Any:
    """What the target is handed: its Input with the context attributes filled in, or Scheduler's own event."""
    scheduled_time = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    execution_id = str(uuid.uuid4())
    given = schedule["Target"].get("Input")
    if given is None:
        return {
            "version": "0",
            "id": execution_id,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": ACCOUNT_ID,
            "time": scheduled_time,
            "region": REGION,
            "resources": [schedule["Arn"]],
            "detail": "{}",
        }
    for attribute, value in {
        "<aws.scheduler.schedule-arn>": schedule["Arn"],
        "<aws.scheduler.scheduled-time>": scheduled_time,
        "<aws.scheduler.execution-id>": execution_id,
        "<aws.scheduler.attempt-number>": "1",
    }.items():
        given = given.replace(attribute, value)
    return json.loads(given)
