import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from jobs.lease import VANISHED
from jobs.problem import Problem
from jobs.record import JobState
from tests.jobs.tables import REGION
from tests.worker.world import BUCKET, JOBS, SPEC, At, World
from worker.attempt import Progress
from worker.delivery import Delete, GiveBack, Leave
from worker.errors import PermanentError, TransientError
from worker.processor import notification_id

Report = Callable[[Progress], None]


def raising(error: BaseException) -> Callable[[Report, threading.Event], None]:
    def during(_report: Report, _stop: threading.Event) -> None:
        raise error

    return during


class Killed(BaseException):
    """SIGKILL: nothing of the worker runs after this."""


# What cannot be a job


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


# What passes


def test_a_transient_error_queues_the_job_again_and_the_third_gives_up_with_the_cause(world: World):
    worker = world.worker()
    worker.renderer.during = raising(TransientError("S3 was away"))
    world.send()
    for attempt in (1, 2):
        disposition = worker.processor.process(worker.receive())
        assert isinstance(disposition, GiveBack)
        assert world.record().state == JobState.QUEUED
        assert world.record().attempts == attempt
        assert world.notifications() == []
        world.clock.now += 100
    assert worker.work_once()
    record = world.record()
    assert (record.state, record.attempts) == (JobState.FAILED, 3)
    assert record.error is not None
    assert record.error.message == "gave up after 3 attempts: S3 was away"
    assert len(world.notifications()) == 1
    assert world.sqs.bodies(JOBS) == []


def test_a_job_whose_workers_vanish_is_given_up_by_the_next_without_another_try(world: World):
    world.send()
    for number in range(3):
        worker = world.worker(f"w{number}")
        worker.renderer.during = raising(Killed())
        with pytest.raises(Killed):
            worker.processor.process(worker.receive())
        world.clock.now += 100
    last = world.worker("last")
    assert last.work_once()
    record = world.record()
    assert last.renderer.rendered == 0
    assert (record.state, record.attempts) == (JobState.FAILED, 3)
    assert record.error is not None
    assert record.error.message == f"gave up after 3 attempts: {VANISHED}"


def test_what_nobody_foresaw_is_transient_and_told_without_its_words(world: World):
    world.max_attempts = 1
    worker = world.worker()
    worker.renderer.during = raising(RuntimeError("the secret is hunter2"))
    world.send()
    assert worker.work_once()
    error = world.record().error
    assert error is not None
    assert "RuntimeError" in error.message
    assert "hunter2" not in error.message


def test_the_signature_in_a_sources_address_is_not_told_logged_or_recorded(
    world: World, caplog: pytest.LogCaptureFixture
):
    worker = world.worker()
    message = '"https://cdn.example/a.mp4?X-Amz-Signature=hunter2" is not a video'
    worker.renderer.during = raising(PermanentError(Problem(field="spec.clips[0].source", message=message, remedy="r")))
    world.send()
    with caplog.at_level("INFO"):
        assert worker.work_once()
    error = world.record().error
    assert error is not None
    assert error.message == '"https://cdn.example/a.mp4?..." is not a video'
    assert not any("hunter2" in str(vars(record)) for record in caplog.records)
    assert "hunter2" not in world.sqs.bodies("https://queue.example/notifications")[0]


def test_a_permanent_error_ends_the_job_at_once(world: World):
    problem = Problem(field="spec.clips[0].source", message="no video", remedy="send one")
    worker = world.worker()
    worker.renderer.during = raising(PermanentError(problem))
    world.send()
    assert worker.work_once()
    assert world.record().error == problem
    assert world.record().attempts == 1


