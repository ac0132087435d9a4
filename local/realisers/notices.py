"""SNS: topics, who may use them, and who hears of them."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

import json
from collections.abc import Mapping, Sequence

from local.realisers.inputs import Reader
from local.realisers.realiser import Name, Properties, Realiser, if_there, pairs

TOPIC_ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}
SUBSCRIPTION_ATTRIBUTES = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
}
CONFIRMED_BY_HAND = frozenset({"email", "email-json", "sms"})
"""The protocols whose subscribers are asked first; moto counts them in at once."""


class Topic(Realiser):
    """Its id is its ARN."""

    pulumi_type = "aws:sns/topic:Topic"
    service = "sns"
    name = Name("name", 256)
    replaced_by = frozenset({"name", "fifoTopic"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            topic, fifo = given.take("name"), given.take("fifoTopic", False)
            attributes = _attributes(given, TOPIC_ATTRIBUTES)
        if fifo:
            attributes["FifoTopic"] = "true"
        return self.aws.create_topic(Name=topic, Attributes=attributes)["TopicArn"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_topic_attributes, TopicArn=resource_id)
        return {"arn": resource_id, "owner": found["Attributes"]["Owner"]} if found else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            given.take_all("name", "fifoTopic")
            attributes = _attributes(given, TOPIC_ATTRIBUTES)
        before = _attributes(self.reading(old), TOPIC_ATTRIBUTES)
        for attribute in sorted({*attributes, *before}):
            value = attributes.get(attribute, "")
            if value != before.get(attribute):
                self.aws.set_topic_attributes(TopicArn=resource_id, AttributeName=attribute, AttributeValue=value)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_topic, TopicArn=resource_id)

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.tag_resource(ResourceArn=known["arn"], Tags=pairs(tags))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.untag_resource(ResourceArn=known["arn"], TagKeys=list(keys))


class TopicPolicy(Realiser):
    """A topic's policy. Its id is the topic's ARN; without it, the topic is its owner's alone."""

    pulumi_type = "aws:sns/topicPolicy:TopicPolicy"
    service = "sns"
    replaced_by = frozenset({"arn"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            topic, policy = given.take("arn"), given.take("policy")
        self.aws.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
        return topic

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_topic_attributes, TopicArn=resource_id)
        return {"owner": found["Attributes"]["Owner"]} if found else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        self.create(inputs)

    def delete(self, resource_id: str, known: Properties) -> None:
        policy = _owners_policy(resource_id, self.place.account_id)
        if_there(self.aws.set_topic_attributes, TopicArn=resource_id, AttributeName="Policy", AttributeValue=policy)


class TopicSubscription(Realiser):
    """Its id is its ARN. People's addresses are not confirmed by anyone here: nothing is ever mailed."""

    pulumi_type = "aws:sns/topicSubscription:TopicSubscription"
    service = "sns"
    replaced_by = frozenset({"topic", "protocol", "endpoint"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            identity = self._identity(given)
            attributes = _attributes(given, SUBSCRIPTION_ATTRIBUTES)
        subscribed = self.aws.subscribe(
            TopicArn=identity["topic"],
            Protocol=identity["protocol"],
            Endpoint=identity["endpoint"],
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )
        return subscribed["SubscriptionArn"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_subscription_attributes, SubscriptionArn=resource_id)
        if found is None:
            return None
        by_hand = known["protocol"] in CONFIRMED_BY_HAND
        return {
            "arn": resource_id,
            "ownerId": found["Attributes"]["Owner"],
            "pendingConfirmation": by_hand,
            "confirmationWasAuthenticated": not by_hand,
        }

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            self._identity(given)
            attributes = _attributes(given, SUBSCRIPTION_ATTRIBUTES)
        before = _attributes(self.reading(old), SUBSCRIPTION_ATTRIBUTES)
        for attribute in sorted({*attributes, *before}):
            value = attributes.get(attribute, "")
            if value != before.get(attribute):
                self.aws.set_subscription_attributes(
                    SubscriptionArn=resource_id, AttributeName=attribute, AttributeValue=value
                )

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.unsubscribe, SubscriptionArn=resource_id)

    def _identity(self, given: Reader) -> Properties:
        # How long the provider waits for a confirmation is the provider's affair, not SNS's.
        given.take_all("confirmationTimeoutInMinutes", "endpointAutoConfirms")
        return given.take_all("topic", "protocol", "endpoint")


def _attributes(given: Reader, names: Mapping[str, str]) -> dict[str, str]:
    taken = {names[name]: value for name, value in given.take_all(*names).items()}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in taken.items()}


def _owners_policy(topic_arn: str, account_id: str) -> str:
    """What a topic's policy is when nobody set one, as far as it matters: the account may publish and subscribe."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": account_id},
        "Action": ["sns:Publish", "sns:Subscribe"],
        "Resource": topic_arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
