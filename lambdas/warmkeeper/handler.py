"""The warmkeeper's entry point: an event in, the decision out."""

import os
import time
from dataclasses import asdict
from functools import cache
from typing import Any

import boto3

from fleet.doors import DoorSign
from fleet.table import FleetTable
from lambdas.warmkeeper.aws import AWS_LIMITS, Fleet
from lambdas.warmkeeper.config import Config
from lambdas.warmkeeper.events import parse_event
from lambdas.warmkeeper.front_door import FrontDoor
from lambdas.warmkeeper.keeper import Warmkeeper


def handle(event: Any, _context: object) -> dict[str, Any]:
    """Decide on `event` and answer `{"desired": n, "level": "...", "reason": "..."}`.

    Raises:
        ConfigurationError: the environment is wrong; the message lists all that is.
        UnknownEventError: the event is none that it takes.
    """
    return asdict(warmkeeper().run(parse_event(event)))


@cache
def warmkeeper() -> Warmkeeper:
    """The warmkeeper of this environment, made at the first event and kept while the process is warm."""
    config = Config.from_environment(os.environ)
    dynamodb = boto3.client("dynamodb", config=AWS_LIMITS)
    front_door = None
    if config.preview_rule_arn:
        front_door = FrontDoor(
            elb=boto3.client("elbv2", config=AWS_LIMITS),
            sign=DoorSign(dynamodb, config.fleet_table),
            rule_arn=config.preview_rule_arn,
            worker_target_group_arn=config.worker_target_group_arn,
            api_target_group_arn=config.api_target_group_arn,
        )
    fleet = Fleet(
        sqs=boto3.client("sqs", config=AWS_LIMITS),
        ecs=boto3.client("ecs", config=AWS_LIMITS),
        table=FleetTable(dynamodb, config.fleet_table),
        queue_url=config.jobs_queue_url,
        cluster=config.cluster,
        service=config.service,
        front_door=front_door,
    )
    return Warmkeeper(config, fleet, dynamodb, time.time)
