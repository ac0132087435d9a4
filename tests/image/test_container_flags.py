"""A container definition is run as it stands, or not at all."""

from typing import Any

import pytest

from image.container import UnplayableError, flags, health_command

DEFINITION: dict[str, Any] = {
    "name": "worker",
    "image": "worker:1",
    "environment": [{"name": "BUCKET", "value": "videos"}, {"name": "HTTP_PORT", "value": "8080"}],
    "readonlyRootFilesystem": True,
    "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
    "user": "10001:10001",
    "stopTimeout": 120,
    "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch", "readOnly": False}],
    "healthCheck": {"command": ["CMD", "python", "-m", "worker.health"]},
    "volumesFrom": [],
}


def test_every_bound_of_the_definition_is_one_of_the_container():
    assert flags(DEFINITION, 2, {"HTTP_PORT": "49152"}) == [
        "--no-healthcheck",
        "--security-opt",
        "no-new-privileges",
        "--memory=2097152",
        "--read-only",
        "--read-only-tmpfs=false",
        "--init",
        "--cap-drop=ALL",
        "--user=10001:10001",
        "--stop-timeout=120",
        "--volume=/scratch",
        "--env=BUCKET=videos",
        "--env=HTTP_PORT=49152",
    ]


def test_what_the_definition_does_not_bound_is_not_bounded():
    assert flags({"name": "worker", "readonlyRootFilesystem": False}, 1, {}) == [
        "--no-healthcheck",
        "--security-opt",
        "no-new-privileges",
        "--memory=1048576",
    ]


@pytest.mark.parametrize("unknown", [{"secrets": [{"name": "KEY"}]}, {"privileged": True}])
def test_what_is_not_understood_is_refused_by_name(unknown: dict[str, Any]):
    with pytest.raises(UnplayableError, match=next(iter(unknown))):
        flags(DEFINITION | unknown, 2, {})


def test_the_health_check_is_a_command_and_no_line_for_a_shell():
    assert health_command(DEFINITION) == ["python", "-m", "worker.health"]
    with pytest.raises(UnplayableError, match="CMD-SHELL"):
        health_command({"healthCheck": {"command": ["CMD-SHELL", "true"]}})
