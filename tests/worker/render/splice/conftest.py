"""Footage whose every frame says its number."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.worker.render.studio import Picture, film

WIDTH, HEIGHT, FRAMES = 160, 96, 200
_BIT_WIDTH, _BAR_HEIGHT = 16, 32


@pytest.fixture(scope="session")
def counted(reels: Path) -> Path:
    """200 frames at 25 fps, nearly lossless: bars for the bits of each frame's number over a picture that moves."""
    bars = f"if(mod(floor(N/pow(2,floor(X/{_BIT_WIDTH}))),2),235,16)"
    moving = f"geq=lum='if(lt(Y,{_BAR_HEIGHT}),{bars},mod(X+Y+4*N,200)+20)':cb=128:cr=128"
    source = f"color=black:s={WIDTH}x{HEIGHT}:r=25:d={FRAMES / 25},{moving}"
    beep = "volume='lt(mod(t,1),0.1)':eval=frame"  # of which an encoder makes less work than of a tone
    tone = f"sine=frequency=440:duration={FRAMES / 25}:sample_rate=48000:samples_per_frame=480,{beep}"
    options = ("-pix_fmt", "yuv420p", "-preset", "ultrafast", "-qp", "1", "-c:a", "aac")
    return film(reels / "counted.mp4", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", tone, *options)


def count(counted: Path, path: Path, *options: str) -> Path:
    """The counted footage, encoded with other options (of the output); short groups unless they say otherwise."""
    encoder = ("-c:v", "libx264", "-preset", "veryfast", "-g", "40", "-c:a", "copy")
    return film(path, "-i", str(counted), *encoder, *options)


def numbers(frames: Picture) -> Sequence[int]:
    """What each frame says."""
    middles = [_BIT_WIDTH * bit + _BIT_WIDTH // 2 for bit in range(8)]
    bits = [frames[:, 12:20, x - 4 : x + 4].mean(axis=(1, 2, 3)) > 128 for x in middles]
    return [int(sum(int(bit[frame]) << place for place, bit in enumerate(bits))) for frame in range(len(frames))]
