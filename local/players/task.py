"""One ECS task as a real process: PENDING for a cold start, RUNNING, STOPPING, STOPPED.

The process begins when the cold start ends, and RUNNING is reported with it, as ECS does for a container that has no
health check. SIGTERM goes to the process alone, as to a container's PID 1; when it ends, all that it left running is
killed, as a container's other processes are.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from local import processes
from local.history import History

REPOSITORY = Path(__file__).resolve().parents[2]
DEFAULT_STOP_TIMEOUT_SECONDS = 30.0
"""ECS's, where the container definition has no stopTimeout."""
HTTP_PORT = "HTTP_PORT"
HTTP_HOST = "HTTP_HOST"
"""The variable that names a worker's port. On Fargate each task has a network of its own; here, a port of its own."""
SIGNALLED = 128
"""Container runtimes report the death by signal n as exit code 128 + n."""


class CannotStartError(Exception):
    """The task cannot get as far as RUNNING; the message is ECS's stopped reason."""


class Status(StrEnum):
    """A task's lastStatus, as far as it is played here."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


@dataclass(frozen=True)
class Definition:
    """What a task is made from."""

    arn: str
    family: str
    revision: int
    containers: Sequence[Mapping[str, Any]]
    """The container definitions as the ECS API writes them; one is played."""
    cpu: str
    """CPU units, as text (1024 = one vCPU)."""
    memory: str
    """MiB, as text."""
    role_arn: str = ""
    """The role in whose name the container acts. One that has none gets credentials that may do anything."""

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> "Definition":
        """Read DescribeTaskDefinition's `taskDefinition`."""
        return cls(
            arn=answer["taskDefinitionArn"],
            family=answer["family"],
            revision=answer["revision"],
            containers=answer["containerDefinitions"],
            cpu=str(answer.get("cpu", "")),
            memory=str(answer.get("memory", "")),
            role_arn=answer.get("taskRoleArn", ""),
        )

    @property
    def container(self) -> Mapping[str, Any]:
        """The container that is played."""
        return self.containers[0]

    @property
    def stop_timeout_seconds(self) -> float:
        """From SIGTERM to SIGKILL."""
        return float(self.container.get("stopTimeout", DEFAULT_STOP_TIMEOUT_SECONDS))

    @property
    def environment(self) -> dict[str, str]:
        """The container's own variables."""
        return {item["name"]: item["value"] for item in self.container.get("environment", [])}

    @property
    def listens(self) -> bool:
        """Whether the container serves HTTP, at the port that this variable names."""
        return bool(self.environment.get(HTTP_PORT))

    @property
    def argv(self) -> list[str]:
        """Entry point and command, with this interpreter for "python"; CannotStartError if it cannot be played."""
        if len(self.containers) != 1:
            raise CannotStartError(f"the local player plays one container a task, not {len(self.containers)}")
        if self.container.get("secrets"):
            raise CannotStartError("the local player does not resolve a container definition's secrets")
        argv = [*self.container.get("entryPoint", []), *self.container.get("command", [])]
        if not argv:
            raise CannotStartError("CannotStartContainerError: no command (the image's own is not known here)")
        if argv[0] in {"python", "python3"}:
            return [sys.executable, *argv[1:]]
        if shutil.which(argv[0]) is None:
            raise CannotStartError(f"CannotStartContainerError: {argv[0]}: no such program on this machine")
        return argv


