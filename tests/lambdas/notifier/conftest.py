"""The notifier's surroundings: its queues, bucket and secret in moto, its environment, and a backend on loopback."""

import importlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from jobs.notification import Notification, Rendered, Times
from local.webhook_sink import WebhookSink

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BUCKET = "renders-of-the-test"


@pytest.fixture
def sink() -> Iterator[WebhookSink]:
    with WebhookSink(SECRET) as running:
        yield running


@dataclass(frozen=True)
class Surroundings:
    """What a deployment gives the notifier."""

    sqs: "SQSClient"
    secrets_manager: "SecretsManagerClient"
    queue_url: str
    dead_letters_url: str
    secret_arn: str


@pytest.fixture(scope="module")
def clients() -> Iterator[Callable[..., Any]]:
    """AWS as moto plays it, and clients of it, each made once a module: making one takes longer than a test."""
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws():
        for name, value in {
            "AWS_ACCESS_KEY_ID": "AKIAOFTHETEST",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_SESSION_TOKEN": "made-up",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_REGION": "eu-west-1",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
        session = boto3.Session()
        yield cache(lambda service, config=None: session.client(service, config=config))


@pytest.fixture
def surroundings(clients: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, sink: WebhookSink) -> Surroundings:
    run = uuid4().hex
    sqs: SQSClient = clients("sqs")
    secrets_manager: SecretsManagerClient = clients("secretsmanager")
    dead_letters_url = sqs.create_queue(QueueName=f"dead-letters-{run}")["QueueUrl"]
    dead_letters = sqs.get_queue_attributes(QueueUrl=dead_letters_url, AttributeNames=["QueueArn"])["Attributes"]
    redrive = {"deadLetterTargetArn": dead_letters["QueueArn"], "maxReceiveCount": 3}
    queue_url = sqs.create_queue(
        QueueName=f"notifications-{run}",
        Attributes={"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": "60"},
    )["QueueUrl"]
    secret_arn = secrets_manager.create_secret(Name=f"webhook-{run}", SecretString=SECRET)["ARN"]
    for name, value in {
        "NOTIFICATIONS_QUEUE_URL": queue_url,
        "WEBHOOK_URL": "",
        "WEBHOOK_SECRET_ARN": secret_arn,
        "URL_EXPIRES_SECONDS": "600",
        "RETRY_SECONDS": "[10,100]",
        "LOOPBACK_TARGETS": json.dumps([sink.target]),
    }.items():
        monkeypatch.setenv(name, value)
    return Surroundings(sqs, secrets_manager, queue_url, dead_letters_url, secret_arn)


@pytest.fixture
def logs() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def handler(
    surroundings: Surroundings, clients: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, logs: io.StringIO
) -> Iterator[ModuleType]:
    """The handler's module, as a new process would have it; what it logs is in `logs`."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "warm-pool")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "WarmPool")
    # Powertools reads its environment when a logger is made, at import: here that has to be after the lines above.
    module = importlib.import_module("lambdas.notifier.handler")
    monkeypatch.setattr(module.boto3, "client", clients)
    module.notifier.cache_clear()
    module.logger.registered_handler.setStream(logs)
    yield module
    module.notifier.cache_clear()


@dataclass(frozen=True)
class Sent:
    """What one run of the notifier did."""

    failed: list[str]
    """The message ids that SQS has to keep."""
    hidden_seconds: list[int]
    """The delays that were set, in any order."""
    metrics: dict[str, Any]
    """The document in embedded metric format."""


Send = Callable[..., Sent]


@pytest.fixture
def send(handler: ModuleType, surroundings: Surroundings, capsys: pytest.CaptureFixture[str]) -> Send:
    """Put bodies on the queue and run the notifier on them, and on those `waiting`, as the event source would."""

    def run(*bodies: Notification | str, receive_count: int = 1, waiting: int = 0) -> Sent:
        hidden: list[int] = []
        handler.notifier()._sqs.meta.events.register(
            "provide-client-params.sqs.ChangeMessageVisibility",
            lambda params, **_: hidden.append(params["VisibilityTimeout"]),
        )
        records = []
        for body in bodies:
            text = body if isinstance(body, str) else body.model_dump_json()
            surroundings.sqs.send_message(QueueUrl=surroundings.queue_url, MessageBody=text)
        while len(records) < len(bodies) + waiting:
            received = surroundings.sqs.receive_message(QueueUrl=surroundings.queue_url, MaxNumberOfMessages=10)
            records += [
                {
                    "messageId": message.get("MessageId"),
                    "receiptHandle": message.get("ReceiptHandle"),
                    "body": message.get("Body"),
                    "attributes": {"ApproximateReceiveCount": str(receive_count)},
                    "eventSource": "aws:sqs",
                }
                for message in received.get("Messages", [])
            ]
        capsys.readouterr()
        answer = handler.handle({"Records": records}, LambdaContext())
        document = json.loads(capsys.readouterr().out.splitlines()[-1])
        return Sent([item["itemIdentifier"] for item in answer["batchItemFailures"]], hidden, document)

    return run


def done(webhook: str | None = None, job_id: str = "reel-1") -> Notification:
    """The news of a job that was rendered."""
    return Notification(
        id=f"{job_id}-1",
        job_id=job_id,
        epoch=1,
        state="done",
        occurred_at=datetime(2026, 11, 22, 10, 30, 5, tzinfo=UTC),
        webhook=webhook,
        metadata={"order": 7},
        rendered=Rendered(
            bucket=BUCKET,
            video_key=f"renders/{job_id}/1/video.mp4",
            poster_key=f"renders/{job_id}/1/poster.jpg",
            width=1080,
            height=1920,
            duration_seconds=12.5,
            size_bytes=3_400_000,
        ),
        times=Times(wait_seconds=1.5, download_seconds=0.5, render_seconds=8.0, upload_seconds=0.75),
        cost_usd=0.0004,
    )


@pytest.fixture
def done_notification() -> Callable[..., Notification]:
    return done
