"""The notifier's shell: a batch of the notifications queue in, the messages that failed out.

A failed message is hidden for its next delay and reported; after the last delay the queue's redrive policy moves it
to the dead-letter queue. A delivery that cannot ever succeed (a forbidden address) is hidden for no time at all, so
that it is in the dead-letter queue in seconds, for a person to see, and never calls the address.
"""

import os
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import SQSEvent
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from jobs.addresses import GuardedClient
from jobs.notification import Notification
from lambdas.notifier.config import Config
from lambdas.notifier.delivery import (
    DELIVERY_TIMEOUT_SECONDS,
    Deliverer,
    DeliveryFailed,
    TargetGone,
    WebhookSecret,
)
from lambdas.notifier.retries import delay_seconds

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from mypy_boto3_sqs import SQSClient

logger = Logger()
metrics = Metrics()

# Short limits, so that a slow service costs one attempt of a message and not the whole run. A batch's deliveries read
# the secret one after the other, each for itself if none succeeds: that is not retried within a run.
AWS_LIMITS = BotoConfig(connect_timeout=2, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
SECRET_LIMITS = BotoConfig(connect_timeout=2, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1})
# Signature version 4 by name: S3 in older regions would otherwise presign by version 2.
S3_SIGNING = BotoConfig(signature_version="s3v4")


class Outcome(StrEnum):
    """What became of one message; the metrics bear these names."""

    DELIVERED = "Delivered"
    UNADDRESSED = "Unaddressed"
    """Neither the job nor the stack names a webhook."""
    FAILED = "Failed"
    """This attempt failed and another follows."""
    GAVE_UP = "GaveUp"
    """Nobody was told and nobody will be: the target is gone, or the last attempt failed (the message is kept in
    the dead-letter queue)."""


@dataclass(frozen=True)
class Result:
    """The outcome of one message and whether it goes back to the queue."""

    message_id: str
    outcome: Outcome
    returned: bool


class Notifier:
    """Takes messages of the notifications queue, each on its own: none waits for another or fails with it."""

    def __init__(self, config: Config, deliverer: Deliverer, sqs: "SQSClient") -> None:
        self._config = config
        self._deliverer = deliverer
        self._sqs = sqs

    def tell_all(self, records: "list[SQSRecord]") -> list[Result]:
        """Deliver a batch side by side: one after the other, five slow targets would outlast the run."""
        with ThreadPoolExecutor(max_workers=max(1, len(records))) as threads:
            return list(threads.map(self.tell, records))

    def tell(self, record: "SQSRecord") -> Result:
        """Deliver one message; never raises."""
        about: dict[str, Any] = {
            "message_id": record.message_id,
            "attempt": int(record.attributes.approximate_receive_count),
        }
        try:
            notification = Notification.model_validate_json(record.body)
            about |= {"notification_id": notification.id, "job_id": notification.job_id, "state": notification.state}
            url = notification.webhook or self._config.webhook_url
            if not url:
                logger.info("no webhook to tell", extra=about)
                return Result(record.message_id, Outcome.UNADDRESSED, returned=False)
            told = self._deliverer.deliver(notification, url)
        except TargetGone as gone:
            logger.warning("the webhook is gone and will not be told again: %s", gone, extra=about)
            return Result(record.message_id, Outcome.GAVE_UP, returned=False)
        except DeliveryFailed as failure:
            return self._give_back(record, about, str(failure), failure.wait_seconds, permanent=failure.permanent)
        except ValidationError as error:
            # Kept for its delays like any other failure: a deployment may bring the notifier that can read it.
            reason = f"the message is no notification that this version reads ({error.error_count()} problems)"
            return self._give_back(record, about, reason)
        except Exception as error:  # one message's fault must not send the whole batch back
            logger.exception("the notifier itself failed", extra=about)
            return self._give_back(record, about, type(error).__name__)
        logger.info("told %s", told.host, extra=about | {"status": told.status})
        return Result(record.message_id, Outcome.DELIVERED, returned=False)

    def _give_back(
        self,
        record: "SQSRecord",
        about: dict[str, Any],
        reason: str,
        wait_seconds: float = 0.0,
        *,
        permanent: bool = False,
    ) -> Result:
        """Hide a failed message until its next attempt, or let the redrive have it at its next receive."""
        jitter = secrets.randbelow(1000) / 1000
        delay = delay_seconds(about["attempt"], self._config.retry_seconds, jitter, wait_seconds)
        outcome = Outcome.GAVE_UP if delay is None else Outcome.FAILED
        hidden_seconds = 0 if permanent or delay is None else delay
        if outcome is Outcome.GAVE_UP:
            logger.error("gave up, the dead-letter queue has it next: %s", reason, extra=about)
        else:
            logger.warning("not delivered: %s", reason, extra=about | {"next_attempt_seconds": hidden_seconds})
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._config.notifications_queue_url,
                ReceiptHandle=record.receipt_handle,
                VisibilityTimeout=hidden_seconds,
            )
        except (ClientError, BotoCoreError) as error:
            # It comes back all the same, by the queue's own time-out.
            logger.warning("the delay could not be set: %s", error, extra=about)
        return Result(record.message_id, outcome, returned=True)


@cache
def notifier() -> Notifier:
    """The one notifier of this process, made at the first batch.

    Raises:
        ConfigurationError: the environment is wrong.
    """
    config = Config.from_environment(os.environ)
    deliverer = Deliverer(
        client=GuardedClient(config.loopback_targets, DELIVERY_TIMEOUT_SECONDS),
        secret=WebhookSecret(boto3.client("secretsmanager", config=SECRET_LIMITS), config.webhook_secret_arn),
        s3=boto3.client("s3", config=S3_SIGNING),
        url_expires_seconds=config.url_expires_seconds,
    )
    return Notifier(config, deliverer, boto3.client("sqs", config=AWS_LIMITS))


@metrics.log_metrics
def handle(event: dict[str, Any], _context: LambdaContext) -> "PartialItemFailureResponse":
    """Deliver one batch; answers which messages SQS must keep (ReportBatchItemFailures)."""
    results = notifier().tell_all(list(SQSEvent(event).records))
    counts = Counter(result.outcome for result in results)
    for outcome in Outcome:
        # Zeros too: an alarm on GaveUp then tells "none" from "no data".
        metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=counts[outcome])
    return {"batchItemFailures": [{"itemIdentifier": result.message_id} for result in results if result.returned]}
