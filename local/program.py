"""Runs the repository's Pulumi program against a local AWS, as `pulumi up` would against the real one.

The program runs in a process of its own, since Pulumi's runtime is global to one: see `local/program_host.py`.
"""

import atexit
import json
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.aws import aws_environment
from local.configuration import Secret
from local.program_host import OUTPUTS, SAID, HungRunError, ProgramHost, environment_for_a_child
from local.program_run import CODE_FOLDER, STATE_FILE, Order

__all__ = [
    "CODE_FOLDER",
    "REPOSITORY",
    "STACK",
    "STATE_FILE",
    "DeployError",
    "deploy",
    "destroy",
    "environment_for_a_child",
]

REPOSITORY = Path(__file__).resolve().parent.parent
STACK = "local"
"""The stack that is played on one machine: Pulumi.local.yaml applies."""
DEPLOY_SECONDS = 120
"""A deployment takes some six seconds; one that takes this long hangs."""


_host = ProgramHost(REPOSITORY)
_one_at_a_time = threading.Lock()
atexit.register(_host.close)


class DeployError(RuntimeError):
    """The program could not be deployed: the text is what it said, or what AWS or a realiser said of a resource."""


def deploy(
    *,
    endpoint_url: str,
    stack: str,
    config: Mapping[str, object],
    state_folder: Path,
    program_folder: Path = REPOSITORY,
) -> dict[str, Any]:
    """Make the local AWS what the program says; returns the stack's outputs.

    Args:
        endpoint_url: where AWS is.
        stack: `local`, `staging` or `prod`: its `Pulumi.<stack>.yaml` applies.
        config: overrides, by key with or without the project's name; a `Secret` is one.
        state_folder: keeps `resources.json` (what exists) and `code/` (the Lambdas' archives) between deployments.
        program_folder: holds Pulumi.yaml and __main__.py.

    Raises:
        DeployError: what was made until then exists, and is in the state.
    """
    return _run(endpoint_url, stack, config, state_folder, program_folder, destroy=False)


def destroy(*, endpoint_url: str, stack: str, state_folder: Path, program_folder: Path = REPOSITORY) -> None:
    """Take down all that the state knows, the latest first. Raises DeployError where something will not go."""
    _run(endpoint_url, stack, {}, state_folder, program_folder, destroy=True)


def _run(
    endpoint_url: str,
    stack: str,
    config: Mapping[str, object],
    state_folder: Path,
    program_folder: Path,
    *,
    destroy: bool,
) -> dict[str, Any]:
    secrets = {key: value.value for key, value in config.items() if isinstance(value, Secret)}
    order = Order(
        endpoint_url=endpoint_url,
        stack=stack,
        config={key: value for key, value in config.items() if key not in secrets},
        secrets=secrets,
        state_folder=str(state_folder.resolve()),
        program_folder=str(program_folder.resolve()),
        destroy=destroy,
    )
    environment = {**environment_for_a_child(), **aws_environment(endpoint_url)}
    with tempfile.TemporaryDirectory() as scratch, _one_at_a_time:
        try:
            code = _host.run(order, environment, Path(scratch), timeout_seconds=DEPLOY_SECONDS)
        except HungRunError:
            raise DeployError(f"the program was not done after {DEPLOY_SECONDS} s") from None
        if code:
            said = (Path(scratch) / SAID).read_text(errors="replace").strip()
            raise DeployError(said or f"the program ended with {code}")
        return json.loads((Path(scratch) / OUTPUTS).read_text())
