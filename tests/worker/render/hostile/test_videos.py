"""Odd media as clips: each is rendered as it should look and sound, or refused with what its sender can do about it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from jobs.problem import Problem
from tests.worker.render.hostile.canary import Canary
from tests.worker.render.hostile.reels import bad_videos, broken_videos, odd_videos
from tests.worker.render.studio import BLUE, GREEN, RED, WHITE, Picture, Studio, is_near, spec_of
from worker.errors import PermanentError
from worker.render.limits import Limits
from worker.render.log_file import LOG_FILE
from worker.render.prober import TOGETHER

LIMITS = Limits(address_space_bytes=3 * 1024**3, wall_seconds=60)
QUARTERS = (RED, GREEN, BLUE, WHITE)

# What is rendered, and how many frames each has. In two videos, for one graph takes twelve files.
FRAMES: tuple[Mapping[str, int], ...] = (
    {
        "base.mp4": 10,
        "rotated.mp4": 10,
        "odd-444.mp4": 10,
        "odd.webm": 10,
        "gray.mp4": 10,
        "ten-bits.mov": 10,
        "full-range.avi": 10,
        "no-times.avi": 10,
        "translucent.webm": 10,
        "one-frame.mp4": 1,
        "late.mkv": 10,
        "matroska.mp4": 10,
    },
    {
        "mp4.png": 10,
        "five-sounds.mkv": 10,
        "attached.mkv": 10,
        "camera.mov": 10,
        "hlg.mp4": 10,
        "pq.mp4": 10,
        "cut-by-list.mp4": 7,
        "uneven.mkv": 20,
        # Its sound is as long as two packets of AAC: a frame more.
        "late.ts": 11,
    },
)


@dataclass(frozen=True)
class Take:
    """What became of one source: its frames, and the samples that go with them."""

    frames: Picture
    sound: npt.NDArray[np.float32]

    def corners(self, frame: int) -> list[tuple[int, int, int]]:
        """The colours of the four quarters, row by row."""
        middles = [(9, 16), (9, 48), (27, 16), (27, 48)]
        spots = [self.frames[frame, y - 3 : y + 3, x - 3 : x + 3].reshape(-1, 3).mean(axis=0) for y, x in middles]
        return [(round(red), round(green), round(blue)) for red, green, blue in spots]

    @property
    def pitch_hz(self) -> float:
        """The strongest tone."""
        spectrum = np.abs(np.fft.rfft(self.sound[:, 0]))
        return float(spectrum.argmax() * 48_000 / len(self.sound))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what is odd and can be rendered."""
    return odd_videos(tmp_path_factory.mktemp("odd"))


