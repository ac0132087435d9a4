"""What the demo's flow asks of queues and buckets, errand by errand: real code, in this process, in a role's name.

Each errand raises AssertionError or an error of AWS when it was not done. Nobody must play the stack meanwhile.
"""

import importlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
import urllib3
from aws_lambda_powertools.utilities.data_classes import SQSEvent

from jobs.notification import Notification, Rendered, Times
from jobs.record import JobRecord
from local.players.event_sources import record_of
from local.players.task import Definition
from tests.fonts import font_of
from tests.local.grants import COPY, statements_of
from tests.local.whole import Whole, short_spec
from worker.__main__ import Worker
from worker.config import read_config
from worker.drain import Drain
from worker.errors import StoppedError

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_sqs import SQSClient

PART_BYTES = 16 * 2**20
"""The worker uploads in parts what is larger."""


@dataclass(frozen=True)
class Runtime:
    """Something that was deployed to run in a role's name."""

    role: str
    """The role's name."""
    variables: Mapping[str, str]


def runtime_of(whole: Whole, name: str) -> Runtime:
    """The worker's task definition, or the function whose logical name this is."""
    cloud, outputs = whole.stack.cloud, whole.stack.outputs
    if name == "worker":
        ecs: ECSClient = cloud.client("ecs")
        [service] = ecs.describe_services(cluster=outputs["cluster"], services=[outputs["service"]])["services"]
        described = ecs.describe_task_definition(taskDefinition=service.get("taskDefinition", ""))
        definition = Definition.of(described["taskDefinition"])
        return Runtime(definition.role_arn.rpartition("/")[2], definition.environment)
    functions = cloud.client("lambda").list_functions()["Functions"]
    [function] = [one for one in functions if one["FunctionName"].startswith(f"{name}-function-")]
    return Runtime(function["Role"].rpartition("/")[2], function["Environment"]["Variables"])


def copy_of_role(whole: Whole, role: str, *, without: tuple[str, str] | None = None) -> str:
    """The ARN of a new role that may do what `role` may, but not the (Sid, action) that is left out."""
    statements: list[dict[str, Any]] = []
    for statement in statements_of(whole.stack.cloud, role):
        actions = [action for action in statement["Action"] if (statement["Sid"], action) != without]
        statements += [{**statement, "Action": actions}] if actions else []
    iam = whole.stack.cloud.client("iam")
    name = f"{COPY}{uuid4().hex}"
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)
    return arn


@contextmanager
def acting(whole: Whole, variables: Mapping[str, str], role_arn: str) -> Iterator[None]:
    """This process with the variables of a runtime and the credentials of a role, and without what it kept before."""
    with pytest.MonkeyPatch.context() as monkeypatch, _imported_anew("lambdas"):
        for name, value in {**variables, **whole.stack.cloud.environment(role_arn, session="errand")}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        yield


@contextmanager
def _imported_anew(package: str) -> Iterator[None]:
    """Import a package's modules as a new process does; those that were there before are there again afterwards.

    The Lambdas' modules keep clients, and Powertools reads the environment when they are imported.
    """

    def take_out() -> dict[str, ModuleType]:
        names = [name for name in sys.modules if name.partition(".")[0] == package]
        return {name: sys.modules.pop(name) for name in names}

    before = take_out()
    try:
        yield
    finally:
        take_out()
        sys.modules.update(before)


def _handler(name: str) -> Any:
    """The module of a Lambda's entry point."""
    return importlib.import_module(f"lambdas.{name}.handler")


def put_a_font(whole: Whole) -> None:
    """A font that no package brings into the bucket: a family of two letters."""
    whole.stack.cloud.client("s3").put_object(
        Bucket=whole.stack.outputs["bucket"], Key="fonts/own.ttf", Body=font_of("Errand Sans")
    )


def in_a_font_of_ones_own(job_id: str) -> dict[str, Any]:
    """A job whose text is written in it."""
    text = {"content": "AB", "font": {"family": "Errand Sans", "size": 40}}
    return {"version": 1, "id": job_id, "spec": short_spec() | {"tracks": [{"text": text}]}}


