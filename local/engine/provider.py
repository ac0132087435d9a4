"""A provider of the real engine whose resources are the realisers': what `pulumi-resource-aws` is for AWS.

It serves Pulumi's protocol (ResourceProvider) and hands the engine's own properties back, so that secrets stay marked
and archives keep their hashes.
"""

# ruff: noqa: N802, ARG002, D102  the methods are the protocol's, which documents them and says what each is given

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import grpc
import pulumi
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from local.archives import zip_of
from local.engine.differences import DEFAULTS, Difference, difference, realisable
from local.engine.wire import Wire, compared, content, plain, secret, struct_of, wire_of
from local.foresight import refuse_unknown
from local.names import autoname, logical_name, named, type_of
from local.realisation import ALL_TAGS, TAGS, Realised, change, make
from local.realisers.catalogue import realiser_of
from local.realisers.data_sources import answer
from local.realisers.inputs import UNKNOWN
from local.realisers.realiser import Place, Properties, Realiser

DISTRIBUTIONS = {"aws": "pulumi_aws", "docker-build": "pulumi_docker_build"}
"""Providers that are played here, and the Python packages whose versions they have."""


def version_of(package: str) -> str:
    """A provider's version: that of its SDK, as the program asks for it."""
    return metadata.version(DISTRIBUTIONS[package])


