"""WorkerService: the fleet. An ECS service on Fargate that the warmkeeper resizes, and no one else.

Included: cluster with the Fargate capacity providers, task definition, service, task and execution roles, log group.
Optional: nothing.
Required on input: what `WorkerServiceArgs` says.

The service starts with no task, and Pulumi ignores its desired count ever after: an `up` must not resize a fleet that
is at work. Nothing that is resized is in its capacity strategy either, since a changed strategy rolls every task.
"""

import json
from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import iam, prices
from components.access_tokens import AccessTokens
from components.front_door import STARTUP_GRACE_SECONDS, WORKER_PORT, FrontDoor
from components.network import Network
from components.queue import MessageQueue
from components.settings import Settings
from components.storage import Storage

CONTAINER_NAME = "worker"
WORKER_USER = "10001:10001"
"""User and group of the image's Dockerfile; an image of one's own lets them write to `SCRATCH_PATH`."""

SCRATCH_PATH = "/scratch"

HEALTH_CHECK = {
    # Asks the worker itself for the age of its last poll or render progress; ECS replaces one that is stuck.
    "command": ["CMD", "python", "-m", "worker.health"],
    "interval": 30,
    "timeout": 5,
    "retries": 3,
    "startPeriod": 120,
}
"""In seconds."""

EVERYWHERE = "0.0.0.0"  # noqa: S104 - the load balancer comes from outside; the security group lets no one else in
LOOPBACK = "127.0.0.1"

STOP_TIMEOUT_SECONDS = 120
"""Fargate's longest: what a render has left when its task is stopped."""


class WorkerServiceArgs(TypedDict):
    """Inputs of `WorkerService`."""

    settings: Settings
    """The stack's settings: region, size, capacity, time-outs, attempts, logs. No default."""
    image_uri: pulumi.Input[str]
    """The image that workers run. No default."""
    network: Network
    """Where the workers run. No default."""
    storage: Storage
    """Their bucket and the table of their jobs. No default."""
    jobs_queue: MessageQueue
    """What they take jobs from. No default."""
    notifications_queue: MessageQueue
    """What they tell of a job's end. No default."""
    tokens: AccessTokens
    """The tokens that they render previews for. No default."""
    front_door: NotRequired[FrontDoor | None]
    """The load balancer that brings them previews. Default: none, and their health check alone reaches them."""


class WorkerService(pulumi.ComponentResource):
    """The ECS service of the workers, created with none."""

    cluster_name: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]
    service_name: pulumi.Output[str]
    service_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: WorkerServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:WorkerService", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings, storage, front_door = args["settings"], args["storage"], args.get("front_door")
        sources = [pulumi.Output.concat("s3://", storage.bucket_name, "/sources/"), *settings.source_buckets]

        log_group = aws.cloudwatch.LogGroup(f"{name}-logs", retention_in_days=settings.log_retention_days, opts=child)
        # Container Insights costs by the task and the metric; the warmkeeper publishes the few that decide anything.
        cluster = aws.ecs.Cluster(
            f"{name}-cluster", settings=[{"name": "containerInsights", "value": "disabled"}], opts=child
        )
        providers = aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity",
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            default_capacity_provider_strategies=[{"capacity_provider": "FARGATE", "weight": 1}],
            opts=child,
        )
        task_role = self._role(
            f"{name}-task",
            trust=cluster.arn.apply(_tasks_trust),
            policy=iam.resolved(
                lambda **known: iam.document(iam.worker_role(**known)),
                jobs_queue_arn=args["jobs_queue"].arn,
                notifications_queue_arn=args["notifications_queue"].arn,
                jobs_table_arn=storage.jobs_table_arn,
                bucket_arn=storage.bucket_arn,
                sources=sources,
                cluster_arn=cluster.arn,
                reuses_renders=settings.reuse_renders_days > 0,
                fleet_table_arn=storage.fleet_table_arn if front_door else "",
                tokens_secret_arn=args["tokens"].secret_arn if front_door else "",
            ),
        )
        execution_role = self._role(
            f"{name}-execution",
            trust=iam.trust("ecs-tasks.amazonaws.com"),
            policy=iam.resolved(
                lambda **known: iam.document(iam.execution_role(**known)),
                image_uri=args["image_uri"],
                log_group_arn=log_group.arn,
            ),
        )
        environment = {
            "JOBS_QUEUE_URL": args["jobs_queue"].url,
            "NOTIFICATIONS_QUEUE_URL": args["notifications_queue"].url,
            "JOBS_TABLE": storage.jobs_table_name,
            "BUCKET": storage.bucket_name,
            "SOURCES": pulumi.Output.json_dumps(sources),
            # ECS's health check asks the worker itself; without a load balancer it is the only one that can.
            "HTTP_PORT": str(WORKER_PORT),
            "HTTP_HOST": EVERYWHERE if front_door else LOOPBACK,
            **worker_constants(settings),
        }
        if front_door:
            environment |= {
                "FLEET_TABLE": storage.fleet_table_name,
                "TOKENS_SECRET_ARN": args["tokens"].secret_arn,
            }
        task = aws.ecs.TaskDefinition(
            f"{name}-task",
            # A family has no autoname of its own: it takes the cluster's, so that two stacks never share one.
            family=cluster.name,
            cpu=str(settings.cpu),
            memory=str(settings.memory_mib),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": settings.architecture},
            ephemeral_storage={"size_in_gib": settings.ephemeral_storage_gib},
            volumes=[{"name": "scratch"}],
            task_role_arn=task_role.arn,
            execution_role_arn=execution_role.arn,
            container_definitions=pulumi.Output.json_dumps(
                [container(args["image_uri"], environment, log_group.name, settings.region)]
            ),
            opts=child,
        )
        service = aws.ecs.Service(
            f"{name}-service",
            cluster=cluster.arn,
            task_definition=task.arn,
            desired_count=0,
            capacity_provider_strategies=capacity_strategy(
                burst_on_spot=settings.burst_on_spot, on_demand_base=settings.on_demand_base
            ),
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker={"enable": True, "rollback": True},
            # ECS would stop workers to even out the zones, and a worker is not interchangeable in mid-render.
            availability_zone_rebalancing="DISABLED",
            network_configuration={
                "subnets": args["network"].worker_subnet_ids,
                "security_groups": [
                    args["network"].worker_security_group_id,
                    *([front_door.worker_security_group_id] if front_door else []),
                ],
                "assign_public_ip": args["network"].workers_have_public_addresses,
            },
            load_balancers=_behind(front_door) if front_door else None,
            health_check_grace_period_seconds=STARTUP_GRACE_SECONDS if front_door else None,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=["desired_count"],
                # ECS refuses a target group that no listener's rule uses yet.
                depends_on=[providers, *([front_door] if front_door else [])],
            ),
        )

        self.cluster_name = cluster.name
        self.cluster_arn = cluster.arn
        self.service_name = service.name
        self.service_arn = service.arn
        self.log_group_name = log_group.name
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "cluster_arn": self.cluster_arn,
                "service_name": self.service_name,
                "service_arn": self.service_arn,
                "log_group_name": self.log_group_name,
            }
        )

    def _role(self, name: str, *, trust: pulumi.Input[str], policy: pulumi.Input[str]) -> "aws.iam.Role":
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(name, assume_role_policy=trust, opts=child)
        aws.iam.RolePolicy(name, role=role.name, policy=policy, opts=child)
        return role


