"""The jobs queue and the messages it gives: a thin shell around SQS that receives one message at a time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_NOT_OURS = {"MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"}
"""What SQS answers about a message that was given to another consumer, deleted, or held for its 12 hours."""


class MessageGoneError(Exception):
    """The message is not in this consumer's hands any more: SQS gave it away, or will."""


@dataclass(frozen=True)
class QueuedMessage:
    """One received message. `sent_at` is SQS's SentTimestamp, `receive_count` counts this receive too."""

    message_id: str
    body: str
    sent_at: datetime
    receive_count: int
    _queue: "JobsQueue"
    _receipt_handle: str

    def hide(self, seconds: int) -> None:
        """Keep the message from others for `seconds` from now (0 gives it to them). Raises MessageGoneError."""
        self._queue.hide(self._receipt_handle, seconds)

    def delete(self) -> None:
        """Take the message off the queue for good."""
        self._queue.delete(self._receipt_handle)


class JobsQueue:
    """Receives by long poll, one message at a time: a task renders one job, and hoards none.

    `polling` is a client of its own, since a long poll needs a longer time-out than a heartbeat can afford.
    """

    def __init__(
        self, client: "SQSClient", polling: "SQSClient", url: str, *, visibility_seconds: int, poll_seconds: int
    ) -> None:
        self._client = client
        self._polling = polling
        self._url = url
        self._visibility_seconds = visibility_seconds
        self._poll_seconds = poll_seconds

    def receive(self) -> QueuedMessage | None:
        """The next message, or None after a poll that brought nothing. Errors come as botocore raises them."""
        answer = self._polling.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=self._poll_seconds,
            VisibilityTimeout=self._visibility_seconds,
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
        )
        for message in answer.get("Messages", []):
            attributes = message.get("Attributes", {})
            return QueuedMessage(
                message_id=message.get("MessageId", ""),
                body=message.get("Body", ""),
                sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
                receive_count=int(attributes["ApproximateReceiveCount"]),
                _queue=self,
                _receipt_handle=message.get("ReceiptHandle", ""),
            )
        return None

    def hide(self, receipt_handle: str, seconds: int) -> None:
        """Set the time for which the message stays hidden. Raises MessageGoneError."""
        try:
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "").rpartition(".")[2]
            if code in _NOT_OURS:
                raise MessageGoneError(code) from None
            raise

    def delete(self, receipt_handle: str) -> None:
        """Delete the message."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=receipt_handle)
