"""The api's entry point: a request as a load balancer or a function URL puts it, and the answer."""

import os
import time
from functools import cache
from typing import Any, Literal

import boto3
from aws_lambda_powertools.event_handler import ALBResolver, LambdaFunctionUrlResolver
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config as BotoConfig

from fleet.doors import DoorSign
from fleet.rate_limit import RateLimit
from fleet.table import FleetTable
from lambdas.api.callers import Doorman, TokenSecret
from lambdas.api.config import Config
from lambdas.api.fleet_view import FleetView
from lambdas.api.routes import Api
from lambdas.api.warmkeeper import Warmkeeper

# A person waits for the answer: short, with one retry.
AWS_LIMITS = BotoConfig(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request.

    Raises:
        ConfigurationError: the environment is wrong; the message lists all that is.
    """
    return application("alb" if "elb" in event["requestContext"] else "url").resolve(event, context)


@cache
def application(origin: Literal["alb", "url"]) -> ApiGatewayResolver:
    """The routes for requests of one shape, made at the first of them."""
    app = ALBResolver() if origin == "alb" else LambdaFunctionUrlResolver()
    api().serve(app)
    return app


@cache
def api() -> Api:
    """The api of this environment."""
    config = Config.from_environment(os.environ)
    dynamodb = boto3.client("dynamodb", config=AWS_LIMITS)
    fleet = FleetView(
        sqs=boto3.client("sqs", config=AWS_LIMITS),
        ecs=boto3.client("ecs", config=AWS_LIMITS),
        table=FleetTable(dynamodb, config.fleet_table),
        sign=DoorSign(dynamodb, config.fleet_table),
        queue_url=config.jobs_queue_url,
        cluster=config.cluster,
        service=config.service,
        has_front_door=config.front_door == "alb",
        minute_seconds=config.minute_seconds,
    )
    doorman = Doorman(
        secret=TokenSecret(boto3.client("secretsmanager", config=AWS_LIMITS), config.tokens_secret_arn),
        limit=RateLimit(dynamodb, config.fleet_table, config.rate_per_second),
        clock=time.time,
    )
    warmkeeper = Warmkeeper(boto3.client("lambda", config=AWS_LIMITS), config.warmkeeper_function)
    return Api(doorman, fleet, warmkeeper, has_front_door=fleet.has_front_door, clock=time.time)
