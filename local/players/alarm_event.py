"""What CloudWatch hands to a Lambda function when an alarm changes its state, and who may be handed it.

The shape is that of CloudWatch's user guide, "Invoke a Lambda function from an alarm".
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from local.cloud import ACCOUNT_ID, REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

    from local.players.alarm_definition import Definition
    from local.players.alarm_evaluation import State, Verdict

ALARMS_PRINCIPAL = "lambda.alarms.cloudwatch.amazonaws.com"


@dataclass(frozen=True)
class StateSince:
    """A state that an alarm is or was in, why, and since when."""

    value: "State"
    reason: str
    reason_data: str
    """A JSON document."""
    since: datetime

    def as_json(self) -> dict[str, str]:
        """Write it as the payload holds it."""
        told = {"value": self.value, "reason": self.reason, "timestamp": timestamp(self.since)}
        return told if self.reason_data in {"", "{}"} else {**told, "reasonData": self.reason_data}


def timestamp(at: datetime) -> str:
    """Write a time in UTC as CloudWatch does, `2023-08-04T12:36:15.490+0000`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def alarm_event(alarm: "MetricAlarmTypeDef", state: StateSince, previous: StateSince) -> dict[str, Any]:
    """The payload for a transition of a stored alarm from `previous` to `state`."""
    configuration: dict[str, Any] = {"metrics": _metrics(alarm)}
    if description := alarm.get("AlarmDescription"):
        configuration["description"] = description
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.get("AlarmArn", ""),
        "accountId": ACCOUNT_ID,
        "time": timestamp(state.since),
        "region": REGION,
        "alarmData": {
            "alarmName": alarm.get("AlarmName", ""),
            "state": state.as_json(),
            "previousState": previous.as_json(),
            "configuration": configuration,
        },
    }


def alarm_notice(alarm: "MetricAlarmTypeDef", state: StateSince, previous: StateSince) -> tuple[str, str]:
    """Subject and message of what a topic is told, in the part of CloudWatch's shape that people read."""
    name = alarm.get("AlarmName", "")
    message = {
        "AlarmName": name,
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": ACCOUNT_ID,
        "NewStateValue": state.value,
        "NewStateReason": state.reason,
        "StateChangeTime": timestamp(state.since),
        "Region": REGION,
        "AlarmArn": alarm.get("AlarmArn", ""),
        "OldStateValue": previous.value,
    }
    # SNS allows a subject of less than 100 characters.
    return f'{state.value}: "{name}" in {REGION}'[:99], json.dumps(message)


def _metrics(alarm: "MetricAlarmTypeDef") -> list[dict[str, Any]]:
    stored = alarm.get("Metrics") or []
    if not stored:
        stat = _metric_stat(alarm, alarm.get("Statistic") or alarm.get("ExtendedStatistic"), alarm)
        return [{"id": "m1", "metricStat": stat, "returnData": True}]
    queries: list[dict[str, Any]] = []
    for query in stored:
        told: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
        if label := query.get("Label"):
            told["label"] = label
        if expression := query.get("Expression"):
            told["expression"] = expression
        if stat := query.get("MetricStat"):
            told["metricStat"] = _metric_stat(stat["Metric"], stat["Stat"], stat)
        queries.append(told)
    return queries


def _metric_stat(metric: Mapping[str, Any], statistic: str | None, rest: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "metric": {
            "namespace": metric.get("Namespace"),
            "name": metric.get("MetricName"),
            "dimensions": {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", [])},
        },
        "period": rest.get("Period"),
        "stat": statistic,
    }
    return {**told, "unit": rest["Unit"]} if rest.get("Unit") else told


def reason_data(definition: "Definition", verdict: "Verdict", at: datetime) -> str:
    """The document that says in figures what a verdict rests on."""
    query = definition.queries.get(definition.watched)
    figures: dict[str, Any] = {
        "version": "1.0",
        "queryDate": timestamp(at),
        "recentDatapoints": [value for value in verdict.evaluated if value is not None],
        "threshold": definition.rule.threshold,
    }
    if query is not None:
        figures |= {"statistic": query.statistic, "period": query.period_minutes * 60}
    return json.dumps(figures)


def may_invoke(statements: Sequence[Mapping[str, Any]], *, alarm_arn: str) -> bool:
    """Whether a function's policy lets CloudWatch invoke it on behalf of that alarm."""
    return any(_allows(statement, alarm_arn) for statement in statements)


def _allows(statement: Mapping[str, Any], alarm_arn: str) -> bool:
    actions = statement.get("Action", [])
    allowed = [actions] if isinstance(actions, str) else actions
    principal = statement.get("Principal")
    if statement.get("Effect") != "Allow" or principal not in ("*", {"Service": ALARMS_PRINCIPAL}):
        return False
    if not any(fnmatchcase("lambda:invokefunction", action.lower()) for action in allowed):
        return False
    facts = {"aws:sourcearn": alarm_arn, "aws:sourceaccount": ACCOUNT_ID}
    return all(
        key.lower() in facts and fnmatchcase(facts[key.lower()], wanted)
        for condition in statement.get("Condition", {}).values()
        for key, wanted in condition.items()
    )