def test_a_table_that_is_away_costs_no_attempt_and_keeps_the_message(world: World, monkeypatch: pytest.MonkeyPatch):
    def away(*_: Any, **__: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    world.send()
    worker = world.worker()
    with monkeypatch.context() as patch:
        patch.setattr(world.table, "take", away)
        assert worker.work_once()
    assert world.table.read("job-1") is None
    world.clock.now += 20
    assert worker.work_once()
    assert world.record().attempts == 1


# The lease


def test_a_worker_that_slept_through_its_lease_publishes_nothing(world: World):
    world.send()
    zombie, other = world.worker("zombie"), world.worker("other")

    def sleep(_report: Report, _stop: threading.Event) -> None:
        world.clock.now += 101
        assert other.work_once()

    zombie.renderer.during = sleep
    assert zombie.processor.process(zombie.receive()) == Leave()
    record = world.record()
    assert (record.state, record.epoch) == (JobState.DONE, 2)
    assert record.rendered is not None
    assert record.rendered.video_key == "renders/job-1/2/video.mp4"
    assert [notification.epoch for notification in world.notifications()] == [2]


def test_a_worker_whose_lease_ran_out_stops_even_if_nobody_took_it(world: World):
    world.send()
    worker = world.worker()

    def stall(report: Report, stop: threading.Event) -> None:
        world.clock.now += 91
        report(At(0.5))
        assert stop.is_set()

    worker.renderer.during = stall
    assert worker.processor.process(worker.receive()) == Leave()
    assert world.notifications() == []


def test_a_clock_that_jumps_ahead_lets_another_take_over_and_fences_the_first_off(world: World):
    world.send()
    world.send()
    first, jumper = world.worker("first"), world.worker("jumper")

    def jump(_report: Report, _stop: threading.Event) -> None:
        jumper.processor._wall_clock = lambda: world.clock.wall() + 3600
        assert jumper.work_once()

    first.renderer.during = jump
    assert first.processor.process(first.receive()) == Leave()
    assert world.record().epoch == 2
    assert len(world.notifications()) == 1


def test_a_job_that_was_cancelled_meanwhile_is_not_published(world: World):
    world.send()
    worker = world.worker()

    def cancel(_report: Report, _stop: threading.Event) -> None:
        world.dynamodb.update_item(
            TableName="jobs",
            Key={"id": {"S": "job-1"}},
            UpdateExpression="SET #s = :s",
            ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={":s": {"S": "cancelled"}},
        )

    worker.renderer.during = cancel
    assert worker.processor.process(worker.receive()) == Leave()
    assert world.record().state == JobState.CANCELLED
    world.clock.now += 101
    assert worker.work_once()
    assert world.sqs.bodies(JOBS) == []


# The task's end


def test_a_job_that_cannot_be_finished_before_the_tasks_end_goes_back_without_costing_an_attempt(world: World):
    world.send()
    worker = world.worker()

    def told_to_end(report: Report, stop: threading.Event) -> None:
        world.clock.now += 10
        report(At(0.01))
        assert not stop.is_set()
        worker.drain.begin()
        report(At(0.02))
        assert stop.is_set()

    worker.renderer.during = told_to_end
    assert worker.processor.process(worker.receive()) == GiveBack(0)
    record = world.record()
    assert (record.state, record.attempts, record.epoch) == (JobState.QUEUED, 0, 1)
    assert record.last_cause == "the task was ended"


def test_a_job_that_can_be_finished_before_the_tasks_end_is_finished(world: World):
    world.send()
    worker = world.worker()

    def nearly_there(report: Report, stop: threading.Event) -> None:
        report(At(0.1))
        world.clock.now += 10
        worker.drain.begin()
        report(At(0.8))
        assert not stop.is_set()

    worker.renderer.during = nearly_there
    assert worker.work_once()
    assert world.record().state == JobState.DONE


def test_a_task_that_a_deployment_waits_for_takes_no_work(world: World):
    world.send()
    worker = world.worker()
    worker.protection.allowed = False
    assert worker.processor.process(worker.receive()) == GiveBack(0, stop_polling=True)
    assert (world.record().state, world.record().attempts) == (JobState.QUEUED, 0)
    assert worker.renderer.rendered == 0


# The news


def test_a_notification_that_could_not_be_sent_keeps_the_message_until_it_is(world: World):
    world.send()
    worker = world.worker()
    world.sqs.failing["send_message"] = EndpointConnectionError(endpoint_url="https://sqs.example")
    assert isinstance(worker.processor.process(worker.receive()), GiveBack)
    assert world.record().state == JobState.DONE
    assert world.record().outbox is not None
    world.sqs.failing.clear()
    world.clock.now += 101
    assert worker.work_once()
    [notification] = world.notifications()
    assert notification.id == notification_id("job-1", 1)
    assert world.record().outbox is None
    assert worker.renderer.rendered == 1
    assert world.sqs.bodies(JOBS) == []


def test_a_job_done_tells_its_render_times_and_cost(world: World):
    world.send(metadata={"user": 7})
    world.clock.now += 12
    worker = world.worker()

    def render(report: Report, _stop: threading.Event) -> None:
        world.clock.now += 30
        report(At(0.9))

    worker.renderer.during = render
    assert worker.work_once()
    [notification] = world.notifications()
    record = world.record()
    assert notification.rendered == record.rendered
    assert record.rendered is not None
    assert record.rendered.model_dump() == {
        "bucket": BUCKET,
        "video_key": "renders/job-1/1/video.mp4",
        "poster_key": "renders/job-1/1/poster.jpg",
        "width": 64,
        "height": 64,
        "duration_seconds": 2.0,
        "size_bytes": 5,
        "thumbnails_key": None,
    }
    assert notification.times is not None
    assert (notification.times.wait_seconds, notification.times.render_seconds) == (12.0, 30.0)
    assert notification.cost_usd == record.cost_usd == 0.03
    assert notification.metadata == {"user": 7}
    assert (record.outbox, record.progress, record.state) == (None, 1.0, JobState.DONE)
    assert worker.protection.calls == ["protect", "unprotect"]


def test_a_sheet_of_thumbnails_lies_beside_the_video_and_is_told(world: World):
    world.send(spec={**SPEC, "output": {**SPEC["output"], "thumbnails": {}}})
    worker = world.worker()
    assert worker.work_once()
    [notification] = world.notifications()
    assert notification.rendered is not None
    assert notification.rendered.thumbnails_key == "renders/job-1/1/thumbnails.jpg"
    assert worker.no_media.uploaded == [
        f"renders/job-1/1/{name}" for name in ("video.mp4", "poster.jpg", "thumbnails.jpg")
    ]


def test_the_cost_of_a_job_sums_over_its_attempts_and_its_wait_ends_with_the_first(world: World):
    world.send()
    world.clock.now += 5
    worker = world.worker()

    def fail(_report: Report, _stop: threading.Event) -> None:
        world.clock.now += 20
        raise TransientError("once")

    worker.renderer.during = fail
    assert worker.work_once()
    world.clock.now += 60
    worker.renderer.during = lambda _report, _stop: setattr(world.clock, "now", world.clock.now + 10)
    assert worker.work_once()
    record = world.record()
    assert (record.attempts, record.cost_usd) == (2, 0.03)
    assert record.times is not None
    assert record.times.wait_seconds == 5.0


@pytest.mark.parametrize("error", [None, TransientError("x"), Killed()])
def test_nothing_of_a_job_stays_in_scratch(world: World, tmp_path: Path, error: Any):
    world.send()
    worker = world.worker()
    if error is not None:
        worker.renderer.during = raising(error)
    message = worker.receive()
    if isinstance(error, Killed):
        with pytest.raises(Killed):
            worker.processor.process(message)
    else:
        worker.processor.process(message)
    assert list(tmp_path.iterdir()) == []


def test_a_webhooks_identity_tells_jobs_and_epochs_apart_and_holds_no_full_stop():
    ids = {notification_id("a.b", 1), notification_id("a.b", 2), notification_id("a", 1)}
    assert len(ids) == 3
    assert not any("." in id_ for id_ in ids)
