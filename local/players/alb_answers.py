"""DescribeTargetHealth, answered with what the load balancer's player found out by real health checks."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from local.cloud import AwsAnswer, AwsRequest
from local.players.alb_targets import REASONS, Health, Target, TargetGroup

NAMESPACE = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"
RULE_CHANGES = frozenset({"CreateRule", "DeleteRule", "ModifyRule", "ModifyListener", "SetRulePriorities"})


class AlbAnswers:
    """The cloud's interceptor. `find` gives the group of an ARN, `rules_change` is told when rules are about to."""

    def __init__(self, find: Callable[[str], TargetGroup | None], rules_change: Callable[[], None]) -> None:
        self._find = find
        self._rules_change = rules_change

    def __call__(self, request: AwsRequest) -> AwsAnswer | None:
        """Answer in moto's stead, or None."""
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return None
        form = dict(parse_qsl(request.body.decode()))
        if form.get("Action") in RULE_CHANGES:
            self._rules_change()
        if form.get("Action") != "DescribeTargetHealth":
            return None
        group = self._find(form.get("TargetGroupArn", ""))
        if group is None:
            return None
        asked = {value for name, value in form.items() if name.startswith("Targets.") and name.endswith(".Id")}
        return AwsAnswer(HTTPStatus.OK, _document(group, asked), {"Content-Type": "text/xml"})


def _document(group: TargetGroup, asked: set[str]) -> bytes:
    root = ET.Element("DescribeTargetHealthResponse", xmlns=NAMESPACE)
    descriptions = ET.SubElement(ET.SubElement(root, "DescribeTargetHealthResult"), "TargetHealthDescriptions")
    targets = [target for target in group.targets.values() if not asked or target.id in asked]
    for target in targets:
        _describe(descriptions, target, group.health(target))
    for missing in sorted(asked - {target.id for target in targets}):
        member = ET.SubElement(descriptions, "member")
        ET.SubElement(ET.SubElement(member, "Target"), "Id").text = missing
        health = ET.SubElement(member, "TargetHealth")
        ET.SubElement(health, "State").text = Health.UNUSED
        ET.SubElement(health, "Reason").text = "Target.NotRegistered"
    ET.SubElement(ET.SubElement(root, "ResponseMetadata"), "RequestId").text = "local"
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _describe(descriptions: ET.Element, target: Target, health: Health) -> None:
    member = ET.SubElement(descriptions, "member")
    who = ET.SubElement(member, "Target")
    ET.SubElement(who, "Id").text = target.id
    if target.port is not None:
        ET.SubElement(who, "Port").text = str(target.port)
        ET.SubElement(member, "HealthCheckPort").text = str(target.port)
    said = ET.SubElement(member, "TargetHealth")
    ET.SubElement(said, "State").text = health
    if health in REASONS:
        reason, words = REASONS[health]
        ET.SubElement(said, "Reason").text = reason
        ET.SubElement(said, "Description").text = words
