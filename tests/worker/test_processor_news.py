"""What is told of a job: its notification, its record, its cost."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from jobs.record import JobRecord, JobState
from tests.waiting import wait_until
from tests.worker.world import BUCKET, JOBS, SPEC, At, Killed, Report, World, raising
from worker.delivery import GiveBack
from worker.errors import TransientError
from worker.processor import notification_id


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


def test_a_heartbeat_tells_the_record_how_far_the_render_is_and_when_it_will_end(world: World):
    world.send()
    worker = world.worker()
    seen: list[JobRecord] = []

    def during(report: Report, _stop: threading.Event) -> None:
        report(At(0.25, 50.0, eta_seconds=90.0))
        world.clock.now += 40
        seen.append(wait_until(lambda: told if (told := world.record()).progress else None, what="a heartbeat"))

    worker.renderer.during = during
    assert worker.work_once()
    [told] = seen
    assert (told.progress, told.frames_per_second) == (0.25, 50.0)
    assert told.expected_end_at == datetime.fromtimestamp(world.clock.wall() + 50, UTC)
    assert world.record().expected_end_at is None


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
