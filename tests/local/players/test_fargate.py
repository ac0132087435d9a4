"""The Fargate player with real processes: failures first."""

import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local.cloud import Cloud
from local.players.task import Status
from tests.local.alive import is_alive
from tests.local.players.small_fleet import CLUSTER, DRAINER, QUICK, SERVICE, SLEEPER, STUBBORN, SmallFleet, small_fleet
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as opened:
        yield opened


@pytest.fixture
def fleet(cloud: Cloud, tmp_path: Path) -> Iterator[SmallFleet]:
    with small_fleet(cloud, tmp_path) as made:
        yield made


def test_a_task_killed_from_outside_is_replaced_at_once_and_recorded_as_a_crash(fleet: SmallFleet):
    fleet.create()
    (victim,) = fleet.until_running(1)
    os.kill(victim.pid or 0, signal.SIGKILL)
    crash = fleet.until("task.crashed")
    assert (crash.fields["task"], crash.fields["exit_code"]) == (victim.id, 137)
    fleet.until("task.running", 2)
    (replacement,) = fleet.until_running(1)
    assert replacement.id != victim.id
    assert victim.stop_code == "EssentialContainerExited"


def test_what_a_killed_task_leaves_running_dies_with_it_as_in_a_container(fleet: SmallFleet):
    fleet.create(
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], process_group=0)\n"
        "print('up', child.pid, flush=True)\n"
        "time.sleep(600)"
    )
    (task,) = fleet.until_running(1)
    child = int(task.log.read_text().split()[1])
    os.kill(task.pid or 0, signal.SIGKILL)
    fleet.until("task.stopped")
    wait_until(lambda: not is_alive(child), what="the orphan's end")


def test_a_task_that_ignores_sigterm_is_killed_when_its_stop_timeout_is_over(cloud: Cloud, tmp_path: Path):
    with small_fleet(cloud, tmp_path, replace(QUICK, stop_timeout_seconds=0.2)) as fleet:
        fleet.create(STUBBORN)
        (task,) = fleet.until_running(1)
        fleet.resize(0)
        killed, stopped = fleet.until("task.killed"), fleet.until("task.stopped")
        assert killed.fields["task"] == task.id
        assert stopped.fields["exit_code"] == 137
        assert task.stopping_at is not None
        assert task.stopped_at is not None
        assert (task.stopped_at - task.stopping_at).total_seconds() >= 0.2


def test_the_stop_timeout_is_the_task_definitions_unless_the_pace_overrides_it(cloud: Cloud, tmp_path: Path):
    with small_fleet(cloud, tmp_path, replace(QUICK, stop_timeout_seconds=None)) as fleet:
        fleet.create(SLEEPER, stopTimeout=7)
        (task,) = fleet.until_running(1)
        assert task.stop_timeout_seconds == 7.0


def test_a_program_that_cannot_be_run_is_tried_again_with_growing_pauses(fleet: SmallFleet):
    fleet.create(command=["no-such-program"])
    first, second, third = (fleet.until("task.stopped", n) for n in (1, 2, 3))
    assert "no-such-program" in first.fields["reason"]
    assert third.at - second.at > second.at - first.at
    description = fleet.describe()
    assert description["deployments"][0]["failedTasks"] >= 3
    assert description["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert any("unable to consistently start tasks" in event["message"] for event in description["events"])


def test_a_new_task_definition_is_tried_at_once_even_while_the_broken_one_backs_off(cloud: Cloud, tmp_path: Path):
    with small_fleet(
        cloud, tmp_path, replace(QUICK, restart_backoff_seconds=60.0, restart_backoff_limit_seconds=60.0)
    ) as fleet:
        fleet.create(command=["no-such-program"])
        fleet.until("task.stopped")
        fleet.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=fleet.register(SLEEPER))
        fleet.until_running(1)


