"""The way of this process's own clients into the cloud that it keeps: past the sockets, into the application itself.

Players call all day, and most of what a call by the loopback costs is not AWS's part in it: a connection, a thread,
headers that are written and read twice. Children and users come by the sockets.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from urllib3 import HTTPResponse
from werkzeug.test import create_environ, run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Shortcut:
    """Answers the requests of the clients that take it, on their own threads, for as long as an address is open."""

    def __init__(self) -> None:
        self._open: dict[str, WSGIApplication] = {}

    @contextmanager
    def opened(self, url: str, application: "WSGIApplication") -> Iterator[None]:
        """Lead what goes to `url` (without a path) to the application; afterwards it goes by the socket again."""
        self._open[url] = application
        try:
            yield
        finally:
            del self._open[url]

    def take(self, client: Any) -> None:
        """Have a boto3 client go this way."""
        client.meta.events.register("before-send", self._answer)

    def _answer(self, request: AWSPreparedRequest, **_others: object) -> AWSResponse | None:
        """Answer a request whose body is in memory; None, and so the socket, for a file's and any other address."""
        scheme, _, rest = request.url.partition("://")
        host, slash, path = rest.partition("/")
        application = self._open.get(f"{scheme}://{host}")
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        if application is None or not isinstance(body, bytes | bytearray):
            return None
        environ = create_environ(
            slash + path,
            f"{scheme}://{host}",
            method=request.method,
            headers=[(name, _text(value)) for name, value in request.headers.items()],
            data=bytes(body),
        )
        parts, status, told = run_wsgi_app(application, environ, buffered=True)
        raw = HTTPResponse(BytesIO(b"".join(parts)), preload_content=False)
        return AWSResponse(request.url, int(status[:3]), HTTPHeaders.from_pairs(list(told)), raw)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
