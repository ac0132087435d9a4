"""Network: where workers run that nobody can reach. Made here, or found.

Included: VPC, internet gateway, one public subnet a zone, one route table, gateway endpoints for S3 and DynamoDB (free,
and they keep media off the internet gateway), the workers' security group; the VPC's default group, emptied.
Optional: a VPC and subnets of one's own, where only the security group is made; private subnets for the workers, with a
NAT gateway in each zone.
Required on input: the settings.

Public subnets without ingress instead of private ones with a NAT gateway: the same isolation from outside for $32 a
month less in each zone.
"""

import ipaddress
from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.settings import Settings

DEFAULT_CIDR_BLOCK = "10.20.0.0/16"
DEFAULT_ZONES = 2
SUBNET_PREFIX_LENGTH = 20
"""4,091 addresses a subnet: a task takes one, and a fleet has 5,000 at the most."""

PRIVATE_OFFSET = 8
"""The first private subnet's number: public ones may grow in number below it."""

EGRESS_PORTS = (("HTTPS: AWS, the registry, sources", 443, 443), ("HTTPS sources on ports of their own", 1024, 65535))
"""Description, first and last TCP port: those that the worker's address rules let a source have."""


class NetworkArgs(TypedDict):
    """Inputs of `Network`."""

    settings: Settings
    """The stack's settings: region, VPC and subnets of one's own, egress. No default."""
    cidr_block: NotRequired[str]
    """Addresses of the VPC that is made. Default: 10.20.0.0/16."""
    zones: NotRequired[int]
    """Number of availability zones of the VPC that is made, each with one subnet of a kind. Default: 2."""


class Network(pulumi.ComponentResource):
    """A VPC, its subnets, and a security group without ingress."""

    vpc_id: pulumi.Output[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """Where a load balancer stands: public subnets, unless the operator's own are not."""
    worker_subnet_ids: Sequence[pulumi.Input[str]]
    workers_have_public_addresses: bool
    worker_security_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:Network", name, {}, opts)
        settings = args["settings"]
        if settings.vpc_id:
            self.vpc_id = pulumi.Output.from_input(settings.vpc_id)
            self.subnet_ids = self.worker_subnet_ids = settings.subnet_ids
        else:
            self._make(name, args)
        self.workers_have_public_addresses = settings.egress == "public"
        self.worker_security_group_id = aws.ec2.SecurityGroup(
            f"{name}-workers",
            vpc_id=self.vpc_id,
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
            opts=pulumi.ResourceOptions(parent=self),
        ).id
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "subnet_ids": self.subnet_ids,
                "worker_subnet_ids": self.worker_subnet_ids,
                "worker_security_group_id": self.worker_security_group_id,
            }
        )

    def _make(self, name: str, args: NetworkArgs) -> None:
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
        # Whatever is put into the VPC without a group of its own wears this one: nobody reaches it, it reaches nobody.
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default", vpc_id=vpc.id, ingress=[], egress=[], tags={"Name": f"{name}-default"}, opts=child
        )
        gateway = aws.ec2.InternetGateway(f"{name}-gateway", vpc_id=vpc.id, tags={"Name": name}, opts=child)
        public_routes = self._routes(f"{name}-public", vpc, {"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id})
        blocks = list(ipaddress.ip_network(cidr_block).subnets(new_prefix=SUBNET_PREFIX_LENGTH))
        zones = range(args.get("zones", DEFAULT_ZONES))
        public = [
            self._subnet(f"{name}-public-{zone}", vpc, zone_names[zone], str(blocks[zone]), public_routes)
            for zone in zones
        ]
        self.vpc_id = vpc.id
        self.subnet_ids = self.worker_subnet_ids = [subnet.id for subnet in public]
        route_tables = [public_routes]
        if args["settings"].egress == "nat":
            private_routes = [
                self._nat_routes(f"{name}-private-{zone}", vpc, subnet, gateway) for zone, subnet in enumerate(public)
            ]
            self.worker_subnet_ids = [
                self._subnet(
                    f"{name}-private-{zone}", vpc, zone_names[zone], str(blocks[PRIVATE_OFFSET + zone]), routes
                ).id
                for zone, routes in enumerate(private_routes)
            ]
            route_tables += private_routes
        for service in ("s3", "dynamodb"):
            aws.ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=vpc.id,
                service_name=f"com.amazonaws.{args['settings'].region}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=[routes.id for routes in route_tables],
                tags={"Name": f"{name}-{service}"},
                opts=child,
            )

    def _routes(
        self, name: str, vpc: "aws.ec2.Vpc", default: "aws.ec2.RouteTableRouteArgsDict"
    ) -> "aws.ec2.RouteTable":
        return aws.ec2.RouteTable(
            name, vpc_id=vpc.id, routes=[default], tags={"Name": name}, opts=pulumi.ResourceOptions(parent=self)
        )

    def _nat_routes(
        self, name: str, vpc: "aws.ec2.Vpc", public: "aws.ec2.Subnet", gateway: "aws.ec2.InternetGateway"
    ) -> "aws.ec2.RouteTable":
        """Routes of a zone's private subnet: out by the NAT gateway in the zone's public one."""
        # An address and a NAT gateway work only once the VPC has its internet gateway.
        after = pulumi.ResourceOptions(parent=self, depends_on=[gateway])
        address = aws.ec2.Eip(name, domain="vpc", tags={"Name": name}, opts=after)
        nat = aws.ec2.NatGateway(name, allocation_id=address.id, subnet_id=public.id, tags={"Name": name}, opts=after)
        return self._routes(name, vpc, {"cidr_block": "0.0.0.0/0", "nat_gateway_id": nat.id})

    def _subnet(
        self, name: str, vpc: "aws.ec2.Vpc", zone: pulumi.Input[str], cidr_block: str, routes: "aws.ec2.RouteTable"
    ) -> "aws.ec2.Subnet":
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
