"""SQS queues, their policies, and which queues may use them as dead letters."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

import threading
from collections.abc import Mapping, Sequence
from typing import ClassVar

from local.realisers.drift import drifted
from local.realisers.inputs import Reader, fit
from local.realisers.realiser import Name, Properties, Realiser, if_there

ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
"""Pulumi's inputs, and what SQS calls them."""

DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
"""What an input that the program no longer gives goes back to (the defaults of Pulumi's Queue)."""


_one_at_a_time = threading.Lock()
"""Two at once would each keep what was there before the other."""


class Queue(Realiser):
    """Its id is its URL. SetQueueAttributes without the policy wipes the policy in moto, so it is always sent along."""

    pulumi_type = "aws:sqs/queue:Queue"
    service = "sqs"
    name = Name("name", 80)
    replaced_by = frozenset({"name", "fifoQueue"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            queue_name, fifo = given.take("name"), given.take("fifoQueue", False)
            attributes = self._attributes(given)
        if fifo:
            attributes["FifoQueue"] = "true"
        return self.aws.create_queue(QueueName=queue_name, Attributes=attributes)["QueueUrl"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_queue_attributes, QueueUrl=resource_id, AttributeNames=["QueueArn"])
        return {"url": resource_id, "arn": found["Attributes"]["QueueArn"]} if found else None

    def drift(self, resource_id: str, known: Properties) -> Properties:
        live = self.aws.get_queue_attributes(QueueUrl=resource_id, AttributeNames=["All"])["Attributes"]
        return drifted(known, ATTRIBUTES, live)

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            given.take_all("name", "fifoQueue")
            attributes = self._attributes(given)
        was = self.reading(old)
        was.take_all("name", "fifoQueue")
        dropped = {member: DEFAULTS.get(member, "") for member in set(self._attributes(was)) - set(attributes)}
        set_attributes(self, resource_id, {**dropped, **attributes})

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_queue, QueueUrl=resource_id)

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.tag_queue(QueueUrl=known["url"], Tags=dict(tags))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.untag_queue(QueueUrl=known["url"], TagKeys=list(keys))

    def _attributes(self, given: Reader) -> dict[str, str]:
        taken = {ATTRIBUTES[name]: value for name, value in given.take_all(*ATTRIBUTES).items()}
        return fit(self.request("CreateQueue"), {"Attributes": taken}, where=self.pulumi_type, renames={})["Attributes"]


def set_attributes(realiser: Realiser, queue_url: str, attributes: Mapping[str, str]) -> None:
    """SetQueueAttributes, with the policy that the queue has already unless a new one is given."""
    with _one_at_a_time:
        kept = realiser.aws.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["Policy"]).get("Attributes", {})
        realiser.aws.set_queue_attributes(QueueUrl=queue_url, Attributes={**kept, **attributes})


class OfQueue(Realiser):
    """One attribute of a queue as a resource of its own. Its id is the queue's URL."""

    service = "sqs"
    replaced_by = frozenset({"queueUrl"})
    input: ClassVar[str]
    attribute: ClassVar[str]

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            queue_url, value = given.take("queueUrl"), given.take(self.input)
        set_attributes(self, queue_url, {self.attribute: value})
        return queue_url

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_queue_attributes, QueueUrl=resource_id, AttributeNames=[self.attribute])
        return {} if found and found.get("Attributes") else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        self.create(inputs)

    def delete(self, resource_id: str, known: Properties) -> None:
        if if_there(self.aws.get_queue_attributes, QueueUrl=resource_id, AttributeNames=["QueueArn"]):
            set_attributes(self, resource_id, {self.attribute: ""})


class QueuePolicy(OfQueue):
    """A queue's policy."""

    pulumi_type = "aws:sqs/queuePolicy:QueuePolicy"
    input, attribute = "policy", "Policy"

    def drift(self, resource_id: str, known: Properties) -> Properties:
        found = self.aws.get_queue_attributes(QueueUrl=resource_id, AttributeNames=[self.attribute])
        return drifted(known, {self.input: self.attribute}, found.get("Attributes", {}))


class RedriveAllowPolicy(OfQueue):
    """Moto takes it and forgets it (it never refuses a redrive), so it is there as long as its queue is."""

    pulumi_type = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
    input, attribute = "redriveAllowPolicy", "RedriveAllowPolicy"

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_queue_attributes, QueueUrl=resource_id, AttributeNames=["QueueArn"])
        return {} if found else None
