"""The worker's way to AWS: how many connections its requests take."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from local.cloud import Cloud, aws_environment
from tests.jobs.tables import create_jobs_table
from tests.waiting import wait_until
from worker.__main__ import Worker
from worker.config import read_config
from worker.drain import Drain

JOBS = 6
CLIENTS = {"polls", "the queue", "notifications", "the table", "the bucket"}


class KeepAlive(ThreadingHTTPServer):
    """A door before moto that keeps connections open, as AWS does and moto does not, and counts them."""

    daemon_threads = True

    def __init__(self, moto_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.moto = urlsplit(moto_url).netloc
        self.connections = 0
        self.operations: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: KeepAlive  # pyright: ignore[reportIncompatibleVariableOverride]  that is what it serves

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        self.close_connection = not (self.raw_requestline and self.parse_request())
        if self.close_connection:
            return
        self.server.operations.append(self.headers.get("X-Amz-Target", f"S3.{self.command}").rpartition(".")[2])
        onward = http.client.HTTPConnection(self.server.moto, timeout=30)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        onward.request(self.command, self.path, body, dict(self.headers))
        answer = onward.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "content-length", "transfer-encoding", "date", "server"}:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()
        onward.close()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def door(moto_url: str) -> Iterator[KeepAlive]:
    with KeepAlive(moto_url) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_each_client_keeps_its_connection_from_job_to_job(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    with Cloud() as cloud, door(cloud.endpoint_url) as aws:
        sqs = cloud.client("sqs")
        jobs, notifications = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("jobs", "notifications"))
        create_jobs_table(cloud.client("dynamodb"))
        here = {"LocationConstraint": environment["AWS_REGION"]}
        cloud.client("s3").create_bucket(Bucket=environment["BUCKET"], CreateBucketConfiguration=here)
        output = {"width": 64, "height": 64, "fps": 10}
        for number in range(JOBS):
            spec = {"output": output, "clips": [{"source": "sources/nowhere.mp4"}]}
            body = json.dumps({"version": 1, "id": f"job-{number}", "spec": spec})
            sqs.send_message(QueueUrl=jobs, MessageBody=body)
        for name, value in aws_environment(aws.url).items():
            monkeypatch.setenv(name, value)
        queues = {"JOBS_QUEUE_URL": jobs, "NOTIFICATIONS_QUEUE_URL": notifications, "POLL_SECONDS": "1"}
        drain = Drain(60)
        worker = Worker(read_config(environment | queues), drain)
        threads = [threading.Thread(target=worker.consumer().run), threading.Thread(target=worker.prepare)]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: aws.operations.count("DeleteMessage") == JOBS, 60, "the end of the jobs")
        finally:
            drain.begin()
            for thread in threads:
                thread.join(60)

    # A pulse that falls into another request of its client takes a second one; a connection a request would be seen.
    assert aws.operations.count("GET") >= JOBS
    assert aws.operations.count("SendMessage") >= JOBS
    assert aws.operations.count("UpdateItem") >= JOBS
    assert aws.connections <= 2 * len(CLIENTS) < len(aws.operations) / 3, (aws.connections, aws.operations)
