"""All that a job and a preview need, wired. To load it takes longer than to poll, so it is loaded meanwhile."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.session import Session

from jobs.addresses import GuardedClient
from jobs.effects import DEFAULT_EFFECTS
from jobs.table import JobsTable
from worker.attempt import Attempt
from worker.config import WorkerConfig
from worker.drain import Drain
from worker.font_shelf import FontShelf
from worker.health import Health, judge
from worker.media import Limits as SourceLimits
from worker.media import MediaStore
from worker.outbox import Outbox
from worker.poll import CONTROL
from worker.processor import Processor
from worker.protection import TaskProtection
from worker.pulse import Pulse
from worker.render.engine import RenderEngine
from worker.render.limits import Limits as RenderLimits

if TYPE_CHECKING:
    from worker.preview_desk import Desk
    from worker.server import Server

WEB_SOURCE_SECONDS = 900.0
"""How long one source from the web may take: a server that drips must not hold a task."""

MIB = 1024 * 1024

_DATA = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 4})


def render_limits(config: WorkerConfig) -> RenderLimits:
    """What one render may take and make, as the operator has it."""
    return RenderLimits(
        max_clips=config.max_clips,
        max_source_bytes=config.max_source_mib * MIB,
        max_output_seconds=config.max_output_seconds,
        max_output_pixels=config.max_output_pixels,
    )


def source_limits(config: WorkerConfig) -> SourceLimits:
    """What one job may bring in: a source of the largest size at the least."""
    source_bytes = config.max_source_mib * MIB
    return SourceLimits(source_bytes=source_bytes, job_bytes=max(source_bytes, SourceLimits.job_bytes))


class Workshop:
    """The worker's parts but for its loop. Creating it calls nobody."""

    def __init__(
        self, config: WorkerConfig, session: Session, *, protection: TaskProtection, drain: Drain, pulse: Pulse
    ) -> None:
        self._config = config
        self._drain = drain
        self._pulse = pulse
        self._protection = protection
        self._aws = boto3.Session(region_name=config.aws_region, botocore_session=session)
        self._dynamodb = self._aws.client("dynamodb", config=CONTROL)
        s3 = self._aws.client("s3", config=_DATA)
        self._engine = RenderEngine(
            threads=config.ffmpeg_threads,
            limits=render_limits(config),
            fonts=FontShelf(s3, config.bucket, config.tmpdir / "fonts").catalogue,
            effects=DEFAULT_EFFECTS if config.effects is None else config.effects,
        )
        self._media = MediaStore(
            s3,
            config.bucket,
            config.allowed_sources,
            GuardedClient(config.loopback_targets, WEB_SOURCE_SECONDS),
            loopback_targets=config.loopback_targets,
            limits=source_limits(config),
        )
        self.processor = self._processor()
        """Turns messages into ended jobs."""

    def _processor(self) -> Processor:
        config, aws = self._config, self._aws
        table = JobsTable(self._dynamodb, config.jobs_table)
        attempt = Attempt(
            self._engine,
            self._media,
            bucket=config.bucket,
            scratch=config.tmpdir,
            loopback_targets=config.loopback_targets,
        )
        return Processor(
            config,
            table=table,
            attempt=attempt,
            outbox=Outbox(aws.client("sqs", config=CONTROL), config.notifications_queue_url, table),
            protection=self._protection,
            drain=self._drain,
            alive=self._pulse.beat,
        )

    def listen(self, port: int) -> "Server":
        """Serve health, and previews if they are configured, until stopped. Raises OSError if the port is taken."""
        # Imported here: a worker that does not listen need not load a server.
        from worker.server import Server  # noqa: PLC0415
        from worker.web import Web  # noqa: PLC0415

        server = Server(Web(self._health, self._desk()), str(self._config.http_host), port)
        server.start(self._config.tmpdir)
        return server

    def _health(self) -> Health:
        return judge(self._pulse.age_seconds, is_ending=self._drain.requested)

    def _desk(self) -> "Desk | None":
        config = self._config
        if config.tokens_secret_arn is None or config.fleet_table is None:
            return None
        # Imported here, as the server is.
        from fleet.rate_limit import RateLimit  # noqa: PLC0415
        from fleet.table import FleetTable  # noqa: PLC0415
        from worker.access import AccessTokens  # noqa: PLC0415
        from worker.preview import PreviewStudio  # noqa: PLC0415
        from worker.preview_desk import Desk  # noqa: PLC0415

        return Desk(
            PreviewStudio(self._engine, self._media, config.tmpdir),
            access=AccessTokens(lambda: self._aws.client("secretsmanager", config=CONTROL), config.tokens_secret_arn),
            limit=RateLimit(self._dynamodb, config.fleet_table, config.rate_per_second),
            fleet=FleetTable(self._dynamodb, config.fleet_table),
            protection=self._protection,
            drain=self._drain,
        )
