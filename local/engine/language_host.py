"""Runs Python programs for the engine where Pulumi's own language host is not installed.

The SDK has a language host for its Automation API; this lends it to the CLI. It is a private class, so the SDK is
pinned and the tests say when it moved.
"""

# ruff: noqa: N802, ARG002, D102  the methods are the protocol's, which documents them and says what each is given

import os
import runpy
import sys
from collections.abc import Iterator
from typing import Any

from google.protobuf.empty_pb2 import Empty
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from local.engine.serving import serve


class ProgramHost(LanguageServer):
    """Runs the `__main__.py` of the folder that the engine names. One process runs one program."""

    def __init__(self, engine_address: str) -> None:
        super().__init__(_run_here)
        self._engine_address = engine_address

    def Run(self, request: language_pb2.RunRequest, context: Any) -> language_pb2.RunResponse:
        folder = request.info.program_directory
        os.chdir(folder)
        sys.path.insert(0, folder)
        request.args[:] = [self._engine_address]
        answer = super().Run(request, context)
        # What went wrong has been said already: to the engine it is enough that something did.
        return language_pb2.RunResponse(bail=True) if answer.error else answer

    def GetPluginInfo(self, request: Empty, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version="1.0.0")

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: Any
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Nothing to do: `make setup` has installed them."""
        yield from ()


def _run_here() -> None:
    runpy.run_path("__main__.py", run_name="__main__")


def main() -> None:
    """Serve; the last argument is the engine's address."""
    host = ProgramHost(sys.argv[-1])
    serve(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server))


if __name__ == "__main__":
    main()
