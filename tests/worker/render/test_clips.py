"""Clips of every kind, how they fit, turn and follow each other, looked at frame by frame."""

import re
import struct
import subprocess
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from jobs.spec.transition import TransitionName
from tests.worker.render.studio import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    Shown,
    Studio,
    bounds,
    film,
    ink,
    is_near,
    spec_of,
)
from worker.errors import PermanentError
from worker.render.ffmpeg import executable

FLASH_SECONDS = 0.52


@pytest.fixture(scope="module")
def flash(reels: Path) -> Path:
    """1 s, black and silent, then white with a tone of 440 Hz from FLASH_SECONDS on."""
    picture = f"color=black:size=160x90:rate=25:duration=1,geq=lum='if(gte(T,{FLASH_SECONDS}),235,16)':cb=128:cr=128"
    sound = f"aevalsrc=0.5*sin(880*PI*t)*gte(t\\,{FLASH_SECONDS}):d=1:s=48000"
    return film(
        reels / "flash.mov",
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound),
        *("-pix_fmt", "yuv420p", "-c:a", "pcm_s16le"),
    )


def flashes(shown: Shown) -> list[float]:
    """When the picture turns white, in seconds."""
    white = shown.frames[:, 40:50, 70:90].mean(axis=(1, 2, 3)) > 190
    return [float(frame) / 25 for frame in np.nonzero(white[1:] & ~white[:-1])[0] + 1]


