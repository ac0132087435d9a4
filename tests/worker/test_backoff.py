from hypothesis import given
from hypothesis import strategies as st

from worker.backoff import Backoff


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0.5, 300))
def test_a_delay_is_whole_positive_and_never_above_the_cap(failures: int, chance: float, cap: float):
    seconds = Backoff(cap, lambda: chance).seconds(failures)
    assert isinstance(seconds, int)
    assert 1 <= seconds <= max(1, cap)


def test_delays_double_until_the_cap():
    assert [Backoff(300, lambda: 0.0).seconds(failures) for failures in range(1, 8)] == [
        *(10, 20, 40, 80, 160),
        *(300, 300),
    ]


def test_jitter_takes_away_up_to_half():
    assert Backoff(300, lambda: 1.0).seconds(3) == 20


def test_ten_receives_outlast_a_rolling_deployment():
    shortest = Backoff(300, lambda: 1.0)
    assert sum(shortest.seconds(failures) for failures in range(1, 10)) > 12 * 60
