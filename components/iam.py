"""IAM policy documents, built by pure functions of plain strings: exact ARNs, no wildcard actions.

A statement is the dictionary that IAM knows. `resolved` lifts a builder over Pulumi's outputs. What looks like a
wildcard is one of three: keys under a prefix of a bucket, the tasks of one cluster (their ids are not known before
they run), and the streams of one log group.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pulumi

Statement: TypeAlias = dict[str, Any]

_ECR_IMAGE = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)"
)


def resolved(build: Callable[..., Any], **inputs: pulumi.Input[Any]) -> pulumi.Output[Any]:
    """`build(**inputs)` once all inputs are known."""
    return pulumi.Output.all(**inputs).apply(lambda known: build(**known))


def document(statements: Sequence[Statement]) -> str:
    """A policy document as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(sid: str, actions: Sequence[str], resources: Sequence[str], **condition: dict[str, Any]) -> Statement:
    """A statement that allows the actions on the resources, under conditions (`StringLike={...}`) where given."""
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**statement, "Condition": condition} if condition else statement


def trust(service: str, *, account_id: str = "", source_arn: str = "") -> str:
    """Who may assume a role: the service, and where given only on behalf of this account and this source (ArnLike)."""
    statement: Statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    condition: dict[str, dict[str, str]] = {}
    if account_id:
        condition["StringEquals"] = {"aws:SourceAccount": account_id}
    if source_arn:
        condition["ArnLike"] = {"aws:SourceArn": source_arn}
    return document([{**statement, "Condition": condition} if condition else statement])


def tls_only(service: str, resources: Sequence[str]) -> str:
    """A resource policy that refuses, to everyone, every action of the service that does not come over TLS."""
    return document([tls_only_statement(service, resources)])


def tls_only_statement(service: str, resources: Sequence[str]) -> Statement:
    """What `tls_only` says, for a policy that says more."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": f"{service}:*",
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def account_of(arn: str) -> str:
    """The account that an ARN names."""
    return arn.split(":")[4]


def neighbour(arn: str, service: str, resource: str) -> str:
    """The ARN of another service's resource in the partition, region and account of `arn`."""
    _, partition, _, region, account, *_ = arn.split(":")
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"


def write_logs(log_group_arn: str) -> Statement:
    """Streams of one log group: made and written."""
    return allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group_arn}:*"])


