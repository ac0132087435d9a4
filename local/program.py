"""Runs the repository's Pulumi program against a local AWS, as `pulumi up` would against the real one.

The program runs in a process of its own (`python -m local.program`, its order on standard input): Pulumi's runtime is
global to a process, and a program may be run again and again by the one that plays AWS.
"""

import contextlib
import functools
import json
import os
import runpy
import subprocess
import sys
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local import processes
from local.aws import ACCOUNT_ID, REGION, aws_environment, client_on, hermetic_session
from local.configuration import InvalidConfigurationError, Secret

REPOSITORY = Path(__file__).resolve().parent.parent
STACK = "local"
"""The stack that is played on one machine: Pulumi.local.yaml applies."""
STATE_FILE = "resources.json"
CODE_FOLDER = "code"
DEPLOY_SECONDS = 120
"""A deployment takes some six seconds; one that takes this long hangs."""


class DeployError(RuntimeError):
    """The program could not be deployed: the text is what it said, or what AWS or a realiser said of a resource."""


@dataclass(frozen=True)
class Order:
    """What the child process is asked to do."""

    endpoint_url: str
    stack: str
    config: Mapping[str, object]
    secrets: Mapping[str, str]
    state_folder: str
    program_folder: str
    destroy: bool


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
    process = processes.start(
        [sys.executable, "-m", "local.program"],
        env={**environment_for_a_child(), **aws_environment(endpoint_url), "PYTHONPATH": str(REPOSITORY)},
        cwd=program_folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        said, complaint = process.communicate(json.dumps(asdict(order)).encode(), timeout=DEPLOY_SECONDS)
    except subprocess.TimeoutExpired:
        raise DeployError(f"the program was not done after {DEPLOY_SECONDS} s") from None
    finally:
        processes.kill(process)
    if process.returncode:
        raise DeployError(complaint.decode(errors="replace").strip() or f"the program ended with {process.returncode}")
    return json.loads(said)


def environment_for_a_child() -> dict[str, str]:
    """This process's environment without what is the user's business with AWS and Pulumi."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}


def main() -> int:
    """Carry out the order on standard input: outputs as JSON on standard output, or the reason on standard error."""
    order = Order(**json.load(sys.stdin))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            outputs = _carry_out(order)
    except Exception as error:  # noqa: BLE001  whatever it is, the parent is to be told of it
        sys.stderr.write(_told(error))
        return 1
    json.dump(outputs, sys.stdout)
    return 0


def _carry_out(order: Order) -> dict[str, Any]:
    # Imported here because Pulumi takes a second to import, which the parent need not wait for.
    import pulumi  # noqa: PLC0415

    from local import configuration, mocks  # noqa: PLC0415
    from local.code_store import CodeStore  # noqa: PLC0415
    from local.realisers.realiser import Place  # noqa: PLC0415
    from local.reconciler import Reconciler  # noqa: PLC0415
    from local.resource_state import ResourceState  # noqa: PLC0415

    folder = Path(order.state_folder)
    session = hermetic_session()
    secrets = {key: Secret(value) for key, value in order.secrets.items()}
    configured = configuration.load(Path(order.program_folder), order.stack, {**order.config, **secrets})
    place = Place(
        # Each service's client is made once: some fifty types of resources share twenty.
        client=functools.cache(lambda service: client_on(session, service, order.endpoint_url)),
        code_store=CodeStore(folder / CODE_FOLDER),
        region=REGION,
        account_id=ACCOUNT_ID,
    )
    reconciler = Reconciler(place, ResourceState(folder / STATE_FILE), configuration.default_tags(configured))
    outputs: dict[str, Any] = {}
    if not order.destroy:
        pulumi.runtime.set_all_config(dict(configured.values), sorted(configured.secret_keys))
        monitor = mocks.Monitor(mocks.RealisingMocks(place, reconciler))
        mocks.begin_program(monitor, project=configured.project, stack=order.stack)

        @pulumi.runtime.test
        def program() -> pulumi.Output[None]:
            runpy.run_path("__main__.py", run_name="__main__")
            exported = getattr(pulumi.runtime.get_root_resource(), "outputs", {})
            return pulumi.Output.all(**exported).apply(outputs.update)

        program()
    reconciler.finish()
    return outputs


def _told(error: Exception) -> str:
    """A readable error is told in its own words, a bug with its traceback."""
    from pulumi import RunError  # noqa: PLC0415  see _carry_out

    from local.archives import UnreadableArchiveError  # noqa: PLC0415  see _carry_out
    from local.realisers.data_sources import UnknownQuestionError  # noqa: PLC0415  see _carry_out
    from local.realisers.inputs import UnknownInputError  # noqa: PLC0415  see _carry_out
    from local.reconciler import RealisationError  # noqa: PLC0415  see _carry_out

    readable = (
        RunError,
        RealisationError,
        InvalidConfigurationError,
        UnreadableArchiveError,
        UnknownQuestionError,
        UnknownInputError,
    )
    if isinstance(error, readable):
        return str(error)
    return "".join(traceback.format_exception(error))


if __name__ == "__main__":
    sys.exit(main())
