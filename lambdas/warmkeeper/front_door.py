"""The load balancer as the warmkeeper sees it: the one rule whose weights it flips, and the workers behind it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from fleet.doors import Door, DoorSign
from lambdas.warmkeeper.errors import ActError, words
from lambdas.warmkeeper.snapshot import Front

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = 100


class LoadBalancers(Protocol):
    """The three calls of boto3's `elbv2` client that this needs."""

    def describe_rules(self, *, RuleArns: list[str]) -> "Mapping[str, Any]":  # noqa: N803 - boto3's name
        """The rules."""
        ...

    def describe_target_health(self, *, TargetGroupArn: str) -> "Mapping[str, Any]":  # noqa: N803 - boto3's name
        """The targets of a group and their health."""
        ...

    def modify_rule(self, *, RuleArn: str, Actions: list[dict[str, Any]]) -> "Mapping[str, Any]":  # noqa: N803 - the same
        """Replace a rule's actions."""
        ...


@dataclass(frozen=True)
class FrontDoor:
    """The weighted rule of `/previews`, between the workers' target group and the api Lambda's."""

    elb: LoadBalancers
    sign: DoorSign
    rule_arn: str
    worker_target_group_arn: str
    api_target_group_arn: str

    def read(self) -> tuple[Front, tuple[str, ...]]:
        """The rule's weights and the healthy workers, and the problems of what could not be read."""
        workers, api, healthy = None, None, None
        problems: list[str] = []
        try:
            weights = self._weights()
            workers = weights.get(self.worker_target_group_arn, 0)
            api = weights.get(self.api_target_group_arn, 0)
        except (ClientError, BotoCoreError) as error:
            problems.append(f"DescribeRules: {words(error)}")
        try:
            answer = self.elb.describe_target_health(TargetGroupArn=self.worker_target_group_arn)
            states = [target.get("TargetHealth", {}).get("State") for target in answer["TargetHealthDescriptions"]]
            healthy = states.count("healthy")
        except (ClientError, BotoCoreError) as error:
            problems.append(f"DescribeTargetHealth: {words(error)}")
        return Front(workers, api, healthy), tuple(problems)

    def point_to(self, door: Door) -> None:
        """Send every request for previews through `door`.

        The other group stays in the rule with weight 0: one that no rule uses is not health-checked.

        Raises:
            ActError: the load balancer refused or did not answer.
        """
        weights = {
            self.worker_target_group_arn: ALL if door is Door.WORKERS else 0,
            self.api_target_group_arn: ALL if door is Door.API else 0,
        }
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        try:
            action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
            self.elb.modify_rule(RuleArn=self.rule_arn, Actions=[action])
        except (ClientError, BotoCoreError) as error:
            raise ActError(f"ModifyRule: {words(error)}") from error

    def show(self, door: Door | None) -> None:
        """Put up the sign that says which door is open; None: nobody knows, so it stays as it is.

        Raises:
            ActError: the fleet table does not answer.
        """
        if door is None:
            return
        try:
            self.sign.write(door)
        except (ClientError, BotoCoreError) as error:
            raise ActError(f"the door's sign: {words(error)}") from error

    def _weights(self) -> dict[str, int]:
        rules = self.elb.describe_rules(RuleArns=[self.rule_arn])["Rules"]
        actions = [action for rule in rules for action in rule.get("Actions", []) if action.get("Type") == "forward"]
        groups = [group for action in actions for group in action.get("ForwardConfig", {}).get("TargetGroups", [])]
        return {group["TargetGroupArn"]: group.get("Weight", 1) for group in groups}
