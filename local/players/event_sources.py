"""The event source player: hands the messages of queues to the Lambda functions that are mapped to them."""

import base64
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from moto.sqs.models import Queue

from local.changes import Follower
from local.cloud import REGION, Cloud
from local.history import History
from local.pace import Pace
from local.players.beat import Beat
from local.players.lambdas import LambdaPlayer, UnknownFunctionError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

log = logging.getLogger(__name__)

READ_SECONDS = 0.5
"""How often changed mappings are noticed."""
POLL_SECONDS = 1
"""A long poll: as long as `stop` may have to wait for one (Lambda's pollers wait 20 s)."""
SHORT_POLL_PAUSE_SECONDS = 0.05
"""Between polls that do not wait themselves."""
MOST_MESSAGES = 10
"""SQS hands out ten at a time. A mapping with a larger batch gets smaller ones, as it may on AWS."""
POLLER = "lambda-poller"
"""The session of the function's role in which its queue is polled."""


@dataclass(frozen=True)
class Source:
    """An enabled mapping of a queue to a function."""

    mapping_id: str
    queue_arn: str
    function_arn: str
    batch_size: int
    reports_failures: bool


class EventSourcePlayer:
    """Keeps one consumer a mapping (moto's queues are racy under many), and follows changes of the mappings.

    Like Lambda's pollers it acts in the name of the function's role. A batch is deleted when its run succeeds.
    Otherwise, and for the messages that a function with ReportBatchItemFailures names, the queue's visibility time-out
    decides when they come back. `poll_seconds` of 0 means short polls, for whoever cannot wait for the end of a long
    one.
    """

    def __init__(
        self, cloud: Cloud, pace: Pace, history: History, lambdas: LambdaPlayer, *, poll_seconds: int = POLL_SECONDS
    ) -> None:
        silence_moto()
        self._poll_seconds = poll_seconds
        self._lambda: LambdaClient = cloud.moto_client("lambda")
        self._mappings = Follower(cloud.changes, "lambda", self._follow)
        self._cloud = cloud
        self._sqs: SQSClient = cloud.moto_client("sqs")
        self._history = history
        self._lambdas = lambdas
        self._consumers: dict[Source, Beat] = {}
        self._refused: set[str] = set()
        # An idle mapping is read anew a few times a minute, but never so often that reading it is all that happens.
        self._read_seconds = min(READ_SECONDS, pace.minute_seconds / 2)
        self._beat = Beat("event-sources", self._step, interval_seconds=self._read_seconds)

    def start(self) -> None:
        """Begin to consume."""
        self._beat.start()

    def stop(self) -> None:
        """End the consumers; a run that is under way is waited for."""
        self._beat.stop()
        self._end(list(self._consumers))

    def _step(self) -> float:
        self._mappings.look()
        return self._read_seconds

    def _follow(self) -> None:
        """Start consumers of new mappings, end those of changed and gone ones."""
        sources = set(self._sources())
        self._end([source for source in self._consumers if source not in sources])
        for source in sources - set(self._consumers):
            if self._beat.stopping:
                break
            self._consumers[source] = self._consumer(source)
            self._consumers[source].start()

    def _end(self, sources: Sequence[Source]) -> None:
        consumers = [self._consumers.pop(source) for source in sources]
        for consumer in consumers:
            consumer.ask_to_stop()
        for consumer in consumers:
            consumer.stop()

    def _sources(self) -> list[Source]:
        listed = self._lambda.list_event_source_mappings()["EventSourceMappings"]
        return [source_from(mapping) for mapping in listed if self._is_playable(mapping)]

    def _is_playable(self, mapping: Mapping[str, Any]) -> bool:
        if mapping["State"] != "Enabled":
            return False
        mapping_id, queue_arn = mapping["UUID"], mapping.get("EventSourceArn", "")
        problem = None
        if not queue_arn.startswith("arn:aws:sqs:"):
            problem = f"the event source {queue_arn} is not a queue"
        elif mapping.get("FilterCriteria"):
            problem = "filter criteria are not played"
        if problem is not None and mapping_id not in self._refused:
            self._refused.add(mapping_id)
            self._history.record("event_source.refused", mapping=mapping_id, problem=problem)
            log.warning("the event source mapping %s is not played: %s", mapping_id, problem)
        return problem is None

    def _consumer(self, source: Source) -> Beat:
        queue_name = source.queue_arn.rpartition(":")[2]

        sqs = cache(lambda: self._in_the_name_of(source.function_arn))

        def consume() -> float:
            url = self._sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
            self._consume(sqs(), url, source)
            return 0.0 if self._poll_seconds else SHORT_POLL_PAUSE_SECONDS

        return Beat(f"consumer of {queue_name}", consume, interval_seconds=self._read_seconds)

    def _in_the_name_of(self, function_arn: str) -> "SQSClient":
        try:
            role_arn = self._lambda.get_function_configuration(FunctionName=function_arn)["Role"]
        except self._lambda.exceptions.ResourceNotFoundException:
            return self._sqs  # its messages are received in vain, and come back
        return self._cloud.role_client("sqs", role_arn, session=POLLER)

    def _consume(self, sqs: "SQSClient", url: str, source: Source) -> None:
        """Receive a batch, have it run, delete what was done."""
        messages = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(source.batch_size, MOST_MESSAGES),
            WaitTimeSeconds=self._poll_seconds,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not messages:
            return
        event = {"Records": [record_of(message, source.queue_arn) for message in messages]}
        try:
            outcome = self._lambdas.run(source.function_arn, event, source="sqs")
        except UnknownFunctionError:
            log.warning("messages of %s wait: there is no function %s", source.queue_arn, source.function_arn)
            return
        if outcome.failed:
            return
        ids = [message.get("MessageId", "") for message in messages]
        failed = failed_items(outcome.payload, ids) if source.reports_failures else frozenset()
        done = [message for message in messages if message.get("MessageId") not in failed]
        if failed:
            self._history.record("event_source.failures", function=source.function_arn, failed=len(failed), of=len(ids))
        if done:
            entries: Any = [
                {"Id": str(index), "ReceiptHandle": message.get("ReceiptHandle", "")}
                for index, message in enumerate(done)
            ]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def silence_moto() -> None:
    """Keep moto from delivering mapped messages itself, which it tries with Docker inside every SendMessage.

    Where it would look for a queue's mappings, it finds an empty dictionary each time; the mappings themselves stay
    as they are. Done to the class, as mappings are made at any time, and by other processes.
    """
    setattr(Queue, "lambda_event_source_mappings", property(lambda _: {}, lambda _, __: None))  # noqa: B010 - a patch