def test_a_fleet_wakes_from_zero_through_pending_to_running(cloud: Cloud, tmp_path: Path):
    with small_fleet(cloud, tmp_path, replace(QUICK, cold_start_seconds=0.5)) as fleet:
        fleet.create(desired=0)
        assert fleet.player.tasks() == ()
        fleet.resize(2)
        fleet.until("task.pending", 2)
        description = fleet.describe()
        assert (description["desiredCount"], description["runningCount"], description["pendingCount"]) == (2, 0, 2)
        fleet.until_running(2)
        description = fleet.describe()
        assert (description["runningCount"], description["pendingCount"]) == (2, 0)
        assert fleet.player.running(SERVICE) == 2
        for entry in fleet.history.entries("task.running"):
            assert entry.fields["waited_seconds"] >= 0.5


def test_changes_of_the_desired_count_are_history(fleet: SmallFleet):
    fleet.create(desired=2)
    fleet.until_running(2)
    fleet.resize(0)
    fleet.until("task.stopped", 2)
    changes = [(entry.fields["from"], entry.fields["to"]) for entry in fleet.history.entries("service.desired")]
    assert changes == [(0, 2), (2, 0)]


def test_scale_in_drains_the_idle_and_never_touches_a_protected_task(fleet: SmallFleet):
    fleet.create(DRAINER, desired=3)
    busy, *idle = fleet.until_running(3)
    assert fleet.player.protect(busy, 5) is None
    fleet.resize(0)
    fleet.until("task.stopped", 2)
    assert fleet.player.tasks() == (busy,)
    assert fleet.describe()["runningCount"] == 1
    assert all("draining" in task.log.read_text() and task.exit_code == 0 for task in idle)

    fleet.player.protect(busy, None)
    fleet.until("task.stopped", 3)
    assert busy.exit_code == 0
    assert fleet.history.entries("task.crashed") == ()


def test_protection_expires(cloud: Cloud, tmp_path: Path):
    with small_fleet(cloud, tmp_path, replace(QUICK, protection_minute_seconds=0.3)) as fleet:
        fleet.create()
        (task,) = fleet.until_running(1)
        fleet.player.protect(task, 1)
        fleet.resize(0)
        assert fleet.until("task.unprotected").fields["cause"] == "expired"
        fleet.until("task.stopped")


def test_scale_in_during_the_cold_start_takes_tasks_that_never_began(cloud: Cloud, tmp_path: Path):
    with small_fleet(cloud, tmp_path, replace(QUICK, cold_start_seconds=60.0)) as fleet:
        fleet.create(desired=2)
        fleet.until("task.pending", 2)
        fleet.resize(0)
        fleet.until("task.stopped", 2)
        assert fleet.history.entries("task.running") == ()


def test_a_new_task_definition_rolls_the_service_without_a_gap_and_waits_for_the_busy(fleet: SmallFleet):
    fleet.create(DRAINER, desired=2)
    busy, idle = fleet.until_running(2)
    fleet.player.protect(busy, 5)
    second = fleet.register(SLEEPER)
    fleet.ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=second)
    wait_until(lambda: idle.status is Status.STOPPED, what="the idle task's end")
    started_before_the_stop = [
        entry for entry in fleet.history.entries("task.running") if entry.at < (idle.stopping_at or entry.at)
    ]
    assert len(started_before_the_stop) >= 3, "a new task runs before an old one is stopped"

    primary, active = fleet.describe()["deployments"]
    assert (primary["status"], primary["taskDefinition"], primary["rolloutState"]) == ("PRIMARY", second, "IN_PROGRESS")
    assert (active["status"], active["runningCount"]) == ("ACTIVE", 1)

    fleet.player.protect(busy, None)
    wait_until(lambda: busy.status is Status.STOPPED, what="the busy task's end")
    wait_until(lambda: len(fleet.describe()["deployments"]) == 1, what="the end of the roll-out")
    (primary,) = fleet.describe()["deployments"]
    assert (primary["rolloutState"], primary["runningCount"]) == ("COMPLETED", 2)


