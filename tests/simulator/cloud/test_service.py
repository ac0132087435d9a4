"""What Fargate and ECS do with tasks, as far as a fleet's size and its bill are concerned."""

import pytest

from simulator.cloud.service import Victims
from simulator.world import ColdStart, Spot, World
from tests.simulator.stage import AT_ONCE, SURE, bench


def test_a_task_starts_cold_and_then_takes_what_waits():
    b = bench()
    [job] = b.send(30.0)
    b.service.set_desired(1)
    assert (b.service.pending, b.service.running) == (1, 0)
    b.until(60.0)
    assert (b.service.pending, b.service.busy, job.started_at) == (0, 1, 60.0)
    b.until(90.0)
    assert job.done
    assert (b.queue.visible, b.queue.in_flight, b.service.running) == (0, 0, 1)


def test_jobs_are_taken_in_turn_one_a_worker():
    b = bench()
    b.service.set_desired(2)
    b.until(60.0)
    sent = b.send(10.0, 10.0, 10.0)
    b.until(100.0)
    assert [job.started_at for job in sent] == [60.0, 60.0, 70.0]


def test_it_is_billed_from_its_start_by_the_second_and_a_minute_at_least():
    b = bench(World(cold_start=ColdStart(10.0, 0.0), launches_per_minute=AT_ONCE))
    b.service.set_desired(2)
    b.until(100.0)
    b.service.set_desired(1)
    b.until(130.0)
    b.service.set_desired(0)
    assert b.tally.on_demand_seconds == 230.0
    b.service.set_desired(1)
    b.until(131.0)
    b.service.set_desired(0)
    assert b.tally.on_demand_seconds == 290.0


def test_what_still_runs_at_the_end_is_billed():
    b = bench()
    b.service.set_desired(1)
    b.until(500.0)
    b.service.close()
    assert b.tally.on_demand_seconds == 500.0


def test_the_ceiling_holds():
    b = bench(World(cold_start=SURE, ceiling=3, launches_per_minute=AT_ONCE))
    b.service.set_desired(9)
    assert (b.service.desired, b.service.pending) == (3, 3)


def test_a_large_wake_launches_no_faster_than_ecs_does():
    b = bench(World(cold_start=SURE, launches_per_minute=60.0, ceiling=100))
    b.service.set_desired(30)
    assert b.service.pending == 1
    b.until(10.5)
    assert b.service.pending == 11
    b.service.set_desired(5)
    b.until(200.0)
    assert (b.service.running, b.service.pending) == (5, 0)


def test_a_protected_task_ends_its_job_and_then_goes():
    b = bench()
    b.service.set_desired(2)
    b.until(60.0)
    sent = b.send(100.0)
    b.service.set_desired(0)
    assert (b.service.running, b.service.busy) == (1, 1)
    b.until(160.0)
    assert b.service.running == 0
    assert (sent[0].done, b.tally.busy_kills) == (True, 0)


@pytest.mark.parametrize("victims", [Victims.RUNNING, Victims.YOUNGEST])
def test_an_unprotected_one_is_killed_and_its_job_begins_again(victims: Victims):
    b = bench(victims=victims)
    b.service.set_desired(1)
    b.until(60.0)
    [job] = b.send(100.0)
    b.until(100.0)
    b.service.set_desired(0)
    assert (b.tally.busy_kills, b.queue.visible, b.queue.in_flight) == (1, 1, 0)
    b.service.set_desired(1)
    b.until(259.0)
    assert not job.done
    b.until(260.0)
    assert job.done


def test_a_replica_set_stops_what_is_pending_first_and_then_the_youngest():
    b = bench(victims=Victims.YOUNGEST)
    b.service.set_desired(1)
    b.until(1000.0)
    b.send(5000.0)
    b.service.set_desired(2)
    b.until(1070.0)
    b.send(5000.0)
    b.service.set_desired(3)
    b.service.set_desired(2)
    assert (b.tally.busy_kills, b.service.pending) == (0, 0)
    b.service.set_desired(1)
    assert b.tally.busy_kills == 1
    b.until(5060.0)
    assert b.queue.visible == 1  # the second job, since the older task kept the first


def test_a_message_that_comes_back_too_often_goes_to_the_dead_letters():
    b = bench(World(cold_start=ColdStart(1.0, 0.0), receives=3), victims=Victims.RUNNING)
    [job] = b.send(1000.0)
    for time in (10.0, 20.0, 30.0):
        b.service.set_desired(1)
        b.until(time)
        b.service.set_desired(0)
    assert (b.tally.jobs_lost, b.queue.visible, b.queue.in_flight, job.done) == (1, 0, 0, False)


class TestSpot:
    WORLD = World(cold_start=SURE, spot=Spot(base=1, interruptions_per_hour=1000.0, warning_seconds=120.0))

    def test_the_base_is_on_demand_and_is_not_interrupted(self):
        b = bench(self.WORLD)
        b.service.set_desired(1)
        b.until(5000.0)
        assert (b.tally.starts, b.tally.spot_seconds) == (1, 0)

    def test_an_interrupted_task_is_replaced(self):
        b = bench(self.WORLD)
        b.service.set_desired(2)
        b.until(600.0)
        assert b.tally.starts > 2
        assert b.service.running + b.service.pending == 2
        assert b.tally.spot_seconds > 0

    def test_a_job_that_ends_within_the_warning_is_not_lost_and_a_longer_one_comes_back(self):
        short, long = (
            World(cold_start=ColdStart(0.0, 0.0), spot=Spot(0, 3600.0, warning_seconds)) for warning_seconds in (120, 5)
        )
        for world, reclaimed in ((short, 0), (long, 1)):
            b = bench(world)
            b.send(60.0)
            b.service.set_desired(1)
            b.until(50.0)
            assert min(b.tally.reclaimed, 1) == reclaimed
