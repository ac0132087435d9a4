"""The alarm player: evaluates the alarms that moto stores, and invokes their actions."""

import json
import logging
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.cloud import Cloud
from local.history import History
from local.pace import Pace
from local.players.alarm_definition import MetricQuery, UnplayableAlarmError, definition_of
from local.players.alarm_evaluation import evaluate
from local.players.alarm_event import StateSince, alarm_event, alarm_notice, may_invoke, reason_data
from local.players.beat import Beat, until_next
from local.players.lambdas import LambdaPlayer, UnknownFunctionError
from local.players.metric_math import MetricMathError
from local.players.metrics import MetricStore, QueueMetrics

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient

log = logging.getLogger(__name__)

NEVER_EVALUATED = "Unchecked: Initial alarm creation"
"""The reason that CloudWatch and moto give for the state of an alarm that was just put."""
KEPT_MINUTES = 24 * 60
"""How far back alarms can look: as CloudWatch, evaluation periods of a day together at most."""


class AlarmPlayer:
    """Once a minute of the pace: publishes the queues' metrics, then evaluates every alarm on what has been measured.

    A minute is what lies between two rounds, however long a busy machine made it: no alarm sees a gap that is only
    the machine's. Actions are invoked on transitions only, those by SetAlarmState among them. An alarm that was put
    anew keeps its state; a new one begins with INSUFFICIENT_DATA, where moto says OK.
    """

    def __init__(self, cloud: Cloud, pace: Pace, history: History, lambdas: LambdaPlayer, metrics: MetricStore) -> None:
        self._cloudwatch: CloudWatchClient = cloud.moto_client("cloudwatch")
        self._lambda: LambdaClient = cloud.moto_client("lambda")
        self._sns: SNSClient = cloud.moto_client("sns")
        self._history = history
        self._lambdas = lambdas
        self._metrics = metrics
        self._queues = QueueMetrics(pace, metrics)
        self._minutes: deque[float] = deque([time.time()], maxlen=KEPT_MINUTES + 1)
        self._known: dict[str, StateSince] = {}
        self._refused: dict[str, str] = {}
        begun_at = time.monotonic()

        def minute() -> float:
            self.tick()
            return until_next(pace.minute_seconds, begun_at=begun_at)

        self._beat = Beat("alarms", minute, interval_seconds=pace.minute_seconds)

    def start(self) -> None:
        """Begin with the first minute."""
        self._beat.start()

    def stop(self) -> None:
        """End the rounds."""
        self._beat.stop()

    def tick(self) -> None:
        """End a minute: publish, evaluate, act."""
        now = time.time()
        self._queues.publish(now)
        self._minutes.append(now)
        alarms = self._cloudwatch.describe_alarms()["MetricAlarms"]
        for alarm in alarms:
            if self._beat.stopping:
                return
            self._play(alarm)
        names = {alarm.get("AlarmName", "") for alarm in alarms}
        self._known = {name: state for name, state in self._known.items() if name in names}

    def _play(self, alarm: "MetricAlarmTypeDef") -> None:
        name = alarm.get("AlarmName", "")
        current = self._current(alarm)
        try:
            definition = definition_of(alarm)
            datapoints = definition.datapoints(self._values)
        except (UnplayableAlarmError, MetricMathError) as error:
            self._refuse(name, str(error))
            return
        verdict = evaluate(datapoints, definition.rule, current.value)
        if verdict.state == current.value:
            return
        now = datetime.now(UTC)
        state = StateSince(verdict.state, verdict.reason, reason_data(definition, verdict, now), now)
        self._store(name, state)
        self._known[name] = state
        self._tell(alarm, state, previous=current)

    def _current(self, alarm: "MetricAlarmTypeDef") -> StateSince:
        """The alarm's state, as this player left it or as SetAlarmState made it, which is a transition, too."""
        name = alarm.get("AlarmName", "")
        known = self._known.get(name)
        stored = _stored_state(alarm)
        if stored.reason == NEVER_EVALUATED:
            since = StateSince("INSUFFICIENT_DATA", NEVER_EVALUATED, "{}", stored.since) if known is None else known
            self._store(name, since)
            self._known[name] = since
            return since
        self._known[name] = stored
        if known is not None and known.value != stored.value:
            self._tell(alarm, stored, previous=known)
        return stored

    def _store(self, name: str, state: StateSince) -> None:
        self._cloudwatch.set_alarm_state(
            AlarmName=name, StateValue=state.value, StateReason=state.reason, StateReasonData=state.reason_data
        )

    def _values(self, query: MetricQuery, age: int) -> Sequence[float]:
        """The samples of the query's period that ended `age` periods ago; none from before the first minute."""
        until = len(self._minutes) - 1 - age * query.period_minutes
        if until <= 0:
            return ()
        after = max(0, until - query.period_minutes)
        return self._metrics.values(query.metric, after=self._minutes[after], until=self._minutes[until])

    def _tell(self, alarm: "MetricAlarmTypeDef", state: StateSince, *, previous: StateSince) -> None:
        name = alarm.get("AlarmName", "")
        states = {"from": previous.value, "to": state.value}
        self._history.record("alarm.state", name=name, **states, reason=state.reason)
        if not alarm.get("ActionsEnabled", True):
            return
        event = alarm_event(alarm, state, previous)
        for action in _actions(alarm, state):
            if action.startswith("arn:aws:sns:"):
                problem = self._publish(action, alarm, state, previous)
            else:
                problem = self._invoke(action, event)
            if problem is not None:
                self._history.record("alarm.action_failed", name=name, action=action, problem=problem)

    def _publish(self, topic: str, alarm: "MetricAlarmTypeDef", state: StateSince, previous: StateSince) -> str | None:
        """Tell a topic; what kept it from being told, if anything did; the topic's policy is not looked at."""
        subject, message = alarm_notice(alarm, state, previous)
        try:
            self._sns.publish(TopicArn=topic, Subject=subject, Message=message)
        except self._sns.exceptions.NotFoundException:
            return "there is no such topic"
        return None

    def _invoke(self, action: str, event: dict[str, object]) -> str | None:
        """Invoke one action; what kept it from being invoked, if anything did."""
        if not action.startswith("arn:aws:lambda:"):
            return "only Lambda functions and topics are played as actions"
        try:
            policy = json.loads(self._lambda.get_policy(FunctionName=action)["Policy"])
        except self._lambda.exceptions.ResourceNotFoundException:
            policy = {"Statement": []}
        if not may_invoke(policy["Statement"], alarm_arn=str(event["alarmArn"])):
            return "the function's policy does not let CloudWatch invoke it for this alarm"
        try:
            self._lambdas.invoke_async(action, event, source="alarm")
        except UnknownFunctionError as error:
            return str(error)
        return None

    def _refuse(self, name: str, problem: str) -> None:
        """Say once, and again when it is another problem, that an alarm cannot be played."""
        if self._refused.get(name) != problem:
            self._refused[name] = problem
            self._history.record("alarm.refused", name=name, problem=problem)
            log.warning("the alarm %s is not played: %s", name, problem)


def _stored_state(alarm: "MetricAlarmTypeDef") -> StateSince:
    return StateSince(
        alarm.get("StateValue", "INSUFFICIENT_DATA"),
        alarm.get("StateReason", ""),
        alarm.get("StateReasonData", ""),
        alarm.get("StateUpdatedTimestamp", datetime.now(UTC)).astimezone(UTC),
    )


def _actions(alarm: "MetricAlarmTypeDef", state: StateSince) -> Sequence[str]:
    if state.value == "ALARM":
        return alarm.get("AlarmActions", [])
    return alarm.get("OKActions", []) if state.value == "OK" else alarm.get("InsufficientDataActions", [])
