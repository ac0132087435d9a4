"""A folder by which `pulumi`, typed in the repository, finds a local stack: its state, its configuration, its plugins.

The stack's file is one of this folder and not the repository's `Pulumi.local.yaml`: what a stack in the background
needs (addresses of the day, the salt of its passphrase) and what is tried out with it leaves the repository as it is.
docs/adr/0006-a-stack-file-of-its-own.md says why that is done by a `pulumi` before the real one.
"""

import json
import os
import re
import secrets
import shlex
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from local import configuration, processes
from local.aws import aws_environment
from local.engine import installation
from local.program import REPOSITORY, STACK, DeployError, environment_for_a_child

UP_SECONDS = 240
"""An `up` from nothing takes some 12 s; on a machine that renders beside it, some times that."""
COMMAND_SECONDS = 60
"""Any other command takes one or two."""
PROGRAM = "program"
"""The link to the repository, by which the project of this folder names its program."""
MADE = re.compile(r"^ ?\+ .* created \(")
"""What `pulumi up` prints of a resource that it has made."""
SAID_LINES = 20
"""Of what the engine said, where it did not say what is wrong under `DIAGNOSTICS`."""
DIAGNOSTICS, SUMMARY = "Diagnostics:\n", "\nResources:\n"

WRAPPER = """\
#!/bin/sh
{mark}: what is typed in its repository is about it.
case "$(pwd -P)/" in
{repository}/*)
  {{ cat {repository}/Pulumi.yaml && echo "main: {program}"; }} >{project}/Pulumi.yaml.$$ || exit 1
  mv {project}/Pulumi.yaml.$$ {project}/Pulumi.yaml
  set -- --cwd {project} "$@" ;;
esac
exec {cli} "$@"
"""


class Workspace:
    """The stack `local` of a real engine. `folder` is not there yet, and will be for its owner's eyes only."""

    def __init__(self, folder: Path, cli: Path, *, endpoint_url: str, code_folder: Path) -> None:
        self._folder = folder
        self._cli = cli
        self._project = folder / "project"
        self._state = folder / "state"
        self._passphrase = folder / "passphrase"
        self._home = folder / "home"
        self._endpoint_url = endpoint_url
        self.programs = folder / "bin"
        """Where its `pulumi` is; that comes before any other on the PATH."""
        self.environment = {
            "LOCAL_CODE_FOLDER": str(code_folder),
            "PULUMI_BACKEND_URL": f"file://{self._state}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self._passphrase),
            "PULUMI_HOME": str(self._home),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        """What `pulumi` needs beside the variables of the local AWS."""

    def open(self, config: Mapping[str, object]) -> None:
        """Make the folder and a stack of this configuration over that of Pulumi.local.yaml; nothing is deployed yet.

        Raises:
            DeployError: a key is not declared in Pulumi.yaml, or the text is what the engine said.
        """
        try:
            values = configuration.stack_file(REPOSITORY, STACK, config)
        except configuration.InvalidConfigurationError as error:
            raise DeployError(str(error)) from error
        self._folder.mkdir(mode=0o700, parents=True)
        for folder in (self.programs, self._project, self._state):
            folder.mkdir()
        _write_private(self._passphrase, secrets.token_urlsafe(32))
        _write_private(self._project / f"Pulumi.{STACK}.yaml", yaml.safe_dump({"config": values}))
        # The other stacks' files are the repository's own, as they are wherever pulumi is typed.
        for file in REPOSITORY.glob("Pulumi.*.yaml"):
            if file.name != f"Pulumi.{STACK}.yaml":
                (self._project / file.name).symlink_to(file)
        (self._project / PROGRAM).symlink_to(REPOSITORY)
        (self._project / ".venv").symlink_to(REPOSITORY / ".venv")
        installation.install_providers(self._home)
        self._put_wrapper()
        self._run("stack", "init", STACK)

    def up(self, tell: Callable[[int], None]) -> None:
        """Deploy. At each resource that is made, `tell` is called with their number.

        Raises:
            DeployError: the text is what the engine said is wrong. What was made until then is in the state.
        """
        made = 0

        def count(line: str) -> None:
            nonlocal made
            if MADE.match(line):
                made += 1
                tell(made)

        self._run("up", "--yes", "--skip-preview", "--color", "never", seconds=UP_SECONDS, each=count)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs. Raises DeployError."""
        return json.loads(self._run("stack", "output", "--json", "--show-secrets"))

    @property
    def is_at_work(self) -> bool:
        """Whether a command is changing the stack, or died while it did."""
        return any(files for _, _, files in os.walk(self._state / ".pulumi" / "locks"))

    def version(self) -> int:
        """A number that is another one whenever the stack's state was written anew."""
        stacks = (self._state / ".pulumi" / "stacks").glob(f"*/{STACK}.json")
        return max((file.stat().st_mtime_ns for file in stacks), default=0)

    def _put_wrapper(self) -> None:
        quoted = {
            name: shlex.quote(str(path))
            for name, path in (("repository", REPOSITORY), ("project", self._project), ("cli", self._cli))
        }
        wrapper = self.programs / "pulumi"
        wrapper.write_text(WRAPPER.format(mark=installation.WRAPPER_MARK, program=PROGRAM, **quoted))
        wrapper.chmod(0o755)

    def _run(self, *words: str, seconds: float = COMMAND_SECONDS, each: Callable[[str], None] = lambda _: None) -> str:
        """Type a command in the repository, as its user would; `each` gets each line of the answer."""
        environment = environment_for_a_child()
        path = f"{self.programs}{os.pathsep}{environment.get('PATH', os.defpath)}"
        said: list[str] = []
        with tempfile.TemporaryFile() as complaint:  # apart, since answers are read by programs
            process = processes.start(
                [str(self.programs / "pulumi"), "--non-interactive", *words],
                env={**environment, **aws_environment(self._endpoint_url), **self.environment, "PATH": path},
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=complaint,
            )
            is_late = threading.Event()
            late = threading.Timer(seconds, lambda: (is_late.set(), processes.kill(process)))
            late.start()
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    said.append(line.decode(errors="replace"))
                    each(said[-1])
                process.wait()
            finally:
                late.cancel()
                processes.kill(process)
            complaint.seek(0)
            complained = complaint.read().decode(errors="replace")
        if is_late.is_set():
            raise DeployError(f"pulumi {words[0]} was not done after {seconds:.0f} s")
        if process.returncode:
            said_of_it = told("".join([*said, complained]))
            raise DeployError(f"pulumi {words[0]} ended with {process.returncode}:\n{said_of_it}")
        return "".join(said)


def told(said: str) -> str:
    """What is wrong, of all that the engine said: its diagnostics, or the last lines where it has none."""
    if DIAGNOSTICS in said:
        return said.partition(DIAGNOSTICS)[2].partition(SUMMARY)[0].strip()
    return "\n".join(said.strip().splitlines()[-SAID_LINES:])


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
