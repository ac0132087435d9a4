"""Roles may do what they do and no more: every grant is spelled here once again."""

import json
from typing import Any

import pytest

from components import iam
from tests.components.recording import PLACE, Recording, granted, recorded

BUCKET = "arn:aws:s3:::storage-media-1a2b3c4"
JOBS = f"arn:aws:sqs:{PLACE}:jobs-queue-1a2b3c4"
NOTIFICATIONS = f"arn:aws:sqs:{PLACE}:notifications-queue-1a2b3c4"
TOKENS = f"arn:aws:secretsmanager:{PLACE}:secret:tokens-secret-1a2b3c4-AbCdEf"
FLEET = f"arn:aws:dynamodb:{PLACE}:table/storage-fleet-1a2b3c4"
TASKS = f"arn:aws:ecs:{PLACE}:task/worker-cluster-1a2b3c4/*"

KNOW_NO_RESOURCE = {
    "ecr:GetAuthorizationToken",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetHealth",
}
"""What AWS grants on "*" only."""

EXPLAINED_WILDCARDS = (
    f"{BUCKET}/renders/*",  # keys are not known before jobs are
    f"{BUCKET}/sources/*",
    f"{BUCKET}/fonts/*",
    TASKS,  # nor are the tasks of the one cluster
    ":log-group:",  # a function's own log group: its streams
)


def logs(group: str) -> tuple[str, ...]:
    return (f"arn:aws:logs:{PLACE}:log-group:{group}-1a2b3c4:*",)


def test_no_role_is_granted_a_wildcard_that_is_not_explained(program: Recording):
    for policy in program.all("RolePolicy"):
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            assert statement["Effect"] == "Allow"
            assert statement.keys() <= {"Sid", "Effect", "Action", "Resource", "Condition"}
            assert not [action for action in statement["Action"] if "*" in action]
            for resource in statement["Resource"]:
                if resource == "*":
                    assert set(statement["Action"]) <= KNOW_NO_RESOURCE
                elif "*" in resource:
                    assert any(place in resource for place in EXPLAINED_WILDCARDS), resource


def test_the_worker_may_take_jobs_keep_records_read_sources_write_renders_and_protect_itself(program: Recording):
    previews = {
        (TOKENS,): ["secretsmanager:GetSecretValue"],
        (FLEET,): ["dynamodb:PutItem", "dynamodb:UpdateItem"],
    }
    assert granted(program.statements("worker-task")) == (previews if program.all("LoadBalancer") else {}) | {
        (JOBS,): ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
        (NOTIFICATIONS,): ["sqs:SendMessage"],
        (f"arn:aws:dynamodb:{PLACE}:table/storage-jobs-1a2b3c4",): ["dynamodb:UpdateItem"],
        (f"{BUCKET}/sources/*",): ["s3:GetObject"],
        (BUCKET,): ["s3:ListBucket"],
        (f"{BUCKET}/fonts/*",): ["s3:GetObject"],
        (f"{BUCKET}/renders/*",): ["s3:PutObject", "s3:AbortMultipartUpload"],
        (TASKS,): ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
    }


def test_the_worker_may_list_no_prefix_but_those_of_its_sources_and_fonts(program: Recording):
    [listing] = [s for s in program.statements("worker-task") if s["Action"] == ["s3:ListBucket"]]
    assert listing["Condition"] == {"StringLikeIfExists": {"s3:prefix": ["sources/*", "fonts/*"]}}


def test_the_warmkeeper_may_resize_the_one_service_and_flip_the_one_rule(program: Recording):
    rule = f"arn:aws:elasticloadbalancing:{PLACE}:listener-rule/app/front-door-previews-1a2b3c4/9683b2d02a6cabee"
    flip = {
        (rule,): ["elasticloadbalancing:ModifyRule"],
        ("*",): ["elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTargetHealth"],
    }
    assert granted(program.statements("warmkeeper-role")) == (flip if program.all("LoadBalancer") else {}) | {
        (JOBS,): ["sqs:GetQueueAttributes"],
        (f"arn:aws:ecs:{PLACE}:service/the-cluster/worker-service-1a2b3c4",): [
            "ecs:DescribeServices",
            "ecs:UpdateService",
        ],
        (f"arn:aws:dynamodb:{PLACE}:table/storage-fleet-1a2b3c4",): [
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ],
        logs("warmkeeper-logs"): ["logs:CreateLogStream", "logs:PutLogEvents"],
    }


def test_the_api_may_check_tokens_limit_rates_tell_of_the_fleet_and_poke_the_warmkeeper(program: Recording):
    assert granted(program.statements("api-role")) == {
        (TOKENS,): ["secretsmanager:GetSecretValue"],
        (FLEET,): ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"],
        (JOBS,): ["sqs:GetQueueAttributes"],
        (f"arn:aws:ecs:{PLACE}:service/the-cluster/worker-service-1a2b3c4",): ["ecs:DescribeServices"],
        (f"arn:aws:lambda:{PLACE}:function:warmkeeper-function-1a2b3c4",): ["lambda:InvokeFunction"],
        logs("api-logs"): ["logs:CreateLogStream", "logs:PutLogEvents"],
    }


