"""The way to the jobs queue: all that the first long poll needs, and nothing that takes long to load."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.session import Session

from worker.config import WorkerConfig
from worker.queue import JobsQueue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# A call on behalf of the lease must fail well before the lease does, so that it can be tried again.
CONTROL = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})


def jobs_queue(config: WorkerConfig, session: Session, *, on_poll: Callable[[], None]) -> JobsQueue:
    """The queue that jobs come from. `on_poll` is called, in the poll's thread, whenever one is about to be sent."""

    def client(settings: Config) -> "SQSClient":
        return cast("SQSClient", session.create_client("sqs", region_name=config.aws_region, config=settings))

    polling = client(Config(connect_timeout=3, read_timeout=config.poll_seconds + 10, retries={"mode": "standard"}))
    # botocore takes what a handler answers for the response, so this one answers nothing.
    polling.meta.events.register("before-send.sqs.ReceiveMessage", lambda **_: on_poll())
    return JobsQueue(
        client(CONTROL),
        polling,
        config.jobs_queue_url,
        visibility_seconds=config.visibility_timeout_seconds,
        poll_seconds=config.poll_seconds,
    )