def source_from(mapping: Mapping[str, Any]) -> Source:
    """Read a mapping of ListEventSourceMappings."""
    return Source(
        mapping_id=mapping["UUID"],
        queue_arn=mapping.get("EventSourceArn", ""),
        function_arn=mapping["FunctionArn"],
        batch_size=mapping["BatchSize"],
        reports_failures="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
    )


def record_of(message: "MessageTypeDef", queue_arn: str) -> dict[str, Any]:
    """A received message as Lambda hands it to a handler."""
    return {
        "messageId": message.get("MessageId"),
        "receiptHandle": message.get("ReceiptHandle"),
        "body": message.get("Body"),
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {
            name: _attribute(attribute) for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message.get("MD5OfBody"),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }


def _attribute(attribute: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": attribute["DataType"]}
    if "BinaryValue" in attribute:
        return {**told, "binaryValue": base64.b64encode(attribute["BinaryValue"]).decode()}
    return {**told, "stringValue": attribute.get("StringValue")}


def failed_items(answer: Any, batch: Sequence[str]) -> frozenset[str]:
    """The ids of the messages that a handler with ReportBatchItemFailures gives back.

    By Lambda's rules: no answer and an empty list mean that all succeeded; an answer of another shape, or one that
    names a message which is not of the batch, means that all failed.
    """
    if answer is None or answer == {}:
        return frozenset()
    if not isinstance(answer, dict) or "batchItemFailures" not in answer:
        return frozenset(batch)
    failures = [] if answer["batchItemFailures"] is None else answer["batchItemFailures"]
    if not isinstance(failures, list):
        return frozenset(batch)
    named = [failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures]
    known = [message_id for message_id in batch if message_id in named]
    return frozenset(known if all(name in batch for name in named) else batch)
