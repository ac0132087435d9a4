"""The process of a provider: `python -m local.engine.provider_process aws`, as the engine starts it.

AWS_ENDPOINT_URL says where the local AWS is, LOCAL_CODE_FOLDER where the Lambdas' archives are kept.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pulumi.runtime.proto import provider_pb2_grpc

from local.aws import ACCOUNT_ID, REGION, client_on, hermetic_session
from local.code_store import CodeStore
from local.engine.provider import RealisingProvider
from local.engine.serving import serve
from local.realisers.realiser import Place

ENDPOINT = "AWS_ENDPOINT_URL"
CODE_FOLDER = "LOCAL_CODE_FOLDER"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class NoPlaceError(RuntimeError):
    """It is not said where the local AWS is, or what is said is somebody else's."""


def place() -> Place:
    """The place that the environment names. Raises NoPlaceError: this provider never speaks to the real AWS."""
    endpoint, folder = os.environ.get(ENDPOINT, ""), os.environ.get(CODE_FOLDER, "")
    if urlsplit(endpoint).hostname not in LOOPBACK:
        raise NoPlaceError(f"{ENDPOINT} must name the local AWS on loopback, not {endpoint!r}")
    if not folder:
        raise NoPlaceError(f"{CODE_FOLDER} must name the folder for the Lambdas' archives")
    return Place(
        client=_Clients(endpoint).client, code_store=CodeStore(Path(folder)), region=REGION, account_id=ACCOUNT_ID
    )


class _Clients:
    """One client a service, made by one thread at a time, since boto3's sessions are not for several."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._session = hermetic_session()
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                self._clients[service] = client_on(self._session, service, self._endpoint)
            return self._clients[service]


def main() -> int:
    """Serve the provider of the package that the first argument names."""
    try:
        provider = RealisingProvider(sys.argv[1], place())
    except NoPlaceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server))
    return 0


if __name__ == "__main__":
    sys.exit(main())