def pull_image(image_uri: str, partition: str) -> list[Statement]:
    """What pulling the image needs: one ECR repository, or nothing where the image lies in a public registry."""
    image = _ECR_IMAGE.match(image_uri)
    if image is None:
        return []
    repository = f"arn:{partition}:ecr:{image['region']}:{image['account']}:repository/{image['repository']}"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return [
        # ecr:GetAuthorizationToken knows no resource: AWS accepts "*" only.
        allow("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
        allow("PullImage", actions, [repository]),
    ]


def execution_role(*, image_uri: str, log_group_arn: str) -> list[Statement]:
    """What Fargate itself does for a task before it runs: pull its image and write its logs."""
    return [*pull_image(image_uri, log_group_arn.split(":")[1]), write_logs(log_group_arn)]


FONTS_PREFIX = "fonts/"
"""Where in the stack's own bucket the operator's fonts lie; worker/font_shelf.py looks for them there."""


def worker_role(
    *,
    jobs_queue_arn: str,
    notifications_queue_arn: str,
    jobs_table_arn: str,
    bucket_arn: str,
    sources: Sequence[str],
    cluster_arn: str,
    fleet_table_arn: str = "",
    tokens_secret_arn: str = "",
) -> list[Statement]:
    """What a worker does: take jobs, keep their records, read sources, write renders, protect itself.

    `sources` are the `s3://bucket/prefix/` that clips may be read from, the stack's own bucket's first. With the
    fleet's table and the tokens' secret it also renders previews: it checks who asks, counts how often, and notes it
    as activity.
    """
    partition = bucket_arn.split(":")[1]
    places = [source.removeprefix("s3://").partition("/") for source in sources]
    cluster_name = cluster_arn.rsplit("/", 1)[-1]
    return [
        allow(
            "TakeJobs",
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
            [jobs_queue_arn],
        ),
        allow("TellOfTheEnd", ["sqs:SendMessage"], [notifications_queue_arn]),
        allow("KeepRecords", ["dynamodb:UpdateItem"], [jobs_table_arn]),
        *(
            statement
            for number, (bucket, _, prefix) in enumerate(places)
            for statement in _read_sources(
                f"arn:{partition}:s3:::{bucket}", prefix, str(number or ""), listed=[FONTS_PREFIX] if not number else []
            )
        ),
        allow("ReadFonts", ["s3:GetObject"], [f"{bucket_arn}/{FONTS_PREFIX}*"]),
        allow("WriteRenders", ["s3:PutObject", "s3:AbortMultipartUpload"], [f"{bucket_arn}/renders/*"]),
        allow(
            "ProtectFromScaleIn",
            ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
            [neighbour(cluster_arn, "ecs", f"task/{cluster_name}/*")],
        ),
        *(
            [
                allow("CheckTokens", ["secretsmanager:GetSecretValue"], [tokens_secret_arn]),
                allow("CountPreviews", ["dynamodb:PutItem", "dynamodb:UpdateItem"], [fleet_table_arn]),
            ]
            if tokens_secret_arn
            else []
        ),
    ]


def _read_sources(bucket_arn: str, prefix: str, suffix: str, *, listed: Sequence[str]) -> list[Statement]:
    """Read what lies under `prefix`. `listed` are prefixes of the same bucket whose objects may be listed, too."""
    # Without s3:ListBucket S3 answers 403 for a key that is not there, and a job could not be told that its source is
    # missing. A GetObject carries no s3:prefix, hence IfExists; a listing that names a prefix has to name this one.
    return [
        allow(f"ReadSources{suffix}", ["s3:GetObject"], [f"{bucket_arn}/{prefix}*"]),
        allow(
            f"TellMissingSources{suffix}",
            ["s3:ListBucket"],
            [bucket_arn],
            StringLikeIfExists={"s3:prefix": [f"{place}*" for place in (prefix, *listed)]},
        ),
    ]


def warmkeeper_role(
    *, jobs_queue_arn: str, fleet_table_arn: str, service_arn: str, preview_rule_arn: str = ""
) -> list[Statement]:
    """What the warmkeeper does: count jobs, resize the one service, keep the fleet's state, flip the one rule."""
    flip = [
        allow("FlipPreviewRule", ["elasticloadbalancing:ModifyRule"], [preview_rule_arn]),
        # The two know no resource: AWS accepts "*" only.
        allow(
            "SeePreviewRule",
            ["elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTargetHealth"],
            ["*"],
        ),
    ]
    return [
        allow("CountJobs", ["sqs:GetQueueAttributes"], [jobs_queue_arn]),
        allow("ResizeFleet", ["ecs:DescribeServices", "ecs:UpdateService"], [service_arn]),
        allow(
            "KeepFleetState",
            ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
            [fleet_table_arn],
        ),
        *(flip if preview_rule_arn else []),
    ]


def notifier_role(*, notifications_queue_arn: str, bucket_arn: str, secret_arn: str) -> list[Statement]:
    """What the notifier does: take notifications and put them off, presign renders, sign with the one secret."""
    return [
        allow(
            "TakeNotifications",
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
            [notifications_queue_arn],
        ),
        allow("PresignRenders", ["s3:GetObject"], [f"{bucket_arn}/renders/*"]),
        allow("SignWebhooks", ["secretsmanager:GetSecretValue"], [secret_arn]),
    ]


def scheduler_role(*, function_arn: str) -> list[Statement]:
    """What the minute schedule does: invoke the one function."""
    return [allow("Tick", ["lambda:InvokeFunction"], [function_arn])]


def api_role(
    *, tokens_secret_arn: str, fleet_table_arn: str, jobs_queue_arn: str, service_arn: str, warmkeeper_arn: str
) -> list[Statement]:
    """What the api does: check tokens, limit rates, tell of fleet and queue, poke the warmkeeper."""
    return [
        allow("CheckTokens", ["secretsmanager:GetSecretValue"], [tokens_secret_arn]),
        # The rate limit is the one thing that it writes: activity and commands reach the table through the warmkeeper.
        allow(
            "TellOfFleetAndLimitRates", ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"], [fleet_table_arn]
        ),
        allow("CountJobs", ["sqs:GetQueueAttributes"], [jobs_queue_arn]),
        allow("CountWorkers", ["ecs:DescribeServices"], [service_arn]),
        allow("PokeWarmkeeper", ["lambda:InvokeFunction"], [warmkeeper_arn]),
    ]


def access_logs_bucket(*, bucket_arn: str, account_id: str) -> str:
    """The policy of a bucket that takes access logs of this account's load balancers, and nothing in clear.

    Elastic Load Balancing writes the account of the load balancer into the key, so the path keeps other accounts out.
    """
    write: Statement = {
        "Sid": "WriteAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/AWSLogs/{account_id}/*",
    }
    return document([tls_only_statement("s3", [bucket_arn, f"{bucket_arn}/*"]), write])
