"""Workers reach what they need; nobody reaches workers."""

import ipaddress

from tests.components.recording import OWN_SUBNETS, OWN_VPC, Recording, recorded


def test_nothing_lets_anyone_in(program: Recording):
    assert program.one("SecurityGroup", "network-workers").inputs["ingress"] == []
    assert not program.all("SecurityGroupRule")
    opened = {rule.inputs["securityGroupId"] for rule in program.all("SecurityGroupIngressRule")}
    assert "network-workers-1a2b3c4-id" not in opened


def test_what_wears_no_group_of_its_own_is_cut_off(program: Recording):
    default = program.one("DefaultSecurityGroup").inputs
    assert default["vpcId"] == "network-vpc-1a2b3c4-id"
    assert (default["ingress"], default["egress"]) == ([], [])


def test_workers_reach_only_the_ports_that_a_source_may_have(program: Recording):
    ports = [
        (rule["protocol"], rule["fromPort"], rule["toPort"])
        for rule in program.one("SecurityGroup", "network-workers").inputs["egress"]
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


def test_in_a_vpc_of_ones_own_nothing_is_made_but_the_workers_group():
    program = recorded("own-network")
    made = {
        kind
        for kind in ("Vpc", "DefaultSecurityGroup", "Subnet", "InternetGateway", "RouteTable", "VpcEndpoint")
        if program.all(kind)
    }
    assert made == set()
    assert program.one("SecurityGroup", "network-workers").inputs["vpcId"] == OWN_VPC
    assert program.one("Service").inputs["networkConfiguration"]["subnets"] == OWN_SUBNETS


def test_private_subnets_reach_out_by_a_gateway_in_their_own_zone():
    program = recorded("nat")
    assert len(program.all("Eip")) == len(program.all("NatGateway")) == 2
    for number in (0, 1):
        name = f"network-private-{number}"
        assert program.one("NatGateway", name).inputs["subnetId"] == f"network-public-{number}-1a2b3c4-id"
        [route] = program.one("RouteTable", name).inputs["routes"]
        assert route["natGatewayId"] == f"{name}-1a2b3c4-id"
        zones = [
            program.one("Subnet", f"network-{kind}-{number}").inputs["availabilityZone"]
            for kind in ("public", "private")
        ]
        assert zones[0] == zones[1]
    assert all(len(endpoint.inputs["routeTableIds"]) == 3 for endpoint in program.all("VpcEndpoint"))
    blocks = [ipaddress.IPv4Network(subnet.inputs["cidrBlock"]) for subnet in program.all("Subnet")]
    assert len(set(blocks)) == len(blocks) == 4
