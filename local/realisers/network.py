"""The network: VPC, internet gateway, subnets, routes, endpoints."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

from collections.abc import Mapping, Sequence
from typing import Any

from local.realisers.inputs import Reader
from local.realisers.realiser import Properties, Realiser, if_there, pairs


class NetworkRealiser(Realiser):
    """What EC2's network types share: ids of EC2's making, and tags by id."""

    service = "ec2"
    taggable = True

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.create_tags(Resources=[known["id"]], Tags=pairs(tags))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.delete_tags(Resources=[known["id"]], Tags=[{"Key": key} for key in keys])

    def owned(self, kind: str, resource_id: str) -> Properties:
        """The outputs that nearly all of them have."""
        return {
            "id": resource_id,
            "arn": self.place.arn("ec2", f"{kind}/{resource_id}"),
            "ownerId": self.place.account_id,
        }


class Vpc(NetworkRealiser):
    """A virtual private cloud."""

    pulumi_type = "aws:ec2/vpc:Vpc"
    replaced_by = frozenset({"cidrBlock", "instanceTenancy"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            dns = _dns(given)
            block = self.fixed(given, "CreateVpc")
        vpc_id = self.aws.create_vpc(**block)["Vpc"]["VpcId"]
        self._set_dns(vpc_id, dns)
        return vpc_id

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        if if_there(self.aws.describe_vpcs, VpcIds=[resource_id]) is None:
            return None
        of_vpc = {"Filters": [{"Name": "vpc-id", "Values": [resource_id]}]}
        [table, *_] = self.aws.describe_route_tables(**of_vpc)["RouteTables"]
        groups = self.aws.describe_security_groups(**of_vpc)["SecurityGroups"]
        [acl, *_] = self.aws.describe_network_acls(**of_vpc)["NetworkAcls"]
        return {
            **self.owned("vpc", resource_id),
            "mainRouteTableId": table["RouteTableId"],
            "defaultRouteTableId": table["RouteTableId"],
            "defaultSecurityGroupId": next(g["GroupId"] for g in groups if g["GroupName"] == "default"),
            "defaultNetworkAclId": acl["NetworkAclId"],
        }

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            dns = _dns(given)
            self.fixed(given, "CreateVpc")
        self._set_dns(resource_id, dns)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_vpc, VpcId=resource_id)

    def _set_dns(self, vpc_id: str, dns: Mapping[str, bool]) -> None:
        for attribute, enabled in dns.items():
            self.aws.modify_vpc_attribute(VpcId=vpc_id, **{attribute: {"Value": enabled}})


def _dns(given: Reader) -> dict[str, bool]:
    return {
        "EnableDnsSupport": given.take("enableDnsSupport", True),
        "EnableDnsHostnames": given.take("enableDnsHostnames", False),
    }


class InternetGateway(NetworkRealiser):
    """A VPC's way to the internet."""

    pulumi_type = "aws:ec2/internetGateway:InternetGateway"

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            vpc_id = given.take("vpcId")
        gateway_id = self.aws.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        if vpc_id:
            self.aws.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
        return gateway_id

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_internet_gateways, InternetGatewayIds=[resource_id])
        return self.owned("internet-gateway", resource_id) if found else None

    def delete(self, resource_id: str, known: Properties) -> None:
        if known.get("vpcId"):
            if_there(self.aws.detach_internet_gateway, InternetGatewayId=resource_id, VpcId=known["vpcId"])
        if_there(self.aws.delete_internet_gateway, InternetGatewayId=resource_id)


