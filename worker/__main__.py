"""`python -m worker`: reads the environment, wires the worker, and works until SIGTERM. Exits with 0 after that."""

import logging
import os
import signal
import sys
import threading

import boto3
from botocore.config import Config

from jobs.addresses import GuardedClient
from jobs.table import JobsTable
from worker.attempt import Attempt
from worker.config import InvalidConfigError, WorkerConfig, read_config
from worker.consumer import Consumer
from worker.drain import Drain
from worker.health import judge
from worker.log import set_up_logs
from worker.media import MediaStore
from worker.outbox import Outbox
from worker.processor import Processor
from worker.protection import TaskProtection
from worker.pulse import Pulse
from worker.queue import JobsQueue
from worker.render.engine import RenderEngine

log = logging.getLogger("worker")

MISCONFIGURED = 2
"""The exit code of a worker that cannot start."""

CRASHED = 1

WEB_SOURCE_SECONDS = 900.0
"""How long one source from the web may take: a server that drips must not hold a task."""

# A call on behalf of the lease must fail well before the lease does, so that it can be tried again.
_CONTROL = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
_DATA = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 4})


def build(config: WorkerConfig, drain: Drain, pulse: Pulse) -> Consumer:
    """The worker's parts, wired."""
    aws = boto3.Session(region_name=config.aws_region)
    polling = Config(connect_timeout=3, read_timeout=config.poll_seconds + 10, retries={"mode": "standard"})
    queue = JobsQueue(
        aws.client("sqs", config=_CONTROL),
        aws.client("sqs", config=polling),
        config.jobs_queue_url,
        visibility_seconds=config.visibility_timeout_seconds,
        poll_seconds=config.poll_seconds,
    )
    table = JobsTable(aws.client("dynamodb", config=_CONTROL), config.jobs_table)
    protection = TaskProtection(config.ecs_agent_uri)
    media = MediaStore(
        aws.client("s3", config=_DATA),
        config.bucket,
        config.allowed_sources,
        GuardedClient(config.loopback_targets, WEB_SOURCE_SECONDS),
        loopback_targets=config.loopback_targets,
    )
    attempt = Attempt(
        RenderEngine(threads=config.ffmpeg_threads, font_cache=config.tmpdir / "fonts"),
        media,
        bucket=config.bucket,
        scratch=config.tmpdir,
        loopback_targets=config.loopback_targets,
    )
    processor = Processor(
        config,
        table=table,
        attempt=attempt,
        outbox=Outbox(aws.client("sqs", config=_CONTROL), config.notifications_queue_url, table),
        protection=protection,
        drain=drain,
        alive=pulse.beat,
    )
    return Consumer(queue, processor.process, protection=protection, drain=drain, alive=pulse.beat)


def listen(config: WorkerConfig, drain: Drain, pulse: Pulse, port: int) -> None:
    """Serve health, from now to the process's end. Raises OSError if the port is taken."""
    # Imported here: a worker that does not listen need not load a server.
    from worker.server import Server  # noqa: PLC0415
    from worker.web import Web  # noqa: PLC0415

    web = Web(lambda: judge(pulse.age_seconds, is_ending=drain.requested), previews=None)
    Server(web, port).start(config.tmpdir)


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
    pulse = Pulse()
    consumer = build(config, drain, pulse)

    def work() -> None:
        try:
            consumer.run()
        except BaseException as error:
            log.exception("the worker broke")
            failed.append(error)

    thread = threading.Thread(target=work, name="consumer")
    if config.http_port is not None:
        listen(config, drain, pulse, config.http_port)
    log.info("waiting for jobs")
    thread.start()
    thread.join()
    log.info("ended")
    return CRASHED if failed else 0


if __name__ == "__main__":
    sys.exit(main())
