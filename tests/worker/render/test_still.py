"""One frame without the rest: it must be the very frame that the whole render has at that time."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.spec import parse_spec
from tests.worker.render.studio import Picture, Studio, decode_picture, film, spec_of, words
from worker.errors import PermanentError, StoppedError
from worker.render.limits import Limits
from worker.render.timeline import skippable_frames


@pytest.fixture(scope="module")
def numbered(reels: Path) -> Mapping[str, Path]:
    """Clips of which each frame differs from the next: their length is in their names, in seconds."""
    made = {
        "ntsc-5": ("testsrc2=s=160x90:r=30000/1001:d=5", "-g", "60"),
        "film-4": ("testsrc2=s=160x90:r=24:d=4", "-g", "48"),
        "fast-4": ("testsrc2=s=160x90:r=60:d=4", "-g", "250"),
        # A screen recording: a picture comes when something changes, at odd times, and stands for long.
        "sparse-8": ("testsrc2=s=160x90:r=25:d=8,select='lt(mod(n,61),7)'", "-fps_mode", "vfr"),
    }
    transport = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=4", "-pix_fmt", "yuv420p", "-crf", "16", "-g", "50")
    # A transport stream has no index: FFmpeg seeks to the key frame after.
    return {"stream-4": film(reels / "stream-4.ts", *transport)} | {
        name: film(reels / f"{name}.mp4", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-crf", "16", *options)
        for name, (source, *options) in made.items()
    }


def still(studio: Studio, spec: Mapping[str, Any], at: float, sources: Mapping[str, Path], **limits: Any) -> Path:
    parsed = parse_spec(spec)
    studio.folder.mkdir(exist_ok=True)
    return studio.engine(Limits(**limits)).still(
        parsed, at, lambda material: sources[material.source], studio.folder, stop=studio.stop
    )


def difference(frames: Picture, picture: Picture) -> Any:
    """How far each of `frames` is from `picture`: the mean over its pixels and colours, of 255."""
    return np.abs(frames.astype(np.int16) - picture.astype(np.int16)).mean(axis=(1, 2, 3))


@pytest.mark.parametrize(
    ("clip", "fps"),
    [("ntsc-5", 30), ("fast-4", 30), ("fast-4", 23.976), ("film-4", 60), ("sparse-8", 25), ("stream-4", 25)],
)
def test_a_still_is_the_frame_that_the_render_has_at_that_time(
    studio: Studio, numbered: Mapping[str, Path], clip: str, fps: float
):
    start, seconds = 0.37, 3.3
    spec = spec_of({"source": clip, "trim": {"start": start, "end": start + seconds}}, fps=fps)
    rendered = studio.render(spec, numbered).frames
    for frame in (1, len(rendered) // 2, len(rendered) - 2):
        at = (frame + 0.5) / fps
        picture = decode_picture(still(studio, spec, at, numbered), 160, 90)[0]
        far = difference(rendered, picture[None])
        # Frames that the rate repeats differ by the encoder's work alone, others by more than 2.
        assert far[frame] <= far.min() + 0.5, f"frame {frame} of {len(rendered)}, looks like {far.argmin()}"
        assert far[frame] < 6


def test_a_still_of_a_row_of_clips_has_the_texts_of_its_moment_and_asks_for_no_source_that_it_does_not_need(
    studio: Studio, red: Path, blue: Path, numbered: Mapping[str, Path]
):
    spec = spec_of(
        {"source": "red", "trim": {"end": 0.7}},
        {"source": "blue"},
        {"source": "film-4", "trim": {"start": 1, "end": 3}, "fit": "contain"},
        {"source": "never", "trim": {"end": 1}},
        texts=(words("early", start=0, end=1), words("now", start=2, end=2.5, box={"color": "#ff0000"})),
    )
    sources = {"blue": blue, "film-4": numbered["film-4"]}
    picture = decode_picture(still(studio, spec, 2.2, sources), 160, 90)[0]
    whole = {**spec, "clips": spec["clips"][:3]}
    rendered = studio.render(whole, {"red": red, **sources}).frames
    far = difference(rendered, picture[None])
    assert far.argmin() == 55
    assert far[55] < 6


def test_a_still_of_clips_of_every_kind_is_the_frame_that_the_render_has(
    studio: Studio, numbered: Mapping[str, Path], reels: Path
):
    picture = film(reels / "pattern.png", "-f", "lavfi", "-i", "testsrc2=s=64x36", "-frames:v", "1")
    spec = spec_of(
        {"source": "film-4", "speed": 2.0, "transition": {"name": "wipeleft", "duration": 0.6}},
        {"image": "picture", "duration": 1.5, "fit": "contain", "transition": {"name": "slideup", "duration": 0.4}},
        {"source": "ntsc-5", "trim": {"start": 0.5, "end": 2.0}, "speed": 0.7, "fit": "blur", "rotate": 90},
        {"color": "#335577", "duration": 0.5},
    )
    sources = {**numbered, "picture": picture}
    rendered = studio.render(spec, sources).frames
    # Within each clip, at the edges and in the middle of each transition, and at the end.
    for frame in (3, 35, 42, 61, 71, 90, len(rendered) - 1):
        made = decode_picture(still(studio, spec, (frame + 0.5) / 25, sources), 160, 90)[0]
        far = difference(rendered, made[None])
        assert far[frame] <= far.min() + 0.5, f"frame {frame} of {len(rendered)}, looks like {far.argmin()}"
        assert far[frame] < 7


def test_a_still_late_in_a_long_transition_is_as_far_in_it_as_the_render_is(
    studio: Studio, numbered: Mapping[str, Path]
):
    clips = ({"source": "film-4", "transition": {"name": "wipeleft", "duration": 1.6}}, {"source": "ntsc-5"})
    spec = spec_of(clips[0], {**clips[1], "trim": {"end": 2}})
    rendered = studio.render(spec, numbered).frames
    frame = 96
    made = decode_picture(still(studio, spec, (frame + 0.5) / 25, numbered), 160, 90)[0]
    far = difference(rendered, made[None])
    assert far[frame] <= far.min() + 0.5, f"frame {frame}, looks like {far.argmin()}"
    assert far[frame] < 10


def test_a_time_beyond_the_end_is_a_problem_that_says_where_the_end_is(studio: Studio, blue: Path):
    with pytest.raises(PermanentError) as caught:
        still(studio, spec_of({"source": "blue"}, {"source": "blue", "trim": {"end": 0.6}}), 1.6, {"blue": blue})
    assert str(caught.value) == "at: the video ends at 1.6 s; give a time below 1.6"


def test_a_source_that_cannot_be_used_is_named_by_its_own_place(studio: Studio, red: Path, tmp_path: Path):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"this is no video")
    sources = {"red": red, "broken": broken}
    clips = [{"source": "red", "trim": {"end": 0.5}}, {"source": "broken", "trim": {"end": 1}}]
    with pytest.raises(PermanentError, match=r"^spec\.clips\[1\]\.source: "):
        still(studio, spec_of(*clips), 0.6, sources)
    clips[1] = {"source": "red", "trim": {"end": 7}}
    with pytest.raises(PermanentError, match=r"^spec\.clips\[1\]\.trim\.end: .* ends at 1 s"):
        still(studio, spec_of(*clips), 0.6, sources)


def test_the_renders_limits_hold_for_a_still(studio: Studio, red: Path):
    spec = spec_of({"source": "red", "trim": {"end": 1}})
    with pytest.raises(PermanentError, match=r"spec\.clips: last 1\.0 s together, more than 0\.5 s"):
        still(studio, spec, 0.2, {}, max_output_seconds=0.5)
    with pytest.raises(PermanentError, match=r"spec\.clips: last more than 0\.5 s together"):
        still(studio, spec_of({"source": "red"}), 0.2, {"red": red}, max_output_seconds=0.5)
    with pytest.raises(PermanentError, match="pixels in a frame"):
        still(studio, spec, 0.2, {"red": red}, max_source_pixels=100)
    with pytest.raises(PermanentError, match=r"spec\.tracks\[0\]\.text\.font\.family"):
        still(studio, spec_of({"source": "red"}, texts=(words("x") | {"font": {"family": "No", "size": 9}},)), 0, {})


def test_a_still_that_is_stopped_leaves_nothing_running(studio: Studio, red: Path):
    studio.stop.set()
    with pytest.raises(StoppedError):
        still(studio, spec_of({"source": "red"}), 0, {"red": red})


@given(
    st.integers(0, 40_000),
    st.sampled_from([Fraction(30), Fraction(24000, 1001), Fraction(25, 2), Fraction(59)]),
    st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 3), Fraction(7, 10)]),
)
def test_decoding_begins_at_a_whole_microsecond_and_before_anything_that_may_be_on_screen(
    frame: int, fps: Fraction, speed: Fraction
):
    skipped = skippable_frames(frame, fps, speed)
    assert 0 <= skipped <= frame
    assert (skipped / fps * speed * 1_000_000).denominator == 1
    assert skipped == 0 or (frame - skipped) / fps >= 1
