"""compose.yaml brought up by podman-compose, and a person's part: send jobs, read their records, look at containers."""

import copy
import json
import os
import shlex
import shutil
import subprocess
from http import HTTPStatus
from pathlib import Path
from typing import Any

import urllib3

from image.podman import REPOSITORY, Podman
from jobs.record import JobRecord
from jobs.table import JobsTable
from local.aws import aws_environment, client_on, hermetic_session
from local.players.ports import free_port
from tests.image.built import CLOUD, WORKER
from tests.waiting import wait_until

PODMAN_COMPOSE = REPOSITORY / ".venv-compose" / "bin" / "podman-compose"
FILES = (REPOSITORY / "compose.yaml", REPOSITORY / "tests" / "image" / "host-network.yaml")
AT_AWS = "compose.aws.yaml"
UP_SECONDS = 300
STOP_SECONDS = 180


class Composed:
    """One project of compose's, with a name of its own. `loopback_target` is what jobs may name besides the bucket."""

    def __init__(self, podman: Podman, loopback_target: str) -> None:
        if not PODMAN_COMPOSE.exists():
            raise FileNotFoundError(f"{PODMAN_COMPOSE} is not there: make .venv-compose/.ready")
        self._podman = podman
        self._files: tuple[Path, ...] = FILES
        self.project = f"warm-pool-test-{os.getpid()}"
        self.aws_port, self.api_port = free_port(), free_port()
        self._environment = {
            **podman.environment,
            "COMPOSE_PROJECT_NAME": self.project,
            "AWS_PORT": str(self.aws_port),
            "API_PORT": str(self.api_port),
            "CLOUD_IMAGE": CLOUD,
            "WORKER_IMAGE": WORKER,
            "STACK_CONFIG": json.dumps({"loopbackTargets": [loopback_target]}),
        }
        self._http = urllib3.PoolManager(retries=False, timeout=60)

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start podman-compose with a command of its own."""
        files = [part for file in self._files for part in ("-f", str(file))]
        return subprocess.Popen(
            [PODMAN_COMPOSE, "--in-pod", "false", *files, *arguments],
            env=self._environment,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, timeout_seconds: float = UP_SECONDS) -> str:
        """Run podman-compose to its end; answers what it said."""
        process = self.begin(*arguments)
        said, _ = process.communicate(timeout=timeout_seconds)
        assert process.returncode == 0, said
        return said

    def elsewhere(self, folder: Path) -> "Composed":
        """Another project: workers of compose.aws.yaml, in a folder with their worker.env, at this project's AWS."""
        shutil.copy(REPOSITORY / AT_AWS, folder)
        at_this = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.aws_port}", "HTTP_PORT": "0", "POLL_SECONDS": "1"}
        over = folder / "over.yaml"
        over.write_text(json.dumps({"services": {"worker": {"network_mode": "host", "environment": at_this}}}))
        other = copy.copy(self)
        other.project = f"{self.project}-elsewhere"
        other._files = (folder / AT_AWS, over)
        other._environment = self._environment | aws_environment("") | {"COMPOSE_PROJECT_NAME": other.project}
        return other

    def await_cloud(self) -> None:
        """Return once the cloud answers those who want to use it."""
        wait_until(lambda: self.lines() is not None, UP_SECONDS, f"the cloud\n{self.log('cloud', 1)}")

    def lines(self) -> str | None:
        """The lines for a person's shell; None while the cloud is not up."""
        try:
            answer = self._http.request("GET", f"http://127.0.0.1:{self.aws_port}/_compose/environment")
        except urllib3.exceptions.HTTPError:
            return None
        return answer.data.decode() if answer.status == HTTPStatus.OK else None

    @property
    def environment(self) -> dict[str, str]:
        """What a person's shell has after it evaluated the lines."""
        exports = [shlex.split(line)[1] for line in (self.lines() or "").splitlines() if line.startswith("export ")]
        return dict(export.split("=", 1) for export in exports)

    def client(self, service: str) -> Any:
        return client_on(hermetic_session(), service, f"http://127.0.0.1:{self.aws_port}")

    def send(self, job_id: str, source: str) -> None:
        """Put a short job on the queue."""
        spec = {
            "output": {"width": 160, "height": 90, "fps": 25},
            "clips": [{"source": source, "trim": {"start": 0, "end": 0.4}}],
        }
        body = json.dumps({"version": 1, "id": job_id, "spec": spec})
        self.client("sqs").send_message(QueueUrl=self.environment["JOBS_QUEUE_URL"], MessageBody=body)

    def record(self, job_id: str) -> JobRecord | None:
        return JobsTable(self.client("dynamodb"), self.environment["JOBS_TABLE"]).read(job_id)

    def ended(self, *job_ids: str) -> None:
        """Wait until these jobs are done; another end is a failure, with the workers' logs."""
        for job_id in job_ids:

            def end(job_id: str = job_id) -> JobRecord | None:
                record = self.record(job_id)
                return record if record and record.state.is_terminal else None

            record = wait_until(end, 120, f"the end of {job_id}")
            assert record.state == "done", f"{record}\n{self.log('worker', 1)}"

    def api(self, path: str, method: str = "GET", token: str = "") -> "urllib3.BaseHTTPResponse":
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._http.request(method, f"http://127.0.0.1:{self.api_port}{path}", headers=headers)

    def name(self, service: str, number: int) -> str:
        return f"{self.project}_{service}_{number}"

    def inspect(self, service: str, number: int) -> dict[str, Any]:
        return self._inspect(self.name(service, number))

    def _inspect(self, name: str) -> dict[str, Any]:
        [found] = json.loads(self._podman.run("inspect", name))
        return found

    def log(self, service: str, number: int) -> str:
        done = self._podman.attempt("logs", self.name(service, number))
        return done.stdout + done.stderr

    def containers(self) -> list[str]:
        """The names of all containers of the project, whatever their state."""
        label = f"label=io.podman.compose.project={self.project}"
        return self._podman.run("ps", "--all", "--filter", label, "--format", "{{.Names}}").split()

    def down(self) -> None:
        """End it as a person does, and drop the volumes, which podman-compose leaves."""
        mounts = [mount for name in self.containers() for mount in self._inspect(name)["Mounts"]]
        self.run("down", "--remove-orphans", timeout_seconds=STOP_SECONDS)
        volumes = [mount["Name"] for mount in mounts if mount["Type"] == "volume"]
        self._podman.attempt("volume", "rm", "--force", *volumes)

    def remove(self) -> None:
        """Take away what is left, by force."""
        for name in self.containers():
            self._podman.attempt("rm", "--force", "--volumes", "--time", "0", "--depend", name)
