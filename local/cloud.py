"""AWS on one machine: moto's server on free loopback ports, with room for players to answer in its stead.

Two addresses lead to the same state. `endpoint_url` is what users, workers and Lambdas talk to: each request is first
offered to the interceptors (a player knows better than moto how many tasks run). `moto_url` is moto alone, for the
players themselves. The region and the credentials of whoever has no role are constants (`local/aws.py`); nothing of
the user's AWS environment is read.

Tasks and functions have credentials of their roles, and what these may not do to queues and buckets is denied
(`local/moto_gaps.py`).
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local.aws import (
    ACCESS_KEY,
    ACCOUNT_ID,
    REGION,
    SECRET_KEY,
    aws_environment,
    client_on,
    hermetic_session,
    users_aws_hidden,
)
from local.changes import INVOCATION, Changes, is_question, service_of
from local.moto_gaps import gaps_filled
from local.moto_memory import moto_remembering
from local.role_sessions import RoleSessions
from local.shortcut import Shortcut

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = [
    "ACCESS_KEY",
    "ACCOUNT_ID",
    "REGION",
    "SECRET_KEY",
    "AwsAnswer",
    "AwsRequest",
    "Cloud",
    "Interceptor",
    "Watcher",
    "aws_environment",
]

_ACCESS_KEY = re.compile(r"Credential=([^/,]+)/")
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class AwsRequest:
    """One request as an interceptor sees it.

    `headers` have lower-case names. `target` is the JSON protocol's operation, such as
    `AmazonEC2ContainerServiceV20141113.DescribeServices`, or "". `body` is read for requests with a target, for forms
    (the query protocol of EC2, ELB and others) and for Lambda invocations, and is empty for all others: S3 bodies
    stream to moto unread.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    target: str
    body: bytes
    query: str = ""
    """What follows the path's question mark, as it was sent."""

    @property
    def access_key(self) -> str:
        """Whose credentials signed it, or signed its address by version 4; "" for neither."""
        signed = _ACCESS_KEY.search(self.headers.get("authorization", ""))
        if signed:
            return signed[1]
        return dict(parse_qsl(self.query)).get("X-Amz-Credential", "").partition("/")[0]


@dataclass(frozen=True)
class AwsAnswer:
    """What an interceptor says in moto's stead."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Interceptor = Callable[[AwsRequest], AwsAnswer | None]
Watcher = Callable[[AwsRequest, int], None]
"""Told of a request and of the status that it was answered with, whoever answered."""


class Cloud:
    """Moto's server, in this process, as a context manager. One at a time: moto's state belongs to the process.

    State is reset on entry, so every Cloud begins empty. On exit nothing listens any more; a request that is still
    being answered (a long poll) ends in its daemon thread.

    `address` is where `endpoint_url` listens: a free loopback port unless others than this machine's processes are to
    reach it. The URL says loopback all the same, since that is where this machine's own find it.
    """

    def __init__(self, address: tuple[str, int] = (_LOOPBACK, 0)) -> None:
        self._address = address
        self._interceptors: list[Interceptor] = []
        self._watchers: list[Watcher] = []
        self.sessions = RoleSessions(lambda: self.moto_client("sts"))
        """The credentials of what runs in a role's name."""
        self.changes = Changes()
        """For players, who read what is deployed when it may have changed."""
        self._clients: dict[tuple[str, str], Any] = {}
        self._clients_lock = threading.Lock()
        self._session = hermetic_session()
        self._shortcut = Shortcut()
        self._open = ExitStack()
        self._endpoint_url = ""
        self._moto_url = ""

    def __enter__(self) -> Self:
        moto = _Counted(_AtomicTables(DomainDispatcherApplication(create_backend_app)), self.changes)
        with ExitStack() as opening:
            opening.enter_context(users_aws_hidden())
            opening.enter_context(gaps_filled())
            opening.enter_context(moto_remembering())
            moto_api_backend.reset()
            self._moto_url = opening.enter_context(_Listener(moto)).url
            front = _Front(moto, self._interceptors, self._watchers)
            self._endpoint_url = opening.enter_context(_Listener(front, self._address)).url
            opening.enter_context(self._shortcut.opened(self._moto_url, moto))
            opening.enter_context(self._shortcut.opened(self._endpoint_url, front))
            self._open = opening.pop_all()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._open.close()
        with self._clients_lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    @property
    def endpoint_url(self) -> str:
        """Where users, workers and Lambdas find AWS; the interceptors are asked first."""
        return self._endpoint_url

    @property
    def moto_url(self) -> str:
        """Moto alone, for the players."""
        return self._moto_url

    def answer_with(self, interceptor: Interceptor) -> None:
        """Ask `interceptor` about every request to `endpoint_url`; the first that answers other than None wins."""
        self._interceptors.append(interceptor)

    def watch_with(self, watcher: Watcher) -> None:
        """Tell `watcher` of every request to `endpoint_url`, on the thread that answers it."""
        self._watchers.append(watcher)

    def client(self, service: str) -> Any:
        """The boto3 client of `service` on `endpoint_url`. Clients are shared between threads."""
        return self._client(service, self._endpoint_url)

    def moto_client(self, service: str) -> Any:
        """The boto3 client of `service` on `moto_url`."""
        return self._client(service, self._moto_url)

    def role_client(self, service: str, role_arn: str, session: str) -> Any:
        """A new boto3 client of `service` on `endpoint_url` that acts in a role's name, for an AWS service's part."""
        credentials = self.sessions.open(role_arn, session)
        client = client_on(hermetic_session(credentials), service, self._endpoint_url)
        self._shortcut.take(client)
        with self._clients_lock:
            self._clients[service, credentials["AWS_ACCESS_KEY_ID"]] = client
        return client

    def environment(self, role_arn: str = "", session: str = "") -> dict[str, str]:
        """The AWS variables for a child process that is to live in this cloud and nowhere else.

        With a role's ARN it acts in the role's name, in a new session of this name.
        """
        return aws_environment(self._endpoint_url) | (self.sessions.open(role_arn, session) if role_arn else {})

    def _client(self, service: str, url: str) -> Any:
        with self._clients_lock:
            if (service, url) not in self._clients:
                self._clients[service, url] = client = client_on(self._session, service, url)
                self._shortcut.take(client)
            return self._clients[service, url]


