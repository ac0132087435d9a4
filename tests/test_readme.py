"""What the README tells a backend to do works as it is written."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from components.outputs import OUTPUTS
from jobs.message import parse_envelope
from jobs.spec import parse_spec

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator["SQSClient"]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield boto3.client("sqs", region_name="eu-west-1")


def test_its_sender_puts_a_job_on_the_queue_that_the_worker_understands(
    sqs: "SQSClient", monkeypatch: pytest.MonkeyPatch
):
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    monkeypatch.setenv("JOBS_QUEUE_URL", url)
    sender = next(block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "send_message" in block)

    exec(compile(sender, "README.md", "exec"), {})

    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    envelope = parse_envelope(message.get("Body", ""))
    assert envelope.id == json.loads(message.get("Body", ""))["id"]
    assert parse_spec(envelope.spec).source_names == ("sources/bikes.mp4",)


def test_every_file_that_it_links_to_is_there():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_output_that_it_names_is_exported():
    named = set(re.findall(r"stack output (\w+)", README))
    assert named
    assert named <= OUTPUTS.keys()


def test_every_key_that_it_sets_is_one_of_the_program():
    keys = set(re.findall(r"^  (\w+):$", (ROOT / "Pulumi.yaml").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"pulumi config set (\w+)", README))
    assert named
    assert named <= keys
