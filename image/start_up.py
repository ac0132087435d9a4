"""How long a worker takes from its process's start to the first poll of its queue answered, inside a container."""

import contextlib
import json
import subprocess
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from image.podman import Podman

POLL = "AmazonSQS.ReceiveMessage"
ANSWERED_SECONDS = 60.0
"""How long a worker is waited for."""

STARTER = (
    "import os, sys, time; print(os.getpid(), time.process_time(), time.monotonic(), flush=True); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)
"""Tells its number, the processor time that it took and the time, all as its host counts, and becomes the worker."""


@dataclass(frozen=True)
class Start:
    """From the process's start to the first poll answered: the wall's seconds, and the processor's.

    The processor's do not grow with what else a machine has to do; where it has nothing else the two are near.
    """

    seconds: float
    cpu_seconds: float


class EmptyQueue(ThreadingHTTPServer):
    """SQS with one queue and nothing in it, on loopback; it knows when it first answered a poll."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.answered = threading.Event()
        self.answered_at = 0.0
        self.answered_cpu_seconds = 0.0
        self.pid = 0
        """The worker's process."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: EmptyQueue  # pyright: ignore[reportIncompatibleVariableOverride] - it is always this one

    def do_POST(self) -> None:
        """Answer that nothing is there."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if self.headers.get("X-Amz-Target") == POLL:
            if not self.server.answered.is_set():
                self.server.answered_at = time.monotonic()
                self.server.answered_cpu_seconds = _cpu_seconds(self.server.pid)
                self.server.answered.set()
            time.sleep(0.2)  # the next poll: a real one would wait for seconds

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


def environment(endpoint_url: str) -> dict[str, str]:
    """A worker's whole environment, as the task definition gives it; previews are offered, as behind a front door."""
    queue = f"{endpoint_url}/123456789012"
    return {
        "AWS_ACCESS_KEY_ID": "-",
        "AWS_SECRET_ACCESS_KEY": "-",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": endpoint_url,
        "JOBS_QUEUE_URL": f"{queue}/jobs",
        "NOTIFICATIONS_QUEUE_URL": f"{queue}/notifications",
        "JOBS_TABLE": "jobs",
        "FLEET_TABLE": "fleet",
        "TOKENS_SECRET_ARN": "tokens",
        "BUCKET": "videos",
        "SOURCES": '["s3://videos/sources/"]',
        "TASK_USD_PER_HOUR": "0.1",
        "TMPDIR": "/scratch",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": "0",
    }


def start(podman: Podman, image: str) -> Start:
    """Start a worker of `image` once. Raises TimeoutError where it polls nothing."""
    with EmptyQueue() as queue:
        threading.Thread(target=queue.serve_forever, daemon=True).start()
        variables = [f"--env={name}={value}" for name, value in environment(queue.url).items()]
        argv = podman.argv(
            *("run", "--rm", "--no-healthcheck", "--pid=host", "--volume=/scratch", *variables, image),
            *("python", "-c", STARTER, "python", "-m", "worker"),
        )
        worker = subprocess.Popen(argv, env=podman.environment, stdout=subprocess.PIPE, text=True)
        try:
            if worker.stdout is None:
                raise AssertionError("its output is a pipe")
            pid, cpu_seconds, began_at = worker.stdout.readline().split()
            queue.pid = int(pid)
            if not queue.answered.wait(ANSWERED_SECONDS):
                raise TimeoutError(f"a worker of {image} asked for nothing within {ANSWERED_SECONDS} s")
        finally:
            worker.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.communicate(timeout=ANSWERED_SECONDS)
            worker.kill()
            queue.shutdown()
    return Start(queue.answered_at - float(began_at), queue.answered_cpu_seconds - float(cpu_seconds))


def _cpu_seconds(pid: int) -> float:
    """What a process has taken of the processors, with all its threads. Linux numbers the clock of another so."""
    return time.clock_gettime((~pid << 3) | 2)
