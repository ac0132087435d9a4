"""The types whose drift is told in full: nothing where nobody touched them, and what somebody changed."""

from collections.abc import Callable
from typing import Any

import pytest

from local.realisers.catalogue import REALISERS, realiser_of
from local.realisers.realiser import Properties, Realiser
from tests.local.realisers.sample import Stack


def drift_of(stack: Stack, name: str) -> Properties:
    realiser, known = realiser_of(stack.types[name])(stack.place), stack.known[name]
    return realiser.drift(known["id"], known)


def test_what_was_just_deployed_has_not_drifted(deployed: Stack):
    drifted = {name: found for name in deployed.known if (found := drift_of(deployed, name))}
    assert drifted == {}


CHANGES: list[tuple[str, Callable[[Callable[[str], Any], Properties], Any], Properties]] = [
    (
        "queue",
        lambda aws, known: aws("sqs").set_queue_attributes(
            QueueUrl=known["url"], Attributes={"VisibilityTimeout": "9"}
        ),
        {"visibilityTimeoutSeconds": 9},
    ),
    (
        "alarm",
        lambda aws, known: aws("cloudwatch").put_metric_alarm(
            AlarmName=known["name"],
            MetricName="Other",
            Namespace="Other",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=7,
            Threshold=1,
            Period=60,
            Statistic="Sum",
        ),
        {"evaluationPeriods": 7},
    ),
    (
        "function",
        lambda aws, known: aws("lambda").update_function_configuration(
            FunctionName=known["name"], Environment={"Variables": {"MEDDLED": "yes"}}
        ),
        {"environment": {"variables": {"MEDDLED": "yes"}}},
    ),
    (
        "service",
        lambda aws, known: aws("ecs").update_service(cluster=known["cluster"], service=known["name"], desiredCount=7),
        {"desiredCount": 7},
    ),
]


@pytest.mark.parametrize(("name", "meddle", "found"), CHANGES, ids=[change[0] for change in CHANGES])
def test_what_somebody_else_changed_is_told(
    deployed: Stack, name: str, meddle: Callable[[Callable[[str], Any], Properties], Any], found: Properties
):
    meddle(deployed.place.client, deployed.known[name])
    assert drift_of(deployed, name).items() >= found.items()


def test_these_types_and_no_others_look_for_drift():
    looking = {token for token, kind in REALISERS.items() if kind.drift is not Realiser.drift}
    assert looking == {
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:ecs/service:Service",
        "aws:lambda/function:Function",
        "aws:sqs/queue:Queue",
    }
