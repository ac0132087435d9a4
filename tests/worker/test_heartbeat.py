import threading
import time

import pytest

from jobs.lease import NotHolderError
from tests.waiting import wait_until
from tests.worker.world import Clock
from worker.drain import Drain
from worker.errors import LeaseLostError, StoppedError
from worker.heartbeat import Heartbeat, Standing
from worker.queue import MessageGoneError

VISIBILITY_SECONDS = 0.3


class Beats:
    """What was asked of the lease and the message; answers as scripted."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.seen: list[Standing] = []

    def __call__(self, standing: Standing) -> None:
        self.seen.append(standing)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


def heartbeat(beats: Beats, *, drain: Drain | None = None) -> Heartbeat:
    return Heartbeat(beats, visibility_seconds=VISIBILITY_SECONDS, taken_at=time.monotonic(), drain=drain or Drain(100))


@pytest.mark.parametrize("refusal", [NotHolderError("job"), MessageGoneError("MessageNotInflight")])
def test_a_lease_or_message_that_is_anothers_stops_the_work_at_once(refusal: Exception):
    with heartbeat(Beats(refusal)) as beating:
        assert beating.stop.wait(5)
        with pytest.raises(LeaseLostError):
            beating.check()


def test_a_heartbeat_that_never_gets_through_stops_the_work_when_the_lease_ends():
    beats = Beats(*[ConnectionError("throttled")] * 1000)
    with heartbeat(beats) as beating:
        assert beating.stop.wait(5)
        with pytest.raises(LeaseLostError, match="ran out"):
            beating.check()
    assert len(beats.seen) > 1


def test_a_heartbeat_that_fails_once_is_tried_again_before_the_lease_ends():
    beats = Beats(ConnectionError("throttled"))
    with heartbeat(beats) as beating:
        wait_until(lambda: len(beats.seen) >= 4, what="four beats")
        beating.check()


def test_beats_outlast_the_first_lease_and_carry_the_newest_progress():
    beats = Beats()
    with heartbeat(beats) as beating:
        beating.rendering()
        beating.report(0.25, 50.0, 600.0)
        wait_until(lambda: len(beats.seen) >= 5, what="five beats")
        beating.check()
    first, *_, last = [standing for standing in beats.seen if standing.fraction]
    assert (last.fraction, last.frames_per_second) == (0.25, 50.0)
    assert first.remaining_seconds is not None
    assert last.remaining_seconds is not None
    assert 500 < last.remaining_seconds < first.remaining_seconds < 600


def test_no_beat_comes_after_the_work_was_left():
    inside = threading.Event()
    finish = threading.Event()
    done: list[bool] = []

    def slow(_standing: Standing) -> None:
        inside.set()
        finish.wait(5)
        done.append(True)

    beating = Heartbeat(slow, visibility_seconds=VISIBILITY_SECONDS, taken_at=time.monotonic(), drain=Drain(100))
    with beating:
        assert inside.wait(5)
        threading.Timer(0.05, finish.set).start()
    assert done == [True]
    assert not beating._thread.is_alive()


def test_the_tasks_end_stops_a_render_that_says_nothing():
    drain = Drain(0.5)
    with heartbeat(Beats(), drain=drain) as beating:
        beating.rendering()
        drain.begin()
        assert beating.stop.wait(5)
        with pytest.raises(StoppedError):
            beating.check()


def test_an_upload_may_use_more_of_the_tasks_last_time_than_a_render_but_not_all():
    clock = Clock()
    drain = Drain(100, clock.monotonic)
    beating = Heartbeat(Beats(), visibility_seconds=1000, taken_at=clock.now, drain=drain, clock=clock.monotonic)
    beating.rendering()
    beating.report(0.5, 30, None)
    beating.rendered()
    drain.begin()
    clock.now += 89
    beating.check()
    clock.now += 2
    with pytest.raises(StoppedError):
        beating.check()


def test_what_also_beats_is_called_with_each_beat():
    called = threading.Event()
    with Heartbeat(
        Beats(),
        visibility_seconds=VISIBILITY_SECONDS,
        taken_at=time.monotonic(),
        drain=Drain(100),
        also=called.set,
    ):
        assert called.wait(5)
