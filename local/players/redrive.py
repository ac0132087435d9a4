"""The redrive player: SQS's message move tasks, which moto has not got.

StartMessageMoveTask brings dead letters back to where they came from, or to the queue that is named, each as a new
message with a new id. AWS does it in the background, at the rate that is asked for; here it is done before the answer
is given. ListMessageMoveTasks tells what was moved.
"""

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from local.cloud import AwsAnswer, AwsRequest, Cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_sqs import SQSClient

TARGET_PREFIX = "AmazonSQS."
CONTENT_TYPE = "application/x-amz-json-1.0"
RECEIVED_AT_ONCE = 10
"""ReceiveMessage's limit."""
TOLD_TASKS = 1
"""How many tasks ListMessageMoveTasks tells of unless asked for more."""
Answer = dict[str, Any]


class RefusedError(Exception):
    """An error that SQS would answer; `code` is its type."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RedrivePlayer:
    """Answers the operations on message move tasks from `start` on."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._sqs: SQSClient = cloud.moto_client("sqs")
        self._tasks: list[Answer] = []
        self._operations: Mapping[str, Callable[[Answer], Answer]] = {
            "StartMessageMoveTask": self._start,
            "ListMessageMoveTasks": self._list,
        }

    def start(self) -> None:
        """Begin to play."""
        self._cloud.answer_with(self.answer)

    def stop(self) -> None:
        """There is nothing to end."""

    def answer(self, request: AwsRequest) -> AwsAnswer | None:
        """Answer in moto's stead, or None."""
        operation = self._operations.get(request.target.removeprefix(TARGET_PREFIX))
        if operation is None or not request.target.startswith(TARGET_PREFIX):
            return None
        try:
            return _answer(200, operation(json.loads(request.body)))
        except RefusedError as error:
            return _answer(400, {"__type": f"com.amazonaws.sqs#{error.code}", "message": str(error)})

    def _start(self, wanted: Answer) -> Answer:
        source_arn: str = wanted["SourceArn"]
        source = self._url(source_arn)
        came_from = self._sqs.list_dead_letter_source_queues(QueueUrl=source)["queueUrls"]
        if not came_from:
            raise RefusedError("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        if "DestinationArn" in wanted:
            destination = self._url(wanted["DestinationArn"])
        elif len(came_from) == 1:
            (destination,) = came_from
        else:
            raise RefusedError("InvalidParameterValue", "The local player does not know which message came from where.")
        task: Answer = {"SourceArn": source_arn, "StartedTimestamp": int(time.time() * 1000)}
        task |= {name: wanted[name] for name in ("DestinationArn", "MaxNumberOfMessagesPerSecond") if name in wanted}
        moved = self._move(source, destination)
        moved_figures = {"ApproximateNumberOfMessagesMoved": moved, "ApproximateNumberOfMessagesToMove": moved}
        self._tasks.insert(0, {**task, "Status": "COMPLETED", **moved_figures})
        return {"TaskHandle": str(uuid.uuid4())}

    def _list(self, wanted: Answer) -> Answer:
        source_arn = wanted["SourceArn"]
        self._url(source_arn)
        told = [task for task in self._tasks if task["SourceArn"] == source_arn]
        return {"Results": told[: wanted.get("MaxResults", TOLD_TASKS)]}

    def _move(self, source: str, destination: str) -> int:
        """Move all that can be received; answers how many that were."""
        moved = 0
        while messages := self._sqs.receive_message(
            QueueUrl=source, MaxNumberOfMessages=RECEIVED_AT_ONCE, MessageAttributeNames=["All"]
        ).get("Messages"):
            for message in messages:
                self._sqs.send_message(
                    QueueUrl=destination,
                    MessageBody=message.get("Body", ""),
                    MessageAttributes=message.get("MessageAttributes", {}),
                )
                self._sqs.delete_message(QueueUrl=source, ReceiptHandle=message.get("ReceiptHandle", ""))
                moved += 1
        return moved

    def _url(self, arn: str) -> str:
        try:
            return self._sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        except self._sqs.exceptions.QueueDoesNotExist:
            raise RefusedError("ResourceNotFoundException", f"There is no queue {arn}.") from None


def _answer(status: int, body: Answer) -> AwsAnswer:
    return AwsAnswer(status, json.dumps(body).encode(), {"Content-Type": CONTENT_TYPE})
