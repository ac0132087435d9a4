"""Api: the Lambda that answers the web while the fleet sleeps, and wakes it.

Included: the function with its role; its place behind the load balancer, or an address of its own.
Optional: the load balancer (`frontDoor: alb`).
Required on input: what `ApiArgs` says.

The address of its own asks for no AWS signature (authorisation NONE): browsers and backends bring a bearer token, the
same one that they bring through a load balancer, and the function checks it. An IAM check in front of it would keep
out whoever has no AWS credentials, which is everyone that this door is for; and the page at / is public by intent.
"""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import iam
from components.access_tokens import AccessTokens
from components.front_door import FrontDoor
from components.lambda_function import LambdaFunction
from components.queue import MessageQueue
from components.settings import Settings
from components.storage import Storage
from components.warmkeeper import Warmkeeper
from components.worker_service import WorkerService

TIMEOUT_SECONDS = 25
"""Less than the 29 s and more that clients and proxies wait: who asked gets an answer."""

RATE_PER_SECOND = 10
"""Calls of one token that are let through each second, over all who check it."""


class ApiArgs(TypedDict):
    """Inputs of `Api`."""

    settings: Settings
    """The stack's settings: region, the length of a minute, logs. No default."""
    workers: WorkerService
    """The fleet that it tells about. No default."""
    jobs_queue: MessageQueue
    """The queue whose length it tells. No default."""
    storage: Storage
    """Holds the table of the fleet's state, and of the rate limit. No default."""
    warmkeeper: Warmkeeper
    """Whom it pokes, and to whom it hands operators' commands. No default."""
    tokens: AccessTokens
    """The tokens that it lets in. No default."""
    front_door: NotRequired[FrontDoor | None]
    """The load balancer that it stands behind. Default: none, and it has an address of its own."""


class Api(pulumi.ComponentResource):
    """The function that answers the web."""

    url: pulumi.Output[str]
    """Where the stack is reached, without a slash at the end."""
    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: ApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:Api", name, {}, opts)
        settings, workers, storage = args["settings"], args["workers"], args["storage"]
        front_door = args.get("front_door")

        function = LambdaFunction(
            name,
            {
                "package": "api",
                "description": "Answers for the fleet, awake or asleep, and wakes it",
                "region": settings.region,
                "statements": iam.resolved(
                    iam.api_role,
                    tokens_secret_arn=args["tokens"].secret_arn,
                    fleet_table_arn=storage.fleet_table_arn,
                    jobs_queue_arn=args["jobs_queue"].arn,
                    service_arn=workers.service_arn,
                    warmkeeper_arn=args["warmkeeper"].arn,
                ),
                "environment": {
                    "FLEET_TABLE": storage.fleet_table_name,
                    "CLUSTER": workers.cluster_name,
                    "SERVICE": workers.service_name,
                    "JOBS_QUEUE_URL": args["jobs_queue"].url,
                    "WARMKEEPER_FUNCTION": args["warmkeeper"].function_name,
                    "TOKENS_SECRET_ARN": args["tokens"].secret_arn,
                    "FRONT_DOOR": settings.front_door,
                    "RATE_PER_SECOND": str(RATE_PER_SECOND),
                    "MINUTE_SECONDS": str(settings.minute_seconds),
                },
                "service_name": workers.cluster_name,
                "timeout_seconds": TIMEOUT_SECONDS,
                "log_retention_days": settings.log_retention_days,
            },
            pulumi.ResourceOptions(parent=self),
        )

        self.function_name = function.function_name
        self.url = self._own_address(name, function) if front_door is None else self._behind(name, function, front_door)
        self.register_outputs({"url": self.url, "function_name": self.function_name})

    def _behind(self, name: str, function: LambdaFunction, front_door: FrontDoor) -> pulumi.Output[str]:
        permission = aws.lambda_.Permission(
            f"{name}-front-door",
            function=function.function_name,
            action="lambda:InvokeFunction",
            principal="elasticloadbalancing.amazonaws.com",
            source_arn=front_door.api_target_group_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.lb.TargetGroupAttachment(
            f"{name}-front-door",
            target_group_arn=front_door.api_target_group_arn,
            target_id=function.arn,
            # Elastic Load Balancing refuses a function that it may not invoke.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        return front_door.url

    def _own_address(self, name: str, function: LambdaFunction) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        address = aws.lambda_.FunctionUrl(
            f"{name}-url", function_name=function.function_name, authorization_type="NONE", opts=child
        )
        aws.lambda_.Permission(
            f"{name}-url",
            function=function.function_name,
            action="lambda:InvokeFunctionUrl",
            principal="*",
            function_url_auth_type="NONE",
            opts=child,
        )
        # Asked for since October 2025. Through the URL only: everyone may send a request, and nobody an event.
        aws.lambda_.Permission(
            f"{name}-url-invoke",
            function=function.function_name,
            action="lambda:InvokeFunction",
            principal="*",
            invoked_via_function_url=True,
            opts=child,
        )
        return address.function_url.apply(lambda url: url.rstrip("/"))
