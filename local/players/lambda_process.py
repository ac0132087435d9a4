"""One execution environment of a Lambda function: a warm process that runs one event at a time."""

import contextlib
import json
import logging
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from local import processes
from local.cloud import REGION

log = logging.getLogger(__name__)

BOOTSTRAP = Path(__file__).with_name("lambda_bootstrap.py")
INIT_SECONDS = 30.0
"""How long the import of a handler may take. Lambda gives it 10 s; a machine that renders beside it is slower."""
EXIT_SECONDS = 2.0
"""How long a process that hung up may take to exit."""


@dataclass(frozen=True)
class Deployed:
    """A function as it is deployed: two that are equal may share their processes."""

    name: str
    arn: str
    handler: str
    code_sha256: str
    """Of the archive, in base64."""
    layers: tuple[str, ...]
    """The ARNs of the layers' versions, in the order of the configuration: later ones hide earlier ones."""
    environment: tuple[tuple[str, str], ...]
    timeout_seconds: float
    memory_mib: int
    runtime: str
    role_arn: str
    """The role in whose name it acts."""
    log_group: str


@dataclass(frozen=True)
class ImportPath:
    """The folders on a function's import path before and after the standard library."""

    archive: Path
    layers: tuple[Path, ...]
    runtime: Path

    def as_json(self) -> str:
        """Write it as the bootstrap takes it."""
        return json.dumps({"before": [str(self.archive), *map(str, self.layers)], "after": [str(self.runtime)]})


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the handler's answer, or the error as Lambda describes it."""

    request_id: str
    payload: Any
    """The handler's answer; for an error {"errorType", "errorMessage", ...}."""
    failed: bool
    milliseconds: float

    @property
    def error(self) -> str | None:
        """The error in one line; None if there was none."""
        return f"{self.payload['errorType']}: {self.payload['errorMessage']}" if self.failed else None


class LambdaProcess:
    """A process that has imported one deployed function's handler, or is about to.

    Its interpreter is isolated, its environment is the function's variables and those that Lambda sets, its import
    path is exactly the given one and the standard library. `aws` are the variables that lead to AWS, with the role's
    credentials. `on_line` is told each line it prints, on another thread.
    """

    def __init__(
        self, deployed: Deployed, path: ImportPath, aws: Mapping[str, str], on_line: Callable[[str], None]
    ) -> None:
        self._deployed = deployed
        self._is_ready = False
        self._is_broken = False
        self._connection, child_end = Pipe()
        try:
            self._process = processes.start(
                [sys.executable, "-I", "-S", str(BOOTSTRAP), path.as_json()],
                env=environment(deployed, path, aws),
                cwd=path.archive,
                stdin=child_end.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        finally:
            child_end.close()
        self._reader = threading.Thread(
            target=self._read_log, args=(on_line,), name=f"log of {deployed.name}", daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can take another event."""
        return not self._is_broken and self._process.poll() is None

    def run(self, event: Any) -> Outcome:
        """Run the handler on one event, within the function's timeout. A process that failed to is dead afterwards."""
        request_id = str(uuid.uuid4())
        what, limit_seconds = "Init", INIT_SECONDS
        began_at = time.monotonic()
        try:
            message = {} if self._is_ready else self._receive(limit_seconds)
            if "error" in message:
                self._is_broken = True
            else:
                self._is_ready = True
                what, limit_seconds = "Task", self._deployed.timeout_seconds
                began_at = time.monotonic()
                self._send(event, request_id)
                message = self._receive(limit_seconds)
        except TimeoutError:
            self._is_broken = True
            message = _error("Sandbox.Timedout", request_id, f"{what} timed out after {limit_seconds:.2f} seconds")
        except (EOFError, OSError):
            self._is_broken = True
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(EXIT_SECONDS)
            status = processes.kill(self._process)
            how = f"exit status {status}" if status >= 0 else f"signal: {-status}"
            message = _error("Runtime.ExitError", request_id, f"Runtime exited with error: {how}")
        milliseconds = (time.monotonic() - began_at) * 1000
        failed = "error" in message
        return Outcome(request_id, message["error" if failed else "result"], failed, milliseconds)

    def interrupt(self) -> None:
        """End it and whatever it started, at once; a run that is under way answers with an error."""
        processes.kill(self._process)

    def close(self) -> None:
        """End it and let go of all it held, its last lines read; not while a run is under way."""
        self.interrupt()
        self._reader.join(processes.KILLED_WAIT_SECONDS)
        self._connection.close()

    def _send(self, event: Any, request_id: str) -> None:
        timeout_seconds = self._deployed.timeout_seconds
        request = {"id": request_id, "event": event, "arn": self._deployed.arn, "timeout_seconds": timeout_seconds}
        self._connection.send_bytes(json.dumps(request).encode())

    def _receive(self, timeout_seconds: float) -> dict[str, Any]:
        """The next message. Raises TimeoutError, and EOFError or OSError if the process ended."""
        if not self._connection.poll(timeout_seconds):
            raise TimeoutError
        return json.loads(self._connection.recv_bytes())

    def _read_log(self, on_line: Callable[[str], None]) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                try:
                    on_line(line.decode("utf-8", errors="replace").rstrip("\n"))
                except Exception:  # the log must be read on, or the handler would block on a full pipe
                    log.exception("a line of %s could not be taken", self._deployed.name)


def _error(kind: str, request_id: str, message: str) -> dict[str, Any]:
    return {"error": {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {message}"}}


def environment(deployed: Deployed, path: ImportPath, aws: Mapping[str, str]) -> dict[str, str]:
    """The function's configured variables, and what Lambda sets; nothing of this process's own environment.

    As on AWS, Lambda's own variables win. The endpoint and the switches against configuration files of the user are
    all that is of the local stack.
    """
    return {
        **dict(deployed.environment),
        **aws,
        "AWS_REGION": REGION,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{deployed.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": deployed.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployed.memory_mib),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": deployed.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": time.strftime("%Y/%m/%d/[$LATEST]", time.gmtime()) + uuid.uuid4().hex,
        "LAMBDA_TASK_ROOT": str(path.archive),
        "LAMBDA_RUNTIME_DIR": str(path.runtime),
        "_HANDLER": deployed.handler,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
    }
