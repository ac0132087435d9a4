"""compose.yaml runs a worker as its task definition says, and says nothing that one of its three readers refuses."""

from pathlib import Path
from typing import Any

import yaml

from components.worker_service import SCRATCH_PATH, STOP_TIMEOUT_SECONDS, container
from local.configuration import load

ROOT = Path(__file__).parents[3]
FILE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = FILE["services"]
WORKER = SERVICES["worker"]
AT_AWS: dict[str, Any] = yaml.safe_load((ROOT / "compose.aws.yaml").read_text())["services"]["worker"]
DEFINITION: dict[str, Any] = container("worker:1", {}, "logs", "eu-west-1")


def test_a_worker_is_bounded_as_on_ecs():
    linux = DEFINITION["linuxParameters"]
    assert WORKER["read_only"] is DEFINITION["readonlyRootFilesystem"]
    assert WORKER["init"] is linux["initProcessEnabled"]
    assert WORKER["cap_drop"] == linux["capabilities"]["drop"]
    assert WORKER["user"] == DEFINITION["user"]
    assert WORKER["stop_grace_period"] == f"{STOP_TIMEOUT_SECONDS}s"
    assert WORKER["command"][2:] == DEFINITION["command"]
    memory_mib = load(ROOT, "local", {}).values["ffmpeg-warm-pool:memoryMib"]
    assert WORKER["deploy"]["resources"]["limits"]["memory"] == f"{memory_mib}M"


def test_a_workers_scratch_is_the_volume_of_the_image_and_no_other_workers():
    assert f"VOLUME {SCRATCH_PATH}" in (ROOT / WORKER["build"]["dockerfile"]).read_text()
    assert [volume for volume in WORKER["volumes"] if SCRATCH_PATH in volume] == []


def test_a_worker_at_aws_is_bounded_as_one_at_the_cloud_of_compose():
    # A Swarm knows no `extends`, so the bounds are written twice.
    own = {"command", "environment", "env_file", "volumes"}
    assert {key: AT_AWS[key] for key in AT_AWS if key not in own} == {
        key: WORKER[key] for key in WORKER if key not in own
    }
    assert AT_AWS["command"] == DEFINITION["command"]


def test_what_is_published_is_published_on_loopback():
    assert "ports" not in WORKER
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["cloud"]["ports"])


def test_a_swarm_is_told_in_its_own_words_and_none_that_it_refuses():
    # docker/cli's schema 3.13 has no other keys of a file, and these are the refused ones that compose tempts to.
    assert FILE.keys() <= {"services", "networks", "volumes", "secrets", "configs"}
    for name, service in SERVICES.items():
        assert not {"scale", "mem_limit", "cpus", "extends", "profiles"} & service.keys(), name


def test_no_container_is_tied_to_another():
    # Podman would not let the cloud go while a worker that `--scale` brought is there.
    assert [name for name, service in SERVICES.items() if "depends_on" in service] == []


def test_podman_compose_reads_how_many_there_are():
    # It heeds `replicas` beside this mode alone.
    for service in SERVICES.values():
        assert service["deploy"]["mode"] == "replicated"
    assert WORKER["deploy"]["replicas"] == "${WORKERS:-1}"


def test_there_is_one_cloud_and_never_two_of_them():
    deploy = SERVICES["cloud"]["deploy"]
    assert (deploy["replicas"], deploy["update_config"]["order"]) == (1, "stop-first")
