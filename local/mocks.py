"""Pulumi's mocks, each of which realises its resource: where the program meets the realisers."""

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc

from local.archives import zip_of
from local.code_store import CodeStore
from local.realisers.data_sources import answer
from local.realisers.inputs import whole
from local.realisers.realiser import Place, Properties
from local.reconciler import Reconciler, Wanted


class RealisingMocks(mocks.Mocks):
    """Hands each custom resource to the reconciler; components have no outputs but those that they register."""

    def __init__(self, place: Place, reconciler: Reconciler) -> None:
        self._place = place
        self._reconciler = reconciler
        self._registering = threading.local()

    def begin(self, request: Any, urn: str) -> None:
        """Note, for the `new_resource` that follows on this thread, what Pulumi's mocks do not hand on."""
        self._registering.urn = urn
        self._registering.ignored = frozenset(request.ignoreChanges)
        self._registering.delete_before_replace = bool(request.deleteBeforeReplace)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Realise it; its id and outputs, with secrets still marked as such."""
        if args.resource_id:
            raise ValueError(
                f"{args.typ} {args.name}: reading or importing what exists ({args.resource_id}) is not done"
            )
        if not args.custom:
            return None, args.inputs
        inputs, secret = plain(args.inputs, self._place.code_store)
        realised = self._reconciler.register(
            Wanted(
                urn=self._registering.urn,
                type=args.typ,
                name=args.name,
                inputs=inputs,
                secret=secret,
                ignored=self._registering.ignored,
                delete_before_replace=self._registering.delete_before_replace,
            )
        )
        archives = {name: value for name, value in args.inputs.items() if isinstance(value, pulumi.Archive)}
        outputs = {
            name: rpc.wrap_rpc_secret(value) if name in secret else value
            for name, value in {**realised.known, **archives}.items()
        }
        return realised.id, outputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Answer a data source."""
        arguments, _ = plain(args.args, self._place.code_store)
        return answer(self._place, args.token, arguments), []


class Monitor(mocks.MockMonitor):
    """The mock monitor, which keeps the options of a resource that bear upon how it is realised."""

    def __init__(self, realising: RealisingMocks) -> None:
        super().__init__(realising)
        self._realising = realising

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  the name is the gRPC service's
        """Register a resource, with its options noted."""
        self._realising.begin(request, self.make_urn(request.parent, request.type, request.name))
        return super().RegisterResource(request)


def plain(properties: Mapping[str, Any], code_store: CodeStore) -> tuple[Properties, frozenset[str]]:
    """Pulumi's values as the realisers take them, and the names of those that hold secrets.

    Secrets are unwrapped, whole floats are ints, archives are zipped and put into the store.
    """
    secret = frozenset(name for name, value in properties.items() if _holds_secret(value))
    return {name: _plain(value, code_store) for name, value in properties.items() if value is not None}, secret


def _holds_secret(value: Any) -> bool:
    if rpc.is_rpc_secret(value):
        return True
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_holds_secret(part) for part in parts)


def _plain(value: Any, code_store: CodeStore) -> Any:
    value = rpc.unwrap_rpc_secret(value)
    if isinstance(value, pulumi.Archive):
        return {"archive": code_store.put(zip_of(value))}
    if isinstance(value, dict):
        return {name: _plain(part, code_store) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, code_store) for part in value]
    return whole(value)


def begin_program(monitor: Monitor, *, project: str, stack: str) -> None:
    """Make this thread ready to run a program against the monitor."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    pulumi.runtime.settings.set_root_resource(None)  # pyright: ignore[reportArgumentType]  None is how it is unset
    mocks.set_mocks(monitor.mocks, project=project, stack=stack, preview=False, monitor=monitor)