class RealisingProvider(provider_pb2_grpc.ResourceProviderServicer):
    """The provider of one package. Its methods are called by many threads at once."""

    def __init__(self, package: str, place: Place) -> None:
        self._package = package
        self._place = place
        self._default_tags: dict[str, str] = {}

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=version_of(self._package))

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        """Another configuration, such as other default tags, makes no resource anew."""
        same = request.news == request.olds
        changes = provider_pb2.DiffResponse.DIFF_NONE if same else provider_pb2.DiffResponse.DIFF_SOME
        return provider_pb2.DiffResponse(changes=changes)

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._default_tags = json.loads(request.variables.get("aws:config:defaultTags", "{}")).get("tags", {})
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        with _telling(context, request.tok):
            found = answer(self._place, request.tok, compared(wire_of(request.args)))
            return _answered(struct_of(found))

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        """Fill in what the program leaves to the provider: a name of its own, and the default tags.

        A type or an input that is not known is refused here, which a preview asks for, too.
        """
        try:
            realiser = self._realiser(request.urn)
            inputs = self._tagged(realiser, wire_of(request.news))
            named_by_us = self._name(realiser, inputs, wire_of(request.olds), logical_name(request.urn))
            refuse_unknown(realiser, realisable(realiser, compared(inputs)))
        except (LookupError, TypeError, ValueError, OSError) as error:
            return provider_pb2.CheckResponse(failures=[provider_pb2.CheckFailure(reason=str(error))])
        return provider_pb2.CheckResponse(inputs=struct_of({**inputs, DEFAULTS: named_by_us}))

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        with _telling(context, request.urn):
            found = self._difference(self._realiser(request.urn), request)
            some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
            return provider_pb2.DiffResponse(
                changes=some if found.changed else none,
                diffs=sorted(found.changed),
                replaces=sorted(found.replaced),
                deleteBeforeReplace=found.name_is_taken,
            )

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        """In a preview what AWS would add is left out, which the SDK takes as not known yet."""
        with _telling(context, request.urn):
            if request.preview:
                return provider_pb2.CreateResponse(properties=request.properties)
            realiser, inputs = self._realiser(request.urn), wire_of(request.properties)
            realised = make(realiser, self._inputs(realiser, inputs))
            return provider_pb2.CreateResponse(
                id=realised.id, properties=struct_of(_outputs(realiser, inputs, realised.outputs))
            )

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        """What is gone is answered by nothing. Inputs that are otherwise by now are answered as they are."""
        with _telling(context, request.urn):
            realiser = self._realiser(request.urn)
            state, inputs = wire_of(request.properties), wire_of(request.inputs)
            if not state:
                raise ValueError(f"{request.id} cannot be imported or read here: only what was made here is known")
            known = {"id": request.id, **realisable(realiser, compared(state))}
            live = realiser.read(request.id, known)
            if live is None:
                return provider_pb2.ReadResponse()
            drifted = realiser.drift(request.id, known)
            return provider_pb2.ReadResponse(
                id=request.id,
                properties=struct_of(_outputs(realiser, {**state, **drifted}, live)),
                inputs=struct_of({**inputs, **drifted}),
            )

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        with _telling(context, request.urn):
            realiser, news, state = self._realiser(request.urn), wire_of(request.news), wire_of(request.olds)
            found = self._difference(realiser, request)
            before = realisable(realiser, compared(wire_of(request.old_inputs)))
            as_refreshed = realisable(realiser, compared(state))
            kept = {name: value for name, value in state.items() if name in news or name not in before}
            if request.preview:
                return provider_pb2.UpdateResponse(properties=struct_of({**kept, **news}))
            inputs = self._inputs(realiser, news)
            # What did not change is the same in both, archives too, whose files may be gone by now.
            before = {name: as_refreshed.get(name, value) for name, value in before.items()} | {
                name: inputs[name] for name in inputs if name not in found.changed
            }
            realised = Realised(request.id, inputs, realisable(realiser, compared(kept)))
            change(realiser, realised, before, set(found.changed))
            live = realiser.read(request.id, {**realised.outputs, **realised.known})
            return provider_pb2.UpdateResponse(properties=struct_of(_outputs(realiser, {**kept, **news}, live or {})))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> Empty:
        with _telling(context, request.urn):
            realiser = self._realiser(request.urn)
            known = realisable(realiser, compared(wire_of(request.properties)))
            realiser.delete(request.id, {"id": request.id, **known})
            return Empty()

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        """What is in flight is done in a moment, and is better finished."""
        return Empty()

    def _realiser(self, urn: str) -> Realiser:
        return realiser_of(type_of(urn))(self._place)

    def _inputs(self, realiser: Realiser, inputs: Wire) -> Properties:
        """What the realiser is given: the archives' bytes are in the store."""
        return realisable(realiser, plain(inputs, self._archived))

    def _archived(self, value: Wire) -> dict[str, str]:
        archive = content(value, Path())
        if not isinstance(archive, pulumi.Archive):
            raise TypeError("an asset, where an archive is wanted")
        return {"archive": self._place.code_store.put(zip_of(archive))}

    def _difference(
        self, realiser: Realiser, request: provider_pb2.DiffRequest | provider_pb2.UpdateRequest
    ) -> Difference:
        return difference(
            realiser,
            news=wire_of(request.news),
            state=wire_of(request.olds),
            old_inputs=wire_of(request.old_inputs),
            ignored=request.ignoreChanges,
        )

    def _tagged(self, realiser: Realiser, inputs: Wire) -> Wire:
        """The inputs with all tags, the provider's default ones among them, where the type takes tags."""
        if not realiser.taggable:
            return inputs
        given = inputs.get(TAGS, {})
        tags = {**self._default_tags, **given} if isinstance(given, dict) else UNKNOWN
        return {**inputs, ALL_TAGS: tags} if tags else inputs

    def _name(self, realiser: Realiser, inputs: Wire, olds: Wire, logical: str) -> list[str]:
        """Give the inputs the name that the resource has already, or a new one, unless the program named it."""
        name = realiser.name
        if name is None or name.input in inputs:
            return []
        has_one = name.input in olds.get(DEFAULTS, []) and name.input in olds
        inputs[name.input] = olds[name.input] if has_one else autoname(name, logical)
        return [name.input]


def _outputs(realiser: Realiser, properties: Wire, outputs: Mapping[str, Any]) -> Wire:
    """The properties as they were, marks and all, and over them what AWS says."""
    result = {name: value for name, value in properties.items() if name != DEFAULTS}
    for name, value in outputs.items():
        if name not in result or compared(result[name]) != value:
            result[name] = secret(value) if name in realiser.secrets else value
    return result


def _answered(found: Struct) -> provider_pb2.InvokeResponse:
    response = provider_pb2.InvokeResponse()
    getattr(response, "return").CopyFrom(found)  # the field is named by a word of Python's
    return response


@contextmanager
def _telling(context: grpc.ServicerContext, about: str) -> Iterator[None]:
    """Tell the engine of an error in the words of the realisers, with the resource's name before them."""
    try:
        yield
    except (ClientError, BotoCoreError, ValueError, TypeError, LookupError, OSError, NotImplementedError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, f"{named(about)}: {error}")
