"""What lets traffic in and out of a network by resources of their own: addresses, NAT gateways, single rules."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

from typing import Any, ClassVar

from local.realisers.inputs import Reader
from local.realisers.network import NetworkRealiser
from local.realisers.realiser import Properties, if_there


class Eip(NetworkRealiser):
    """A public address that stays. Its id is its allocation's."""

    pulumi_type = "aws:ec2/eip:Eip"
    replaced_by = frozenset({"domain", "networkBorderGroup", "publicIpv4Pool"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            request = self.fixed(given, "AllocateAddress")
        return self.aws.allocate_address(**{"Domain": "vpc", **request})["AllocationId"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_addresses, AllocationIds=[resource_id])
        if not found or not found["Addresses"]:
            return None
        [address] = found["Addresses"]
        return {
            **self.owned("elastic-ip", resource_id),
            "allocationId": resource_id,
            "publicIp": address["PublicIp"],
            "associationId": address.get("AssociationId", ""),
        }

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            self.fixed(given, "AllocateAddress")

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.release_address, AllocationId=resource_id)


class NatGateway(NetworkRealiser):
    """The way out of private subnets."""

    pulumi_type = "aws:ec2/natGateway:NatGateway"
    replaced_by = frozenset({"allocationId", "connectivityType", "privateIp", "subnetId"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            request = self.fixed(given, "CreateNatGateway")
        return self.aws.create_nat_gateway(**request)["NatGateway"]["NatGatewayId"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_nat_gateways, NatGatewayIds=[resource_id])
        gateways = [gateway for gateway in found["NatGateways"] if gateway["State"] != "deleted"] if found else []
        if not gateways:
            return None
        address = gateways[0]["NatGatewayAddresses"][0]
        return {
            "id": resource_id,
            "networkInterfaceId": address["NetworkInterfaceId"],
            "privateIp": address["PrivateIp"],
            "publicIp": address.get("PublicIp", ""),
        }

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            self.fixed(given, "CreateNatGateway")

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_nat_gateway, NatGatewayId=resource_id)


class SecurityGroupRule(NetworkRealiser):
    """One rule of a security group whose own inputs say nothing of that direction. Its id is the rule's."""

    replaced_by = frozenset({"securityGroupId"})
    authorise: ClassVar[str]
    revoke: ClassVar[str]

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            group, rule = given.take("securityGroupId"), _permission(given)
        made = getattr(self.aws, self.authorise)(GroupId=group, IpPermissions=[rule])
        return made["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_security_group_rules, SecurityGroupRuleIds=[resource_id])
        owned = self.owned("security-group-rule", resource_id)
        return {**owned, "securityGroupRuleId": resource_id} if found else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            given.take("securityGroupId")
            rule = given.fit(
                self.aws.meta.service_model.shape_for("SecurityGroupRuleRequest"),
                {"referencedSecurityGroupId": "ReferencedGroupId"},
            )
        self.aws.modify_security_group_rules(
            GroupId=inputs["securityGroupId"],
            SecurityGroupRules=[{"SecurityGroupRuleId": resource_id, "SecurityGroupRule": rule}],
        )

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(getattr(self.aws, self.revoke), GroupId=known["securityGroupId"], SecurityGroupRuleIds=[resource_id])


class SecurityGroupIngressRule(SecurityGroupRule):
    """What may come in."""

    pulumi_type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    authorise, revoke = "authorize_security_group_ingress", "revoke_security_group_ingress"


class SecurityGroupEgressRule(SecurityGroupRule):
    """What may go out."""

    pulumi_type = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    authorise, revoke = "authorize_security_group_egress", "revoke_security_group_egress"


_PEERS = {
    "cidrIpv4": ("IpRanges", "CidrIp"),
    "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListId": ("PrefixListIds", "PrefixListId"),
    "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}
"""The inputs of which one says whom a rule is about, and where AWS has it."""


def _permission(given: Reader) -> dict[str, Any]:
    about = given.take("description")
    described = {"Description": about} if about else {}
    ports = {"FromPort": given.take("fromPort"), "ToPort": given.take("toPort")}
    protocol = str(given.take("ipProtocol"))
    rule: dict[str, Any] = {"IpProtocol": protocol, **({} if protocol == "-1" else ports)}
    for name, value in given.take_all(*_PEERS).items():
        peers, peer = _PEERS[name]
        rule[peers] = [{peer: value, **described}]
    return rule