@dataclass(frozen=True)
class Errands:
    """The errands of one runtime, run while `acting` in the name of `role_arn`; `scratch` is an empty folder."""

    whole: Whole
    variables: Mapping[str, str]
    role_arn: str
    scratch: Path

    def render(self) -> None:
        """A worker takes a job, renders it, tells of its end and deletes its message."""
        job_id = self._send()
        record = self._worked_on(job_id)
        assert (record.state, record.outbox) == ("done", None)
        assert len(self.whole.renders(job_id)) == 2
        assert self.whole.queue_is_empty()
        assert self._visible("NOTIFICATIONS_QUEUE_URL") == 1

    def _worked_on(self, job_id: str) -> JobRecord:
        """The record of a job after a worker has taken the one message there is."""
        worker = self._worker()
        consumer = worker.consumer()
        message = consumer._queue.receive()
        worker.prepare()
        assert message is not None
        consumer._handle(message)
        record = self.whole.record(job_id)
        assert record is not None
        return record

    def give_back(self) -> None:
        """A worker that is told to end while it polls gives the message to another at once."""
        self._send()
        drain = Drain(60)
        consumer = self._worker(drain).consumer()
        message = consumer._queue.receive()
        assert message is not None
        drain.begin()
        consumer._handle(message)
        assert self._visible("JOBS_QUEUE_URL") == 1

    def tell_what_is_missing(self) -> None:
        """A worker knows a source that is not there from one that it may not read."""
        job_id = self._send("sources/nowhere.mp4")
        record = self._worked_on(job_id)
        assert record.error is not None
        assert record.error.message.endswith("sources/nowhere.mp4 does not exist")

    def write_in_a_font_of_ones_own(self) -> None:
        """A worker writes with letters that lie in the bucket."""
        put_a_font(self.whole)
        job_id = uuid4().hex
        self.whole.send(in_a_font_of_ones_own(job_id))
        assert self._worked_on(job_id).state == "done"

    def stop_an_upload(self) -> None:
        """A worker that has to stop in the middle of a large upload leaves no parts behind."""
        large = self.scratch / "large"
        with large.open("wb") as file:
            file.truncate(PART_BYTES + 1)

        def stop() -> None:
            raise StoppedError("told to end")

        key = f"renders/{uuid4().hex}/1/video.mp4"
        worker = self._worker()
        worker._polls.set()
        worker.prepare()
        with pytest.raises(StoppedError):
            worker._workshop.result()._media.upload(large, key, "video/mp4", stop)
        s3 = self.whole.stack.cloud.client("s3")
        assert "Uploads" not in s3.list_multipart_uploads(Bucket=self.whole.stack.outputs["bucket"], Prefix=key)

    def deliver(self) -> None:
        """The notifier tells a webhook, whose link opens the render; the poller deletes what was told."""
        before = len(self.whole.sink.events)
        assert self._notify(None) == []
        event = self.whole.sink.events[before]
        assert urllib3.request("GET", event.payload["data"]["video"]["url"]).status == 200
        assert self.whole.queue_is_empty("notificationsQueueUrl")

    def put_off(self) -> None:
        """The notifier sends what can never be told on its way to the dead letters, at once."""
        assert len(self._notify("https://10.0.0.1/private")) == 1
        assert self._visible("NOTIFICATIONS_QUEUE_URL") == 1

    def wake(self) -> None:
        """The warmkeeper finds a job, and wakes the fleet."""
        self._send()
        names = self.whole.stack.outputs
        ecs: ECSClient = self.whole.stack.cloud.client("ecs")
        decision = _handler("warmkeeper").handle({"source": "tick"}, None)
        ecs.update_service(cluster=names["cluster"], service=names["service"], desiredCount=0)
        assert decision["desired"] == 1

    def count(self) -> None:
        """The api tells how many jobs wait."""
        self._send()
        document = _handler("api").api().fleet.document()
        assert document["problems"] == []
        assert document["queue"]["visible"] == 1

    def _send(self, source: str = "sources/clip.mp4") -> str:
        job_id = uuid4().hex
        clips = [{"source": source, "trim": {"start": 0, "end": 0.4}}]
        self.whole.send({"version": 1, "id": job_id, "spec": short_spec() | {"clips": clips}})
        return job_id

    def _visible(self, queue: str) -> int:
        sqs: SQSClient = self.whole.stack.cloud.client("sqs")
        name = "ApproximateNumberOfMessages"
        answer = sqs.get_queue_attributes(QueueUrl=self.variables[queue], AttributeNames=[name])
        return int(answer["Attributes"][name])

    def _worker(self, drain: Drain | None = None) -> Worker:
        at_once = {"TMPDIR": str(self.scratch), "POLL_SECONDS": "0", "HTTP_PORT": ""}
        return Worker(read_config({**os.environ, **at_once}), drain or Drain(60))

    def _notify(self, webhook: str | None) -> list[Any]:
        """Put a notification on the queue, and be the poller and the function; answers what is given back."""
        bucket, url = self.whole.stack.outputs["bucket"], self.variables["NOTIFICATIONS_QUEUE_URL"]
        keys = [f"renders/{uuid4().hex}/1/{name}" for name in ("video.mp4", "poster.jpg")]
        for key in keys:
            self.whole.stack.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=b"film")
        notification = Notification(
            id=f"msg_{uuid4().hex}",
            job_id="told",
            epoch=1,
            state="done",
            occurred_at=datetime.now(UTC),
            webhook=webhook,
            rendered=Rendered(
                bucket=bucket,
                video_key=keys[0],
                poster_key=keys[1],
                width=160,
                height=90,
                duration_seconds=0.4,
                size_bytes=4,
            ),
            times=Times(wait_seconds=0.5),
            cost_usd=0.001,
        )
        self.whole.stack.cloud.client("sqs").send_message(QueueUrl=url, MessageBody=notification.model_dump_json())
        poller: SQSClient = self.whole.stack.cloud.role_client("sqs", self.role_arn, session="poller")
        [message] = poller.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
        records = list(SQSEvent({"Records": [record_of(message, "arn:of:queue")]}).records)
        [result] = _handler("notifier").notifier().tell_all(records)
        if result.returned:
            return [result]
        poller.delete_message(QueueUrl=url, ReceiptHandle=message.get("ReceiptHandle", ""))
        return []
