"""A stack as shipped, with one thing after another spoiled: what a checker must see through the converter."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from tests.components.recording import Resource

Edit = Callable[[dict[str, Any]], dict[str, Any]]

ROOT = "arn:aws:iam::210987654321:root"
WIDE_OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


class Spoiled(NamedTuple):
    """A resource, by its type's last word and its logical name; what is done to it; the failure that must follow.

    `edit` makes new inputs of the old ones, and None takes the resource away. `address` is the resource that fails.
    """

    kind: str
    name: str
    edit: Edit | None
    check: str
    address: str


def with_inputs(**changed: Any) -> Edit:
    return lambda inputs: {**inputs, **changed}


def without(key: str) -> Edit:
    return lambda inputs: {name: value for name, value in inputs.items() if name != key}


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def container(**changed: Any) -> Edit:
    def edit(inputs: dict[str, Any]) -> dict[str, Any]:
        [only] = json.loads(inputs["containerDefinitions"])
        return {**inputs, "containerDefinitions": json.dumps([{**only, **changed}])}

    return edit


def deep(path: str, value: Any) -> Edit:
    """Another value at a path of objects and lists: `rules.0.filter`."""

    def edit(inputs: dict[str, Any]) -> dict[str, Any]:
        copy = json.loads(json.dumps(inputs))
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        inner: Any = copy
        for step in way:
            inner = inner[step]
        inner[last] = value
        return copy

    return edit


SSH_FROM_ANYWHERE = {"description": "x", "protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}

SPOILED = (
    # What belongs to a resource is found by reference, at the top of the inputs and deep in them.
    Spoiled("BucketPublicAccessBlock", "storage-media", None, "CKV2_AWS_6", "aws_s3_bucket.storage-media"),
    Spoiled("DefaultSecurityGroup", "network-default", None, "CKV2_AWS_12", "aws_vpc.network-vpc"),
    Spoiled("BucketLifecycleConfiguration", "storage-media", None, "CKV2_AWS_61", "aws_s3_bucket.storage-media"),
    Spoiled(
        "Service",
        "worker-service",
        deep("networkConfiguration.securityGroups", []),
        "CKV2_AWS_5",
        "aws_security_group.network-workers",
    ),
    # Plain values.
    Spoiled(
        "BucketPublicAccessBlock",
        "front-door-logs",
        with_inputs(blockPublicAcls=False),
        "CKV_AWS_53",
        "aws_s3_bucket_public_access_block.front-door-logs",
    ),
    Spoiled("Queue", "jobs-queue", with_inputs(sqsManagedSseEnabled=False), "CKV_AWS_27", "aws_sqs_queue.jobs-queue"),
    Spoiled(
        "Repository",
        "image-repository",
        with_inputs(imageTagMutability="MUTABLE"),
        "CKV_AWS_51",
        "aws_ecr_repository.image-repository",
    ),
    Spoiled(
        "LoadBalancer", "front-door", with_inputs(dropInvalidHeaderFields=False), "CKV_AWS_131", "aws_lb.front-door"
    ),
    Spoiled(
        "Listener",
        "front-door-https",
        with_inputs(sslPolicy="ELBSecurityPolicy-2016-08"),
        "CKV_AWS_103",
        "aws_lb_listener.front-door-https",
    ),
    # Policies.
    Spoiled(
        "RolePolicy",
        "worker-task",
        with_inputs(policy=document(Effect="Allow", Action="*", Resource="*")),
        "CKV_AWS_290",
        "aws_iam_role_policy.worker-task",
    ),
    Spoiled(
        "RolePolicy",
        "api-role",
        with_inputs(policy=document(Effect="Allow", Action=["s3:GetObject"], Resource=["*"])),
        "CKV_AWS_288",
        "aws_iam_role_policy.api-role",
    ),
    Spoiled(
        "Role",
        "notifier-role",
        with_inputs(assumeRolePolicy=document(Effect="Allow", Principal={"AWS": [ROOT]}, Action="sts:AssumeRole")),
        "CKV_AWS_61",
        "aws_iam_role.notifier-role",
    ),
    Spoiled(
        "BucketPolicy",
        "storage-media",
        with_inputs(policy=document(**WIDE_OPEN)),
        "CKV_AWS_70",
        "aws_s3_bucket_policy.storage-media",
    ),
    Spoiled(
        "QueuePolicy",
        "jobs-queue",
        with_inputs(policy=document(**WIDE_OPEN)),
        "CKV_AWS_168",
        "aws_sqs_queue_policy.jobs-queue",
    ),
    Spoiled(
        "TopicPolicy",
        "people-alarms",
        with_inputs(policy=document(**WIDE_OPEN)),
        "CKV_AWS_169",
        "aws_sns_topic_policy.people-alarms",
    ),
    Spoiled(
        "Permission",
        "fleet-backlog",
        lambda inputs: without("sourceAccount")(without("sourceArn")(inputs)) | {"principal": "s3.amazonaws.com"},
        "CKV_AWS_364",
        "aws_lambda_permission.fleet-backlog",
    ),
    # Blocks and maps.
    Spoiled(
        "SecurityGroup",
        "network-workers",
        with_inputs(ingress=[SSH_FROM_ANYWHERE]),
        "CKV_AWS_24",
        "aws_security_group.network-workers",
    ),
    Spoiled(
        "SecurityGroupIngressRule",
        "front-door-workers",
        lambda inputs: (
            without("referencedSecurityGroupId")(inputs) | {"cidrIpv4": "0.0.0.0/0", "fromPort": 22, "toPort": 22}
        ),
        "CKV_AWS_24",
        "aws_vpc_security_group_ingress_rule.front-door-workers",
    ),
    Spoiled(
        "BucketLifecycleConfiguration",
        "front-door-logs",
        lambda inputs: {**inputs, "rules": [without("abortIncompleteMultipartUpload")(inputs["rules"][0])]},
        "CKV_AWS_300",
        "aws_s3_bucket_lifecycle_configuration.front-door-logs",
    ),
    Spoiled(
        "Table",
        "storage-jobs",
        with_inputs(pointInTimeRecovery={"enabled": False}),
        "CKV_AWS_28",
        "aws_dynamodb_table.storage-jobs",
    ),
    Spoiled(
        "Repository",
        "image-repository",
        with_inputs(imageScanningConfiguration={"scanOnPush": False}),
        "CKV_AWS_163",
        "aws_ecr_repository.image-repository",
    ),
    Spoiled("LoadBalancer", "front-door", deep("accessLogs.enabled", False), "CKV_AWS_91", "aws_lb.front-door"),
    Spoiled(
        "Function",
        "api-function",
        deep("environment.variables.TOKEN", "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        "CKV_AWS_45",
        "aws_lambda_function.api-function",
    ),
    Spoiled(
        "TaskDefinition",
        "worker-task",
        container(readonlyRootFilesystem=False),
        "CKV_AWS_336",
        "aws_ecs_task_definition.worker-task",
    ),
)


def spoil(resources: Iterable[Resource]) -> list[Resource]:
    """The resources with everything spoiled at once. Raises AssertionError where what is to be spoiled is not there."""
    kept = list(resources)
    for spoiled in SPOILED:
        [at] = [
            number
            for number, resource in enumerate(kept)
            if (resource.type.rpartition(":")[2], resource.name) == (spoiled.kind, spoiled.name)
        ]
        if spoiled.edit is None:
            del kept[at]
        else:
            kept[at] = replace(kept[at], inputs=spoiled.edit(kept[at].inputs))
    return kept
