"""`make up` by the real engine, and what its user types at the stack that runs then, in one shell.

The tests of this file share one stack and go on from one another in their order.
"""

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

from local.aws import client_on, hermetic_session
from local.background.folder import Folder
from local.background.standing import Facts
from tests.local.alive import command_of, is_alive
from tests.local.background.terminal import block, descendants_of
from tests.local.engine.engine_shell import COPIED, LINKED, REPOSITORY, copy_of_the_repository, engine, needs_linux
from tests.local.engine.typed_shell import TypedShell
from tests.waiting import wait_until

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600), needs_linux]

MORE = ("Makefile", "Pulumi.local.yaml", "local", "examples")
AWAKE = 'make up ARGS="--minute-seconds 4 --cold-start-seconds 0.2 -c scaleToZero=false"'
"""A fleet that never sleeps: it is at its floor, whatever that is."""
SUBNETS = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
FOREIGN = {
    "AWS_PROFILE": "somebody-elses",
    "PULUMI_STACK": "somebody-elses",
    "PULUMI_CONFIG_PASSPHRASE": "somebody-elses",
}
"""What a shell may hold of a user's other clouds."""


@dataclass
class Standing:
    """The stack that is up, and what `make up` said of it."""

    shell: TypedShell
    repository: Path
    files: dict[str, bytes]
    told: str

    def history(self, event: str) -> list[dict[str, Any]]:
        lines = (self.repository / ".local" / "up" / "history.jsonl").read_text().splitlines()
        return [entry for entry in map(json.loads, lines) if entry["event"] == event]

    def keeper(self) -> int:
        return int((self.repository / ".local" / "up" / "pid").read_text())

    def processes(self) -> dict[int, str]:
        """What the keeper started and runs: a worker, or a Lambda by its name."""
        return {pid: _called(pid) for pid in descendants_of(self.keeper())}

    def workers(self) -> set[int]:
        return {pid for pid, called in self.processes().items() if called == "worker"}

    def counts(self) -> tuple[int, int]:
        """The service's desired and running counts, as anyone would read them."""
        outputs = self.facts().outputs
        ecs = client_on(hermetic_session(), "ecs", self.facts().endpoint_url)
        [service] = ecs.describe_services(cluster=outputs["cluster"], services=[outputs["service"]])["services"]
        return service["desiredCount"], service["runningCount"]

    def facts(self) -> Facts:
        facts = Folder(self.repository / ".local" / "up").standing().facts
        assert facts is not None
        return facts


def _called(pid: int) -> str:
    try:
        environment = (Path("/proc") / str(pid) / "environ").read_bytes().decode().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
    names = [value for name, _, value in (entry.partition("=") for entry in environment) if name == FUNCTION_NAME]
    return "worker" if b"\0-m\0worker" in command_of(pid) else "".join(names)


FUNCTION_NAME = "AWS_LAMBDA_FUNCTION_NAME"


def files_of(repository: Path) -> dict[str, bytes]:
    """What git would look at, as far as pulumi might write there."""
    assert ".local/" in (REPOSITORY / ".gitignore").read_text().splitlines()
    return {
        path.name: path.read_bytes() if path.is_file() else b""
        for path in repository.iterdir()
        if path.name != ".local"
    }


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TypedShell, Path]]:
    """A shell in a copy of the repository, whose user has a home of their own."""
    engine()
    folder = tmp_path_factory.mktemp("checkout")
    linked = [*LINKED, *([".engine"] if (REPOSITORY / ".engine").exists() else [])]
    repository = copy_of_the_repository(folder / "repository", [*COPIED, *MORE], linked)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_", "MAKE"))}
    with TypedShell(repository, {**kept, **FOREIGN, "HOME": str(folder)}) as shell:
        yield shell, repository


@pytest.fixture(scope="module")
def standing(checkout: tuple[TypedShell, Path]) -> Iterator[Standing]:
    shell, repository = checkout
    files = files_of(repository)
    try:
        told = shell(AWAKE)
        shell('eval "$(make -s env)"')
        yield Standing(shell, repository, files, told)
    finally:
        shell("make down")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("-c maxAttempts=9", ["maxAttempts = 9: ", "make up ARGS="]),
        (
            rf"-c vpcId=vpc-0123456789abcdef0 -c 'subnetIds=[\"{SUBNETS[0]}\",\"{SUBNETS[1]}\"]'",
            ["front-door-workers", "'vpc-0123456789abcdef0' is not found"],
        ),
    ],
    ids=["refused", "half-way"],
)
def test_a_setting_that_cannot_be_deployed_is_named_and_nothing_is_left(
    checkout: tuple[TypedShell, Path], settings: str, said: list[str]
):
    shell, repository = checkout
    try:
        told = shell(f'make up ARGS="--work .local/failed {settings}"', status=2)
    finally:
        assert shell('make down ARGS="--work .local/failed"') == "No stack is up here.\n"
    assert [words for words in said if words not in told] == [], told
    work = str(repository / ".local" / "failed").encode()
    assert not [pid for pid in Path("/proc").iterdir() if pid.name.isdecimal() and work in command_of(int(pid.name))]
    assert sorted(path.name for path in (repository / ".local" / "failed" / "up").iterdir()) == ["log", "pid"]


