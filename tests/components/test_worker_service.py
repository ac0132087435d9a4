"""The fleet starts with nobody, is resized by nobody but the warmkeeper, and is never thinned out while it works."""

import json

import pytest

from components.worker_service import capacity_strategy
from jobs.effects import DEFAULT_EFFECTS
from tests.components.recording import IMAGE, PLACE, ROOT, Recording, recorded
from worker.health import ANSWER_SECONDS

QUEUE_URLS = "https://sqs.eu-west-1.amazonaws.com/123456789012"


def test_the_service_starts_with_no_worker_and_an_update_never_resizes_it(program: Recording):
    service = program.one("Service")
    assert service.inputs["desiredCount"] == 0
    assert service.ignore_changes == ["desiredCount"]


def test_nothing_else_scales_the_service(program: Recording):
    assert not [resource for resource in program.resources if "appautoscaling" in resource.type]


def test_a_deployment_starts_new_workers_before_it_stops_old_ones_and_turns_back_when_they_fail(program: Recording):
    inputs = program.one("Service").inputs
    assert (inputs["deploymentMinimumHealthyPercent"], inputs["deploymentMaximumPercent"]) == (100, 200)
    assert inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_evening_out_the_zones_stops_no_worker(program: Recording):
    assert program.one("Service").inputs["availabilityZoneRebalancing"] == "DISABLED"


def test_nobody_logs_into_a_worker(program: Recording):
    assert not program.one("Service").inputs.keys() & {"enableExecuteCommand", "launchType"}


def test_resizing_the_warm_pool_leaves_the_capacity_strategy_alone():
    small, large = (recorded(case).one("Service").inputs["capacityProviderStrategies"] for case in ("local", "staging"))
    assert small == large == [{"base": 0, "capacityProvider": "FARGATE", "weight": 1}]


def test_a_burst_on_spot_keeps_the_base_on_demand_and_puts_nothing_else_there():
    on_demand, spot = recorded("prod").one("Service").inputs["capacityProviderStrategies"]
    assert on_demand == {"base": 10, "capacityProvider": "FARGATE", "weight": 0}
    assert spot == {"base": 0, "capacityProvider": "FARGATE_SPOT", "weight": 1}


def test_without_a_base_the_whole_fleet_is_on_spot():
    assert capacity_strategy(burst_on_spot=True, on_demand_base=0) == [
        {"capacity_provider": "FARGATE", "weight": 0, "base": 0},
        {"capacity_provider": "FARGATE_SPOT", "weight": 1, "base": 0},
    ]


def test_a_spot_strategy_finds_its_provider(program: Recording):
    assert program.one("ClusterCapacityProviders").inputs["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]


def test_the_worker_is_told_all_that_it_reads_and_nothing_else():
    assert recorded("no-load-balancer").container_environment() == {
        "JOBS_QUEUE_URL": f"{QUEUE_URLS}/jobs-queue-1a2b3c4",
        "NOTIFICATIONS_QUEUE_URL": f"{QUEUE_URLS}/notifications-queue-1a2b3c4",
        "JOBS_TABLE": "storage-jobs-1a2b3c4",
        "BUCKET": "storage-media-1a2b3c4",
        "SOURCES": '["s3://storage-media-1a2b3c4/sources/"]',
        "VISIBILITY_TIMEOUT_SECONDS": "120",
        "STOP_TIMEOUT_SECONDS": "120",
        "MAX_ATTEMPTS": "3",
        "REUSE_RENDERS_DAYS": "30",
        "TASK_USD_PER_HOUR": "0.098740",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": "8080",
        "MAX_CLIPS": "50",
        "MAX_SOURCE_MIB": "4096",
        "MAX_OUTPUT_SECONDS": "600",
        "MAX_OUTPUT_PIXELS": "16777216",
        "EFFECTS": json.dumps(DEFAULT_EFFECTS),
        "LOOPBACK_TARGETS": "[]",
        "TMPDIR": "/scratch",
        "FFMPEG_THREADS": "2",
    }


def test_a_container_writes_nowhere_but_on_its_scratch_volume(program: Recording):
    container = program.container()
    assert container["readonlyRootFilesystem"] is True
    assert container["mountPoints"] == [{"sourceVolume": "scratch", "containerPath": "/scratch", "readOnly": False}]
    assert program.one("TaskDefinition").inputs["volumes"] == [{"name": "scratch"}]


def test_a_container_has_an_init_process_no_capability_and_all_the_time_that_fargate_gives_to_stop(program: Recording):
    container = program.container()
    assert container["linuxParameters"] == {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}}
    assert container["stopTimeout"] == 120
    assert "privileged" not in container
    assert "secrets" not in container


