"""PeopleAlarms: what calls people, by mail.

Included: the topic, its policy, the alarms of `PEOPLE_ALARMS` that concern the stack.
Optional: the mail subscription (`alertEmail`; its owner confirms it once, by the link in AWS's first mail).
Required on input: what they watch, and the settings.

Alarms act when they begin to ring, not when they end: the dashboard shows what rings now, and a mail for every end
doubles what people learn to ignore.
"""

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import iam
from components.alarm_definition import Names, metric_alarm
from components.alarm_table import PEOPLE_ALARMS


class PeopleAlarmsArgs(TypedDict):
    """Inputs of `PeopleAlarms`."""

    names: Names
    """What there is to watch, by CloudWatch's names. No default."""
    email: str
    """Who is written to; "" for nobody: others can subscribe to the topic. No default."""


class PeopleAlarms(pulumi.ComponentResource):
    """The topic and the alarms that publish to it."""

    topic_arn: pulumi.Output[str]
    arns: list[pulumi.Output[str]]

    def __init__(self, name: str, args: PeopleAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:PeopleAlarms", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Not encrypted by KMS: CloudWatch cannot publish through SNS's own key, a key of one's own costs $1 a month,
        # and what an alarm says (a figure and this repository's words) is no secret.
        topic = aws.sns.Topic(f"{name}-alarms", display_name=f"{pulumi.get_project()} {pulumi.get_stack()}", opts=child)
        aws.sns.TopicPolicy(f"{name}-alarms", arn=topic.arn, policy=topic.arn.apply(topic_policy), opts=child)
        if args["email"]:
            aws.sns.TopicSubscription(
                f"{name}-mail", topic=topic.arn, protocol="email", endpoint=args["email"], opts=child
            )

        self.topic_arn = topic.arn
        self.arns = [
            metric_alarm(f"{name}-{definition.name}", definition, args["names"], acts_on=topic.arn, opts=child).arn
            for definition in PEOPLE_ALARMS
            if definition.concerns(args["names"])
        ]
        self.register_outputs({"topic_arn": self.topic_arn, "arns": self.arns})


def topic_policy(topic_arn: str) -> str:
    """Who may publish: the alarms of the topic's own account and region; nobody without TLS."""
    # SNS refuses a topic's policy that names all of its actions, so both statements name the one that matters.
    publish = {"Action": "sns:Publish", "Resource": topic_arn}
    return iam.document(
        [
            {
                "Sid": "AlarmsPublish",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                **publish,
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": iam.account_of(topic_arn)},
                    "ArnLike": {"aws:SourceArn": iam.neighbour(topic_arn, "cloudwatch", "alarm:*")},
                },
            },
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                **publish,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ]
    )
