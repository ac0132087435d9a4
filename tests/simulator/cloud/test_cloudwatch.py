"""Metrics come late, and alarms act on transitions."""

from simulator.cloud.cloudwatch import Alarm, Datapoint
from simulator.world import World
from tests.simulator.stage import SURE, bench


def point(visible: int) -> Datapoint:
    return Datapoint(at=0.0, visible=visible, in_flight=0, running=0, cpu_percent=None)


def test_a_minute_is_seen_a_minute_later():
    b = bench()
    seen: list[tuple[float, int]] = []
    b.stage.metrics.listen(lambda found: seen.append((b.stage.clock.now, found.visible if found else -1)))
    b.until(50.0)
    b.send(10.0, 10.0)
    b.until(180.0)
    assert seen == [(120.0, 2), (180.0, 2)]


def test_a_queue_at_rest_has_no_metrics_and_its_first_ones_come_later_still():
    b = bench(World(cold_start=SURE, queue_idle_seconds=600.0, idle_metric_delay_seconds=900.0))
    seen: list[tuple[float, Datapoint | None]] = []
    b.stage.metrics.listen(lambda found: seen.append((b.stage.clock.now, found)))
    b.until(2000.0)
    assert [found is None for at, found in seen if at > 720] == [True] * 21
    b.send(10.0)
    b.until(4000.0)
    first = next(at for at, found in seen if at > 2000 and found is not None)
    assert 2160 < first <= 2160 + 900


def test_reading_the_counts_keeps_a_queue_active():
    b = bench(World(cold_start=SURE, queue_idle_seconds=600.0))
    seen: list[Datapoint | None] = []
    b.stage.metrics.listen(seen.append)

    def read() -> None:
        b.queue.counts()

    b.stage.clock.every(60.0, read)
    b.until(5000.0)
    assert None not in seen


def test_counts_may_be_some_seconds_old():
    b = bench(World(cold_start=SURE, count_lag_seconds=30.0))
    b.until(100.0)
    b.send(10.0, 10.0)
    assert b.queue.counts() == (0, 0)
    b.until(129.0)
    assert b.queue.counts() == (0, 0)
    b.until(130.0)
    assert b.queue.counts() == (2, 0)


def test_an_alarm_acts_when_it_goes_on_and_not_while_it_is():
    alarm = Alarm(lambda found: found.visible > 0, periods=2)
    assert [alarm.see(point(visible)) for visible in (1, 1, 1, 0, 1, 1)] == [False, True, False, False, False, True]


def test_a_missing_minute_leaves_an_alarm_as_it_was():
    alarm = Alarm(lambda found: found.visible > 0, periods=1)
    assert alarm.see(point(1))
    assert not alarm.see(None)
    assert alarm.on
