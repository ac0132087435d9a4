"""Which frames a layer is on, by the files that the typesetter draws."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from worker.render.layers import Words
from worker.render.overlay import Overlay
from worker.render.splice.coverage import events_frames, find_coverage, on_frames
from worker.render.typeset.times import Clock

PICTURE = Overlay("picture-0", 10, 10, 0, 0, 1.0, 5, 15, 0, 0)


@given(
    st.sampled_from([Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(24), Fraction(1)]),
    st.integers(0, 90_000),
    st.integers(1, 90_000),
)
def test_an_event_is_on_the_frames_that_it_was_drawn_for(fps: Fraction, first: int, frames: int):
    clock = Clock(fps)
    line = f"Dialogue: 0,{clock.stamp(first)},{clock.stamp(first + frames)},s,,0,0,0,,{{\\p4}}m 0 0\n"

    assert events_frames([line], fps) == [(first, first + frames)]


def test_each_layer_has_its_frames_and_those_on_some_frames_are_found():
    words = Words("words-0.ass")
    lines = ["[Events]\n", "Dialogue: 0,0:00:00.99,0:00:01.99,s,,0,0,0,,{}x\n"] * 2

    coverage = find_coverage([PICTURE, words], Fraction(25), lambda file: lines if file == "words-0.ass" else [])

    assert coverage == [(PICTURE, [(5, 15)]), (words, [(25, 50)])]
    assert [on_frames(coverage, *frames) for frames in ((0, 5), (14, 20), (20, 26), (0, 99), (50, 60))] == [
        [],
        [PICTURE],
        [words],
        [PICTURE, words],
        [],
    ]
