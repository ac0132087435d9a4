import threading
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from jobs.lease import VANISHED
from jobs.problem import Problem
from jobs.record import JobState
from tests.worker.world import JOBS, At, Killed, Report, World, raising
from worker.delivery import GiveBack, Leave
from worker.errors import PermanentError, TransientError

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


LOG_KEY = "renders/job-1/1/ffmpeg.log"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (PermanentError(Problem(field="spec", message="m", remedy="r")), JobState.FAILED),
        (TransientError("FFmpeg made no progress"), JobState.QUEUED),
        (ZeroDivisionError(), JobState.QUEUED),
    ],
    ids=["permanent", "transient", "unforeseen"],
)
def test_the_log_of_a_render_that_failed_is_kept_and_its_record_points_at_it(
    world: World, error: Exception, state: JobState
):
    world.send()
    worker = world.worker()
    worker.renderer.during = raising(error)
    worker.renderer.said = "moov atom not found"
    assert worker.work_once()
    assert worker.no_media.uploaded == [LOG_KEY]
    record = world.record()
    assert (record.state, record.log_key) == (state, LOG_KEY)


def test_a_log_that_s3_will_not_have_changes_nothing_of_the_jobs_own_error(world: World):
    world.send()
    worker = world.worker()
    worker.renderer.during = raising(PermanentError(Problem(field="spec", message="the cause", remedy="r")))
    worker.renderer.said = "moov atom not found"
    worker.no_media.refuses = TransientError("the upload failed")
    assert worker.work_once()
    record = world.record()
    assert (record.state, record.log_key) == (JobState.FAILED, None)
    assert record.error is not None
    assert record.error.message == "the cause"


def test_a_render_that_was_only_stopped_leaves_no_log(world: World):
    world.send()
    worker = world.worker()
    worker.renderer.during = lambda _report, stop: stop.set()
    worker.renderer.said = "Exiting normally, received signal 15"
    assert isinstance(worker.processor.process(worker.receive()), GiveBack)
    assert worker.no_media.uploaded == []
    assert world.record().log_key is None


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
