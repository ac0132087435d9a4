"""Network: a VPC whose public subnets hold workers that nobody can reach.

Included: VPC, internet gateway, one public subnet a zone, one route table, gateway endpoints for S3 and DynamoDB (free,
and they keep media off the internet gateway), the workers' security group.
Optional: the VPC's addresses, the number of zones.
Required on input: the region.

Public subnets without ingress instead of private ones with a NAT gateway: the same isolation from outside for $32 a
month less in each zone.
"""

import ipaddress
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

DEFAULT_CIDR_BLOCK = "10.20.0.0/16"
DEFAULT_ZONES = 2
SUBNET_PREFIX_LENGTH = 20
"""4,091 addresses a subnet: a task takes one, and a fleet has 5,000 at the most."""

EGRESS_PORTS = (("HTTPS: AWS, the registry, sources", 443, 443), ("HTTPS sources on ports of their own", 1024, 65535))
"""Description, first and last TCP port: those that the worker's address rules let a source have."""


class NetworkArgs(TypedDict):
    """Inputs of `Network`."""

    region: str
    """Region that the network lies in, as in the names of its endpoints."""
    cidr_block: NotRequired[str]
    """Addresses of the VPC. Default: 10.20.0.0/16."""
    zones: NotRequired[int]
    """Number of availability zones, each with one subnet. Default: 2."""


class Network(pulumi.ComponentResource):
    """A VPC with public subnets, and a security group without ingress."""

    vpc_id: pulumi.Output[str]
    subnet_ids: list[pulumi.Output[str]]
    worker_security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:Network", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        cidr_block = args.get("cidr_block", DEFAULT_CIDR_BLOCK)
        zone_names = aws.get_availability_zones_output(
            state="available", filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}]
        ).names

        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=cidr_block,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
            opts=child,
        )
        gateway = aws.ec2.InternetGateway(f"{name}-gateway", vpc_id=vpc.id, tags={"Name": name}, opts=child)
        routes = aws.ec2.RouteTable(
            f"{name}-public",
            vpc_id=vpc.id,
            routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}],
            tags={"Name": f"{name}-public"},
            opts=child,
        )
        for service in ("s3", "dynamodb"):
            aws.ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=vpc.id,
                service_name=f"com.amazonaws.{args['region']}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=[routes.id],
                tags={"Name": f"{name}-{service}"},
                opts=child,
            )

        blocks = ipaddress.ip_network(cidr_block).subnets(new_prefix=SUBNET_PREFIX_LENGTH)
        subnets = [
            self._subnet(f"{name}-public-{number}", vpc, zone_names[number], str(next(blocks)), routes)
            for number in range(args.get("zones", DEFAULT_ZONES))
        ]
        workers = aws.ec2.SecurityGroup(
            f"{name}-workers",
            vpc_id=vpc.id,
            description="Workers: nobody reaches them; they reach HTTPS",
            ingress=[],
            egress=[
                {
                    "description": description,
                    "protocol": "tcp",
                    "from_port": first,
                    "to_port": last,
                    "cidr_blocks": ["0.0.0.0/0"],
                }
                for description, first, last in EGRESS_PORTS
            ],
            tags={"Name": f"{name}-workers"},
            opts=child,
        )

        self.vpc_id = vpc.id
        self.subnet_ids = [subnet.id for subnet in subnets]
        self.worker_security_group_id = workers.id
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "subnet_ids": self.subnet_ids,
                "worker_security_group_id": self.worker_security_group_id,
            }
        )

    def _subnet(
        self, name: str, vpc: aws.ec2.Vpc, zone: pulumi.Input[str], cidr_block: str, routes: aws.ec2.RouteTable
    ) -> aws.ec2.Subnet:
        subnet = aws.ec2.Subnet(
            name,
            vpc_id=vpc.id,
            cidr_block=cidr_block,
            availability_zone=zone,
            tags={"Name": name},
            # The list of zones moves when AWS opens or closes one: a subnet stays where it is.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["availability_zone"]),
        )
        aws.ec2.RouteTableAssociation(
            name, subnet_id=subnet.id, route_table_id=routes.id, opts=pulumi.ResourceOptions(parent=self)
        )
        return subnet
