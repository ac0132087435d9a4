"""The worker's place in the race: its own parts, as `python -m worker` wires them, before an AWS of moto's."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import urllib3
from botocore.session import get_session
from urllib3.exceptions import HTTPError

from bench.race import Race
from jobs.record import JobRecord, JobState
from jobs.table import JobsTable
from local import processes
from local.aws import REGION, aws_environment
from worker.config import WorkerConfig, read_config
from worker.delivery import Delete
from worker.drain import Drain
from worker.poll import jobs_queue
from worker.protection import TaskProtection
from worker.pulse import Pulse
from worker.workshop import Workshop

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

BUCKET, TABLE = "bench-media", "bench-jobs"
START_SECONDS = 30.0
"""What moto may take to answer."""
WARM_UP_SECONDS = 0.2


class WorkerStand:
    """A worker that has worked before: its clients, its FFmpeg and its fonts are warm, as in a fleet that is awake."""

    def __init__(self, config: WorkerConfig) -> None:
        session = get_session()
        workshop = Workshop(
            config,
            session,
            protection=TaskProtection(config.ecs_agent_uri),
            drain=Drain(config.stop_timeout_seconds),
            pulse=Pulse(),
        )
        self._processor = workshop.processor
        self._queue = jobs_queue(config, session, on_poll=lambda: None)
        self._sqs: SQSClient = boto3.client("sqs", region_name=REGION)
        self._s3: S3Client = boto3.client("s3", region_name=REGION)
        self._table = JobsTable(boto3.client("dynamodb", region_name=REGION), config.jobs_table)
        self._jobs_url = config.jobs_queue_url
        self._sent = 0

    def warm_up(self, race: Race) -> None:
        """Render a moment of it."""
        cuts = tuple(replace(cut, seconds=WARM_UP_SECONDS) for cut in race.cuts)
        self.send(replace(race, cuts=cuts))
        self.work()

    def send(self, race: Race) -> str:
        """Put the race on the jobs queue; answers the job's id."""
        self._sent += 1
        job_id = f"{race.name}-{self._sent}"
        body = {"version": 1, "id": job_id, "spec": race.spec()}
        self._sqs.send_message(QueueUrl=self._jobs_url, MessageBody=json.dumps(body))
        return job_id

    def work(self) -> None:
        """What is timed: take the message, work on it, delete it."""
        message = self._queue.receive()
        assert message is not None, "a job was sent"
        disposition = self._processor.process(message)
        assert isinstance(disposition, Delete), disposition
        message.delete()

    def record(self, job_id: str) -> JobRecord:
        """The record of a job that was rendered; anything else ends the race."""
        record = self._table.read(job_id)
        assert record is not None, f"{job_id} has no record"
        assert record.state is JobState.DONE, record.error
        return record

    def fetch(self, record: JobRecord, path: Path) -> None:
        """The rendered video as a local file."""
        assert record.rendered is not None
        self._s3.download_file(record.rendered.bucket, record.rendered.video_key, str(path))


@contextmanager
def worker_stand(sources: Mapping[str, Path], folder: Path, threads: int) -> Iterator[WorkerStand]:
    """A worker before a moto of its own, in a process of its own, which has the sources in its bucket."""
    with _moto(folder) as endpoint:
        # The worker's clients read the environment, as in a task; this process is nobody else's.
        os.environ.update(aws_environment(endpoint))
        s3: S3Client = boto3.client("s3", region_name=REGION)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for key, path in sources.items():
            s3.upload_file(str(path), BUCKET, key)
        dynamodb: DynamoDBClient = boto3.client("dynamodb", region_name=REGION)
        dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        sqs: SQSClient = boto3.client("sqs", region_name=REGION)
        jobs, news = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("bench-jobs", "bench-notifications"))
        scratch = folder / "scratch"
        scratch.mkdir(exist_ok=True)
        yield WorkerStand(
            read_config(
                {
                    "AWS_REGION": REGION,
                    "JOBS_QUEUE_URL": jobs,
                    "NOTIFICATIONS_QUEUE_URL": news,
                    "JOBS_TABLE": TABLE,
                    "BUCKET": BUCKET,
                    "SOURCES": json.dumps([f"s3://{BUCKET}/sources/"]),
                    "TMPDIR": str(scratch),
                    "TASK_USD_PER_HOUR": "0.1",
                    "FFMPEG_THREADS": str(threads),
                }
            )
        )


@contextmanager
def _moto(folder: Path) -> Iterator[str]:
    """Moto's server; what it takes of the processors is not the worker's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    with (folder / "moto.log").open("wb") as log:
        argv = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        server = processes.start(argv, env=os.environ, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(endpoint)
            yield endpoint
        finally:
            processes.end(server, grace_seconds=1.0)


def _wait_for(endpoint: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(HTTPError):
            urllib3.request("GET", f"{endpoint}/moto-api/", retries=False, timeout=2.0)
            return
        time.sleep(0.1)
    raise TimeoutError(f"moto did not answer within {START_SECONDS:g} s")