def test_a_roll_out_keeps_to_the_services_own_percentages(fleet: SmallFleet):
    fleet.create(desired=1)
    fleet.until_running(1)
    fleet.ecs.update_service(
        cluster=CLUSTER,
        service=SERVICE,
        taskDefinition=fleet.register(SLEEPER),
        deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100},
    )
    fleet.until("task.running", 2)
    assert fleet.until("task.stopping").at < fleet.until("task.pending", 2).at, "with no room the old one goes first"


def test_a_forced_deployment_replaces_every_task(fleet: SmallFleet):
    fleet.create()
    (before,) = fleet.until_running(1)
    fleet.ecs.update_service(cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)
    wait_until(lambda: before.status is Status.STOPPED, what="the old task's end")
    (after,) = fleet.until_running(1)
    assert after.deployment_id != before.deployment_id


def test_a_spot_interruption_ends_a_task_whatever_its_protection_and_its_service_starts_another(fleet: SmallFleet):
    fleet.create(DRAINER)
    (task,) = fleet.until_running(1)
    fleet.player.protect(task, 5)
    fleet.player.interrupt(task)
    wait_until(lambda: task.status is Status.STOPPED, what="the interrupted task's end")
    assert (task.stop_code, task.exit_code) == ("SpotInterruption", 0)
    fleet.until("task.running", 2)


def test_a_deleted_service_loses_its_tasks(fleet: SmallFleet):
    fleet.create()
    fleet.until_running(1)
    fleet.ecs.delete_service(cluster=CLUSTER, service=SERVICE, force=True)
    wait_until(lambda: not fleet.player.tasks(), what="the end of the tasks")


def test_a_task_sees_its_definitions_environment_the_clouds_and_nothing_of_the_users(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_PROFILE", "the-users-own")
    with small_fleet(cloud, tmp_path) as fleet:
        fleet.create(
            "import json, os, sys\n"
            "print(json.dumps({**os.environ, 'cwd': os.getcwd(), 'python': sys.executable, 'up': ''}), flush=True)\n"
            "import time; time.sleep(600)",
            environment=[{"name": "JOBS_TABLE", "value": "jobs"}, {"name": "TMPDIR", "value": "/scratch"}],
        )
        (task,) = fleet.until_running(1)
        seen = json.loads(task.log.read_text())
        assert seen["JOBS_TABLE"] == "jobs"
        assert seen["TMPDIR"] == str(tmp_path / task.id)
        assert seen["AWS_ENDPOINT_URL"] == fleet.ecs.meta.endpoint_url
        assert seen["AWS_REGION"] == "eu-west-1"
        assert f"/api/{task.id}-" in seen["ECS_AGENT_URI"]
        assert seen["python"] == sys.executable
        assert Path(seen["cwd"], "local", "players").is_dir()
        assert "AWS_PROFILE" not in seen


def test_a_tasks_scratch_lives_as_long_as_the_task_and_its_log_longer(fleet: SmallFleet, tmp_path: Path):
    fleet.create()
    (task,) = fleet.until_running(1)
    assert (tmp_path / task.id).is_dir()
    fleet.resize(0)
    fleet.until("task.stopped")
    assert not (tmp_path / task.id).exists()
    assert task.log.read_text().startswith("up")


def test_stopping_the_player_ends_every_task_within_the_grace_and_the_agent_with_them(cloud: Cloud, tmp_path: Path):
    with small_fleet(cloud, tmp_path) as fleet:
        fleet.create(STUBBORN, desired=2)
        tasks = fleet.until_running(2)
        fleet.player.protect(tasks[0], 5)
        uri = urlsplit(fleet.player._agent.uris("any")["ECS_AGENT_URI"])
        fleet.player.stop(grace_seconds=0.1)
        assert [is_alive(task.pid or 0) for task in tasks] == [False, False]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((uri.hostname or "", uri.port or 0), timeout=1).close()