def test_the_notifier_may_read_renders_and_the_one_secret(program: Recording):
    assert granted(program.statements("notifier-role")) == {
        (NOTIFICATIONS,): [
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:GetQueueAttributes",
        ],
        (f"{BUCKET}/renders/*",): ["s3:GetObject"],
        (f"arn:aws:secretsmanager:{PLACE}:secret:notifier-secret-1a2b3c4-AbCdEf",): ["secretsmanager:GetSecretValue"],
        logs("notifier-logs"): ["logs:CreateLogStream", "logs:PutLogEvents"],
    }


def test_the_schedule_may_invoke_the_one_function(program: Recording):
    assert granted(program.statements("warmkeeper-schedule")) == {
        (f"arn:aws:lambda:{PLACE}:function:warmkeeper-function-1a2b3c4",): ["lambda:InvokeFunction"]
    }


def test_fargate_may_pull_the_one_repository():
    assert granted(recorded("prod").statements("worker-execution")) == {
        ("*",): ["ecr:GetAuthorizationToken"],
        ("arn:aws:ecr:eu-west-1:123456789012:repository/worker",): [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ],
        logs("worker-logs"): ["logs:CreateLogStream", "logs:PutLogEvents"],
    }


def test_an_image_in_a_public_registry_needs_no_grant():
    assert granted(recorded("local").statements("worker-execution")) == {
        logs("worker-logs"): ["logs:CreateLogStream", "logs:PutLogEvents"]
    }


@pytest.mark.parametrize(
    ("image_uri", "partition", "repository_arn"),
    [
        (
            "210987654321.dkr.ecr.us-east-1.amazonaws.com/team/ffmpeg@sha256:0abc",
            "aws",
            "arn:aws:ecr:us-east-1:210987654321:repository/team/ffmpeg",
        ),
        (
            "210987654321.dkr.ecr.cn-north-1.amazonaws.com.cn/ffmpeg",
            "aws-cn",
            "arn:aws-cn:ecr:cn-north-1:210987654321:repository/ffmpeg",
        ),
    ],
)
def test_an_image_names_its_repository_by_tag_or_digest(image_uri: str, partition: str, repository_arn: str):
    _, pull = iam.pull_image(image_uri, partition)
    assert pull["Resource"] == [repository_arn]


@pytest.mark.parametrize("image_uri", ["evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1", "ffmpeg:9"])
def test_an_image_that_only_looks_like_a_repository_of_ours_grants_nothing(image_uri: str):
    assert iam.pull_image(image_uri, "aws") == []


def trust_of(program: Recording, role: str) -> dict[str, Any]:
    [statement] = json.loads(program.one("Role", role).inputs["assumeRolePolicy"])["Statement"]
    return statement


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("worker-task", "ecs-tasks.amazonaws.com"),
        ("worker-execution", "ecs-tasks.amazonaws.com"),
        ("warmkeeper-role", "lambda.amazonaws.com"),
        ("warmkeeper-schedule", "scheduler.amazonaws.com"),
        ("notifier-role", "lambda.amazonaws.com"),
        ("api-role", "lambda.amazonaws.com"),
    ],
)
def test_a_role_is_assumed_by_the_one_service(program: Recording, role: str, service: str):
    trust = trust_of(program, role)
    assert (trust["Principal"], trust["Action"]) == ({"Service": service}, "sts:AssumeRole")


@pytest.mark.parametrize(
    ("role", "source_arn"),
    [
        ("worker-task", f"arn:aws:ecs:{PLACE}:*"),
        ("warmkeeper-schedule", f"arn:aws:scheduler:{PLACE}:schedule-group/default"),
    ],
)
def test_a_service_may_not_lend_a_role_to_another_account(program: Recording, role: str, source_arn: str):
    assert trust_of(program, role)["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": source_arn},
    }


def test_sources_in_several_buckets_are_each_granted_by_prefix():
    statements = iam.worker_role(
        jobs_queue_arn=JOBS,
        notifications_queue_arn=NOTIFICATIONS,
        jobs_table_arn="arn:aws:dynamodb:eu-west-1:1:table/jobs",
        bucket_arn=BUCKET,
        sources=["s3://one/a/b/", "s3://two/"],
        cluster_arn=f"arn:aws:ecs:{PLACE}:cluster/fleet",
    )
    allowed = granted(statements)
    assert allowed[("arn:aws:s3:::one/a/b/*",)] == ["s3:GetObject"]
    assert allowed[("arn:aws:s3:::two/*",)] == ["s3:GetObject"]
    assert len({statement["Sid"] for statement in statements}) == len(statements)
    assert all(statement["Sid"].isalnum() for statement in statements)


def test_documents_are_within_the_size_that_iam_takes(program: Recording):
    assert max(len(policy.inputs["policy"]) for policy in program.all("RolePolicy")) < 10_240
