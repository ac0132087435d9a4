"""MessageQueue: a queue, and the dead letters of what it could not get rid of.

Included: both queues encrypted and TLS-only; the redrive policy, and the dead letters' consent to it.
Optional: nothing.
Required on input: the visibility time-out and the number of receives.
"""

import json
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import iam
from components.settings import Settings

RETENTION_SECONDS = 4 * 24 * 3600
DEAD_LETTER_RETENTION_SECONDS = 14 * 24 * 3600
"""SQS's longest. A message keeps its first timestamp among the dead letters: this must exceed `RETENTION_SECONDS`."""

LONG_POLL_SECONDS = 20

JOBS_MAX_RECEIVE_COUNT = 10
"""Hand-backs count as receives too; the worker itself ends a job after maxAttempts, which are five at the most."""


class MessageQueueArgs(TypedDict):
    """Inputs of `MessageQueue`."""

    visibility_timeout_seconds: pulumi.Input[int]
    """Seconds for which a received message is hidden from other receivers. No default."""
    max_receive_count: int
    """Receives after which a message goes to the dead letters. No default."""


def jobs_queue_args(settings: Settings) -> MessageQueueArgs:
    """Of the queue that workers take jobs from."""
    return {
        "visibility_timeout_seconds": settings.visibility_timeout_seconds,
        "max_receive_count": JOBS_MAX_RECEIVE_COUNT,
    }


class MessageQueue(pulumi.ComponentResource):
    """A standard queue with its dead-letter queue."""

    url: pulumi.Output[str]
    arn: pulumi.Output[str]
    queue_name: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
    dead_letter_arn: pulumi.Output[str]

    def __init__(self, name: str, args: MessageQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:MessageQueue", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        max_receive_count = args["max_receive_count"]

        dead_letters = aws.sqs.Queue(
            f"{name}-dead-letters",
            message_retention_seconds=DEAD_LETTER_RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=child,
        )
        queue = aws.sqs.Queue(
            f"{name}-queue",
            visibility_timeout_seconds=args["visibility_timeout_seconds"],
            message_retention_seconds=RETENTION_SECONDS,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            sqs_managed_sse_enabled=True,
            redrive_policy=dead_letters.arn.apply(
                lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": max_receive_count})
            ),
            opts=child,
        )
        aws.sqs.RedriveAllowPolicy(
            f"{name}-dead-letters",
            queue_url=dead_letters.url,
            redrive_allow_policy=queue.arn.apply(
                lambda arn: json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]})
            ),
            opts=child,
        )
        for child_name, target in ((f"{name}-queue", queue), (f"{name}-dead-letters", dead_letters)):
            aws.sqs.QueuePolicy(
                child_name,
                queue_url=target.url,
                policy=target.arn.apply(lambda arn: iam.tls_only("sqs", [arn])),
                opts=child,
            )

        self.url = queue.url
        self.arn = queue.arn
        self.queue_name = queue.name
        self.dead_letter_url = dead_letters.url
        self.dead_letter_arn = dead_letters.arn
        self.register_outputs(
            {
                "url": self.url,
                "arn": self.arn,
                "queue_name": self.queue_name,
                "dead_letter_url": self.dead_letter_url,
                "dead_letter_arn": self.dead_letter_arn,
            }
        )
