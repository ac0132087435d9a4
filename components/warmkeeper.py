"""Warmkeeper: the Lambda that decides how many workers there are, and the minute schedule that wakes it.

Included: the function with its role, what becomes of its asynchronous runs, the schedule with its role.
Optional: nothing.
Required on input: what `WarmkeeperArgs` says.

The alarms that wake it too, and their permission to, are in `alarms.py`.
"""

import json
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import iam
from components.dependencies import Dependencies
from components.front_door import FrontDoor
from components.lambda_function import LambdaFunction
from components.queue import MessageQueue
from components.settings import Settings
from components.storage import Storage
from components.worker_service import WorkerService

TIMEOUT_SECONDS = 30
EVENT_AGE_SECONDS = 300
HISTORY_DAYS = 30
TICK_AGE_SECONDS = 60


class FleetArgs(TypedDict):
    """The fleet as both the warmkeeper and the api are given it."""

    settings: Settings
    """The stack's settings: region, floor, ceiling, sleep, the length of a minute, logs. No default."""
    workers: WorkerService
    """The fleet that is resized. No default."""
    jobs_queue: MessageQueue
    """The queue whose length is read. No default."""
    storage: Storage
    """Holds the table of the fleet's state. No default."""
    front_door: NotRequired[FrontDoor | None]
    """The load balancer whose rule of `/previews` is pointed at the workers or at the api. Default: none."""


class WarmkeeperArgs(FleetArgs):
    """Inputs of `Warmkeeper`."""

    dependencies: Dependencies
    """Carries the time zones of warm hours, which Lambda's runtime may lack. No default."""


class Warmkeeper(pulumi.ComponentResource):
    """The function that keeps the fleet as warm as it has to be."""

    function_name: pulumi.Output[str]
    arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: WarmkeeperArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:Warmkeeper", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings, workers, front_door = args["settings"], args["workers"], args.get("front_door")

        function = LambdaFunction(
            name,
            {
                "package": "warmkeeper",
                "description": "Keeps as many workers as there is work for, and none when there is none",
                "region": settings.region,
                "statements": iam.resolved(
                    iam.warmkeeper_role,
                    jobs_queue_arn=args["jobs_queue"].arn,
                    fleet_table_arn=args["storage"].fleet_table_arn,
                    service_arn=workers.service_arn,
                    preview_rule_arn=front_door.preview_rule_arn if front_door else "",
                ),
                "environment": {
                    "CLUSTER": workers.cluster_name,
                    "SERVICE": workers.service_name,
                    "JOBS_QUEUE_URL": args["jobs_queue"].url,
                    "FLEET_TABLE": args["storage"].fleet_table_name,
                    "FLOOR": str(settings.warm_pool_size),
                    "CEILING": str(settings.max_workers),
                    "WARM_SPARES": str(settings.warm_spares),
                    "JOBS_PER_WORKER": f"{settings.jobs_per_worker:g}",
                    "SCALE_TO_ZERO": json.dumps(settings.scale_to_zero),
                    "SLEEP_AFTER_SECONDS": str(settings.sleep_after_seconds),
                    "WARM_HOURS": settings.warm_hours,
                    "MINUTE_SECONDS": str(settings.minute_seconds),
                    "HISTORY_DAYS": str(HISTORY_DAYS),
                    "PREVIEW_RULE_ARN": front_door.preview_rule_arn if front_door else "",
                    "WORKER_TARGET_GROUP_ARN": front_door.worker_target_group_arn if front_door else "",
                    "API_TARGET_GROUP_ARN": front_door.api_target_group_arn if front_door else "",
                },
                "service_name": workers.cluster_name,
                "timeout_seconds": TIMEOUT_SECONDS,
                "log_retention_days": settings.log_retention_days,
                "layers": [args["dependencies"].layer_arn],
            },
            child,
        )
        # An alarm's news is stale in minutes, and the tick decides afresh by then; a poke is worth two more tries.
        aws.lambda_.FunctionEventInvokeConfig(
            f"{name}-events",
            function_name=function.function_name,
            maximum_event_age_in_seconds=EVENT_AGE_SECONDS,
            maximum_retry_attempts=2,
            opts=child,
        )
        role = aws.iam.Role(f"{name}-schedule", assume_role_policy=function.arn.apply(_schedules_trust), opts=child)
        policy = aws.iam.RolePolicy(
            f"{name}-schedule",
            role=role.name,
            policy=function.arn.apply(lambda arn: iam.document(iam.scheduler_role(function_arn=arn))),
            opts=child,
        )
        aws.scheduler.Schedule(
            f"{name}-tick",
            description="Wakes the warmkeeper each minute",
            schedule_expression="rate(1 minute)",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": function.arn,
                "role_arn": role.arn,
                "input": json.dumps({"source": "tick"}),
                # The next tick is the retry.
                "retry_policy": {"maximum_retry_attempts": 0, "maximum_event_age_in_seconds": TICK_AGE_SECONDS},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

        self.function_name = function.function_name
        self.arn = function.arn
        self.log_group_name = function.log_group_name
        self.register_outputs(
            {"function_name": self.function_name, "arn": self.arn, "log_group_name": self.log_group_name}
        )


def _schedules_trust(function_arn: str) -> str:
    return iam.trust(
        "scheduler.amazonaws.com",
        account_id=iam.account_of(function_arn),
        # Scheduler presents the schedule's group, never the schedule itself.
        source_arn=iam.neighbour(function_arn, "scheduler", "schedule-group/default"),
    )
