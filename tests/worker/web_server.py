"""A worker's HTTP interface on a free loopback port, for as long as a test needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from worker.server import Server

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


@contextmanager
def serving(app: "WSGIApplication", folder: Path) -> Iterator[int]:
    """The port on which `app` is served."""
    server = Server(app, "127.0.0.1", 0)
    server.start(folder)
    try:
        yield server.port
    finally:
        server.stop(5)
