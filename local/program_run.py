"""One run of the program, in a process of its own: Pulumi's runtime is global to a process."""

import contextlib
import functools
import json
import runpy
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.aws import ACCOUNT_ID, REGION, client_on, hermetic_session
from local.configuration import InvalidConfigurationError, Secret

CODE_FOLDER = "code"
STATE_FILE = "resources.json"


@dataclass(frozen=True)
class Order:
    """What a run is asked to do."""

    endpoint_url: str
    stack: str
    config: Mapping[str, object]
    secrets: Mapping[str, str]
    state_folder: str
    program_folder: str
    destroy: bool


def run(order: Order, outputs_file: Path) -> int:
    """Carry out the order in this process: outputs as JSON in the file, or the reason on standard error."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            outputs = _carry_out(order)
    except Exception as error:  # noqa: BLE001  whatever it is, the one who ordered is to be told of it
        sys.stderr.write(_told(error))
        return 1
    outputs_file.write_text(json.dumps(outputs))
    return 0


def _carry_out(order: Order) -> dict[str, Any]:
    # Imported here because Pulumi takes a second to import, which whoever orders a run need not wait for.
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
