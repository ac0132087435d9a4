"""Readings, rules and a fleet in moto for the warmkeeper's tests."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from fleet.table import FleetTable
from lambdas.warmkeeper import handler
from lambdas.warmkeeper.aws import AWS_LIMITS
from tests.fleet.tables import create_fleet_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_sqs import SQSClient


@dataclass
class Stack:
    """The queue, service and table of one fleet; `handle` runs the handler on an event."""

    sqs: "SQSClient"
    ecs: "ECSClient"
    dynamodb: "DynamoDBClient"
    queue_url: str
    table: FleetTable

    def handle(self, event: Any) -> dict[str, Any]:
        return handler.handle(event, None)

    def send(self, count: int = 1) -> None:
        for number in range(count):
            self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps({"id": str(number)}))

    def receive(self) -> None:
        assert self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=1).get("Messages")

    def desired(self) -> int:
        return self.ecs.describe_services(cluster="pool", services=["worker"])["services"][0].get("desiredCount", -1)


@dataclass
class Clock:
    """Answers in seconds of the epoch."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(scope="session")
def clients() -> dict[str, Any]:
    """One client a service for all tests: making one takes longer than a test. Each test's moto starts empty."""
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="eu-west-1")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        return {name: session.client(name, config=AWS_LIMITS) for name in ("sqs", "ecs", "dynamodb")}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, clients: dict[str, Any]) -> Iterator[Stack]:
    for name, value in {
        "POWERTOOLS_SERVICE_NAME": "pool",
        "POWERTOOLS_METRICS_NAMESPACE": "WarmPool",
        "CLUSTER": "pool",
        "SERVICE": "worker",
        "FLEET_TABLE": "fleet",
        "FLOOR": "2",
        "CEILING": "5",
        "JOBS_PER_WORKER": "1",
        "WARM_SPARES": "0",
        "SCALE_TO_ZERO": "true",
        "SLEEP_AFTER_SECONDS": "300",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(handler.boto3, "client", lambda name, config: clients[name])
    cached = handler.warmkeeper
    cached.cache_clear()
    with mock_aws():
        sqs, ecs, dynamodb = clients["sqs"], clients["ecs"], clients["dynamodb"]
        queue_url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
        monkeypatch.setenv("JOBS_QUEUE_URL", queue_url)
        ecs.create_cluster(clusterName="pool")
        ecs.register_task_definition(
            family="worker", containerDefinitions=[{"name": "worker", "image": "worker", "memory": 4096}]
        )
        ecs.create_service(cluster="pool", serviceName="worker", taskDefinition="worker", desiredCount=0)
        create_fleet_table(dynamodb)
        yield Stack(sqs, ecs, dynamodb, queue_url, FleetTable(dynamodb, "fleet"))
    cached.cache_clear()


@pytest.fixture
def clock(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The handler's clock, which stands still until it is told to go forward."""
    clock = Clock()
    keeper = replace(handler.warmkeeper(), clock=clock)
    monkeypatch.setattr(handler, "warmkeeper", lambda: keeper)
    return clock
