"""Workers reach what they need; nobody reaches workers."""

import ipaddress

from tests.components.recording import Recording


def test_nothing_lets_anyone_in(program: Recording):
    [group] = program.all("SecurityGroup")
    assert group.inputs["ingress"] == []
    assert not program.all("SecurityGroupRule")
    assert not program.all("SecurityGroupIngressRule")


def test_workers_reach_only_the_ports_that_a_source_may_have(program: Recording):
    ports = [
        (rule["protocol"], rule["fromPort"], rule["toPort"]) for rule in program.one("SecurityGroup").inputs["egress"]
    ]
    assert ports == [("tcp", 443, 443), ("tcp", 1024, 65535)]


def test_there_is_no_gateway_that_costs_by_the_hour(program: Recording):
    assert not program.all("NatGateway")
    assert {endpoint.inputs["vpcEndpointType"] for endpoint in program.all("VpcEndpoint")} == {"Gateway"}


def test_s3_and_dynamodb_are_reached_past_the_internet(program: Recording):
    services = {endpoint.inputs["serviceName"] for endpoint in program.all("VpcEndpoint")}
    assert services == {"com.amazonaws.eu-west-1.s3", "com.amazonaws.eu-west-1.dynamodb"}
    [routes] = program.all("RouteTable")
    assert all(
        endpoint.inputs["routeTableIds"] == [f"{routes.name}-1a2b3c4-id"] for endpoint in program.all("VpcEndpoint")
    )


def test_subnets_lie_in_zones_of_their_own_and_do_not_overlap(program: Recording):
    subnets = program.all("Subnet")
    assert len({subnet.inputs["availabilityZone"] for subnet in subnets}) == len(subnets) >= 2
    first, second = (ipaddress.IPv4Network(subnet.inputs["cidrBlock"]) for subnet in subnets)
    vpc = ipaddress.IPv4Network(program.one("Vpc").inputs["cidrBlock"])
    assert not first.overlaps(second)
    assert first.subnet_of(vpc)
    assert second.subnet_of(vpc)


def test_a_zone_that_aws_opens_moves_no_subnet(program: Recording):
    assert {tuple(subnet.ignore_changes) for subnet in program.all("Subnet")} == {("availabilityZone",)}


def test_every_subnet_routes_to_the_internet(program: Recording):
    assert len(program.all("RouteTableAssociation")) == len(program.all("Subnet"))
    [route] = program.one("RouteTable").inputs["routes"]
    assert route["cidrBlock"] == "0.0.0.0/0"
    assert route["gatewayId"] == "network-gateway-1a2b3c4-id"
