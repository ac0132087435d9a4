from tests.worker.world import Clock
from worker.drain import Drain


def test_nothing_is_short_of_time_before_the_end_is_requested():
    drain = Drain(100)
    assert not drain.requested
    assert not drain.is_over
    assert drain.leaves_time_for(1e9)


def test_a_render_must_fit_into_three_quarters_of_the_stop_time_out():
    clock = Clock()
    drain = Drain(100, clock.monotonic)
    drain.begin()
    clock.now += 25
    assert drain.leaves_time_for(50)
    assert not drain.leaves_time_for(51)
    assert not drain.leaves_time_for(float("inf"))


def test_a_second_signal_neither_gives_more_time_nor_takes_any():
    clock = Clock()
    drain = Drain(100, clock.monotonic)
    drain.begin()
    clock.now += 50
    drain.begin()
    assert not drain.leaves_time_for(30)
    assert drain.leaves_time_for(20)
    clock.now += 40
    assert drain.is_over


def test_waiting_ends_with_the_request():
    drain = Drain(100)
    assert not drain.wait(0)
    drain.begin()
    assert drain.wait(60)
