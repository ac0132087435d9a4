"""Each queue keeps what it could not get rid of, longer than it kept it itself."""

import json

import pytest

from tests.components.recording import PLACE, Recording, recorded

QUEUES = ("jobs", "notifications")


@pytest.mark.parametrize("name", QUEUES)
def test_what_is_received_too_often_goes_to_the_dead_letters_of_the_same_queue(program: Recording, name: str):
    redrive = json.loads(program.one("Queue", f"{name}-queue").inputs["redrivePolicy"])
    assert redrive["deadLetterTargetArn"] == f"arn:aws:sqs:{PLACE}:{name}-dead-letters-1a2b3c4"
    allowed = json.loads(program.one("RedriveAllowPolicy", f"{name}-dead-letters").inputs["redriveAllowPolicy"])
    assert allowed == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [f"arn:aws:sqs:{PLACE}:{name}-queue-1a2b3c4"],
    }


def test_a_job_may_be_received_ten_times_and_a_notification_once_more_than_it_has_delays():
    def receives(stack: str) -> list[int]:
        queues = [recorded(stack).one("Queue", f"{name}-queue") for name in QUEUES]
        return [json.loads(queue.inputs["redrivePolicy"])["maxReceiveCount"] for queue in queues]

    assert receives("prod") == [10, 8]
    assert receives("local") == [10, 4]


@pytest.mark.parametrize("name", QUEUES)
def test_dead_letters_outlast_the_queue_that_they_come_from(program: Recording, name: str):
    kept = program.one("Queue", f"{name}-queue").inputs["messageRetentionSeconds"]
    assert program.one("Queue", f"{name}-dead-letters").inputs["messageRetentionSeconds"] == 14 * 24 * 3600 > kept


def test_every_queue_is_encrypted_and_spoken_to_over_tls_only(program: Recording):
    queues = program.all("Queue")
    assert len(queues) == 4
    assert all(queue.inputs["sqsManagedSseEnabled"] for queue in queues)
    policies = {policy.inputs["queueUrl"]: json.loads(policy.inputs["policy"]) for policy in program.all("QueuePolicy")}
    assert len(policies) == 4
    for policy in policies.values():
        [statement] = policy["Statement"]
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(("stack", "seconds"), [("prod", 120), ("local", 20)])
def test_a_dead_workers_job_comes_back_after_the_configured_time(stack: str, seconds: int):
    assert recorded(stack).one("Queue", "jobs-queue").inputs["visibilityTimeoutSeconds"] == seconds
    assert recorded(stack).container_environment()["VISIBILITY_TIMEOUT_SECONDS"] == str(seconds)
