"""A shell in a copy of the repository, in which `pulumi` is the real engine and AWS is the local one."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.aws import aws_environment
from local.engine import installation

REPOSITORY = installation.REPOSITORY
COPIED = (
    *("__main__.py", "Pulumi.yaml", "Pulumi.staging.yaml", "Pulumi.prod.yaml", "Dockerfile", ".dockerignore"),
    *("components", "jobs", "fleet", "lambdas", "worker", "requirements", "image"),
)
LINKED = (".venv", "build", "docs")
"""What `make setup` puts beside the program, and what commands read of the pages."""
AWS_CLI = REPOSITORY / ".venv-awscli" / "bin"
COMMAND_SECONDS = 240
"""A command takes some five seconds, an `up` from nothing twelve; one that takes this long hangs."""
PASSPHRASE = "made up for this test"


def engine() -> Path:
    """The CLI; skips the test where there is none, and fails it in CI."""
    cli = installation.cli()
    if cli is None:
        reason = "there is no Pulumi CLI: make engine builds one where Go is installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and CI must show the program under the real engine")
        pytest.skip(reason)
    installation.install_plugins()
    return cli


def copy_of_the_repository(copy: Path, copied: Iterable[str], linked: Iterable[str]) -> Path:
    """A new folder `copy` with these files and folders of the repository, without byte code."""
    copy.mkdir()
    for name in copied:
        source, target = REPOSITORY / name, copy / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    for name in linked:
        (copy / name).symlink_to(REPOSITORY / name)
    return copy


@dataclass(frozen=True)
class Said:
    """What a command said, on both streams, and how it ended."""

    text: str
    status: int


class EngineShell:
    """Commands are typed as a user types them. `folder` is new and holds the copy, the state and Pulumi's own files.

    `typed` is every line that was. Who is not `logged_in` has neither a place for states nor a passphrase.
    """

    def __init__(self, folder: Path, endpoint_url: str, *, logged_in: bool = True) -> None:
        cli = engine()
        if not (AWS_CLI / "aws").exists():
            raise FileNotFoundError(f"{AWS_CLI} has no aws: `make test` installs it (or `make .venv-awscli/.ready`)")
        self.typed: list[str] = []
        self.folder = folder
        self.repository = copy_of_the_repository(folder / "repository", COPIED, LINKED)
        self.state = folder / "state"
        self.state.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
        self._environment = {
            **kept,
            **aws_environment(endpoint_url),
            "LOCAL_CODE_FOLDER": str(folder / "code"),
            "PATH": os.pathsep.join([str(cli.parent), str(AWS_CLI), kept["PATH"]]),
            "PULUMI_CREDENTIALS_PATH": str(folder),
            "PULUMI_HOME": str(installation.HOME_FOLDER),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        if logged_in:
            self._environment["PULUMI_BACKEND_URL"] = f"file://{self.state}"
            self._environment["PULUMI_CONFIG_PASSPHRASE"] = PASSPHRASE

    def __call__(self, command: str, *, status: int = 0) -> str:
        """What the command said. It must end with this status."""
        said = self.run(command)
        assert said.status == status, f"{command} ended with {said.status}:\n{said.text}"
        return said.text

    def run(self, command: str) -> Said:
        """Run a line of shell; the whole process group is ended if it hangs."""
        process = self.start(command)
        try:
            text, _ = process.communicate(timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail(f"{command} was not done after {COMMAND_SECONDS} s")
        return Said(text, process.returncode)

    def start(self, command: str) -> "subprocess.Popen[str]":
        """A running command, in a process group of its own."""
        self.typed.append(command)
        return subprocess.Popen(
            ["sh", "-c", command],
            cwd=self.repository,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def json(self, command: str) -> Any:
        """What a command says in JSON."""
        return json.loads(self(command))

    def outputs(self) -> Mapping[str, Any]:
        """The stack's outputs."""
        return self.json("pulumi stack output --json --show-secrets")


def provider_pids(package: str, ancestor: int) -> list[int]:
    """The processes of a provider that descend from `ancestor`."""
    return [pid for pid in _descendants(ancestor) if f"provider_process\0{package}\0".encode() in _argv(pid)]


def _descendants(pid: int) -> list[int]:
    # A child belongs to the thread that started it, and Go has many.
    children = [
        int(child)
        for thread in Path(f"/proc/{pid}/task").iterdir()
        for child in (thread / "children").read_text().split()
    ]
    return [*children, *(each for child in children for each in _descendants(child))]


def _argv(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
