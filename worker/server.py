"""Serves the worker's HTTP interface with waitress: bounded in what it takes, in how long, and in how much at once.

Waitress receives each request whole in one thread for all connections, and only then hands it to one of a few others:
a client that drips holds a connection and nothing else. It bounds idle time, but not the time that a request takes
to arrive; that is added here.
"""

import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import waitress.server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.wasyncore import close_all

from worker.health import PORT_FILE
from worker.web import MAX_BODY_BYTES

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

log = logging.getLogger(__name__)

RECEIVE_SECONDS = 10
"""How long a request may take to arrive whole, from its first byte (from the connection's opening for the first)."""

IDLE_SECONDS = 75
"""How long a connection is kept between two requests: longer than the load balancer's 60 s, which would otherwise
send a request into a connection that closes just then."""

SWEEP_SECONDS = 2
"""How often late and idle connections are looked for."""

HEADER_BYTES = 16 * 1024
CONNECTIONS = 100
THREADS = 4
"""One preview is made at a time; the others answer health checks and turn callers away."""


class _Channel(HTTPChannel):
    """A connection on which only a whole request counts as activity: time runs on while one arrives in parts."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._arriving: HTTPRequestParser | None = None
        self._is_between_requests = False
        self._begin_to_receive()

    def parser_class(self, adjustments: Any) -> HTTPRequestParser:  # pyright: ignore[reportIncompatibleVariableOverride] - waitress calls what is here
        """A parser for the next request, kept within reach."""
        self._arriving = HTTPRequestParser(adjustments)
        return self._arriving

    def handle_read(self) -> None:
        """Take what has come; only the end of a request moves `last_activity`."""
        before = self.last_activity
        super().handle_read()
        if self._arriving is not None and self._arriving.completed and not self._arriving.empty:
            self._is_between_requests = True
        elif self._is_between_requests:
            self._begin_to_receive()
        else:
            self.last_activity = before

    def _begin_to_receive(self) -> None:
        # Waitress closes what was last active IDLE_SECONDS ago: this makes it RECEIVE_SECONDS from now.
        self.last_activity = time.time() - (IDLE_SECONDS - RECEIVE_SECONDS)
        self._is_between_requests = False


class Server:
    """Listens once made, serves from `start` on. `port` 0 takes a free one."""

    def __init__(self, app: "WSGIApplication", host: str, port: int) -> None:
        self._server: Any = waitress.server.create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            connection_limit=CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=SWEEP_SECONDS,
            max_request_header_size=HEADER_BYTES,
            max_request_body_size=MAX_BODY_BYTES,
            clear_untrusted_proxy_headers=True,
            ident=None,
        )
        self._server.channel_class = _Channel
        # It warns of each request that waits for a thread: a flood of calls must not become a flood of lines.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self.port: int = self._server.effective_port
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)

    def start(self, tmpdir: Path) -> None:
        """Serve in threads of its own, which end with the process; leave the port's number in `tmpdir`."""
        (tmpdir / PORT_FILE).write_text(str(self.port), "ascii")
        self._thread.start()
        log.info("listening", extra={"port": self.port})

    def stop(self, wait_seconds: float) -> None:
        """Begin no further answer, wait so long at most for the one that is being made, and close every connection."""
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=wait_seconds)
        is_awake = threading.Event()

        def close() -> None:
            is_awake.wait()  # an answer may have woken the loop first, and the pipe that wakes it is closed here, too
            close_all(self._server._map)  # noqa: SLF001 - the loop's thread alone may close

        try:
            self._server.trigger.pull_trigger(close)
        finally:
            is_awake.set()
        self._thread.join(wait_seconds)
