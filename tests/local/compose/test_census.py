"""The workers that a person started are counted by their calls."""

import json
from collections.abc import Iterator

import pytest

from local.aws import client_on, hermetic_session
from local.cloud import Cloud
from local.compose.census import SILENT_SECONDS, Census


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        ecs = cloud.client("ecs")
        ecs.create_cluster(clusterName="fleet")
        ecs.register_task_definition(
            family="worker", containerDefinitions=[{"name": "worker", "image": "worker:1", "memory": 512}]
        )
        ecs.create_service(cluster="fleet", serviceName="workers", taskDefinition="worker", desiredCount=0)
        yield cloud


def role(cloud: Cloud, name: str) -> str:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    made = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    return made["Role"]["Arn"]


def call(cloud: Cloud, role_arn: str, name: str) -> None:
    session = hermetic_session(cloud.sessions.open(role_arn, name))
    client_on(session, "sts", cloud.endpoint_url).get_caller_identity()


def counts(cloud: Cloud) -> tuple[int, int, int]:
    [service] = cloud.client("ecs").describe_services(cluster="fleet", services=["workers"])["services"]
    return service["desiredCount"], service["runningCount"], service["pendingCount"]


def test_workers_are_counted_while_they_call_and_nobody_else_is(cloud: Cloud):
    workers, others, clock = role(cloud, "worker"), role(cloud, "api"), Clock()
    census = Census(cloud, workers, clock)
    cloud.watch_with(census.note)
    cloud.answer_with(census)
    assert counts(cloud) == (0, 0, 0)

    call(cloud, workers, "one")
    clock.now = SILENT_SECONDS / 2
    call(cloud, workers, "two")
    call(cloud, others, "api")
    cloud.client("sts").get_caller_identity()
    assert counts(cloud) == (2, 2, 0)

    clock.now = SILENT_SECONDS
    assert counts(cloud) == (1, 1, 0), "the first has been silent for too long"


def test_what_ecs_refuses_is_refused(cloud: Cloud):
    cloud.answer_with(Census(cloud, "arn:aws:iam::123456789012:role/worker"))
    ecs = cloud.client("ecs")
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.describe_services(cluster="elsewhere", services=["workers"])
