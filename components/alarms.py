"""FleetAlarms: the alarms that wake the warmkeeper earlier than a tick might: idle, backlog, traffic while asleep.

Included: the alarms of `FLEET_ALARMS`, each with its permission to invoke the function.
Optional: nothing.
Required on input: what they watch, and the function.

They are hints: the warmkeeper reads the queue itself whenever it runs. An alarm acts on its transition only, once.
"""

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import iam
from components.alarm_definition import Names, metric_alarm
from components.alarm_table import FLEET_ALARMS


class FleetAlarmsArgs(TypedDict):
    """Inputs of `FleetAlarms`."""

    names: Names
    """What there is to watch, by CloudWatch's names. No default."""
    function_name: pulumi.Input[str]
    """Name of the function that the alarms invoke. No default."""
    function_arn: pulumi.Input[str]
    """Its ARN. No default."""


class FleetAlarms(pulumi.ComponentResource):
    """The alarms whose action is the warmkeeper."""

    arns: list[pulumi.Output[str]]

    def __init__(self, name: str, args: FleetAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:FleetAlarms", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.arns = []
        for definition in FLEET_ALARMS:
            child_name = f"{name}-{definition.name}"
            alarm = metric_alarm(child_name, definition, args["names"], acts_on=args["function_arn"], opts=child)
            aws.lambda_.Permission(
                child_name,
                action="lambda:InvokeFunction",
                function=args["function_name"],
                principal="lambda.alarms.cloudwatch.amazonaws.com",
                source_account=alarm.arn.apply(iam.account_of),
                source_arn=alarm.arn,
                opts=child,
            )
            self.arns.append(alarm.arn)
        self.register_outputs({"arns": self.arns})
