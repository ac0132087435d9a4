"""Connections that end by a deadline, however slowly the other side talks, to an address rather than to a name.

urllib3's time-outs bound one read of the socket, and a server that sends a byte a second never meets them. Here each
read may take what is left until the deadline and no more: headers, body, and a body that the caller streams.
"""

import io
import socket
import time
from typing import TYPE_CHECKING, Any, cast

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_STALL_SECONDS = 30.0
"""The longest that one step (connect, handshake, one read) may take; the deadline bounds their sum."""


def left_seconds(deadline: float) -> float:
    """What the next step may take, in seconds: above zero, as a socket's time-out has to be.

    `deadline` is a reading of `time.monotonic`.

    Raises:
        TimeoutError: the deadline is over.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the exchange took longer than it may")
    return min(left, MAX_STALL_SECONDS)


def open_pool(
    scheme: str, address: str, port: int, *, host: str, deadline: float, ca_certs: str | None
) -> HTTPConnectionPool:
    """A pool for one connection to `address`, which for https has to prove that it is `host`.

    `ca_certs` is a file of certificate authorities to trust; None means the system's.
    """
    # A connect and a handshake are timed one after the other: half of what is left for each.
    seconds = left_seconds(deadline) / 2
    options: dict[str, Any] = {"timeout": seconds, "maxsize": 1, "retries": False, "deadline": deadline}
    if scheme == "http":
        pool = HTTPConnectionPool(address, port, **options)
        pool.ConnectionCls = cast("Any", _BoundedHTTPConnection)
        return pool
    pool = HTTPSConnectionPool(
        address,
        port,
        cert_reqs="CERT_REQUIRED",
        ca_certs=ca_certs,
        server_hostname=host,
        assert_hostname=host,
        **options,
    )
    pool.ConnectionCls = cast("Any", _BoundedHTTPSConnection)
    return pool


class _BoundedHTTPConnection(HTTPConnection):
    def __init__(self, *args: Any, deadline: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self.sock = cast("socket.socket", _BoundedSocket(self.sock, self._deadline))


class _BoundedHTTPSConnection(HTTPSConnection):
    def __init__(self, *args: Any, deadline: float, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self.sock = cast("socket.socket", _BoundedSocket(self.sock, self._deadline))


class _BoundedSocket:
    """A connected socket whose reading end knows the deadline; all else is the socket's own."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, *_args: Any, **_options: Any) -> io.BufferedReader:
        """What `http.client` reads an answer from; it asks for nothing but "rb"."""
        return io.BufferedReader(_BoundedReader(self._sock, self._deadline))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class _BoundedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._sock = sock
        # The socket's own reader keeps it open until the answer is read, though its connection is closed before.
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        self._sock.settimeout(left_seconds(self._deadline))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
