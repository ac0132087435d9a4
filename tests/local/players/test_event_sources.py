import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud import Cloud
from local.history import History
from local.pace import Pace
from local.players.event_sources import EventSourcePlayer, failed_items, record_of
from local.players.lambdas import LambdaPlayer
from tests.waiting import wait_until

QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:notifications"
BATCH = ["a", "b", "c"]


def item(message_id: Any) -> dict[str, Any]:
    return {"itemIdentifier": message_id}


@pytest.mark.parametrize(
    "answer",
    [
        "done",
        [],
        {"failures": []},
        {"batchItemFailures": "a"},
        {"batchItemFailures": ["a"]},
        {"batchItemFailures": [{"id": "a"}]},
        {"batchItemFailures": [item("")]},
        {"batchItemFailures": [item(None)]},
        {"batchItemFailures": [item("a"), item("stranger")]},
        {"batchItemFailures": [item({"a": 1})]},
    ],
)
def test_an_answer_of_another_shape_means_that_all_failed(answer: Any):
    assert failed_items(answer, BATCH) == set(BATCH)


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_an_empty_answer_means_that_all_succeeded(answer: Any):
    assert failed_items(answer, BATCH) == set()


def test_the_named_messages_failed_and_no_others():
    assert failed_items({"batchItemFailures": [item("b"), item("a"), item("b")]}, BATCH) == {"a", "b"}


def test_a_record_has_lambdas_shape():
    attributes: Any = {
        "kind": {"DataType": "String", "StringValue": "done"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00"},
    }
    message: Any = {
        "MessageId": "m",
        "ReceiptHandle": "r",
        "Body": "{}",
        "MD5OfBody": "5",
        "Attributes": {"ApproximateReceiveCount": "1"},
        "MessageAttributes": attributes,
    }
    empty = {"stringListValues": [], "binaryListValues": []}
    assert record_of(message, QUEUE_ARN) == {
        "messageId": "m",
        "receiptHandle": "r",
        "body": "{}",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {
            "kind": {**empty, "stringValue": "done", "dataType": "String"},
            "raw": {**empty, "binaryValue": "AA==", "dataType": "Binary"},
        },
        "md5OfBody": "5",
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE_ARN,
        "awsRegion": "eu-west-1",
    }


@pytest.fixture
def queue(cloud: Cloud) -> str:
    sqs = cloud.moto_client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    attributes = {"VisibilityTimeout": "0", "RedrivePolicy": redrive}
    return sqs.create_queue(QueueName="notifications", Attributes=attributes)["QueueUrl"]


@pytest.fixture
def player(cloud: Cloud, pace: Pace, history: History, lambdas: LambdaPlayer) -> Iterator[EventSourcePlayer]:
    player = EventSourcePlayer(cloud, pace, history, lambdas, poll_seconds=0)
    player.start()
    yield player
    player.stop()


def map_queue(cloud: Cloud, **settings: Any) -> str:
    return cloud.moto_client("lambda").create_event_source_mapping(
        FunctionName="notifier", EventSourceArn=QUEUE_ARN, **{"BatchSize": 5, **settings}
    )["UUID"]


def send(cloud: Cloud, url: str, *bodies: str) -> None:
    entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies)]
    cloud.moto_client("sqs").send_message_batch(QueueUrl=url, Entries=entries)


def left(cloud: Cloud, queue_name: str) -> int:
    sqs = cloud.moto_client("sqs")
    url = sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]) + int(attributes["ApproximateNumberOfMessagesNotVisible"])


def notifier(told: Path, answer: str) -> str:
    return f"""
import json
def handle(event, context):
    with open({str(told)!r}, "a") as events: print(json.dumps(event), file=events)
    {answer}
"""