def test_make_up_says_that_the_engine_deployed_and_leaves_the_repository_as_it_was(standing: Standing):
    assert "deployed by the Pulumi engine" in standing.told
    assert "resources are made" in standing.told
    assert files_of(standing.repository) == standing.files


def test_state_and_passphrase_are_the_stacks_own_and_nothing_of_the_users_is_touched(standing: Standing):
    folder = standing.repository / ".local" / "up" / "pulumi"
    passphrase = folder / "passphrase"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, passphrase)] == [0o700, 0o600]
    assert passphrase.read_text() not in standing.shell("make -s env")
    assert not (standing.repository.parent / ".pulumi").exists()


def test_the_outputs_are_those_of_the_stack_that_runs(standing: Standing):
    endpoint = standing.shell("echo $AWS_ENDPOINT_URL").strip()
    assert standing.shell("pulumi stack output jobsQueueUrl").startswith(endpoint)
    assert "jobsQueueUrl" in standing.shell("pulumi stack output")


def test_another_floor_is_previewed_and_followed_by_the_fleet_while_all_else_runs_on(standing: Standing):
    wait_until(lambda: standing.counts() == (1, 1), 60, "a worker at the floor")
    keeper, before = standing.keeper(), standing.processes()

    standing.shell("pulumi config set warmPoolSize 3")
    previewed = standing.shell("pulumi preview")
    assert re.findall(r"^ *[~+-]+ +(aws:\S+) +(\S+) (\w+)", previewed, re.MULTILINE) == [
        ("aws:lambda:Function", "warmkeeper-function", "update")
    ]
    standing.shell("pulumi up --yes")

    wait_until(lambda: standing.counts() == (3, 3), 60, "three workers")
    assert standing.keeper() == keeper
    assert {called.rpartition("-")[0] for pid, called in before.items() if not is_alive(pid)} == {"warmkeeper-function"}
    assert standing.workers() > {pid for pid, called in before.items() if called == "worker"}


def test_a_refresh_finds_all_as_it_is_while_the_fleet_is_at_work(standing: Standing):
    assert re.search(r"Resources:\n +\d+ unchanged\n", standing.shell("pulumi refresh --yes --skip-preview"))


def test_back_to_the_former_floor_the_surplus_goes_and_no_deployment_ever_touched_the_count(standing: Standing):
    standing.shell("pulumi config set warmPoolSize 1")
    standing.shell("pulumi up --yes --skip-preview")
    wait_until(lambda: standing.counts() == (1, 1), 60, "the end of two workers")
    assert 0 not in [entry["to"] for entry in standing.history("service.desired")]
    assert files_of(standing.repository) == standing.files


def test_the_how_tos_commands_are_those_that_were_typed(standing: Standing):
    typed = {command.removesuffix(" --skip-preview").removesuffix(" --yes") for command in standing.shell.typed}
    assert set(block("sh", "pulumi config set").splitlines()) <= typed


def test_a_stack_that_is_destroyed_can_be_deployed_again(standing: Standing):
    link = standing.facts().link
    assert link in standing.told
    standing.shell("pulumi destroy --yes --skip-preview")
    assert json.loads(standing.shell("pulumi stack output --json")) == {}
    wait_until(lambda: not standing.workers(), 60, "the end of the last worker")
    standing.shell("pulumi up --yes --skip-preview")
    wait_until(lambda: standing.facts().link != link, 60, "another address")
    standing.shell('eval "$(make -s env)"')
    url = standing.shell("echo $API_URL/fleet").strip()
    token = standing.shell("echo $API_TOKEN").strip()
    fleet = urllib3.request("GET", url, headers={"Authorization": f"Bearer {token}"})
    assert (fleet.status, "desired" in fleet.json()) == (200, True)
    wait_until(lambda: standing.counts() == (1, 1), 60, "a worker at the floor")


def test_down_ends_all_and_takes_pulumis_state_along(standing: Standing):
    keeper = standing.keeper()
    started = [keeper, *standing.processes()]
    assert "The stack is down" in standing.shell("make down")
    assert [pid for pid in started if is_alive(pid)] == []
    assert not (standing.repository / ".local" / "up" / "pulumi").exists()
    assert files_of(standing.repository) == standing.files
    log = (standing.repository / ".local" / "up" / "log").read_text()
    assert "Traceback" not in log, log[-3000:]
