"""The types whose drift is told in full: nothing where nobody touched them, and what somebody changed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.realisers.catalogue import REALISERS, realiser_of
from local.realisers.realiser import Properties, Realiser
from tests.local.realisers.sample import Stack, trust


def drift_of(stack: Stack, name: str) -> Properties:
    realiser, known = realiser_of(stack.types[name])(stack.place), stack.known[name]
    return realiser.drift(known["id"], known)


def test_what_was_just_deployed_has_not_drifted(deployed: Stack):
    drifted = {name: found for name in deployed.known if (found := drift_of(deployed, name))}
    assert drifted == {}


EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})

TRUST = trust("ec2.amazonaws.com")

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
        "logs",
        lambda aws, known: aws("logs").put_retention_policy(logGroupName=known["name"], retentionInDays=1),
        {"retentionInDays": 1},
    ),
    (
        "role",
        lambda aws, known: aws("iam").update_assume_role_policy(RoleName=known["name"], PolicyDocument=TRUST),
        {"assumeRolePolicy": TRUST},
    ),
    (
        "role-policy",
        lambda aws, known: aws("iam").put_role_policy(
            RoleName=known["role"], PolicyName=known["name"], PolicyDocument=EVERYTHING
        ),
        {"policy": EVERYTHING},
    ),
    (
        "queue-policy",
        lambda aws, known: aws("sqs").set_queue_attributes(
            QueueUrl=known["queueUrl"], Attributes={"Policy": EVERYTHING}
        ),
        {"policy": EVERYTHING},
    ),
    (
        "tick",
        lambda aws, known: aws("scheduler").update_schedule(
            Name=known["name"],
            ScheduleExpression="rate(1 minute)",
            State="DISABLED",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": known["target"]["arn"], "RoleArn": known["target"]["roleArn"]},
        ),
        {"state": "DISABLED"},
    ),
    (
        "access",
        lambda aws, known: aws("s3").put_public_access_block(
            Bucket=known["bucket"], PublicAccessBlockConfiguration={"BlockPublicAcls": False}
        ),
        {"blockPublicAcls": False},
    ),
    (
        "bucket-policy",
        lambda aws, known: aws("s3").put_bucket_policy(Bucket=known["bucket"], Policy=EVERYTHING),
        {"policy": EVERYTHING},
    ),
    (
        "table",
        lambda aws, known: aws("dynamodb").update_continuous_backups(
            TableName=known["name"], PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        ),
        {"pointInTimeRecovery": {"enabled": False}},
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
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:dynamodb/table:Table",
        "aws:ecs/service:Service",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:lambda/function:Function",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:scheduler/schedule:Schedule",
        "aws:sqs/queue:Queue",
        "aws:sqs/queuePolicy:QueuePolicy",
    }
