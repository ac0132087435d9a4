"""One progress out of several."""

from hypothesis import given
from hypothesis import strategies as st

from worker.render.progress import Progress
from worker.render.splice.passes import Passes, Ratchet


def told(weights: list[float], fractions: list[list[float]]) -> list[Progress]:
    heard: list[Progress] = []
    tell = Ratchet(heard.append)
    passes = Passes(weights, seconds=10.0, frames=250)
    for own in fractions:
        take = passes.begin(lambda: 2.0, tell)
        for fraction in own:
            take(Progress(fraction, 1.0, 1.0, None))
    return heard


def test_a_pass_counts_by_its_weight():
    heard = told([3.0, 1.0], [[0.0, 0.5, 1.0], [0.5, 1.0]])

    assert [progress.fraction for progress in heard] == [0.0, 0.375, 0.75, 0.875, 1.0]
    assert heard[0].eta_seconds is None
    assert heard[2] == Progress(0.75, 0.75 * 250 / 2, 7.5, 2.0 * 0.25 / 0.75)
    assert heard[-1].eta_seconds == 0.0


@given(st.lists(st.lists(st.floats(0, 1), min_size=1), min_size=1, max_size=4))
def test_progress_never_falls_back_and_is_whole_at_the_last_pass_end_alone(fractions: list[list[float]]):
    heard = [progress.fraction for progress in told([1.0] * len(fractions), fractions)]

    assert heard == sorted(heard)
    assert (heard[-1] == 1.0) == (fractions[-1][-1] == 1.0 or 1.0 in fractions[-1])
    assert all(fraction < 1 for fraction in heard[: -len(fractions[-1])])
