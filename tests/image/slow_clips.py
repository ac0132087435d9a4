"""A web server that lets whoever asks for a clip wait, and counts how many wait at the same time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast


class SlowClips(ThreadingHTTPServer):
    """Answers every path with the same clip, after `hold_seconds` or as soon as `gate` is set."""

    daemon_threads = True

    def __init__(self, clip: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.clip = clip.read_bytes()
        self.gate = threading.Event()
        self.hold_seconds = 0.0
        self.held = 0
        self.most_held = 0
        self.lock = threading.Lock()

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A worker that hung up is the worker's matter: no traceback."""

    def holds(self, seconds: float) -> None:
        """Begin to count anew, and hold each request that comes from now on."""
        with self.lock:
            self.hold_seconds, self.most_held = seconds, self.held
        self.gate.clear()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = cast("SlowClips", self.server)
        with server.lock:
            server.held += 1
            server.most_held = max(server.most_held, server.held)
        server.gate.wait(server.hold_seconds)
        with server.lock:
            server.held -= 1
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(len(server.clip)))
        self.end_headers()
        self.wfile.write(server.clip)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@contextmanager
def slow_clips(clip: Path) -> Iterator[SlowClips]:
    with SlowClips(clip) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.gate.set()
            server.shutdown()
            thread.join()
