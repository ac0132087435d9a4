import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.state import Demand
from lambdas.warmkeeper.demand import PEAK_MINUTES, SAMPLES_PER_MINUTE, coming, mean, note, peak, reserve

READINGS = st.lists(st.tuples(st.floats(0, 40), st.integers(0, 99)), max_size=200)


def follow(readings: list[tuple[float, int]], start: float = 1000.0) -> tuple[Demand, float]:
    demand, now = Demand(), start
    for gap, need in readings:
        now += gap
        demand = note(demand, now, need, 60.0)
    return demand, now


@given(readings=READINGS)
def test_samples_stay_few_however_many_readings_come(readings: list[tuple[float, int]]):
    demand, now = follow(readings)
    assert len(demand.samples) <= PEAK_MINUTES * SAMPLES_PER_MINUTE + 2
    assert list(demand.samples) == sorted(demand.samples, key=lambda sample: sample[0])
    assert all(at <= now for at, _ in demand.samples)


@given(readings=READINGS.filter(bool))
def test_the_mean_lies_between_nothing_and_the_highest_and_the_peak_covers_the_present(
    readings: list[tuple[float, int]],
):
    demand, now = follow(readings)
    assert 0 <= mean(demand) <= max(need for _, need in readings)
    assert peak(demand, now, 60.0) >= readings[-1][1]


def test_a_need_that_holds_becomes_the_average_and_one_that_ends_is_forgotten():
    held = note(note(Demand(), 0.0, 4, 60.0), 6000.0, 0, 60.0)
    assert (held.quick, held.steady) == (pytest.approx(4), pytest.approx(4, abs=0.001))
    later = note(held, 6060.0, 0, 60.0)
    assert (later.quick, later.steady) == (pytest.approx(1.4715, abs=1e-4), pytest.approx(3.619, abs=1e-3))


@given(cut=st.floats(1, 299), need=st.integers(0, 50))
def test_looking_more_often_at_the_same_need_changes_no_average(cut: float, need: int):
    start = note(Demand(samples=((0.0, 7),), need=7, quick=2.0, steady=5.0, read_at=0.0), 0.0, need, 60.0)
    straight = note(start, 300.0, need, 60.0)
    stopped = note(note(start, cut, need, 60.0), 300.0, need, 60.0)
    assert (stopped.quick, stopped.steady) == (pytest.approx(straight.quick), pytest.approx(straight.steady))


def test_the_peak_is_that_of_45_seconds():
    demand = Demand(samples=((0.0, 9), (900.0, 4), (930.0, 1)))
    assert peak(demand, 944.9, 60.0) == 9
    assert peak(demand, 945.0, 60.0) == 4
    assert peak(demand, 975.0, 60.0) == 1
    assert peak(Demand(), 990.0, 60.0) == 0


def test_a_compressed_minute_compresses_the_windows():
    demand = note(Demand(samples=((100.0, 9),), need=9, quick=9.0, steady=9.0, read_at=110.0), 110.0, 0, 2.0)
    assert demand.samples == ((100.0, 9), (110.0, 0))
    assert peak(demand, 111.4, 2.0) == 9
    assert peak(demand, 111.5, 2.0) == 0
    assert note(demand, 112.0, 0, 2.0).quick == pytest.approx(3.311, abs=1e-3)


def test_readings_close_together_keep_their_highest():
    demand = note(Demand(samples=((1000.0, 3),), read_at=1000.0), 1001.0, 7, 60.0)
    assert demand.samples == ((1000.0, 7),)
    assert note(demand, 1002.0, 1, 60.0).samples == demand.samples


def test_a_clock_that_was_set_back_drops_what_is_from_the_future_and_moves_no_average():
    ahead = Demand(samples=((900.0, 2), (4600.0, 9)), quick=3.0, steady=2.0, read_at=4600.0)
    demand = note(ahead, 1000.0, 1, 60.0)
    assert demand.samples == ((900.0, 2), (1000.0, 1))
    assert (demand.quick, demand.steady, demand.read_at) == (3.0, 2.0, 1000.0)


@pytest.mark.parametrize(
    ("expected", "kept"), [(0.0, 0), (0.05, 0), (0.07, 1), (0.69, 2), (1.46, 3), (4.8, 7), (25.0, 29)]
)
def test_what_a_mean_need_keeps_where_as_much_is_coming(expected: float, kept: int):
    assert reserve(expected, arriving=expected) == kept


@pytest.mark.parametrize(
    ("expected", "arriving", "kept"), [(1.2, 1.2, 2), (1.2, 0.02, 2), (1.0, 0.1, 1), (25.0, 4.0, 27)]
)
def test_less_is_kept_where_less_is_coming_than_is_at_work(expected: float, arriving: float, kept: int):
    assert reserve(expected, arriving=arriving) == kept
    assert reserve(expected, arriving=100) == reserve(expected, arriving=expected)


def test_what_is_coming_is_what_three_minutes_brought_lately():
    demand = Demand()
    for minute in range(100):  # each minute a job comes and one ends, in turn with a minute of nothing
        demand = note(demand, 60.0 * minute, minute % 2, 60.0)
    assert coming(demand) == pytest.approx(1.5, abs=0.2)


def test_a_job_that_runs_on_is_not_coming_again():
    demand = note(Demand(), 0.0, 1, 60.0)
    first = coming(demand)
    for minute in range(1, 31):
        demand = note(demand, 60.0 * minute, 1, 60.0)
    assert first == pytest.approx(0.3)
    assert coming(demand) == pytest.approx(0.3 * math.exp(-3))
