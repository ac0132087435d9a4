"""Real workers, as a task runs them: `python -m worker` against moto's server, with real video."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import imageio_ffmpeg
import pytest
import urllib3
from moto.server import ThreadedMotoServer
from pydantic import ValidationError

from jobs.record import JobRecord, JobState
from jobs.table import JobsTable
from tests.jobs.tables import REGION, TABLE, create_jobs_table
from tests.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

ROOT = Path(__file__).parents[2]
BUCKET = "own"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test-secret-of-the-worker", "AWS_REGION": REGION}
VISIBILITY_SECONDS = 3


@dataclass
class Cloud:
    """Moto's server with the worker's resources, and the workers started against it."""

    endpoint: str
    folder: Path
    sqs: "SQSClient"
    s3: "S3Client"
    table: JobsTable
    jobs_url: str
    notifications_url: str
    workers: list["subprocess.Popen[str]"] = field(default_factory=list)

    def start_worker(self, **environment: str) -> "subprocess.Popen[str]":
        scratch = self.folder / f"scratch-{len(self.workers)}"
        scratch.mkdir()
        log = (self.folder / f"log-{len(self.workers)}").open("w")
        worker = subprocess.Popen(
            [sys.executable, "-m", "worker"],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={
                "PATH": os.environ["PATH"],
                **CREDENTIALS,
                "AWS_ENDPOINT_URL": self.endpoint,
                "JOBS_QUEUE_URL": self.jobs_url,
                "NOTIFICATIONS_QUEUE_URL": self.notifications_url,
                "JOBS_TABLE": TABLE,
                "BUCKET": BUCKET,
                "SOURCES": json.dumps([f"s3://{BUCKET}/sources/"]),
                "VISIBILITY_TIMEOUT_SECONDS": str(VISIBILITY_SECONDS),
                "STOP_TIMEOUT_SECONDS": "2",
                "TASK_USD_PER_HOUR": "0.1",
                "POLL_SECONDS": "1",
                "MAX_BACKOFF_SECONDS": "1",
                "TMPDIR": str(scratch),
                **environment,
            },
        )
        self.workers.append(worker)
        return worker

    def log(self, worker: "subprocess.Popen[str]") -> str:
        return (self.folder / f"log-{self.workers.index(worker)}").read_text()

    def send(self, job_id: str, *, side: int, seconds: float, fps: int = 30) -> None:
        """Ask for a square video of so many pixels, seconds and frames a second: what is large takes long."""
        clip = {"source": "sources/clip.mp4", "trim": {"start": 0, "end": seconds}}
        spec = {"output": {"width": side, "height": side, "fps": fps}, "clips": [clip]}
        body = {"version": 1, "id": job_id, "spec": spec, "metadata": {"n": job_id}}
        self.sqs.send_message(QueueUrl=self.jobs_url, MessageBody=json.dumps(body))

    def record(self, job_id: str) -> JobRecord | None:
        """The record, or None while there is none; moto (unlike DynamoDB) shows items that are half written."""
        try:
            return self.table.read(job_id)
        except ValidationError:
            return None

    def wait_for(self, job_id: str, condition: Callable[[JobRecord], bool], what: str) -> JobRecord:
        def look() -> JobRecord | None:
            time.sleep(0.1)  # moto and FFmpeg need the machine more than this does
            record = self.record(job_id)
            return record if record is not None and condition(record) else None

        try:
            record = wait_until(look, timeout_seconds=40, what=what)
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), *(self.log(worker) for worker in self.workers)])) from None
        assert record is not None
        return record

    def messages(self, url: str) -> int:
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(count) for count in attributes.values())


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of moving picture."""
    path = tmp_path_factory.mktemp("footage") / "clip.mp4"
    arguments = "-v error -f lavfi -i testsrc2=size=640x640:rate=30:duration=3 -c:v libx264 -preset ultrafast"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *arguments.split(), str(path)], check=True, timeout=60)
    return path


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def cloud(endpoint: str, tmp_path: Path, clip: Path) -> Iterator[Cloud]:
    urllib3.request("POST", f"{endpoint}/moto-api/reset")
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    sqs = session.client("sqs", endpoint_url=endpoint)
    s3 = session.client("s3", endpoint_url=endpoint)
    dynamodb = session.client("dynamodb", endpoint_url=endpoint)
    create_jobs_table(dynamodb)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.upload_file(str(clip), BUCKET, "sources/clip.mp4")
    attributes: Any = {"VisibilityTimeout": str(VISIBILITY_SECONDS)}
    running = Cloud(
        endpoint,
        tmp_path,
        sqs,
        s3,
        JobsTable(dynamodb, TABLE),
        jobs_url=sqs.create_queue(QueueName="jobs", Attributes=attributes)["QueueUrl"],
        notifications_url=sqs.create_queue(QueueName="notifications")["QueueUrl"],
    )
    yield running
    for worker in running.workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(10)


