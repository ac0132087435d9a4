import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.warmkeeper.window import SAMPLES_PER_MINUTE, WINDOW_MINUTES, Samples, add_sample, average, peak, surge

READINGS = st.lists(st.tuples(st.floats(0, 40), st.integers(0, 99)), max_size=200)


def follow(readings: list[tuple[float, int]], start: float = 1000.0) -> tuple[Samples, float]:
    samples: Samples = ()
    now = start
    for gap, need in readings:
        now += gap
        samples = add_sample(samples, now, need, 60.0)
    return samples, now


@given(readings=READINGS)
def test_samples_stay_few_however_many_readings_come(readings: list[tuple[float, int]]):
    samples, now = follow(readings)
    assert len(samples) <= WINDOW_MINUTES * SAMPLES_PER_MINUTE + 2
    assert list(samples) == sorted(samples, key=lambda sample: sample[0])
    assert all(at <= now for at, _ in samples)


@given(readings=READINGS.filter(bool))
def test_the_average_lies_between_the_extremes_and_the_peak_covers_the_present(readings: list[tuple[float, int]]):
    samples, now = follow(readings)
    needs = [need for _, need in samples]
    assert min(needs) - 1e-6 <= average(samples, now, 60.0) <= max(needs) + 1e-6
    assert peak(samples, now, 60.0) >= readings[-1][1]


def test_each_need_weighs_as_long_as_it_held():
    samples = ((0.0, 9), (700.0, 4), (850.0, 0))
    assert average(samples, 1000.0, 60.0) == pytest.approx(4 * 150 / 300)
    assert average(samples, 850.0, 60.0) == pytest.approx((9 * 150 + 4 * 150) / 300)


def test_what_is_known_for_less_than_the_window_is_averaged_over_what_is_known():
    assert average(((900.0, 6), (950.0, 2)), 1000.0, 60.0) == pytest.approx(4)
    assert average(((1000.0, 6),), 1000.0, 60.0) == 6
    assert average((), 1000.0, 60.0) == 0


def test_the_peak_is_the_last_minutes():
    samples = ((0.0, 9), (900.0, 4), (930.0, 1))
    assert peak(samples, 959.9, 60.0) == 9
    assert peak(samples, 960.0, 60.0) == 4
    assert peak(samples, 990.0, 60.0) == 1
    assert peak((), 990.0, 60.0) == 0


def test_a_compressed_minute_compresses_the_windows():
    samples = add_sample(((100.0, 9),), 110.0, 0, 2.0)
    assert samples == ((100.0, 9), (110.0, 0))
    assert peak(samples, 111.9, 2.0) == 9
    assert peak(samples, 112.0, 2.0) == 0
    assert average(samples, 120.0, 2.0) == 0


def test_readings_close_together_keep_their_highest():
    samples = add_sample(((1000.0, 3),), 1001.0, 7, 60.0)
    assert samples == ((1000.0, 7),)
    assert add_sample(samples, 1002.0, 1, 60.0) == samples


@pytest.mark.parametrize(("mean", "kept"), [(0.0, 0), (0.01, 1), (1.0, 2), (3.2, 5), (4.0, 6), (4.0 + 1e-12, 6)])
def test_a_mean_of_nothing_alone_keeps_nothing(mean: float, kept: int):
    assert surge(mean) == kept