def beeps(shown: Shown) -> list[float]:
    """When the tone begins after a tenth of a second of silence, in seconds, to a hundredth."""
    blocks = np.abs(shown.sound[: len(shown.sound) // 480 * 480, 0]).reshape(-1, 480).max(axis=1)
    loud = blocks > 0.15
    return [float(block) / 100 for block in range(10, len(loud)) if loud[block] and not loud[block - 10 : block].any()]


def pitch(sound: np.ndarray[Any, Any]) -> float:
    """The loudest frequency in Hz."""
    return float(np.abs(np.fft.rfft(sound)).argmax()) * 48000 / len(sound)


def test_picture_and_sound_stay_together_after_transitions_and_at_other_speeds(studio: Studio, flash: Path):
    shown = studio.render(
        spec_of(
            {"color": "#000000", "duration": 1.0, "transition": {"duration": 0.4}},
            {"source": "f", "trim": {"end": 0.8}},
            {"source": "f", "speed": 2.0, "transition": {"name": "wipeleft", "duration": 0.12}},
            {"source": "f", "speed": 0.5, "trim": {"start": 0.2}},
        ),
        {"f": flash},
    )

    # 1 - 0.4 + 0.8 + 0.5 - 0.12 + 1.6
    assert abs(len(shown.frames) / 25 - 3.38) <= 1 / 25
    assert len(shown.sound) == pytest.approx(3.38 * 48000, abs=1024 + 1920)
    expected = [0.6 + FLASH_SECONDS, 1.4 + FLASH_SECONDS / 2, 1.78 + (FLASH_SECONDS - 0.2) * 2]
    assert flashes(shown) == pytest.approx(expected, abs=0.041)
    assert beeps(shown) == pytest.approx(expected, abs=0.041)
    fast, slow = shown.sound[int(1.7 * 48000) :][:4800, 0], shown.sound[int(2.7 * 48000) :][:4800, 0]
    assert [pitch(fast), pitch(slow)] == pytest.approx([440, 440], abs=11)


def test_volume_is_a_factor_and_none_is_silence(studio: Studio, toned: Path):
    shown = studio.render(
        spec_of(*({"source": "r", "trim": {"end": 0.4}, "volume": volume} for volume in (1.0, 0.5, 0.0))), {"r": toned}
    )

    whole, half, none = (float(np.sqrt(np.mean(shown.sound[int(at * 48000) :][:9600] ** 2))) for at in (0.1, 0.5, 0.9))
    assert half == pytest.approx(whole / 2, rel=0.05)
    assert none < 0.001


def test_in_a_transition_both_clips_are_seen_and_heard_and_it_shortens_the_video(
    studio: Studio, toned: Path, blue: Path
):
    clips = (
        {"source": "r", "transition": {"name": "fade", "duration": 0.4}},
        {"source": "b", "transition": {"name": "wipeleft", "duration": 0.4}},
        {"source": "r"},
    )

    shown = studio.render(spec_of(*clips), {"r": toned, "b": blue})

    assert len(shown.frames) == 75 - 20
    assert is_near(shown.colour_at(14, 80, 45), RED)
    assert is_near(shown.colour_at(20, 80, 45), (128, 0, 128))
    assert is_near(shown.colour_at(26, 80, 45), BLUE)
    assert is_near(shown.colour_at(35, 40, 45), BLUE)
    assert is_near(shown.colour_at(35, 150, 45), RED)
    before, within, after = (float(np.abs(shown.sound[int(at * 48000) :][:2400]).max()) for at in (0.5, 0.78, 1.05))
    assert 0.5 * before < within < 0.85 * before
    assert after < 0.1 * before


def test_the_format_knows_the_transitions_that_ffmpeg_has():
    said = subprocess.run(
        (executable(), "-v", "quiet", "-h", "filter=xfade"), capture_output=True, text=True, check=True, timeout=30
    ).stdout
    known = set(re.findall(r"^     (\w+) +\d+ ", said, re.MULTILINE))

    assert set(get_args(TransitionName)) == known


def test_a_transition_longer_than_a_clip_that_only_its_source_can_measure_is_named(studio: Studio, red: Path):
    clips = ({"source": "r", "transition": {"duration": 1.2}}, {"color": "#000000", "duration": 3.0})

    with pytest.raises(PermanentError) as caught:
        studio.render(spec_of(*clips), {"r": red})

    assert str(caught.value) == (
        "spec.clips[0].transition.duration: leaves nothing of clips[0]: 1.2 s of transitions in 1 s; "
        "make the transition shorter, or the clip longer"
    )


@pytest.mark.parametrize(
    ("x", "rotate", "seen"),
    [(0.0, 0, RED), (0.5, 0, GREEN), (0.9, 0, BLUE), (0.0, 180, BLUE)],
)
def test_cover_keeps_its_focus_in_sight(
    studio: Studio, thirds: Path, x: float, rotate: int, seen: tuple[int, int, int]
):
    clip = {"source": "t", "trim": {"end": 0.08}, "focus": {"x": x}, "rotate": rotate}

    shown = studio.render(spec_of(clip, width=80, height=80), {"t": thirds})

    assert all(is_near(shown.colour_at(0, x, y), seen) for x, y in ((8, 8), (72, 8), (8, 72), (72, 72)))


@pytest.mark.parametrize(("rotate", "order"), [(90, (RED, GREEN, BLUE)), (270, (BLUE, GREEN, RED))])
def test_a_turned_clip_is_turned_clockwise_and_its_focus_is_that_of_the_turned_picture(
    studio: Studio, thirds: Path, rotate: int, order: tuple[tuple[int, int, int], ...]
):
    turned = {"source": "t", "trim": {"end": 0.08}, "rotate": rotate}

    whole = studio.render(spec_of({**turned, "fit": "contain"}, width=80, height=240), {"t": thirds})
    upper = studio.render(spec_of({**turned, "focus": {"y": 0.1}}, width=80, height=80), {"t": thirds})

    assert all(is_near(whole.colour_at(0, 40, y), colour) for y, colour in zip((40, 120, 200), order, strict=True))
    assert all(is_near(upper.colour_at(0, x, y), order[0]) for x, y in ((8, 8), (72, 72)))


def test_contain_pads_with_its_background(studio: Studio, thirds: Path):
    clip = {"source": "t", "trim": {"end": 0.08}, "fit": "contain", "background": "#ffffff"}

    shown = studio.render(spec_of(clip, width=120, height=120), {"t": thirds})

    assert bounds(~ink(shown.frames[0], WHITE)) == (0, 40, 120, 80)


def test_blur_shows_all_over_a_blurred_copy_that_fills_the_output(studio: Studio, thirds: Path):
    clip = {"source": "t", "trim": {"end": 0.08}, "fit": "blur"}

    shown = studio.render(spec_of(clip, width=120, height=240), {"t": thirds})

    assert all(is_near(shown.colour_at(0, x, 120), colour) for x, colour in ((20, RED), (60, GREEN), (100, BLUE)))
    # The copy is the middle third, enlarged: green all over, and soft where the picture on top has its edges.
    assert bounds(~ink(shown.frames[0], GREEN)) == (0, 100, 120, 140)


def test_a_colour_and_a_picture_last_as_long_as_they_say(studio: Studio, reels: Path):
    picture = film(reels / "picture.png", "-f", "lavfi", "-i", "color=blue:size=64x36", "-frames:v", "1")
    clips = (
        {"color": "#ff0000", "duration": 0.4},
        {"image": "p", "duration": 0.52},
        {"color": "#00ff00", "duration": 0.08},
    )

    shown = studio.render(spec_of(*clips), {"p": picture})

    assert [is_near(shown.colour_at(frame, 80, 45), RED) for frame in (0, 9, 10)] == [True, True, False]
    assert [is_near(shown.colour_at(frame, 80, 45), BLUE) for frame in (10, 22, 23)] == [True, True, False]
    assert len(shown.frames) == 25
    assert float(np.abs(shown.sound).max()) < 0.001


def test_a_photograph_is_upright_as_its_camera_says_and_transparency_shows_the_background(
    studio: Studio, reels: Path, thirds: Path
):
    photograph = reels / "photograph.jpg"
    film(photograph, "-i", str(thirds), "-frames:v", "1", "-update", "1", "-q:v", "2")
    jpeg = photograph.read_bytes()
    # Exif with one entry: orientation 6, to be turned clockwise by 90 degrees.
    exif = b"Exif\0\0II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    photograph.write_bytes(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:])
    clear = film(reels / "clear.png", "-f", "lavfi", "-i", "color=red@0.5:size=40x40,format=rgba", "-frames:v", "1")
    clips = (
        {"image": "j", "duration": 0.08, "fit": "contain"},
        {"image": "c", "duration": 0.08, "fit": "contain", "background": "#0000ff"},
    )

    shown = studio.render(spec_of(*clips, width=80, height=240), {"j": photograph, "c": clear})

    colours = zip((40, 120, 200), (RED, GREEN, BLUE), strict=True)
    assert all(is_near(shown.colour_at(0, 40, y), colour) for y, colour in colours)
    assert is_near(shown.colour_at(2, 40, 120), (128, 0, 128))
    assert is_near(shown.colour_at(2, 40, 20), BLUE)


def test_what_is_no_picture_is_named_by_its_place(studio: Studio, red: Path, tmp_path: Path):
    (tmp_path / "x").write_text("no picture", "utf-8")
    clips = ({"image": "r", "duration": 1.0}, {"image": "x", "duration": 1.0})

    with pytest.raises(PermanentError) as caught:
        studio.render(spec_of(*clips), {"r": red, "x": tmp_path / "x"})

    assert [problem.field for problem in caught.value.problems] == ["spec.clips[0].image", "spec.clips[1].image"]
    assert all("upload it again as a PNG, JPEG or WebP file" in str(problem) for problem in caught.value.problems)