def _behind(front_door: FrontDoor) -> "list[aws.ecs.ServiceLoadBalancerArgsDict]":
    return [
        {
            "target_group_arn": front_door.worker_target_group_arn,
            "container_name": CONTAINER_NAME,
            "container_port": WORKER_PORT,
        }
    ]


def capacity_strategy(
    *, burst_on_spot: bool, on_demand_base: int
) -> "list[aws.ecs.ServiceCapacityProviderStrategyArgsDict]":
    """Which workers are on demand and which on Spot, all the same however many there are."""
    if not burst_on_spot:
        return [{"capacity_provider": "FARGATE", "weight": 1, "base": 0}]
    return [
        # What the base does not take is placed by weight: none of it on demand.
        {"capacity_provider": "FARGATE", "weight": 0, "base": on_demand_base},
        {"capacity_provider": "FARGATE_SPOT", "weight": 1, "base": 0},
    ]


def worker_constants(settings: Settings) -> dict[str, str]:
    """The worker's environment as far as it is known before anything exists."""
    usd_per_hour = prices.task_usd_per_hour(
        settings.region,
        cpu_units=settings.cpu,
        memory_mib=settings.memory_mib,
        architecture=settings.architecture,
    )
    return {
        "VISIBILITY_TIMEOUT_SECONDS": str(settings.visibility_timeout_seconds),
        "STOP_TIMEOUT_SECONDS": str(STOP_TIMEOUT_SECONDS),
        "MAX_ATTEMPTS": str(settings.max_attempts),
        "REUSE_RENDERS_DAYS": str(settings.reuse_renders_days),
        "TASK_USD_PER_HOUR": f"{usd_per_hour:.6f}",
        "MAX_CLIPS": str(settings.max_clips),
        "MAX_SOURCE_MIB": str(settings.max_source_mib),
        "MAX_OUTPUT_SECONDS": str(settings.max_output_seconds),
        "MAX_OUTPUT_PIXELS": str(settings.max_output_pixels),
        "EFFECTS": json.dumps(settings.effects),
        "LOOPBACK_TARGETS": json.dumps(settings.loopback_targets),
        "TMPDIR": SCRATCH_PATH,
        "FFMPEG_THREADS": str(max(1, settings.cpu // prices.CPU_UNITS_PER_VCPU)),
    }


def container(
    image_uri: pulumi.Input[str],
    environment: Mapping[str, pulumi.Input[str]],
    log_group_name: pulumi.Input[str],
    region: str,
) -> dict[str, object]:
    """The one container of a task: nothing is writable but the scratch volume, and no capability is left."""
    return {
        "name": CONTAINER_NAME,
        "image": image_uri,
        "essential": True,
        "command": ["python", "-m", "worker"],
        "environment": [{"name": key, "value": environment[key]} for key in sorted(environment)],
        "healthCheck": HEALTH_CHECK,
        "user": WORKER_USER,
        "portMappings": [{"containerPort": WORKER_PORT, "hostPort": WORKER_PORT, "protocol": "tcp"}],
        "readonlyRootFilesystem": True,
        "mountPoints": [{"sourceVolume": "scratch", "containerPath": SCRATCH_PATH, "readOnly": False}],
        # An init process reaps what FFmpeg leaves behind and hands SIGTERM on.
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "stopTimeout": STOP_TIMEOUT_SECONDS,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group_name,
                "awslogs-region": region,
                "awslogs-stream-prefix": CONTAINER_NAME,
                # A log service that is slow must not stop a render.
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    }


def _tasks_trust(cluster_arn: str) -> str:
    return iam.trust(
        "ecs-tasks.amazonaws.com",
        account_id=iam.account_of(cluster_arn),
        source_arn=iam.neighbour(cluster_arn, "ecs", "*"),
    )
