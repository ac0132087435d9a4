"""The worker's configuration: read once from the environment, checked whole, immutable."""

import socket
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, Json, ValidationError

from jobs.sources import AllowedSources


class InvalidConfigError(ValueError):
    """The environment lacks something or holds something unusable; the text names every variable concerned."""


class WorkerConfig(BaseModel):
    """What a worker needs to know. Each field is the environment variable of its name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    aws_region: str = Field(min_length=1)
    """Set by ECS; boto3 itself looks at AWS_DEFAULT_REGION only."""
    jobs_queue_url: str = Field(min_length=1)
    notifications_queue_url: str = Field(min_length=1)
    jobs_table: str = Field(min_length=1)
    bucket: str = Field(min_length=1)
    sources: Json[tuple[str, ...]]
    """Prefixes (`s3://bucket/path/`) that clips may be read from."""
    tmpdir: Path
    """Where each job gets a folder for its sources and results."""
    task_usd_per_hour: float = Field(ge=0)
    visibility_timeout_seconds: int = Field(default=120, ge=1, le=43_200)
    """How long a message stays hidden unless extended; the queue's own setting. SQS allows 12 hours at most."""
    stop_timeout_seconds: float = Field(default=120, gt=0)
    """From SIGTERM to SIGKILL: the task definition's stopTimeout, 120 on Fargate at most."""
    max_attempts: int = Field(default=3, ge=1)
    max_backoff_seconds: float = Field(default=300, gt=0)
    """A message that backs off counts as load, and load keeps the fleet awake: so not for long."""
    poll_seconds: int = Field(default=5, ge=0, le=20)
    """The long poll. SIGTERM waits for the open one (what it brings would be stranded otherwise), so the default is
    not SQS's longest: at 5 s an idle worker asks 17,280 times a day, some $0.20 a month."""
    loopback_targets: Json[frozenset[str]] = frozenset()
    """"host:port" pairs that address rules let through: none in a deployment."""
    reuse_renders_days: int = Field(default=0, ge=0)
    """How long a result answers later jobs of the same content; 0: every job is rendered."""
    ffmpeg_threads: int = Field(default=1, ge=1)
    max_clips: int = Field(default=50, ge=1)
    """What one job may have and make, like the next three: clips, MiB of a source, seconds and pixels of its video."""
    max_source_mib: int = Field(default=4096, ge=1)
    max_output_seconds: int = Field(default=600, ge=1)
    max_output_pixels: int = Field(default=4096 * 4096, ge=1)
    effects: Json[tuple[str, ...]] | None = None
    """The filters that specs may name; unset means jobs.effects.DEFAULT_EFFECTS."""
    ecs_agent_uri: str | None = None
    http_port: int | None = Field(default=None, ge=0, le=65_535)
    """Where health and previews are served: none if unset, a free one if 0."""
    http_host: IPv4Address = IPv4Address("0.0.0.0")  # noqa: S104 - the load balancer comes from outside; the security group lets no one else in
    """The address to listen on: 127.0.0.1 where nobody but the container's own health check is to ask."""
    tokens_secret_arn: str | None = None
    """The secret with the tokens that may ask for previews; without it or FLEET_TABLE none are offered."""
    fleet_table: str | None = None
    """Where a call for a preview is counted, and noted as activity."""
    rate_per_second: int = Field(default=10, ge=1)
    """Calls that a token may make a second, of all workers and the API together."""

    @property
    def allowed_sources(self) -> AllowedSources:
        """The sources that clips may be read from."""
        return AllowedSources(self.bucket, self.sources)

    @property
    def task(self) -> str:
        """This task's name in logs and leases: the agent's name for it (which begins with the task's id), or the host.

        ECS sets ECS_AGENT_URI to `http://169.254.170.2/api/<task id>-<container number>`.
        """
        if self.ecs_agent_uri:
            name = urlsplit(self.ecs_agent_uri).path.rpartition("/")[2]
            if name:
                return name
        return socket.gethostname()


def read_config(environment: Mapping[str, str]) -> WorkerConfig:
    """The configuration in `environment`; a variable that is empty counts as unset. Raises InvalidConfigError."""
    values = {name: environment[name.upper()] for name in WorkerConfig.model_fields if environment.get(name.upper())}
    try:
        config = WorkerConfig.model_validate(values)
        config.allowed_sources  # noqa: B018 - a malformed prefix is found now, not at the first job
    except ValidationError as error:
        problems = ((str(detail["loc"][0]).upper(), detail["msg"]) for detail in error.errors())
        raise InvalidConfigError("; ".join(f"{variable}: {message}" for variable, message in problems)) from None
    except ValueError as error:
        raise InvalidConfigError(f"SOURCES: {error}") from None
    if not config.tmpdir.is_dir():
        raise InvalidConfigError(f"TMPDIR: {config.tmpdir} is no folder")
    return config