def told_by(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [record for line in lines for record in json.loads(line)["Records"]]


def test_messages_are_handed_over_and_deleted_and_moto_delivers_none_itself(
    cloud: Cloud, player: EventSourcePlayer, deploy: Any, queue: str, tmp_path: Path, *, history: History
):
    deploy("notifier", notifier(tmp_path / "told", "return None"))
    map_queue(cloud)
    send(cloud, queue, "one", "two", "three")
    wait_until(
        lambda: len(told_by(tmp_path / "told")) == 3 and left(cloud, "notifications") == 0, what="three deletions"
    )
    records = told_by(tmp_path / "told")
    assert {record["body"] for record in records} == {"one", "two", "three"}
    assert {record["attributes"]["ApproximateReceiveCount"] for record in records} == {"1"}
    assert {record["eventSourceARN"] for record in records} == {QUEUE_ARN}
    assert {entry.fields["source"] for entry in history.entries("lambda.invoked")} == {"sqs"}
    assert not [thread.name for thread in threading.enumerate() if "docker" in thread.name]


def test_reported_failures_come_back_and_end_in_the_dead_letter_queue(
    cloud: Cloud, player: EventSourcePlayer, deploy: Any, queue: str, tmp_path: Path
):
    failing = """
    bad = [record['messageId'] for record in event['Records'] if record['body'] == 'bad']
    return {'batchItemFailures': [{'itemIdentifier': message_id} for message_id in bad]}"""
    deploy("notifier", notifier(tmp_path / "told", failing))
    map_queue(cloud, FunctionResponseTypes=["ReportBatchItemFailures"])
    send(cloud, queue, "good", "bad")
    wait_until(lambda: left(cloud, "dead") == 1 and left(cloud, "notifications") == 0, what="the dead letter")
    counts = [
        (record["body"], record["attributes"]["ApproximateReceiveCount"]) for record in told_by(tmp_path / "told")
    ]
    assert sorted(counts) == [("bad", "1"), ("bad", "2"), ("good", "1")]


def test_a_report_that_was_not_agreed_on_is_ignored_and_a_raised_error_keeps_the_batch(
    cloud: Cloud, player: EventSourcePlayer, deploy: Any, queue: str, tmp_path: Path
):
    answer = """
    if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1": raise ValueError("not yet")
    return {'batchItemFailures': [{'itemIdentifier': event['Records'][0]['messageId']}]}"""
    deploy("notifier", notifier(tmp_path / "told", answer))
    map_queue(cloud)
    send(cloud, queue, "one")
    wait_until(lambda: len(told_by(tmp_path / "told")) == 2 and left(cloud, "notifications") == 0, what="the retry")
    assert left(cloud, "dead") == 0


def test_a_disabled_mapping_consumes_nothing_and_an_enabled_one_starts(
    cloud: Cloud, player: EventSourcePlayer, deploy: Any, queue: str, tmp_path: Path
):
    deploy("notifier", notifier(tmp_path / "told", "return None"))
    mapping = map_queue(cloud, Enabled=False)
    send(cloud, queue, "one")
    player._follow()
    assert player._consumers == {}
    cloud.moto_client("lambda").update_event_source_mapping(UUID=mapping, Enabled=True)
    wait_until(lambda: left(cloud, "notifications") == 0, what="the delivery")


def test_messages_wait_while_the_function_is_gone(
    cloud: Cloud, player: EventSourcePlayer, deploy: Any, queue: str, tmp_path: Path
):
    deploy("notifier", notifier(tmp_path / "told", "return None"))
    map_queue(cloud)
    cloud.moto_client("lambda").delete_function(FunctionName="notifier")
    send(cloud, queue, "one")
    wait_until(lambda: left(cloud, "dead") == 1, what="the dead letter")
    assert told_by(tmp_path / "told") == []


def test_filters_are_refused_aloud(cloud: Cloud, player: EventSourcePlayer, deploy: Any, queue: str, history: History):
    deploy("notifier", "def handle(event, context): return None")
    map_queue(cloud, FilterCriteria={"Filters": [{"Pattern": "{}"}]})
    (refused,) = wait_until(lambda: history.entries("event_source.refused"), what="the refusal")
    assert refused.fields["problem"] == "filter criteria are not played"


def test_nothing_is_left_running_after_stop(
    cloud: Cloud, pace: Pace, history: History, lambdas: LambdaPlayer, deploy: Any, *, queue: str
):
    deploy("notifier", "def handle(event, context): return None")
    map_queue(cloud)
    player = EventSourcePlayer(cloud, pace, history, lambdas)
    player.start()
    wait_until(lambda: player._consumers, what="the consumer")
    player.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("consumer", "event-sources"))]
