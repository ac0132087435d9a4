"""Dead letters on their way back."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import Cloud
from local.players.redrive import RedrivePlayer


@pytest.fixture
def sqs(cloud: Cloud) -> Any:
    RedrivePlayer(cloud).start()
    return cloud.client("sqs")


def make(sqs: Any, name: str, dead_letters: str | None = None) -> str:
    """A queue, with the ARN of its dead letters; answers its ARN."""
    policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_letters, "maxReceiveCount": 1})}
    url = sqs.create_queue(QueueName=name, Attributes=policy if dead_letters else {})["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def url_of(sqs: Any, name: str) -> str:
    return sqs.get_queue_url(QueueName=name)["QueueUrl"]


def received(sqs: Any, name: str) -> list[Any]:
    answer = sqs.receive_message(
        QueueUrl=url_of(sqs, name), MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0
    )
    return answer.get("Messages", [])


def test_dead_letters_go_back_as_new_messages_with_their_attributes(sqs: Any) -> None:
    dead = make(sqs, "dead")
    make(sqs, "jobs", dead)
    attributes = {"kind": {"DataType": "String", "StringValue": "render"}}
    bodies = {f"job {number}" for number in range(12)}
    for body in bodies:
        sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody=body, MessageAttributes=attributes)
    for _ in range(4):
        received(sqs, "jobs")
    buried = {message["MessageId"] for message in received(sqs, "dead")}
    assert len(buried) == 10, "as many as one receive brings"

    assert sqs.start_message_move_task(SourceArn=dead, MaxNumberOfMessagesPerSecond=5)["TaskHandle"]

    assert received(sqs, "dead") == []
    back = [message for _ in range(2) for message in received(sqs, "jobs")]
    assert {message["Body"] for message in back} == bodies
    assert {message["MessageAttributes"]["kind"]["StringValue"] for message in back} == {"render"}
    assert not buried & {message["MessageId"] for message in back}
    [task] = sqs.list_message_move_tasks(SourceArn=dead)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"], task["MaxNumberOfMessagesPerSecond"]) == (
        "COMPLETED",
        12,
        5,
    )


def test_they_go_where_they_are_told_to(sqs: Any) -> None:
    dead = make(sqs, "dead")
    for name in ("one", "two"):
        make(sqs, name, dead)
    sqs.send_message(QueueUrl=url_of(sqs, "dead"), MessageBody="found")
    with pytest.raises(ClientError, match="does not know which message came from where"):
        sqs.start_message_move_task(SourceArn=dead)
    sqs.start_message_move_task(SourceArn=dead, DestinationArn=make(sqs, "elsewhere"))
    assert [message["Body"] for message in received(sqs, "elsewhere")] == ["found"]
    assert sqs.list_message_move_tasks(SourceArn=dead)["Results"][0]["DestinationArn"].endswith(":elsewhere")


def test_a_queue_that_is_nobodys_dead_letters_is_refused_as_is_one_that_is_not_there(sqs: Any) -> None:
    jobs = make(sqs, "jobs", make(sqs, "dead"))
    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=jobs)
    missing = jobs.replace("jobs", "missing")
    with pytest.raises(sqs.exceptions.ResourceNotFoundException):
        sqs.start_message_move_task(SourceArn=missing)
    with pytest.raises(sqs.exceptions.ResourceNotFoundException):
        sqs.list_message_move_tasks(SourceArn=missing)
