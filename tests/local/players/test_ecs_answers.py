"""ECS as boto3 sees it through the cloud: what moto would say is corrected."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import Cloud
from local.players.task import Status
from tests.local.players.small_fleet import CLUSTER, DRAINER, QUICK, SERVICE, SLEEPER, SmallFleet, small_fleet
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as opened:
        yield opened


@pytest.fixture
def fleet(cloud: Cloud, tmp_path: Path) -> Iterator[SmallFleet]:
    with small_fleet(cloud, tmp_path) as made:
        yield made


def test_an_update_is_answered_with_what_runs_not_with_what_is_desired(cloud: Cloud, tmp_path: Path):
    with small_fleet(cloud, tmp_path, replace(QUICK, cold_start_seconds=60.0)) as fleet:
        fleet.create(desired=0)
        answer = fleet.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=3)["service"]
        assert (answer.get("desiredCount"), answer.get("runningCount")) == (3, 0)
        fleet.until("task.pending", 3)
        assert (fleet.describe()["runningCount"], fleet.describe()["pendingCount"]) == (0, 3)


def test_a_roll_out_is_in_progress_from_the_very_answer_to_its_update(fleet: SmallFleet):
    fleet.create()
    fleet.until_running(1)
    wait_until(lambda: fleet.describe()["deployments"][0]["rolloutState"] == "COMPLETED", what="a steady service")
    second = fleet.register(SLEEPER)
    updated: Any = fleet.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=second)["service"]
    primary = updated["deployments"][0]
    assert (primary["taskDefinition"], primary["rolloutState"]) == (second, "IN_PROGRESS")


def test_scaling_does_not_take_a_completed_roll_out_back(fleet: SmallFleet):
    fleet.create(desired=0)
    wait_until(lambda: fleet.describe()["deployments"][0]["rolloutState"] == "COMPLETED", what="a steady service")
    fleet.resize(1)
    assert fleet.describe()["deployments"][0]["rolloutState"] == "COMPLETED"
    assert any("has reached a steady state" in event["message"] for event in fleet.describe()["events"])


def test_a_missing_service_or_cluster_is_answered_as_moto_does(fleet: SmallFleet):
    answer = fleet.ecs.describe_services(cluster=CLUSTER, services=["nobody"])
    assert [failure.get("reason") for failure in answer["failures"]] == ["MISSING"]
    with pytest.raises(fleet.ecs.exceptions.ClusterNotFoundException):
        fleet.ecs.describe_services(cluster="nowhere", services=[SERVICE])


def test_a_task_that_is_not_there_is_a_failure_not_an_error(fleet: SmallFleet):
    fleet.create(desired=0)
    assert fleet.ecs.describe_tasks(cluster=CLUSTER, tasks=["feed"])["failures"] == [
        {"arn": "feed", "reason": "MISSING"}
    ]
    protection = fleet.ecs.get_task_protection(cluster=CLUSTER, tasks=["feed"])
    assert (protection["protectedTasks"], protection["failures"]) == ([], [{"arn": "feed", "reason": "MISSING"}])
    with pytest.raises(ClientError, match="not found"):
        fleet.ecs.stop_task(cluster=CLUSTER, task="feed")
    with pytest.raises(fleet.ecs.exceptions.ServiceNotFoundException):
        fleet.ecs.list_tasks(cluster=CLUSTER, serviceName="nobody")


def test_tasks_are_listed_by_service_and_by_what_they_are_to_be(fleet: SmallFleet):
    fleet.create(desired=2)
    gone, *_ = fleet.until_running(2)
    os.kill(gone.pid or 0, signal.SIGKILL)
    fleet.until("task.running", 3)
    alive = fleet.ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"]
    assert set(alive) == {task.arn for task in fleet.player.tasks()}
    assert fleet.ecs.list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"] == [gone.arn]
    pages = fleet.ecs.get_paginator("list_tasks").paginate(cluster=CLUSTER, PaginationConfig={"PageSize": 1})
    assert [page["taskArns"] for page in pages] == [[arn] for arn in alive]

    (described,) = fleet.ecs.describe_tasks(cluster=CLUSTER, tasks=[gone.arn])["tasks"]
    assert (described.get("lastStatus"), described.get("stopCode")) == ("STOPPED", "EssentialContainerExited")
    assert described.get("containers", [{}])[0].get("exitCode") == 137
    assert described.get("createdAt", datetime.max.replace(tzinfo=UTC)) <= datetime.now(UTC)
    assert described.get("group") == f"service:{SERVICE}"


def test_a_stopped_task_drains_and_its_service_starts_another(fleet: SmallFleet):
    fleet.create(DRAINER)
    (task,) = fleet.until_running(1)
    fleet.player.protect(task, 5)
    stopping = fleet.ecs.stop_task(cluster=CLUSTER, task=task.id, reason="an operator's wish")["task"]
    assert stopping.get("desiredStatus") == "STOPPED"
    wait_until(lambda: task.status is Status.STOPPED, what="the task's end")
    assert (task.stop_code, task.stopped_reason, task.exit_code) == ("UserInitiated", "an operator's wish", 0)
    fleet.until("task.running", 2)


def test_protection_is_set_and_read_by_the_api(fleet: SmallFleet):
    fleet.create()
    (task,) = fleet.until_running(1)
    with pytest.raises(ClientError, match="between 1 and 2880"):
        fleet.ecs.update_task_protection(cluster=CLUSTER, tasks=[task.arn], protectionEnabled=True, expiresInMinutes=0)
    fleet.ecs.update_task_protection(cluster=CLUSTER, tasks=[task.arn], protectionEnabled=True, expiresInMinutes=3)
    (protected,) = fleet.ecs.get_task_protection(cluster=CLUSTER, tasks=[task.arn])["protectedTasks"]
    assert protected.get("protectionEnabled") is True
    assert (protected.get("expirationDate", datetime.now(UTC)) - datetime.now(UTC)).total_seconds() == pytest.approx(
        180, abs=10
    )
    fleet.ecs.update_task_protection(cluster=CLUSTER, tasks=[task.arn], protectionEnabled=False)
    (protected,) = fleet.ecs.get_task_protection(cluster=CLUSTER, tasks=[task.arn])["protectedTasks"]
    assert (protected.get("protectionEnabled"), protected.get("expirationDate")) == (False, None)
    assert [entry.event for entry in fleet.history.entries() if "protected" in entry.event] == [
        "task.protected",
        "task.unprotected",
    ]


def test_more_protected_tasks_than_desired_are_refused_but_a_renewal_never_is(fleet: SmallFleet):
    fleet.create(desired=2)
    first, second = fleet.until_running(2)
    assert fleet.player.protect(first, 5) is None
    fleet.resize(1)
    wait_until(lambda: second.status is Status.STOPPED, what="the idle task's end")
    fleet.resize(2)
    _, third = fleet.until_running(2)
    assert fleet.player.protect(third, 5) is None
    fleet.resize(1)
    assert fleet.player.protect(third, 5) is None
    with fleet.player.lock:  # between losing its protection and being stopped
        fleet.player.protect(third, None)
        assert fleet.player.protect(third, 5) == "DEPLOYMENT_BLOCKED"
    wait_until(lambda: third.status is Status.STOPPED, what="the surplus task's end")
    assert fleet.player.protect(third, 5) == "TASK_NOT_VALID"
    assert fleet.player.protect(first, 5) is None


def test_once_the_player_has_stopped_moto_answers_alone(fleet: SmallFleet):
    fleet.create(desired=1)
    fleet.until_running(1)
    fleet.player.stop(grace_seconds=0.5)
    fleet.resize(4)
    assert fleet.describe()["runningCount"] == 4