@dataclass(kw_only=True)
class Task:
    """A task of a service. Not thread-safe: its player's lock guards it."""

    arn: str
    cluster_arn: str
    service: str
    deployment_id: str
    definition: Definition
    history: History = field(repr=False)
    folder: Path
    """Holds this task's log, and its scratch folder while it runs."""
    environment: Mapping[str, str] = field(repr=False)
    """What the platform adds to the container's own variables; it wins."""
    cold_start_seconds: float
    stop_timeout_seconds: float
    status: Status = Status.PENDING
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    stopped_at: datetime | None = None
    protected_until: datetime | None = None
    exit_code: int | None = None
    stop_code: str = ""
    stopped_reason: str = ""
    has_failed_to_start: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._created = time.monotonic()
        self._kill_at = 0.0
        self._record("task.pending")

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def http_port(self) -> int | None:
        """Where it serves HTTP on loopback, if it does."""
        port = self.environment.get(HTTP_PORT)
        return int(port) if port else None

    @property
    def pid(self) -> int | None:
        """The process's id once there is one."""
        return None if self.process is None else self.process.pid

    @property
    def log(self) -> Path:
        """The task's standard output and error."""
        return self.folder / f"{self.id}.log"

    @property
    def age_seconds(self) -> float:
        """Since its creation."""
        return time.monotonic() - self._created

    @property
    def is_wanted(self) -> bool:
        """PENDING or RUNNING: not asked to stop."""
        return self.status in {Status.PENDING, Status.RUNNING}

    @property
    def is_protected(self) -> bool:
        """Whether scale-in and deployments must leave it alone."""
        return self.protected_until is not None

    def protect(self, duration: timedelta) -> None:
        """Protect it from now for `duration`, or prolong its protection."""
        if not self.is_protected:
            self._record("task.protected")
        self.protected_until = datetime.now(UTC) + duration

    def unprotect(self, cause: str) -> None:
        """End its protection, if it has one."""
        if self.is_protected:
            self.protected_until = None
            self._record("task.unprotected", cause=cause)

    def stop(self, stop_code: str, reason: str, *, grace_seconds: float | None = None) -> None:
        """Send SIGTERM, and SIGKILL once the grace (the stop time-out unless given) is over; `advance` sees to it."""
        if not self.is_wanted:
            return
        self.stop_code, self.stopped_reason = stop_code, reason
        self.stopping_at = datetime.now(UTC)
        grace_seconds = self.stop_timeout_seconds if grace_seconds is None else grace_seconds
        self._kill_at = time.monotonic() + grace_seconds
        self.status = Status.STOPPING
        self._record("task.stopping", reason=reason)
        if self.process is None:
            self._stopped()
        else:
            self.process.terminate()

    def hasten(self, grace_seconds: float) -> None:
        """Have a stopping task killed after `grace_seconds` from now, if that is sooner."""
        self._kill_at = min(self._kill_at, time.monotonic() + grace_seconds)

    def advance(self) -> None:
        """Do what time has brought: the end of the cold start, of the process, of the grace, of the protection."""
        if self.protected_until is not None and datetime.now(UTC) >= self.protected_until:
            self.unprotect("expired")
        if self.status is Status.PENDING and self.age_seconds >= self.cold_start_seconds:
            self._begin()
        elif self.process is None or self.status is Status.STOPPED:
            return
        elif self.process.poll() is not None:
            if self.status is Status.RUNNING:
                self.stop_code, self.stopped_reason = "EssentialContainerExited", "Essential container in task exited"
            self._ended()
        elif self.status is Status.STOPPING and time.monotonic() >= self._kill_at:
            self._record("task.killed", reason="did not end in time after SIGTERM")
            self._ended()

    def _begin(self) -> None:
        scratch = self.folder / self.id
        try:
            argv = self.definition.argv
            scratch.mkdir(parents=True)
            with self.log.open("wb") as log:
                self.process = processes.start(
                    argv, env=self._whole_environment(scratch), cwd=REPOSITORY, stdout=log, stderr=subprocess.STDOUT
                )
        except (CannotStartError, OSError) as error:
            self.has_failed_to_start = True
            self.stop_code, self.stopped_reason = "TaskFailedToStart", str(error)
            self._stopped()
            return
        self.status, self.started_at = Status.RUNNING, datetime.now(UTC)
        self._record("task.running", pid=self.pid, waited_seconds=round(self.age_seconds, 3))

    def _whole_environment(self, scratch: Path) -> dict[str, str]:
        """Nothing of this process's own environment but its PATH, as in a container."""
        image = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        }
        mounted = {"TMPDIR": str(scratch), "HOME": str(scratch)}
        return {**image, **self.definition.environment, **self.environment, **mounted}

    def _ended(self) -> None:
        if self.process is None:
            raise AssertionError("only a task that has begun can end")
        code = processes.kill(self.process)
        self.exit_code = code if code >= 0 else SIGNALLED - code
        if self.status is Status.RUNNING and self.exit_code != 0:
            self._record("task.crashed", exit_code=self.exit_code)
        self._stopped()

    def _stopped(self) -> None:
        self.status, self.stopped_at = Status.STOPPED, datetime.now(UTC)
        self.stopping_at = self.stopping_at or self.stopped_at
        self.protected_until = None
        shutil.rmtree(self.folder / self.id, ignore_errors=True)
        self._record("task.stopped", exit_code=self.exit_code, reason=self.stopped_reason)

    def _record(self, event: str, **fields: Any) -> None:
        self.history.record(event, task=self.id, service=self.service, **fields)


def state_counts(tasks: Sequence[Task]) -> tuple[int, int]:
    """How many of `tasks` are RUNNING and PENDING; one that was asked to stop is neither, as ECS counts."""
    return (
        sum(task.status is Status.RUNNING for task in tasks),
        sum(task.status is Status.PENDING for task in tasks),
    )
