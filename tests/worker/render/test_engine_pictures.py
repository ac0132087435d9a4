"""What comes out, looked at frame by frame."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker.render.studio import (
    BLACK,
    BLUE,
    GREEN,
    RED,
    Studio,
    bounds,
    decode_picture,
    film,
    ink,
    is_near,
    spec_of,
    words,
)  # fmt: skip


def test_clips_play_in_their_order_each_with_its_own_sound_or_with_silence(studio: Studio, toned: Path, blue: Path):
    shown = studio.render(
        spec_of({"source": "r"}, {"source": "b", "trim": {"end": 0.4}}, {"source": "r", "trim": {"start": 0.6}}),
        {"r": toned, "b": blue},
    )

    assert len(shown.frames) == 25 + 10 + 10
    colours = [shown.colour_at(frame, 80, 45) for frame in (0, 24, 25, 34, 35, 44)]
    expected = [RED, RED, BLUE, BLUE, RED, RED]
    assert all(is_near(colour, wanted) for colour, wanted in zip(colours, expected, strict=True)), colours
    loud = [float(np.abs(shown.sound[int(at * 48000) :][:2400]).max()) for at in (0.5, 1.2, 1.6)]
    assert loud[0] > 0.05
    assert loud[1] < 0.01
    assert loud[2] > 0.05


def test_the_output_says_how_long_it_is_and_its_last_progress_is_whole(studio: Studio, red: Path):
    shown = studio.render(spec_of({"source": "r", "trim": {"start": 0.13, "end": 0.93}}, fps=30), {"r": red})

    assert shown.result.duration_seconds == pytest.approx(0.8)
    assert len(shown.frames) == 24
    assert len(shown.sound) == pytest.approx(0.8 * 48000, abs=1024)
    assert (shown.progress[-1].fraction, shown.progress[-1].eta_seconds) == (1.0, 0.0)


def test_a_rate_of_29_97_is_the_ntsc_rate(studio: Studio, red: Path):
    shown = studio.render(spec_of({"source": "r"}, fps=29.97), {"r": red})

    assert len(shown.frames) == 30
    assert shown.result.duration_seconds == pytest.approx(30 * 1001 / 30000)


def test_cover_fills_the_output_and_crops_what_is_over(studio: Studio, thirds: Path):
    shown = studio.render(spec_of({"source": "t", "trim": {"end": 0.2}}, width=80, height=80), {"t": thirds})

    assert all(is_near(shown.colour_at(0, x, y), GREEN) for x, y in ((8, 8), (72, 8), (8, 72), (72, 72)))


def test_contain_shows_all_and_pads_with_black(studio: Studio, thirds: Path):
    clip = {"source": "t", "trim": {"end": 0.2}, "fit": "contain"}

    shown = studio.render(spec_of(clip, width=120, height=120), {"t": thirds})

    assert [is_near(shown.colour_at(0, x, 60), colour) for x, colour in ((20, RED), (60, GREEN), (100, BLUE))] == [
        True
    ] * 3
    assert is_near(shown.colour_at(0, 60, 20), BLACK)
    assert is_near(shown.colour_at(0, 60, 100), BLACK)
    assert bounds(~ink(shown.frames[0], BLACK)) == (0, 40, 120, 80)


def test_pixels_that_are_not_square_become_square(studio: Studio, thirds: Path, reels: Path):
    wide = film(reels / "wide.mp4", "-i", str(thirds), "-vf", "setsar=2", "-c:v", "libx264")
    clip = {"source": "w", "trim": {"end": 0.2}, "fit": "contain"}

    shown = studio.render(spec_of(clip, width=240, height=80), {"w": wide})

    assert bounds(~ink(shown.frames[0], BLACK)) == (0, 20, 240, 60)


def test_a_picture_filmed_upright_is_upright(studio: Studio, thirds: Path, reels: Path):
    turned = film(reels / "turned.mp4", "-display_rotation", "90", "-i", str(thirds), "-c", "copy")
    clip = {"source": "t", "trim": {"end": 0.2}, "fit": "contain"}

    shown = studio.render(spec_of(clip, width=80, height=240), {"t": turned})

    assert is_near(shown.colour_at(0, 40, 120), GREEN)
    assert {is_near(shown.colour_at(0, 40, 40), colour) for colour in (RED, BLUE)} == {True, False}
    assert bounds(~ink(shown.frames[0], BLACK)) == (0, 0, 80, 240)


def test_a_picture_that_ends_a_little_before_its_sound_stands_still_until_then(studio: Studio, reels: Path):
    source = film(
        reels / "short-picture.mp4",
        *("-f", "lavfi", "-i", "color=red:size=160x90:rate=25:duration=0.8", "-f", "lavfi", "-i", "sine=duration=1.0"),
        *("-pix_fmt", "yuv420p"),
    )

    shown = studio.render(spec_of({"source": "s"}), {"s": source})

    assert len(shown.frames) == 25
    assert is_near(shown.colour_at(24, 80, 45), RED)


def test_the_poster_is_one_frame_of_the_video(studio: Studio, red: Path):
    shown = studio.render(spec_of({"source": "r", "trim": {"end": 0.4}}), {"r": red})

    poster = decode_picture(shown.result.poster, 160, 90)

    assert len(poster) == 1
    assert ink(poster[0], RED).all()


def test_what_a_source_says_of_itself_does_not_get_into_the_output(studio: Studio, red: Path, reels: Path):
    tagged = film(reels / "tagged.mp4", "-i", str(red), "-c", "copy", "-metadata", "comment=at my home address")

    shown = studio.render(spec_of({"source": "t", "trim": {"end": 0.2}}), {"t": tagged})

    assert b"at my home" in tagged.read_bytes()
    assert b"at my home" not in shown.result.video.read_bytes()


def test_a_text_appears_goes_and_stands_where_its_anchor_says(studio: Studio, black: Path):
    text = words("HI", color="#ff0000", position={"anchor": "bottom-right", "x": -10, "y": -6}, start=0.2, end=0.6)

    shown = studio.render(spec_of({"source": "b"}, texts=(text,)), {"b": black})

    visible = [bool(ink(frame, RED).any()) for frame in shown.frames]
    assert visible == [False] * 5 + [True] * 10 + [False] * 10
    left, top, right, bottom = bounds(ink(shown.frames[10], RED))
    assert 120 < left < right <= 150
    assert 45 < top < bottom <= 84


def test_a_box_lies_at_the_corner_of_its_anchor_with_its_padding(studio: Studio, black: Path):
    corners = ("top-left", "top-right", "bottom-left", "bottom-right")
    texts = tuple(
        words("x", color="#ff0000", box={"color": "#0000ff", "padding": 8}, position={"anchor": corner})
        for corner in corners
    )

    frame = studio.render(spec_of({"source": "b", "trim": {"end": 0.08}}, texts=texts), {"b": black}).frames[0]

    assert bounds(ink(frame, BLUE)) == (0, 0, 160, 90)
    for corner in (frame[:45, :80], frame[:45, 80:], frame[45:, :80], frame[45:, 80:]):
        box, letter = bounds(ink(corner, BLUE)), bounds(ink(corner, RED, 90))
        assert box[3] - box[1] == pytest.approx(20 * 1.17 + 16, abs=3)
        assert min(letter[0] - box[0], box[2] - letter[2]) >= 7


def test_an_outline_surrounds_the_letters(studio: Studio, black: Path):
    plain = words("O", size=48, color="#ff0000", position={"x": -40})
    outlined = words("O", size=48, color="#ff0000", outline={"width": 4, "color": "#0000ff"}, position={"x": 40})
    clip = {"source": "b", "trim": {"end": 0.08}}

    frame = studio.render(spec_of(clip, texts=(plain, outlined)), {"b": black}).frames[0]

    letter, line = bounds(ink(frame[:, :80], RED, 90)), bounds(ink(frame[:, 80:], BLUE, 90))
    grown = (letter[0] - line[0], letter[1] - line[1], line[2] - letter[2], line[3] - letter[3])
    assert all(2 <= by <= 6 for by in grown), grown


def test_lines_of_a_text_lie_under_each_other_on_the_side_of_their_anchor(studio: Studio, black: Path):
    text = words("MMM\nM", color="#ff0000", position={"anchor": "right"})

    shown = studio.render(spec_of({"source": "b", "trim": {"end": 0.08}}, texts=(text,)), {"b": black})

    upper, lower = bounds(ink(shown.frames[0][:45], RED, 90)), bounds(ink(shown.frames[0][45:], RED, 90))
    assert upper[2] == pytest.approx(lower[2], abs=1)
    assert upper[2] - upper[0] > 2.5 * (lower[2] - lower[0])


def test_a_heavier_weight_has_more_ink(studio: Studio, black: Path):
    texts = tuple(
        words("weight", size=28, weight=weight, position={"anchor": anchor})
        for weight, anchor in ((100, "top"), (400, "center"), (900, "bottom"))
    )

    frame = studio.render(spec_of({"source": "b", "trim": {"end": 0.08}}, texts=texts), {"b": black}).frames[0]

    light, regular, heavy = (int(rows.astype(int).sum()) for rows in (frame[:30], frame[30:60], frame[60:]))
    assert light < 0.8 * regular
    assert regular < 0.8 * heavy


def test_no_character_of_a_text_means_anything_but_itself(studio: Studio, black: Path):
    """The same letters as when each stands alone, in a row: no expansion, escape or option was made of any."""
    evil = r"it's50%:\N{x}%{pts}"
    size, row = 24, 36
    rows = [*evil, evil]
    texts = tuple(
        words(content, size, position={"anchor": "top-left", "x": 4, "y": row * index})
        for index, content in enumerate(rows)
    )
    clip = {"source": "b", "trim": {"end": 0.08}}

    frame = studio.render(spec_of(clip, texts=texts, width=320, height=row * len(rows)), {"b": black}).frames[0]

    shown = [frame[row * index : row * (index + 1)].max(axis=2).astype(float) for index in range(len(rows))]
    whole = shown.pop()
    position = 0
    for letter in shown:
        left, _, right, _ = bounds(letter > 100)
        stamp = letter[:, left:right]
        misses = [np.abs(whole[:, at : at + right - left] - stamp).mean() for at in range(position, position + size)]
        assert min(misses) < 0.35 * stamp.mean()
        position += int(np.argmin(misses)) + (right - left) // 2
    assert bounds(whole > 100)[2] <= position + size
    expected_ink = sum(letter.sum() for letter in shown)
    assert whole.sum() == pytest.approx(expected_ink, rel=0.03)


def test_frames_are_those_of_the_trim(studio: Studio, reels: Path):
    """A clip whose grey is its time: 8 levels a frame."""
    ramp = film(
        reels / "ramp.mp4",
        *("-f", "lavfi", "-i", "color=black:size=64x64:rate=25:duration=1,format=gray,geq=lum='16+N*8'"),
        *("-pix_fmt", "yuv420p", "-g", "50", "-qp", "1"),
    )

    shown = studio.render(
        spec_of({"source": "r", "trim": {"start": 0.4, "end": 0.8}}, width=64, height=64), {"r": ramp}
    )

    greys = [shown.colour_at(frame, 32, 32)[0] for frame in range(10)]
    levels = [16 + 8 * frame for frame in range(10, 20)]
    assert greys == pytest.approx(levels, abs=3)
