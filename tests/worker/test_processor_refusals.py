"""What is no job, or not one more: refused by name, told where somebody can be told, and out of the queue."""

from typing import Any

import boto3
import pytest

from jobs.problem import Problem
from jobs.record import JobState
from tests.jobs.tables import REGION
from tests.worker.world import BUCKET, JOBS, SPEC, World
from worker.delivery import Delete, GiveBack


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"id": "\\ud800"}'])
def test_an_unparsable_body_is_recorded_by_its_message_and_told_to_nobody(world: World, body: str):
    world.send(body)
    worker = world.worker()
    message = worker.receive()
    assert worker.processor.process(message) == Delete()
    record = world.record(f"message-{message.message_id}")
    assert record.state == JobState.FAILED
    assert record.error is not None
    assert record.error.field == "message"
    assert world.notifications() == []


def test_a_message_of_a_newer_version_is_left_to_a_newer_worker(world: World):
    world.send({"version": 2, "id": "job-1", "novel": True})
    disposition = world.worker().processor.process(world.worker().receive())
    assert isinstance(disposition, GiveBack)
    assert disposition.seconds >= 1
    assert world.table.read("job-1") is None


def test_an_invalid_envelope_with_a_usable_id_fails_under_it(world: World):
    world.send(spec="none", webhook="https://198.51.100.7/hook")
    assert world.worker().work_once()
    error = world.record().error
    assert error is not None
    assert "spec: " in str(error)
    assert "webhook: " in str(error)
    assert world.sqs.bodies(JOBS) == []


def test_an_envelope_without_a_usable_id_fails_under_its_messages_name_and_is_told(world: World):
    world.send(id="no/good")
    assert world.worker().work_once()
    [notification] = world.notifications()
    assert notification.job_id.startswith("message-id-")
    assert notification.error is not None
    assert notification.error.field == "id"


def test_an_invalid_spec_fails_with_every_problem_and_leaves_the_queue(world: World):
    world.send(spec={"clips": [], "tracks": 5}, metadata={"user": 7})
    worker = world.worker()
    assert worker.work_once()
    assert world.sqs.bodies(JOBS) == []
    [notification] = world.notifications()
    assert (notification.state, notification.job_id, notification.metadata) == ("failed", "job-1", {"user": 7})
    assert notification.error is not None
    told = str(notification.error)
    assert "spec.output: " in told
    assert "spec.clips: " in told
    assert "spec.tracks: " in told
    assert worker.protection.calls == ["unprotect"]


def test_a_spec_wrong_in_ten_thousand_places_still_fits_its_notification(world: World):
    world.send(spec={f"unknown-{number}": 1 for number in range(10_000)})
    assert world.worker().work_once()
    [body] = world.sqs.bodies("https://queue.example/notifications")
    assert len(body) < 50_000


@pytest.mark.parametrize(
    "webhook", ["http://example.com/", "https://127.0.0.1/", "https://169.254.170.2/v2/credentials", "ftp://x", "x"]
)
def test_a_forbidden_webhook_fails_the_job_and_is_never_told_the_news(world: World, webhook: str):
    world.send(webhook=webhook)
    assert world.worker().work_once()
    [notification] = world.notifications()
    assert notification.webhook is None
    assert notification.error is not None
    assert notification.error.field == "webhook"
    assert notification.error.remedy


def test_an_unknown_font_is_found_before_anything_is_brought(world: World):
    worker = world.worker()
    worker.renderer.refuses = Problem(field="spec.tracks[0].text.font.family", message="no such font", remedy="pick")
    world.send()
    assert worker.work_once()
    assert world.record().error == worker.renderer.refuses
    assert "protect" not in worker.protection.calls


@pytest.mark.parametrize("source", ["s3://other/x.mp4", "sources/../renders/x", "https://10.0.0.1/a", "file:///etc/x"])
def test_a_forbidden_source_names_its_clip(world: World, source: str):
    s3 = boto3.client("s3", region_name=REGION)
    world.send(spec={**SPEC, "clips": [*SPEC["clips"], {"source": source}]})
    assert world.worker(s3=s3).work_once()
    [notification] = world.notifications()
    assert notification.error is not None
    assert notification.error.field == "spec.clips[1].source"


def test_a_missing_source_names_its_clip_and_costs_one_attempt(world: World):
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    world.send()
    assert world.worker(s3=s3).work_once()
    record = world.record()
    assert record.attempts == 1
    assert record.error is not None
    assert record.error.field == "spec.clips[0].source"
    assert "s3://own/sources/a.mp4 does not exist" in record.error.message


# The same id


def test_the_same_id_with_another_spec_is_refused_under_its_own_name_and_the_first_stays(world: World):
    worker = world.worker()
    world.send()
    assert worker.work_once()
    first = world.record()
    world.send(spec={**SPEC, "clips": [{"source": "sources/b.mp4"}]}, metadata={"order": 2})
    assert worker.work_once()
    assert world.record() == first
    assert world.sqs.bodies(JOBS) == []
    told = world.notifications()[-1]
    assert told.job_id.startswith("message-")
    assert (told.state, told.metadata) == ("failed", {"order": 2})
    assert told.error is not None
    assert told.error.field == "id"
    assert "job-1" in told.error.message
    assert world.record(told.job_id).state == JobState.FAILED


def test_the_same_job_sent_twice_is_rendered_once_and_told_once(world: World):
    world.send()
    world.send()
    worker = world.worker()
    assert worker.work_once()
    assert worker.work_once()
    assert worker.renderer.rendered == 1
    assert len(world.notifications()) == 1
    assert world.sqs.bodies(JOBS) == []


def test_a_job_that_a_living_worker_holds_is_hidden_until_its_lease_ends(world: World):
    world.send()
    world.send()
    first, second = world.worker("w1"), world.worker("w2")
    answers: list[Any] = []
    first.renderer.during = lambda _report, _stop: answers.append(second.processor.process(second.receive()))
    assert first.work_once()
    assert answers == [GiveBack(90)]
    assert second.renderer.rendered == 0