class _AtomicTables:
    """DynamoDB's requests one by one, as its items are written: whole or not at all.

    Moto checks a condition and writes the item in steps, and its server runs a thread a request: two workers could
    both take one lease, and a reader could meet an item with nothing but its key.
    """

    def __init__(self, moto: "WSGIApplication") -> None:
        self._moto = moto
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB_"):
            with self._lock:
                return self._moto(environ, start_response)
        return self._moto(environ, start_response)


class _Counted:
    """Counts what may have changed once moto has done it, at whichever address it was asked."""

    def __init__(self, moto: "WSGIApplication", changes: Changes) -> None:
        self._moto = moto
        self._changes = changes

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        target, is_form = environ.get("HTTP_X_AMZ_TARGET", ""), _is_form(environ)
        form = _take_body(environ) if is_form and not target else b""
        answer = self._moto(environ, start_response)
        if not is_question(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), target, form):
            self._changes.note(service_of(environ.get("HTTP_AUTHORIZATION", "")))
        return answer


class _Front:
    """The WSGI middleware that offers each request to the interceptors before moto, and tells the watchers of it."""

    def __init__(self, moto: "WSGIApplication", interceptors: list[Interceptor], watchers: list[Watcher]) -> None:
        self._moto = moto
        self._interceptors = interceptors
        self._watchers = watchers

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not (self._interceptors or self._watchers):
            return self._moto(environ, start_response)
        request = _read(environ)

        def start_watched(status: str, *rest: Any) -> Any:
            for watcher in tuple(self._watchers):
                watcher(request, int(status[:3]))
            return start_response(status, *rest)

        for interceptor in tuple(self._interceptors):
            answer = interceptor(request)
            if answer is not None:
                headers = {"Content-Length": str(len(answer.body)), **answer.headers}
                start_watched(f"{answer.status} {_phrase(answer.status)}", list(headers.items()))
                return [answer.body]
        return self._moto(environ, start_watched)


def _read(environ: "WSGIEnvironment") -> AwsRequest:
    path = environ.get("PATH_INFO", "")
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    body = b""
    if target or _is_form(environ) or INVOCATION.fullmatch(path):
        body = _take_body(environ)
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"}
    }
    return AwsRequest(environ["REQUEST_METHOD"], path, headers, target, body, environ.get("QUERY_STRING", ""))


def _is_form(environ: "WSGIEnvironment") -> bool:
    return environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")


def _take_body(environ: "WSGIEnvironment") -> bytes:
    """The whole body, which whoever comes after finds there again."""
    stream = environ["wsgi.input"]
    chunked = environ.get("wsgi.input_terminated", False)
    body = stream.read() if chunked else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    return body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Answer"


class _QuietHandler(MotoRequestHandler):
    """Moto's handler without a line on the terminal for every request; errors are still logged."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class _Listener:
    """A threaded server of one WSGI application; on a free loopback port unless told otherwise."""

    def __init__(self, application: "WSGIApplication", address: tuple[str, int] = (_LOOPBACK, 0)) -> None:
        self._server = make_server(*address, application, threaded=True, request_handler=_QuietHandler)
        self.url = f"http://{_LOOPBACK}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name=self.url, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
