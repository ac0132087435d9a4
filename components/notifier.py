"""Notifier: the Lambda that tells the world of a job's end, by signed webhooks.

Included: the function with its role, its event source, the signing secret.
Optional: nothing.
Required on input: what `NotifierArgs` says.
"""

import base64
import json
from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import SecretStr

from components import iam
from components.dependencies import Dependencies
from components.lambda_function import LambdaFunction
from components.queue import MessageQueue, MessageQueueArgs
from components.settings import Settings
from components.storage import Storage

VISIBILITY_TIMEOUT_SECONDS = 60
"""Of the notifications queue."""

TIMEOUT_SECONDS = 50
"""A run ends before its messages come back to another one."""

BATCH_SIZE = 5
MAXIMUM_CONCURRENCY = 5
"""A young account has ten concurrent executions in all: slow receivers must leave some to the warmkeeper."""

URL_EXPIRES_SECONDS = 3600
SECRET_LENGTH = 32
"""Letters and digits of a generated secret: some 190 bits, and as many bytes (Standard Webhooks asks for 24 to 64)."""


def queue_args(settings: Settings) -> MessageQueueArgs:
    """Of the queue that the notifier takes notifications from."""
    return {
        "visibility_timeout_seconds": VISIBILITY_TIMEOUT_SECONDS,
        "max_receive_count": max_receive_count(settings.webhook_retry_seconds),
    }


def max_receive_count(retry_seconds: Sequence[int]) -> int:
    """Receives that the notifications queue allows: the first attempt and one after each delay."""
    return len(retry_seconds) + 1


class NotifierArgs(TypedDict):
    """Inputs of `Notifier`."""

    settings: Settings
    """The stack's settings: region, webhook address, secret (generated when unset), retries, logs. No default."""
    notifications_queue: MessageQueue
    """What it takes notifications from. No default."""
    storage: Storage
    """Holds the bucket of renders, whose addresses it presigns. No default."""
    dependencies: Dependencies
    """Carries what signs webhooks. No default."""
    service_name: pulumi.Input[str]
    """What its metrics and logs are told apart by. No default."""


class Notifier(pulumi.ComponentResource):
    """The function that delivers webhooks."""

    function_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    secret_arn: pulumi.Output[str]

    def __init__(self, name: str, args: NotifierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:Notifier", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings, queue = args["settings"], args["notifications_queue"]
        secret = aws.secretsmanager.Secret(f"{name}-secret", description="Signs webhooks", opts=child)
        self._keep_secret(f"{name}-secret", secret, settings.webhook_secret)
        function = LambdaFunction(
            name,
            {
                "package": "notifier",
                "description": "Delivers signed webhooks when jobs end",
                "region": settings.region,
                "statements": iam.resolved(
                    iam.notifier_role,
                    notifications_queue_arn=queue.arn,
                    bucket_arn=args["storage"].bucket_arn,
                    secret_arn=secret.arn,
                ),
                "environment": {
                    "NOTIFICATIONS_QUEUE_URL": queue.url,
                    "WEBHOOK_URL": settings.webhook_url,
                    "WEBHOOK_SECRET_ARN": secret.arn,
                    "URL_EXPIRES_SECONDS": str(URL_EXPIRES_SECONDS),
                    "RETRY_SECONDS": json.dumps(settings.webhook_retry_seconds),
                    "LOOPBACK_TARGETS": json.dumps(settings.loopback_targets),
                },
                "service_name": args["service_name"],
                "timeout_seconds": TIMEOUT_SECONDS,
                "log_retention_days": settings.log_retention_days,
                "layers": [args["dependencies"].layer_arn],
            },
            child,
        )
        aws.lambda_.EventSourceMapping(
            f"{name}-source",
            function_name=function.arn,
            event_source_arn=queue.arn,
            batch_size=BATCH_SIZE,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config={"maximum_concurrency": MAXIMUM_CONCURRENCY},
            opts=child,
        )

        self.function_name = function.function_name
        self.log_group_name = function.log_group_name
        self.secret_arn = secret.arn
        self.register_outputs(
            {
                "function_name": self.function_name,
                "log_group_name": self.log_group_name,
                "secret_arn": self.secret_arn,
            }
        )

    def _keep_secret(self, name: str, secret: "aws.secretsmanager.Secret", configured: SecretStr | None) -> None:
        if configured is not None:
            value, kept = pulumi.Output.secret(configured.get_secret_value()), []
        else:
            # Every run of the program draws another password: the first one that was stored is kept.
            drawn = aws.secretsmanager.get_random_password_output(
                password_length=SECRET_LENGTH, exclude_punctuation=True
            ).random_password
            value, kept = pulumi.Output.secret(drawn.apply(signing_secret)), ["secret_string"]
        aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=value,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=kept),
        )


def signing_secret(password: str) -> str:
    """A password as Standard Webhooks spells a secret."""
    return f"whsec_{base64.b64encode(password.encode()).decode()}"
