"""FrontDoor: the load balancer through which a web request reaches, and wakes, the fleet.

Included: load balancer, its listeners and rules, target groups of the workers and of the api function, security groups,
access logs.
Optional: HTTPS, by a certificate; a domain name, which the operator points here.
Required on input: what `FrontDoorArgs` says.

What no rule names is answered 404 by the listener itself, without a target: scanners wake nobody and keep nobody awake.
One rule alone has two targets: it forwards `/previews` to both groups always, by weights that the warmkeeper flips (a
group that no rule uses is never health-checked, and ECS refuses it), so Pulumi made that rule and ignores its actions.

It knows neither the workers nor the api function: the service joins the workers' group and wears their security group,
and the function attaches itself to its own, so that what decides on the rule may be made after it.
"""

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.access_logs import AccessLogs
from components.network import Network
from components.settings import Settings

WORKER_PORT = 8080
WORKER_HEALTH_PATH = "/health"
API_PATHS = ("/", "/fleet", "/fleet/*", "/health")
PREVIEWS_PATH = "/previews"
API_PRIORITY, PREVIEWS_PRIORITY = 10, 20

DEREGISTRATION_DELAY_SECONDS = 15
"""A preview is one frame: the default of 300 s would only keep stopping workers about."""

HEALTH_INTERVAL_SECONDS = 5
"""A new target passes one check before it is sent anything, so this is part of every wake."""
HEALTH_TIMEOUT_SECONDS = 4
HEALTHY_CHECKS = 2
UNHEALTHY_CHECKS = 10
"""AWS's highest: FFmpeg takes every CPU of a worker, whose answer may come late for the better part of a minute."""
STARTUP_GRACE_SECONDS = 120
"""How long ECS looks past failing checks of a task that starts (the service's grace period)."""

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
"""TLS 1.2 and 1.3, with forward secrecy and authenticated encryption only."""

NOT_FOUND: "aws.lb.ListenerDefaultActionArgsDict" = {
    "type": "fixed-response",
    "fixed_response": {
        "status_code": "404",
        "content_type": "application/json",
        "message_body": '{"type":"about:blank","title":"Not Found","status":404}',
    },
}


class FrontDoorArgs(TypedDict):
    """Inputs of `FrontDoor`."""

    settings: Settings
    """The stack's settings: certificate, domain name, whether plain HTTP will do, logs. No default."""
    network: Network
    """Where the load balancer stands. No default."""


def load_balancer(name: str, args: FrontDoorArgs) -> "FrontDoor | None":
    """The load balancer, where the settings ask for one; else the api function has an address of its own."""
    return FrontDoor(name, args) if args["settings"].front_door == "alb" else None


