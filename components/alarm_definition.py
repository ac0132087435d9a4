"""What an alarm is, as plain data: what it watches, when it rings, what to do; and how CloudWatch is told.

Definitions name what they watch by `Subject`, since names are known only once the stack is up. Metric math keeps to
numbers, + - * and FILL, so that the local stack's alarm player rings every alarm that CloudWatch does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import pulumi
import pulumi_aws as aws

RUNBOOKS = "docs/runbooks"
"""Where the pages lie, from the root of the repository that the program was deployed from."""

MINUTE_SECONDS = 60
"""The shortest period that AWS/SQS, AWS/ECS, AWS/DynamoDB and the load balancer publish at."""

Comparison = Literal[
    "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
]
MissingData = Literal["breaching", "notBreaching", "ignore"]
"""What a minute without data counts as. CloudWatch's default, `missing`, is not among them: each alarm says."""


class Subject(StrEnum):
    """What a stack has to be watched, in the words of the reference page."""

    JOBS_QUEUE = "jobs queue"
    JOBS_DEAD_LETTERS = "jobs' dead letters"
    NOTIFICATIONS_DEAD_LETTERS = "notifications' dead letters"
    CLUSTER = "cluster"
    SERVICE = "service"
    WARMKEEPER = "warmkeeper"
    NOTIFIER = "notifier"
    JOBS_TABLE = "jobs table"
    FLEET_TABLE = "fleet table"
    LOAD_BALANCER = "load balancer"
    WORKER_TARGETS = "workers' target group"


Names = Mapping[Subject, pulumi.Input[str]]
"""The names under which CloudWatch knows a stack's subjects; no load balancer where there is none."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric and its statistic. `of` maps dimensions to subjects; a plain string stands for itself."""

    namespace: str
    name: str
    statistic: str
    of: Mapping[str, Subject | str]

    def dimensions(self, names: Names) -> dict[str, pulumi.Input[str]]:
        """The dimensions as CloudWatch knows them."""
        return {
            dimension: names[value] if isinstance(value, Subject) else value for dimension, value in self.of.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm. `periods` of `period_seconds` are looked at, and all of them have to breach unless `breaches` says.

    `meaning` is a sentence of what is the matter, `action` one of what to do first; `missing_because` argues for
    `missing`. `metrics` are by id; an `expression` over them is judged, without one their only metric is.
    """

    name: str
    meaning: str
    action: str
    metrics: Mapping[str, Metric]
    expression: str = ""
    label: str = ""
    comparison: Comparison = "GreaterThanThreshold"
    threshold: float
    period_seconds: int = MINUTE_SECONDS
    periods: int
    breaches: int = 0
    missing: MissingData
    missing_because: str

    @property
    def datapoints_to_alarm(self) -> int:
        """How many of the periods have to breach."""
        return self.breaches or self.periods

    @property
    def runbook(self) -> str:
        """Its page, from the root of the repository."""
        return f"{RUNBOOKS}/{self.name}.md"

    @property
    def description(self) -> str:
        """What a mail says: CloudWatch allows 1,024 characters."""
        return f"{self.meaning} {self.action} Runbook: {self.runbook}"

    def concerns(self, names: Names) -> bool:
        """Whether the stack has all that it watches."""
        subjects = {value for metric in self.metrics.values() for value in metric.of.values()}
        return all(subject in names for subject in subjects if isinstance(subject, Subject))


def metric_alarm(
    name: str, alarm: Alarm, names: Names, *, acts_on: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> "aws.cloudwatch.MetricAlarm":
    """The alarm of a stack, called `name`, acting on a function or a topic when it begins to ring."""
    return aws.cloudwatch.MetricAlarm(
        name,
        alarm_description=alarm.description,
        comparison_operator=alarm.comparison,
        threshold=alarm.threshold,
        evaluation_periods=alarm.periods,
        datapoints_to_alarm=alarm.datapoints_to_alarm,
        treat_missing_data=alarm.missing,
        metric_queries=_queries(alarm, names),
        alarm_actions=[acts_on],
        opts=opts,
    )


def _queries(alarm: Alarm, names: Names) -> "list[aws.cloudwatch.MetricAlarmMetricQueryArgsDict]":
    readings: list[aws.cloudwatch.MetricAlarmMetricQueryArgsDict] = [
        {
            "id": metric_id,
            "return_data": not alarm.expression,
            "metric": {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": metric.dimensions(names),
                "period": alarm.period_seconds,
                "stat": metric.statistic,
            },
        }
        for metric_id, metric in alarm.metrics.items()
    ]
    if not alarm.expression:
        return readings
    return [
        {"id": "judged", "expression": alarm.expression, "label": alarm.label, "return_data": True},
        *readings,
    ]