class Subnet(NetworkRealiser):
    """Addresses of a VPC in one availability zone."""

    pulumi_type = "aws:ec2/subnet:Subnet"
    replaced_by = frozenset({"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            public = given.take("mapPublicIpOnLaunch", False)
            block = self.fixed(given, "CreateSubnet")
        subnet_id = self.aws.create_subnet(**block)["Subnet"]["SubnetId"]
        self._map_public_ip(subnet_id, enabled=public)
        return subnet_id

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_subnets, SubnetIds=[resource_id])
        if found is None:
            return None
        [subnet] = found["Subnets"]
        return {
            **self.owned("subnet", resource_id),
            "availabilityZone": subnet["AvailabilityZone"],
            "availabilityZoneId": subnet["AvailabilityZoneId"],
        }

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            public = given.take("mapPublicIpOnLaunch", False)
            self.fixed(given, "CreateSubnet")
        self._map_public_ip(resource_id, enabled=public)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_subnet, SubnetId=resource_id)

    def _map_public_ip(self, subnet_id: str, *, enabled: bool) -> None:
        self.aws.modify_subnet_attribute(SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": enabled})


class RouteTable(NetworkRealiser):
    """A route table whose routes are all given within it."""

    pulumi_type = "aws:ec2/routeTable:RouteTable"
    replaced_by = frozenset({"vpcId"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            routes = self._routes(given)
            vpc_id = given.take("vpcId")
        table_id = self.aws.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
        self._add(table_id, routes)
        return table_id

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_route_tables, RouteTableIds=[resource_id])
        return self.owned("route-table", resource_id) if found else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            given.take("vpcId")
            routes = self._routes(given)
        for route in self._routes(self.reading(old)):
            destination = {name: value for name, value in route.items() if name.startswith("Destination")}
            if_there(self.aws.delete_route, RouteTableId=resource_id, **destination)
        self._add(resource_id, routes)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_route_table, RouteTableId=resource_id)

    def _routes(self, given: Reader) -> list[dict[str, Any]]:
        renames = {"cidrBlock": "DestinationCidrBlock", "ipv6CidrBlock": "DestinationIpv6CidrBlock"}
        return [route.fit(self.request("CreateRoute"), renames) for route in given.parts("routes")]

    def _add(self, table_id: str, routes: Sequence[Mapping[str, Any]]) -> None:
        for route in routes:
            self.aws.create_route(RouteTableId=table_id, **route)


class RouteTableAssociation(NetworkRealiser):
    """Which subnet a route table is for. Its id is the association's."""

    pulumi_type = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    taggable = False

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            return self.aws.associate_route_table(**given.fit(self.request("AssociateRouteTable")))["AssociationId"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        of_association = [{"Name": "association.route-table-association-id", "Values": [resource_id]}]
        found = self.aws.describe_route_tables(Filters=of_association)["RouteTables"]
        return {"id": resource_id} if found else None

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.disassociate_route_table, AssociationId=resource_id)


class VpcEndpoint(NetworkRealiser):
    """Gateway endpoints, which routes lead to."""

    pulumi_type = "aws:ec2/vpcEndpoint:VpcEndpoint"
    replaced_by = frozenset({"vpcId", "serviceName", "vpcEndpointType"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            settings = _endpoint_settings(given)
            identity = self.fixed(given, "CreateVpcEndpoint")
        return self.aws.create_vpc_endpoint(**identity, **settings)["VpcEndpoint"]["VpcEndpointId"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_vpc_endpoints, VpcEndpointIds=[resource_id])
        [endpoint] = found["VpcEndpoints"] if found else [None]
        if endpoint is None or endpoint["State"].lower() == "deleted":
            return None
        named = [{"Name": "prefix-list-name", "Values": [known["serviceName"]]}]
        lists = self.aws.describe_managed_prefix_lists(Filters=named)["PrefixLists"]
        return {
            **self.owned("vpc-endpoint", resource_id),
            "state": endpoint["State"].lower(),
            **({"prefixListId": lists[0]["PrefixListId"]} if lists else {}),
        }

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            settings = _endpoint_settings(given)
            self.fixed(given, "CreateVpcEndpoint")
        tables, tables_before = set(settings.pop("RouteTableIds")), set(old.get("routeTableIds", []))
        moves = {
            "AddRouteTableIds": sorted(tables - tables_before),
            "RemoveRouteTableIds": sorted(tables_before - tables),
        }
        changes = {member: ids for member, ids in moves.items() if ids}
        self.aws.modify_vpc_endpoint(VpcEndpointId=resource_id, **changes, **(settings or {"ResetPolicy": True}))

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_vpc_endpoints, VpcEndpointIds=[resource_id])


def _endpoint_settings(given: Reader) -> dict[str, Any]:
    policy = given.take("policy")
    return {"RouteTableIds": given.take("routeTableIds", []), **({"PolicyDocument": policy} if policy else {})}
