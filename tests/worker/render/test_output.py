"""The files that come out: sizes by preset, codecs, bitrates, where the index lies, poster and thumbnails."""

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.spec import Output
from tests.worker.render.studio import (
    BLUE,
    GREEN,
    RED,
    Studio,
    decode_picture,
    film,
    ink,
    is_near,
    spec_of,
)
from worker.errors import PermanentError
from worker.render.encoder import picture_encoder
from worker.render.ffmpeg import executable


def stream_of(path: Path) -> str:
    """What FFmpeg says of the video's stream."""
    argv = (executable(), "-hide_banner", "-i", str(path))
    said = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30).stderr
    return next(line for line in said.splitlines() if "Video:" in line)


@pytest.fixture(scope="module")
def noise(reels: Path) -> Path:
    """1 s that no encoder can make small."""
    source = "color=gray:size=160x90:rate=25:duration=1,noise=alls=60:allf=t"
    return film(reels / "noise.mp4", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-crf", "10")


def colours(at: tuple[float, ...] = (0.4, 0.4, 0.4)) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"color": colour, "duration": seconds}
        for colour, seconds in zip(("#ff0000", "#00ff00", "#0000ff"), at, strict=True)
    )


def test_hevc_is_tagged_for_every_player_and_has_every_frame(studio: Studio):
    shown = studio.render(spec_of(*colours(), codec="hevc"), {})

    assert re.search(r"Video: hevc .*\(hvc1 / .*yuv420p.* 160x90", stream_of(shown.result.video))
    seen = ((0, RED), (15, GREEN), (29, BLUE))
    assert all(is_near(shown.colour_at(frame, 80, 45), colour) for frame, colour in seen)
    assert len(shown.frames) == 30


def test_quality_and_bitrate_are_what_they_say(studio: Studio, noise: Path):
    measures: tuple[dict[str, Any], ...] = (
        *({"quality": "low"}, {"quality": "medium"}, {"crf": 23}),
        *({"bitrate": 200}, {"bitrate": 400}),
    )
    low, medium, crf, slow, fast = (
        studio.render(spec_of({"source": "n"}, **said), {"n": noise}).result.video.stat().st_size for said in measures
    )

    assert low < 0.7 * medium
    assert crf == pytest.approx(medium, rel=0.02)
    # A second, in which the rate has hardly settled.
    assert 25_000 < slow < 0.8 * fast < 0.8 * 80_000
    assert fast < medium


def test_the_index_stands_first_unless_it_is_told_not_to(studio: Studio):
    first, last = (
        studio.render(spec_of(*colours(), faststart=faststart), {}).result.video.read_bytes()
        for faststart in (True, False)
    )

    assert first.index(b"moov") < first.index(b"mdat")
    assert last.index(b"mdat") < last.index(b"moov")


@pytest.mark.parametrize(("at", "colour"), [(0.0, RED), (0.39, RED), (0.4, GREEN), (0.8, BLUE), (1.19, BLUE)])
def test_the_poster_is_the_frame_that_is_asked_for(studio: Studio, at: float, colour: tuple[int, int, int]):
    result = studio.render(spec_of(*colours(), poster={"at": at}), {}).result

    assert ink(decode_picture(result.poster, 160, 90)[0], colour).all()


def test_a_poster_after_the_end_is_a_problem(studio: Studio):
    with pytest.raises(PermanentError, match=r"^spec\.output\.poster\.at: is 1\.2 s, but the video ends at 1\.2 s"):
        studio.render(spec_of(*colours(), poster={"at": 1.2}), {})


@pytest.mark.parametrize(("columns", "rows"), [(3, 2), (3, 1), (8, 5)])
def test_the_thumbnails_are_evenly_over_the_video_row_by_row(studio: Studio, columns: int, rows: int):
    sheet = {"columns": columns, "rows": rows, "width": 32}

    result = studio.render(spec_of(*colours(), thumbnails=sheet), {}).result

    assert result.thumbnails is not None
    [picture] = decode_picture(result.thumbnails, 32 * columns, 18 * rows)
    seen = [
        picture[row * 18 + 4 : row * 18 + 14, column * 32 + 6 : column * 32 + 26].reshape(-1, 3).mean(axis=0)
        for row in range(rows)
        for column in range(columns)
    ]
    count = min(len(seen), 30)
    wanted = [(RED, GREEN, BLUE)[3 * place // count] for place in range(count)] + [(0, 0, 0)] * (len(seen) - count)
    assert np.abs(np.array(seen) - np.array(wanted)).max() < 45


def test_progress_is_told_from_the_beginning_though_a_sheet_is_whole_only_in_the_end(studio: Studio, long_clip: Path):
    shown = studio.render(spec_of({"source": "l"}, thumbnails={"columns": 2, "rows": 2, "width": 32}), {"l": long_clip})

    assert 0 < shown.progress[0].fraction < 0.5


def test_without_being_asked_no_sheet_is_made(studio: Studio):
    assert studio.render(spec_of({"color": "#000000", "duration": 0.08}), {}).result.thumbnails is None


def test_each_measure_has_its_arguments():
    def measure(**said: Any) -> str:
        return " ".join(picture_encoder(Output.model_validate({"preset": "reel", **said}), 3))

    assert measure() == "-c:v libx264 -preset veryfast -crf 23 -pix_fmt yuv420p"
    assert "-crf 18" in measure(quality="high")
    assert "-crf 28" in measure(codec="hevc")
    assert "pools=3" in measure(codec="hevc")
    assert "-b:v 4000k -maxrate 6000k -bufsize 8000k" in measure(bitrate=4000)
    assert "-crf" not in measure(bitrate=4000)
