"""HTTP as the doors of the local stack see it: one request, one answer, and a server of them on a free port."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
MAX_BODY_BYTES = 1024 * 1024
"""What a load balancer hands to a function at the most; enough for a worker, too."""
IDLE_SECONDS = 60.0
_STOP_POLL_SECONDS = 0.05
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"})

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """A request as it came: names, path and query exactly as they were sent."""

    method: str
    path: str
    """Without the query; not decoded."""
    query: str
    """What follows the question mark; not decoded."""
    headers: Headers
    body: bytes = b""
    client: str = LOOPBACK
    """The sender's address."""

    def header(self, name: str) -> str:
        """The last value of a header, or ""."""
        return next((value for known, value in reversed(self.headers) if known.lower() == name.lower()), "")

    @property
    def host(self) -> str:
        """The host that was asked for, without its port."""
        return self.header("host").partition(":")[0]

    @property
    def target(self) -> str:
        """Path and query together."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True)
class Answer:
    """What is said to it."""

    status: int
    headers: Headers = ()
    body: bytes = b""


def said(status: int, text: str = "", content_type: str = "text/html") -> Answer:
    """An answer of a load balancer's own: its status and the words for it, unless there are others."""
    body = text or f"<html><head><title>{status} {phrase(status)}</title></head></html>"
    return Answer(status, [("Content-Type", content_type)], body.encode())


def phrase(status: int) -> str:
    """The words that go with a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Answer"


def end_to_end(headers: Headers) -> list[tuple[str, str]]:
    """The headers that go on to whoever is next: not those of one connection, nor the body's length."""
    return [(name, value) for name, value in headers if name.lower() not in {*_HOP_BY_HOP, "content-length"}]


class Door:
    """Serves `answer` between `open` and `close`, each request on a thread of its own: at `address`, or on loopback.

    Port 0 is a free one.
    """

    def __init__(
        self, name: str, answer: Callable[[Request], Answer], address: tuple[str, int] = (LOOPBACK, 0)
    ) -> None:
        self._server = _Server(address, answer)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_POLL_SECONDS,), name=name, daemon=True
        )

    @property
    def url(self) -> str:
        """Where it is on this machine, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def open(self) -> Self:
        """Listen."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Close the port; a request that is under way ends on its own thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Callable[[Request], Answer]) -> None:
        super().__init__(address, _Handler)
        self.answer = answer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is the client's matter: no traceback."""


class _Handler(BaseHTTPRequestHandler):
    """Every method is answered alike: http.server looks for a `do_` of the method's name."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    wbufsize = -1
    """Head and body leave together; apart, each answer would wait 40 ms for the client's delayed acknowledgement."""

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._take
        raise AttributeError(name)

    def _take(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return self._say(said(HTTPStatus.LENGTH_REQUIRED))
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            return self._say(said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
        parts = urlsplit(self.path) if "://" in self.path else None
        path, _, query = self.path.partition("?") if parts is None else (parts.path, "", parts.query)
        request = Request(
            self.command, path, query, list(self.headers.items()), self.rfile.read(int(length)), self.client_address[0]
        )
        return self._say(cast("_Server", self.server).answer(request))

    def _say(self, answer: Answer) -> None:
        self.send_response_only(answer.status, phrase(answer.status))
        for name, value in end_to_end(answer.headers):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """The terminal is not an access log."""