def test_a_container_runs_as_the_user_that_the_image_gives_the_scratch_volume_to(program: Recording):
    dockerfile = (ROOT / "Dockerfile").read_text().splitlines()
    assert program.container()["user"] == "10001:10001"
    assert {"USER 10001:10001", "VOLUME /scratch"} <= set(dockerfile)


def test_a_container_runs_the_worker_and_logs_to_the_stacks_own_group(program: Recording):
    container = program.container()
    assert container["command"] == ["python", "-m", "worker"]
    assert container["logConfiguration"]["options"]["awslogs-group"] == "worker-logs-1a2b3c4"
    assert program.one("LogGroup", "worker-logs").inputs["retentionInDays"] == 30


@pytest.mark.parametrize(("stack", "image"), [("prod", IMAGE), ("local", "local/worker:dev")])
def test_the_image_is_the_configured_one(stack: str, image: str):
    assert recorded(stack).container()["image"] == image


def test_a_task_has_the_configured_size_and_roles_of_its_own(program: Recording):
    inputs = program.one("TaskDefinition").inputs
    assert (inputs["cpu"], inputs["memory"], inputs["ephemeralStorage"]) == ("2048", "4096", {"sizeInGib": 21})
    account = PLACE.partition(":")[2]
    assert inputs["taskRoleArn"] == f"arn:aws:iam::{account}:role/worker-task-1a2b3c4"
    assert inputs["executionRoleArn"] == f"arn:aws:iam::{account}:role/worker-execution-1a2b3c4"


def test_a_fleet_on_arm_runs_an_image_for_arm_at_the_price_of_arm():
    program = recorded("arm")
    assert program.one("TaskDefinition").inputs["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    assert program.one("Image").inputs["platforms"] == ["linux/arm64"]
    assert program.container_environment()["TASK_USD_PER_HOUR"] == "0.079000"


def test_clips_are_read_from_the_places_that_are_named_and_from_nowhere_else():
    program = recorded("own-buckets")
    assert json.loads(program.container_environment()["SOURCES"]) == [
        "s3://our-videos/sources/",
        "s3://our-clips/2026/",
        "s3://stock-footage/",
    ]
    read = [s["Resource"] for s in program.statements("worker-task") if s["Action"] == ["s3:GetObject"]]
    assert read == [
        ["arn:aws:s3:::our-videos/sources/*"],
        ["arn:aws:s3:::our-clips/2026/*"],
        ["arn:aws:s3:::stock-footage/*"],
        ["arn:aws:s3:::our-videos/fonts/*"],
        ["arn:aws:s3:::our-videos/renders/*"],  # to answer from earlier ones
    ]
    [write] = [s for s in program.statements("worker-task") if "s3:PutObject" in s["Action"]]
    assert write["Resource"] == ["arn:aws:s3:::our-videos/renders/*"]


def test_workers_in_private_subnets_have_no_address_of_their_own():
    network = recorded("nat").one("Service").inputs["networkConfiguration"]
    assert network["assignPublicIp"] is False
    assert network["subnets"] == ["network-private-0-1a2b3c4-id", "network-private-1-1a2b3c4-id"]


def test_a_task_gets_an_address_but_no_visitors_other_than_the_load_balancer(program: Recording):
    network = program.one("Service").inputs["networkConfiguration"]
    assert network["assignPublicIp"] is True
    worn = ["network-workers-1a2b3c4-id", *(["front-door-workers-1a2b3c4-id"] if program.all("LoadBalancer") else [])]
    assert network["securityGroups"] == worn
    assert len(network["subnets"]) == 2


@pytest.mark.parametrize("case", ["prod", "no-load-balancer"])
def test_every_worker_is_asked_how_it_is_behind_a_load_balancer_or_not(case: str):
    check = recorded(case).container()["healthCheck"]
    assert check["command"] == ["CMD", "python", "-m", "worker.health"]
    assert (ROOT / "worker" / "health.py").is_file()
    assert check["timeout"] > ANSWER_SECONDS
    assert recorded(case).container_environment()["HTTP_PORT"] == "8080"
