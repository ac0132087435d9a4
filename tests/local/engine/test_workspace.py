"""A workspace around a stand-in for the CLI: what it is given, and what is made of its answers.

test_make_up.py types at a real one.
"""

import subprocess
from pathlib import Path

import pytest

from local.engine import workspace as module
from local.engine.workspace import Workspace, told
from local.program import REPOSITORY, DeployError
from tests.local.alive import command_of

CLI = """#!/bin/sh
case "$*" in
*output*) echo "warning: of something" >&2; echo '{"a": 1}' ;;
*" up "*) sleep 60 ;;
*) echo "$PWD:$*" ;;
esac
"""
SAID = """Updating (local):
 +  pulumi:pulumi:Stack ffmpeg-warm-pool-local creating (0s)
Diagnostics:
  pulumi:pulumi:Stack (ffmpeg-warm-pool-local):
    error: the configuration has a problem

Resources:
    + 1 created

Duration: 2s
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    cli = tmp_path / "a cli"
    cli.write_text(CLI)
    cli.chmod(0o755)
    workspace = Workspace(tmp_path / "it's", cli, endpoint_url="http://127.0.0.1:9", code_folder=tmp_path / "code")
    workspace.open({"warmPoolSize": 2})
    return workspace


def typed(workspace: Workspace, folder: Path) -> str:
    return subprocess.run(
        [workspace.programs / "pulumi", "config"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_in_the_repository_pulumi_is_about_the_stack_and_elsewhere_about_what_is_there(
    workspace: Workspace, tmp_path: Path
):
    project = tmp_path / "it's" / "project"
    assert typed(workspace, REPOSITORY) == f"{REPOSITORY}:--cwd {project} config"
    assert typed(workspace, REPOSITORY / "docs") == f"{REPOSITORY / 'docs'}:--cwd {project} config"
    assert typed(workspace, tmp_path) == f"{tmp_path}:config"


def test_the_project_is_the_repositorys_but_for_the_stacks_own_file(workspace: Workspace, tmp_path: Path):
    typed(workspace, REPOSITORY)
    project = tmp_path / "it's" / "project"
    assert (project / "Pulumi.yaml").read_text() == (REPOSITORY / "Pulumi.yaml").read_text() + "main: program\n"
    assert (project / "program").resolve() == REPOSITORY
    assert (project / "Pulumi.prod.yaml").resolve() == REPOSITORY / "Pulumi.prod.yaml"
    assert "warmPoolSize: 2\n" in (project / "Pulumi.local.yaml").read_text()


def test_outputs_are_what_was_answered_whatever_was_complained_of(workspace: Workspace):
    assert workspace.outputs() == {"a": 1}


def test_a_command_that_hangs_is_ended_and_told_of(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "UP_SECONDS", 0.3)
    with pytest.raises(DeployError, match="pulumi up was not done after"):
        workspace.up(lambda _: None)
    there = str(tmp_path).encode()
    assert not [pid for pid in Path("/proc").glob("[0-9]*") if there in command_of(int(pid.name))]


def test_what_is_wrong_is_what_the_diagnostics_say():
    assert told(SAID) == ("pulumi:pulumi:Stack (ffmpeg-warm-pool-local):\n    error: the configuration has a problem")


def test_without_diagnostics_the_end_of_what_was_said_is_told():
    lines = [f"line {number}" for number in range(100)]
    assert told("\n".join(lines)).splitlines() == lines[80:]