@pytest.fixture(scope="module")
def takes(odd: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Take]:
    """Every odd source as it came out of a render in which it was one clip of many."""
    found: dict[str, Take] = {}
    for number, row in enumerate(FRAMES):
        studio = Studio(tmp_path_factory.mktemp(f"take{number}"))
        spec = spec_of(*({"source": name} for name in row), width=64, height=36, crf=12)
        shown = studio.render(spec, {name: odd / name for name in row}, limits=LIMITS)
        at = 0
        for name, frames in row.items():
            samples = slice(at * 48_000 // 25, (at + frames) * 48_000 // 25)
            found[name] = Take(shown.frames[at : at + frames], shown.sound[samples])
            at += frames
        assert len(shown.frames) == at
    return found


@pytest.mark.parametrize(
    "name",
    [
        "base.mp4",
        "odd-444.mp4",
        "odd.webm",
        "ten-bits.mov",
        "full-range.avi",
        "no-times.avi",
        "translucent.webm",
        "one-frame.mp4",
        "late.mkv",
        "matroska.mp4",
        "mp4.png",
        "five-sounds.mkv",
        "attached.mkv",
        "camera.mov",
        "late.ts",
    ],
)
def test_an_odd_source_shows_on_all_its_frames_what_is_in_it(takes: dict[str, Take], name: str):
    for frame in range(len(takes[name].frames)):
        colours = takes[name].corners(frame)
        assert all(is_near(found, expected) for found, expected in zip(colours, QUARTERS, strict=True)), frame


def test_what_lies_on_its_side_stands_upright(takes: dict[str, Take]):
    upright = (GREEN, WHITE, RED, BLUE)

    assert all(is_near(found, to_be) for found, to_be in zip(takes["rotated.mp4"].corners(5), upright, strict=True))


def test_what_has_no_colour_has_none(takes: dict[str, Take]):
    for red, green, blue in takes["gray.mp4"].corners(5):
        assert max(red, green, blue) - min(red, green, blue) < 6


@pytest.mark.parametrize("name", ["hlg.mp4", "pq.mp4"])
def test_white_of_either_kind_of_hdr_is_nearly_white(takes: dict[str, Take], name: str):
    """Untoned, HLG's would be 189 and PQ's 146: gray, and not the same gray."""
    assert all(is_near(colour, (216, 216, 216), 4) for colour in takes[name].corners(5))


def test_of_a_picture_that_was_cut_without_decoding_only_what_was_kept_is_shown(takes: dict[str, Take]):
    lights = [frame[18, 32].mean() for frame in takes["cut-by-list.mp4"].frames]

    assert lights[0] == pytest.approx((40 + 3 * 20 - 16) * 255 / 219, abs=4)
    assert np.diff(lights) == pytest.approx(20 * 255 / 219, abs=4)


def test_a_picture_of_uneven_rate_stays_with_its_sound(takes: dict[str, Take]):
    take = takes["uneven.mkv"]
    flash = next(frame for frame, picture in enumerate(take.frames) if picture.mean() > 128)
    beep = int((np.abs(take.sound[:, 0]) > 0.1).argmax())

    assert flash == 10
    assert beep / 48_000 == pytest.approx(flash / 25, abs=0.02)


@pytest.mark.parametrize("name", ["five-sounds.mkv", "camera.mov", "late.ts"])
def test_the_first_sound_is_heard(takes: dict[str, Take], name: str):
    assert takes[name].pitch_hz == pytest.approx(440, abs=5)


@pytest.mark.parametrize("name", ["base.mp4", "attached.mkv", "one-frame.mp4"])
def test_what_has_no_sound_is_silent(takes: dict[str, Take], name: str):
    assert np.abs(takes[name].sound).max() < 0.01


def test_everything_that_is_no_video_is_refused_at_once_with_a_cause_and_a_remedy(
    odd: Path, canary: Canary, studio: Studio, tmp_path: Path
):
    told = bad_videos(tmp_path, odd, canary)
    assert canary.touches == []
    spec = spec_of(*({"source": name} for name in told), width=64, height=36)
    with pytest.raises(PermanentError) as caught:
        studio.render(spec, {name: tmp_path / name for name in told}, limits=LIMITS)
    problems = {problem.field: problem for problem in caught.value.problems}

    assert len(problems) == len(told) > 25
    for index, (name, words) in enumerate(told.items()):
        assert_is_helpful(problems[f"spec.clips[{index}].source"], name, tmp_path)
        assert words in problems[f"spec.clips[{index}].source"].message
    assert canary.touches == []
    # Nothing was decoded but to find out what it is: no process was to write a picture.
    log = next(studio.folder.glob(f"*/{LOG_FILE}")).read_text("utf-8", "replace")
    commands = [line for line in log.splitlines() if line.startswith("$ ffmpeg ")]
    # Several are looked at together, and each alone where one of them cannot be read.
    assert len(commands) == len(told) + math.ceil(len(told) / TOGETHER)
    assert not any("-filter_complex" in command for command in commands)


def assert_is_helpful(problem: Problem, name: str, folder: Path) -> None:
    """It names the source, says what to do, is short, and tells nothing of this machine."""
    assert problem.message.startswith(f'"{name}" ')
    assert problem.remedy
    assert len(str(problem)) < 250
    assert str(folder) not in str(problem)
    assert "Error number" not in str(problem)


@pytest.mark.parametrize("name", ["cut-in-the-middle.mp4", "claims-16k.webm"])
def test_what_turns_out_to_be_broken_while_it_is_rendered_is_named(
    odd: Path, studio: Studio, tmp_path: Path, name: str
):
    told = broken_videos(tmp_path, odd)
    sources = {"whole": odd / "base.mp4", name: tmp_path / name}

    with pytest.raises(PermanentError) as caught:
        studio.render(spec_of(*({"source": source} for source in sources)), sources, limits=LIMITS)

    assert caught.value.problem.field == "spec.clips[1].source"
    assert told[name] in caught.value.problem.message
    assert_is_helpful(caught.value.problem, name, tmp_path)
