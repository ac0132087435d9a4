"""Security groups: those that are made, and the one that every VPC is born with."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

from typing import Any

from local.realisers.inputs import Reader
from local.realisers.network import NetworkRealiser
from local.realisers.realiser import Name, Properties, if_there


class SecurityGroup(NetworkRealiser):
    """Its rules are exactly those given: AWS's own rule that lets everything out is taken away, as Pulumi does.

    A direction that the inputs do not name belongs to rules that are resources of their own, and is left to them.
    """

    pulumi_type = "aws:ec2/securityGroup:SecurityGroup"
    name = Name("name", 255)
    replaced_by = frozenset({"name", "description", "vpcId"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            ingress, egress = _rules(given, "ingress"), _rules(given, "egress")
            described = {"description": "Managed by Pulumi", **given.take_all("description", "name", "vpcId")}
        group_id = self.aws.create_security_group(
            GroupName=described["name"], Description=described["description"], VpcId=described["vpcId"]
        )["GroupId"]
        self._make_rules(group_id, ingress, egress or [])
        return group_id

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_security_groups, GroupIds=[resource_id])
        return self.owned("security-group", resource_id) if found else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            given.take_all("description", "name", "vpcId")
            ingress, egress = _rules(given, "ingress"), _rules(given, "egress")
        self._make_rules(resource_id, ingress, egress)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_security_group, GroupId=resource_id)

    def _make_rules(
        self, group_id: str, ingress: list[dict[str, Any]] | None, egress: list[dict[str, Any]] | None
    ) -> None:
        [group] = self.aws.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
        myself = [{"GroupId": group_id}]
        for rules, before, authorise, revoke in (
            (
                ingress,
                group["IpPermissions"],
                self.aws.authorize_security_group_ingress,
                self.aws.revoke_security_group_ingress,
            ),
            (
                egress,
                group["IpPermissionsEgress"],
                self.aws.authorize_security_group_egress,
                self.aws.revoke_security_group_egress,
            ),
        ):
            if rules is not None and before:
                revoke(GroupId=group_id, IpPermissions=before)
            for rule in rules or []:
                groups = [*rule["UserIdGroupPairs"], *(myself if rule.pop("self") else [])]
                authorise(GroupId=group_id, IpPermissions=[{**rule, "UserIdGroupPairs": groups}])


class DefaultSecurityGroup(SecurityGroup):
    """The group that AWS makes with a VPC. It is adopted, with exactly the rules given, and goes with its VPC.

    Taken over without a rule given, it loses those that it was born with, as Pulumi has it.
    """

    pulumi_type = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    name = None
    replaced_by = frozenset({"vpcId"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            vpc_id = given.take("vpcId")
            ingress, egress = _rules(given, "ingress"), _rules(given, "egress")
        born = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
        [group] = self.aws.describe_security_groups(Filters=born)["SecurityGroups"]
        self._make_rules(group["GroupId"], ingress or [], egress or [])
        return group["GroupId"]

    def delete(self, resource_id: str, known: Properties) -> None:
        """AWS deletes it with its VPC, and not before."""


def _rules(given: Reader, direction: str) -> list[dict[str, Any]] | None:
    return [_rule(rule) for rule in given.parts(direction)] if given.gives(direction) else None


def _rule(rule: Reader) -> dict[str, Any]:
    about = rule.take_all("description")
    described = {"Description": about["description"]} if about else {}
    protocol = str(rule.take("protocol"))
    ports = {"FromPort": rule.take("fromPort"), "ToPort": rule.take("toPort")}
    return {
        "IpProtocol": protocol,
        **({} if protocol == "-1" else ports),
        "IpRanges": [{"CidrIp": cidr, **described} for cidr in rule.take("cidrBlocks", [])],
        "Ipv6Ranges": [{"CidrIpv6": cidr, **described} for cidr in rule.take("ipv6CidrBlocks", [])],
        "PrefixListIds": [{"PrefixListId": prefix, **described} for prefix in rule.take("prefixListIds", [])],
        "UserIdGroupPairs": [{"GroupId": group, **described} for group in rule.take("securityGroups", [])],
        "self": rule.take("self", False),
    }
