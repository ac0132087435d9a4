"""Carries a job's notification from its record's outbox to the notifications queue."""

import logging
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from jobs.notification import Notification
from jobs.table import JobsTable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

log = logging.getLogger(__name__)


class Outbox:
    """Delivers at least once: a notification that is sent twice has the same id both times."""

    def __init__(self, client: "SQSClient", queue_url: str, table: JobsTable) -> None:
        self._client = client
        self._queue_url = queue_url
        self._table = table

    def deliver(self, notification: Notification) -> None:
        """Send it, then clear it from the record. Errors of the sending come as botocore raises them.

        That the clearing fails is no reason to keep the message: the notification is durable in its queue.
        """
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=notification.model_dump_json())
        try:
            self._table.clear_outbox(notification)
        except (BotoCoreError, ClientError) as error:
            log.warning("the outbox was not cleared", extra={"cause": type(error).__name__})
