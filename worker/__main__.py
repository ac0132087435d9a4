"""`python -m worker`: reads the environment, wires the worker, and works until SIGTERM. Exits with 0 after that."""

import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from jobs.addresses import GuardedClient
from jobs.table import JobsTable
from worker.attempt import Attempt
from worker.config import InvalidConfigError, WorkerConfig, read_config
from worker.consumer import Consumer
from worker.drain import Drain
from worker.health import Health, judge
from worker.log import set_up_logs
from worker.media import MediaStore
from worker.outbox import Outbox
from worker.processor import Processor
from worker.protection import TaskProtection
from worker.pulse import Pulse
from worker.queue import JobsQueue
from worker.render.engine import RenderEngine

if TYPE_CHECKING:
    from worker.preview_desk import Desk
    from worker.server import Server

log = logging.getLogger("worker")

MISCONFIGURED = 2
"""The exit code of a worker that cannot start."""

CRASHED = 1

PREVIEW_SHARE = 0.2
"""The share of the stop time-out that a preview may still take when no job is left: 24 s of Fargate's 120."""

WEB_SOURCE_SECONDS = 900.0
"""How long one source from the web may take: a server that drips must not hold a task."""

# A call on behalf of the lease must fail well before the lease does, so that it can be tried again.
_CONTROL = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
_DATA = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 4})


class Worker:
    """The worker's parts, wired. Creating it calls nobody."""

    def __init__(self, config: WorkerConfig, drain: Drain) -> None:
        self._config = config
        self._drain = drain
        self._aws = boto3.Session(region_name=config.aws_region)
        self._pulse = Pulse()
        self._protection = TaskProtection(config.ecs_agent_uri)
        self._dynamodb = self._aws.client("dynamodb", config=_CONTROL)
        self._engine = RenderEngine(threads=config.ffmpeg_threads, font_cache=config.tmpdir / "fonts")
        self._media = MediaStore(
            self._aws.client("s3", config=_DATA),
            config.bucket,
            config.allowed_sources,
            GuardedClient(config.loopback_targets, WEB_SOURCE_SECONDS),
            loopback_targets=config.loopback_targets,
        )

    def consumer(self) -> Consumer:
        """The loop that takes jobs."""
        config, aws = self._config, self._aws
        polling = Config(connect_timeout=3, read_timeout=config.poll_seconds + 10, retries={"mode": "standard"})
        queue = JobsQueue(
            aws.client("sqs", config=_CONTROL),
            aws.client("sqs", config=polling),
            config.jobs_queue_url,
            visibility_seconds=config.visibility_timeout_seconds,
            poll_seconds=config.poll_seconds,
        )
        table = JobsTable(self._dynamodb, config.jobs_table)
        attempt = Attempt(
            self._engine,
            self._media,
            bucket=config.bucket,
            scratch=config.tmpdir,
            loopback_targets=config.loopback_targets,
        )
        processor = Processor(
            config,
            table=table,
            attempt=attempt,
            outbox=Outbox(aws.client("sqs", config=_CONTROL), config.notifications_queue_url, table),
            protection=self._protection,
            drain=self._drain,
            alive=self._pulse.beat,
        )
        return Consumer(
            queue, processor.process, protection=self._protection, drain=self._drain, alive=self._pulse.beat
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
            access=AccessTokens(lambda: self._aws.client("secretsmanager", config=_CONTROL), config.tokens_secret_arn),
            limit=RateLimit(self._dynamodb, config.fleet_table, config.rate_per_second),
            fleet=FleetTable(self._dynamodb, config.fleet_table),
            protection=self._protection,
            drain=self._drain,
        )


def main() -> int:
    """Work until the task ends. The exit code is 0 for an orderly end."""
    try:
        config = read_config(os.environ)
    except InvalidConfigError as error:
        set_up_logs("unknown")
        log.error("the worker cannot start", extra={"cause": str(error)})  # noqa: TRY400 - the text says it all
        return MISCONFIGURED
    set_up_logs(config.task)
    drain = Drain(config.stop_timeout_seconds)

    def end(number: int, _frame: object) -> None:
        log.info("told to end", extra={"signal": signal.Signals(number).name})
        drain.begin()

    # The loop has a thread of its own, so that the main one is free to run this handler: an Event must not be set
    # by a handler that interrupted the very thread which waits for it.
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    failed: list[BaseException] = []
    worker = Worker(config, drain)
    consumer = worker.consumer()

    def work() -> None:
        try:
            consumer.run()
        except BaseException as error:
            log.exception("the worker broke")
            failed.append(error)

    thread = threading.Thread(target=work, name="consumer")
    try:
        server = worker.listen(config.http_port) if config.http_port is not None else None
    except OSError as error:
        log.error("the worker cannot listen", extra={"port": config.http_port, "cause": error.strerror})  # noqa: TRY400 - the text says it all
        return CRASHED
    log.info("waiting for jobs")
    thread.start()
    thread.join()
    if server is not None:
        server.stop(PREVIEW_SHARE * config.stop_timeout_seconds)
    log.info("ended")
    return CRASHED if failed else 0


if __name__ == "__main__":
    sys.exit(main())
