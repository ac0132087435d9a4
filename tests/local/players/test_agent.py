"""The agent's endpoint over HTTP, as a worker calls it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from local.history import History
from local.players.agent import Agent
from local.players.task import Definition, Status, Task

HTTP = urllib3.PoolManager()
CLUSTER_ARN = "arn:aws:ecs:eu-west-1:123456789012:cluster/warm-pool"


class Board:
    """A player that knows one task and refuses what it is told to refuse."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.refusal: str | None = None
        self.asked: list[int | None] = []

    def find(self, task_id: str) -> Task | None:
        return self.task if task_id == self.task.id else None

    def protect(self, task: Task, minutes: int | None) -> str | None:
        self.asked.append(minutes)
        if self.refusal is None and minutes is not None:
            task.protect(timedelta(minutes=minutes))
        elif self.refusal is None:
            task.unprotect("asked for")
        return self.refusal


@pytest.fixture
def board(tmp_path: Path) -> Board:
    definition = Definition(
        arn="arn:aws:ecs:eu-west-1:123456789012:task-definition/worker:3",
        family="worker",
        revision=3,
        containers=[{"name": "worker", "image": "local/worker:dev"}],
        cpu="2048",
        memory="4096",
    )
    return Board(
        Task(
            arn="arn:aws:ecs:eu-west-1:123456789012:task/warm-pool/0a1b2c",
            cluster_arn=CLUSTER_ARN,
            service="workers",
            deployment_id="ecs-svc/1",
            definition=definition,
            history=History(),
            folder=tmp_path,
            environment={},
            cold_start_seconds=0,
            stop_timeout_seconds=0,
        )
    )


@pytest.fixture
def uris(board: Board) -> Iterator[dict[str, str]]:
    with Agent(board) as agent:
        yield agent.uris(board.task.id)


def put(uris: dict[str, str], body: Any) -> Any:
    return HTTP.request("PUT", uris["ECS_AGENT_URI"] + "/task-protection/v1/state", json=body, retries=False)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"ProtectionEnabled": True, "ExpiresInMinuets": 5}, "ExpiresInMinuets"),
        ({"ExpiresInMinutes": 5}, "ProtectionEnabled"),
        ({"ProtectionEnabled": "yes"}, "ProtectionEnabled"),
        ({"ProtectionEnabled": True, "ExpiresInMinutes": 0}, "between 1 and 2880"),
        ({"ProtectionEnabled": True, "ExpiresInMinutes": 2881}, "between 1 and 2880"),
        ({"ProtectionEnabled": True, "ExpiresInMinutes": 1.5}, "ExpiresInMinutes"),
        ([], "body"),
    ],
)
def test_a_body_that_ecs_would_refuse_is_answered_400_with_what_is_wrong(
    uris: dict[str, str], board: Board, body: object, named: str
):
    answer = put(uris, body)
    assert answer.status == 400
    assert answer.json()["error"]["Code"] == "InvalidParameterException"
    assert named in answer.json()["error"]["Message"]
    assert board.asked == []


@pytest.mark.parametrize("reason", ["DEPLOYMENT_BLOCKED", "TASK_NOT_VALID"])
def test_a_refusal_of_ecs_is_answered_200_with_a_failure(uris: dict[str, str], board: Board, reason: str):
    board.refusal = reason
    answer = put(uris, {"ProtectionEnabled": True})
    assert answer.status == 200
    assert answer.json() == {"failure": {"Arn": board.task.arn, "Detail": None, "Reason": reason}}


def test_another_tasks_path_is_not_found(uris: dict[str, str]):
    url = uris["ECS_AGENT_URI"].replace("0a1b2c", "ffffff") + "/task-protection/v1/state"
    assert HTTP.request("GET", url, retries=False).status == 404


def test_a_stopped_task_has_no_endpoint(uris: dict[str, str], board: Board):
    board.task.status = Status.STOPPED
    assert put(uris, {"ProtectionEnabled": True}).status == 404


def test_other_methods_are_not_allowed(uris: dict[str, str]):
    url = uris["ECS_AGENT_URI"] + "/task-protection/v1/state"
    assert HTTP.request("DELETE", url, retries=False).status == 405


def test_protection_is_given_for_two_hours_unless_the_task_says_how_long(uris: dict[str, str], board: Board):
    put(uris, {"ProtectionEnabled": True})
    put(uris, {"ProtectionEnabled": True, "ExpiresInMinutes": 2880})
    assert board.asked == [120, 2880]


def test_protection_is_told_with_its_end_and_taken_away_again(uris: dict[str, str], board: Board):
    protection = put(uris, {"ProtectionEnabled": True, "ExpiresInMinutes": 5}).json()["protection"]
    assert protection["ProtectionEnabled"] is True
    assert protection["TaskArn"] == board.task.arn
    left = datetime.fromisoformat(protection["ExpirationDate"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)

    state = HTTP.request("GET", uris["ECS_AGENT_URI"] + "/task-protection/v1/state").json()
    assert state == {"protection": protection}

    assert put(uris, {"ProtectionEnabled": False}).json() == {
        "protection": {"ExpirationDate": None, "ProtectionEnabled": False, "TaskArn": board.task.arn}
    }
    assert board.asked == [5, None]


def test_a_task_finds_its_own_arn_family_and_revision_in_its_metadata(uris: dict[str, str], board: Board):
    metadata = HTTP.request("GET", uris["ECS_CONTAINER_METADATA_URI_V4"] + "/task").json()
    assert metadata["TaskARN"] == board.task.arn
    assert (metadata["Cluster"], metadata["Family"], metadata["Revision"]) == (CLUSTER_ARN, "worker", "3")
    assert (metadata["ServiceName"], metadata["LaunchType"]) == ("workers", "FARGATE")
    assert metadata["Limits"] == {"CPU": 2, "Memory": 4096}
    container = HTTP.request("GET", uris["ECS_CONTAINER_METADATA_URI_V4"]).json()
    assert container["Labels"]["com.amazonaws.ecs.task-arn"] == board.task.arn
    assert metadata["Containers"] == [container]
