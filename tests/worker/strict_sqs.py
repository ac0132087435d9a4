"""An SQS that is as strict as AWS's where moto is lenient: a message that was given away cannot be held or deleted."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_SECONDS = 12 * 3600


@dataclass
class Stored:
    message_id: str
    body: str
    sent_at: float
    visible_at: float
    received_at: float = 0.0
    receive_count: int = 0
    receipt: str = ""


@dataclass
class StrictSqs:
    """The calls of boto3's SQS client that the worker makes, for any number of queues, against a clock of the test's.

    Only the latest receipt handle counts. An expired message answers MessageNotInflight; holding one beyond 12 hours
    after its receive is refused; a delete by a stale handle succeeds and deletes nothing. Fewer than AWS: no long
    poll, no dead-letter queue, one message a receive.
    """

    clock: Callable[[], float]
    queues: dict[str, list[Stored]] = field(default_factory=dict)
    before_delete: Callable[[Stored], None] = lambda _: None
    failing: dict[str, Exception] = field(default_factory=dict)
    """Calls, by name, that raise instead."""
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def client(self) -> "SQSClient":
        """This object as what it plays."""
        return cast("SQSClient", self)

    def bodies(self, url: str) -> list[str]:
        """Everything in a queue, hidden or not."""
        return [message.body for message in self.queues.get(url, [])]

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> dict[str, Any]:  # noqa: N803 - SQS's names
        with self._call("send_message"):
            now = self.clock()
            message_id = f"id-{next(self._numbers)}"
            self.queues.setdefault(QueueUrl, []).append(Stored(message_id, MessageBody, now, visible_at=now))
            return {"MessageId": message_id}

    def receive_message(self, *, QueueUrl: str, VisibilityTimeout: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        with self._call("receive_message"):
            now = self.clock()
            for message in self.queues.get(QueueUrl, []):
                if message.visible_at <= now:
                    message.received_at = now
                    message.visible_at = now + VisibilityTimeout
                    message.receive_count += 1
                    message.receipt = f"receipt-{next(self._numbers)}"
                    return {"Messages": [_told(message)]}
            return {}

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:  # noqa: N803
        with self._call("change_message_visibility"):
            message = self._held(QueueUrl, ReceiptHandle)
            now = self.clock()
            if message is None:
                raise refused("ReceiptHandleIsInvalid")
            if message.visible_at <= now:
                raise refused("MessageNotInflight")
            if now + VisibilityTimeout > message.received_at + LONGEST_SECONDS:
                raise refused("InvalidParameterValue")
            message.visible_at = now + VisibilityTimeout

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        with self._call("delete_message"):
            message = self._held(QueueUrl, ReceiptHandle)
            if message is not None:
                self.before_delete(message)
                self.queues[QueueUrl].remove(message)

    def _held(self, url: str, receipt: str) -> Stored | None:
        return next((message for message in self.queues.get(url, []) if message.receipt == receipt), None)

    def _call(self, name: str) -> threading.RLock:
        if name in self.failing:
            raise self.failing[name]
        return self._lock


def refused(code: str, *, status: int = 400) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code, "Message": code}, "ResponseMetadata": metadata}, "Call")


def _told(message: Stored) -> dict[str, Any]:
    return {
        "MessageId": message.message_id,
        "Body": message.body,
        "ReceiptHandle": message.receipt,
        "Attributes": {
            "SentTimestamp": str(int(message.sent_at * 1000)),
            "ApproximateReceiveCount": str(message.receive_count),
        },
    }