def test_a_worker_without_its_environment_says_what_is_missing_and_exits_at_once():
    worker = subprocess.run(
        [sys.executable, "-m", "worker"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
        timeout=30,
        check=False,
    )
    assert worker.returncode == 2
    assert "JOBS_QUEUE_URL" in json.loads(worker.stdout)["cause"]


def test_a_worker_that_is_not_to_listen_loads_no_server_and_without_a_job_no_letters():
    loaded = "import sys, worker.workshop; print({'waitress', 'worker.preview', 'uharfbuzz'} & {*sys.modules})"
    worker = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert worker.stdout == "set()\n"


def test_a_worker_polls_before_it_loads_what_only_a_job_needs():
    late = "{'boto3', 's3transfer', 'fontpkg', 'imageio_ffmpeg', 'jobs.spec', 'worker.processor', 'uharfbuzz'}"
    loaded = f"import sys, worker.__main__; print({late} & {{*sys.modules}})"
    worker = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert worker.stdout == "set()\n"


def test_a_worker_whose_port_is_taken_ends_at_once_instead_of_working_without_a_health_check(cloud: Cloud):
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        worker = cloud.start_worker(HTTP_PORT=str(taken.getsockname()[1]))
        assert worker.wait(20) == 1
    assert "the worker cannot listen" in cloud.log(worker)


def test_health_is_served_while_a_job_is_rendered_and_refused_from_sigterm_on(cloud: Cloud):
    worker = cloud.start_worker(
        HTTP_PORT="0", HTTP_HOST="127.0.0.1", STOP_TIMEOUT_SECONDS="10", TOKENS_SECRET_ARN="none", FLEET_TABLE="none"
    )
    port_file = cloud.folder / "scratch-0" / "http-port"
    wait_until(lambda: port_file.exists() and port_file.read_text() != "", what="the port")
    url = f"http://127.0.0.1:{port_file.read_text()}"
    cloud.send("big", side=2160, seconds=3, fps=60)
    cloud.wait_for("big", lambda record: record.progress > 0, "progress")
    assert urllib3.request("GET", f"{url}/health").status == 200
    assert urllib3.request("POST", f"{url}/previews", body=b"{}").status == 401
    worker.send_signal(signal.SIGTERM)
    wait_until(lambda: urllib3.request("GET", f"{url}/health").status == 503, what="health to tell of the end")
    assert worker.wait(12) == 0
    record = cloud.record("big")
    assert record is not None
    assert record.state in {JobState.DONE, JobState.QUEUED}


def test_sigterm_in_mid_render_gives_the_job_back_without_costing_an_attempt(cloud: Cloud):
    worker = cloud.start_worker()
    cloud.send("big", side=2160, seconds=3, fps=60)
    cloud.wait_for("big", lambda record: record.progress > 0, "progress")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(5) == 0
    record = cloud.record("big")
    assert record is not None
    assert (record.state, record.attempts, record.last_cause) == (JobState.QUEUED, 0, "the task was ended")
    [message] = cloud.sqs.receive_message(QueueUrl=cloud.jobs_url).get("Messages", [])
    assert json.loads(message.get("Body", ""))["id"] == "big"
    assert list((cloud.folder / "scratch-0").glob("job-*")) == []


def test_a_broken_source_fails_its_job_and_the_next_job_is_rendered(cloud: Cloud):
    cloud.s3.put_object(Bucket=BUCKET, Key="sources/broken.mp4", Body=b"this is no video")
    broken = {
        "version": 1,
        "id": "broken",
        "spec": {
            "output": {"width": 64, "height": 64, "fps": 10},
            "clips": [{"source": "sources/broken.mp4"}],
        },
    }
    cloud.sqs.send_message(QueueUrl=cloud.jobs_url, MessageBody=json.dumps(broken))
    cloud.send("small", side=64, seconds=0.5)
    cloud.start_worker()
    done = cloud.wait_for("small", lambda record: record.state == JobState.DONE, "the good job")
    failed = cloud.wait_for("broken", lambda record: record.state.is_terminal, "the bad job")
    assert (failed.state, failed.attempts) == (JobState.FAILED, 1)
    assert failed.error is not None
    assert failed.error.field == "spec.clips[0].source"
    assert done.rendered is not None
    assert (done.rendered.width, done.rendered.duration_seconds) == (64, pytest.approx(0.5, abs=0.05))
    video = cloud.s3.get_object(Bucket=BUCKET, Key=done.rendered.video_key)
    assert video["ContentLength"] == done.rendered.size_bytes