class FrontDoor(pulumi.ComponentResource):
    """An application load balancer in front of the workers and of the api function."""

    url: pulumi.Output[str]
    listener_arn: pulumi.Output[str]
    preview_rule_arn: pulumi.Output[str]
    worker_target_group_arn: pulumi.Output[str]
    api_target_group_arn: pulumi.Output[str]
    worker_security_group_id: pulumi.Output[str]
    """What a task wears to be reached from the load balancer, on the one port, and by nobody else."""
    load_balancer_suffix: pulumi.Output[str]
    worker_target_group_suffix: pulumi.Output[str]
    api_target_group_suffix: pulumi.Output[str]

    def __init__(self, name: str, args: FrontDoorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:FrontDoor", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings, network = args["settings"], args["network"]
        if not settings.certificate_arn:
            pulumi.log.warn(
                "allowPlainHttp is on: tokens and videos' addresses cross the internet in clear. "
                "Set certificateArn (and domainName) and remove allowPlainHttp.",
                self,
            )

        doors, workers = self._security_groups(name, network.vpc_id, [80, 443] if settings.certificate_arn else [80])
        logs = AccessLogs(f"{name}-logs", {"settings": settings}, child)
        balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type="application",
            internal=False,
            subnets=network.subnet_ids,
            security_groups=[doors.id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            access_logs={"bucket": logs.bucket_name, "enabled": True},
            opts=child,
        )
        worker_group, api_group = self._target_groups(name, network.vpc_id)
        listener = self._listener(name, balancer, settings)
        aws.lb.ListenerRule(
            f"{name}-api",
            listener_arn=listener.arn,
            priority=API_PRIORITY,
            conditions=[{"path_pattern": {"values": list(API_PATHS)}}],
            actions=[{"type": "forward", "target_group_arn": api_group.arn}],
            opts=child,
        )
        previews = aws.lb.ListenerRule(
            f"{name}-previews",
            listener_arn=listener.arn,
            priority=PREVIEWS_PRIORITY,
            conditions=[{"path_pattern": {"values": [PREVIEWS_PATH]}}],
            actions=[
                {
                    "type": "forward",
                    "forward": {
                        "target_groups": [
                            {"arn": worker_group.arn, "weight": 0},
                            {"arn": api_group.arn, "weight": 100},
                        ]
                    },
                }
            ],
            # What is ignored also names the groups: a stack that moves to another VPC gives up its load balancer first
            # (`frontDoor: none`, up), since the new rule would be given the old groups.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["actions"]),
        )

        scheme = "https" if settings.certificate_arn else "http"
        self.url = pulumi.Output.concat(scheme, "://", settings.domain_name or balancer.dns_name)
        self.listener_arn = listener.arn
        self.preview_rule_arn = previews.arn
        self.worker_target_group_arn = worker_group.arn
        self.api_target_group_arn = api_group.arn
        self.worker_security_group_id = workers.id
        self.load_balancer_suffix = balancer.arn_suffix
        self.worker_target_group_suffix = worker_group.arn_suffix
        self.api_target_group_suffix = api_group.arn_suffix
        self.register_outputs(
            {
                "url": self.url,
                "listener_arn": self.listener_arn,
                "preview_rule_arn": self.preview_rule_arn,
                "worker_target_group_arn": self.worker_target_group_arn,
                "api_target_group_arn": self.api_target_group_arn,
                "worker_security_group_id": self.worker_security_group_id,
                "load_balancer_suffix": self.load_balancer_suffix,
                "worker_target_group_suffix": self.worker_target_group_suffix,
                "api_target_group_suffix": self.api_target_group_suffix,
            }
        )

    def _security_groups(
        self, name: str, vpc_id: pulumi.Input[str], ports: list[int]
    ) -> "tuple[aws.ec2.SecurityGroup, aws.ec2.SecurityGroup]":
        """The load balancer's, which the world reaches, and the workers', which the load balancer alone reaches."""
        child = pulumi.ResourceOptions(parent=self)
        workers = aws.ec2.SecurityGroup(
            f"{name}-workers",
            vpc_id=vpc_id,
            description="Workers: the load balancer alone reaches them",
            tags={"Name": f"{name}-workers"},
            opts=child,
        )
        doors = aws.ec2.SecurityGroup(
            name,
            vpc_id=vpc_id,
            description="Load balancer: the world reaches its listeners; it reaches the workers",
            ingress=[
                {
                    "description": "Whoever asks",
                    "protocol": "tcp",
                    "from_port": port,
                    "to_port": port,
                    "cidr_blocks": ["0.0.0.0/0"],
                }
                for port in ports
            ],
            egress=[
                {
                    "description": "Requests and health checks",
                    "protocol": "tcp",
                    "from_port": WORKER_PORT,
                    "to_port": WORKER_PORT,
                    "security_groups": [workers.id],
                }
            ],
            tags={"Name": name},
            opts=child,
        )
        # Each of the two groups names the other, so one of the rules stands by itself.
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-workers",
            security_group_id=workers.id,
            referenced_security_group_id=doors.id,
            description="Requests and health checks of the load balancer",
            ip_protocol="tcp",
            from_port=WORKER_PORT,
            to_port=WORKER_PORT,
            opts=child,
        )
        return doors, workers

    def _target_groups(self, name: str, vpc_id: pulumi.Input[str]) -> "tuple[aws.lb.TargetGroup, aws.lb.TargetGroup]":
        child = pulumi.ResourceOptions(parent=self)
        workers = aws.lb.TargetGroup(
            f"{name}-workers",
            target_type="ip",
            protocol="HTTP",
            port=WORKER_PORT,
            vpc_id=vpc_id,
            deregistration_delay=DEREGISTRATION_DELAY_SECONDS,
            # A worker renders one preview at a time: the next one goes to whoever has none.
            load_balancing_algorithm_type="least_outstanding_requests",
            health_check={
                "path": WORKER_HEALTH_PATH,
                "protocol": "HTTP",
                "port": "traffic-port",
                "matcher": "200",
                "interval": HEALTH_INTERVAL_SECONDS,
                "timeout": HEALTH_TIMEOUT_SECONDS,
                "healthy_threshold": HEALTHY_CHECKS,
                "unhealthy_threshold": UNHEALTHY_CHECKS,
            },
            opts=child,
        )
        # Each check of a function is an invocation to pay for, and it is always there: none are made.
        return workers, aws.lb.TargetGroup(f"{name}-api", target_type="lambda", opts=child)

    def _listener(self, name: str, balancer: "aws.lb.LoadBalancer", settings: Settings) -> "aws.lb.Listener":
        """The listener that has the rules: HTTPS, to which plain HTTP is sent on, or plain HTTP alone."""
        child = pulumi.ResourceOptions(parent=self)
        if not settings.certificate_arn:
            return aws.lb.Listener(
                f"{name}-http",
                load_balancer_arn=balancer.arn,
                protocol="HTTP",
                port=80,
                default_actions=[NOT_FOUND],
                opts=child,
            )
        aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            protocol="HTTP",
            port=80,
            default_actions=[
                {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}
            ],
            opts=child,
        )
        return aws.lb.Listener(
            f"{name}-https",
            load_balancer_arn=balancer.arn,
            protocol="HTTPS",
            port=443,
            certificate_arn=settings.certificate_arn,
            ssl_policy=TLS_POLICY,
            default_actions=[NOT_FOUND],
            opts=child,
        )
