"""Decoding an output to its last frame: what a file says of itself proves nothing, its frames do."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np

# Contrast is looked at in grey, at this edge: enough to tell a picture from an empty one, cheap for every frame.
EDGE_PIXELS = 64
SOUND_RATE_HZ = 8000
TIMEOUT_SECONDS = 60
_PICTURE = re.compile(r"Stream #0:\d+.*: Video: .*?, (\d+)x(\d+)[ ,].*?([\d.]+) fps")


@dataclass(frozen=True, slots=True)
class Decoded:
    """What decoding a file to its end showed.

    `contrast` is the mean over frames of the standard deviation of grey (0..255): an empty picture has 0.
    `complaint` is what FFmpeg said of errors on the way; an intact file leaves it empty.
    """

    size: tuple[int, int]
    frames: int
    frames_per_second: float
    contrast: float
    sound_seconds: float
    complaint: str

    @property
    def picture_seconds(self) -> float:
        """How long the frames last."""
        return self.frames / self.frames_per_second


def decode(video: Path) -> Decoded:
    """Decode every frame and every sample of `video`; ValueError for a file without a picture."""
    head = _run("-i", str(video)).stderr.decode(errors="replace")
    stream = _PICTURE.search(head)
    if not stream:
        raise ValueError(f"{video.name} has no picture: {head.strip()[-200:]}")
    quiet = ("-loglevel", "error", "-i", str(video))
    grey = (
        "-map",
        "0:v:0",
        "-vf",
        f"scale={EDGE_PIXELS}:{EDGE_PIXELS}",
        "-pix_fmt",
        "gray",
        "-f",
        "rawvideo",
        "pipe:1",
    )
    picture = _run(*quiet, *grey)
    sound = _run(*quiet, "-map", "0:a:0", "-ac", "1", "-ar", str(SOUND_RATE_HZ), "-f", "s16le", "pipe:1")
    frames = np.frombuffer(picture.stdout, dtype=np.uint8).reshape(-1, EDGE_PIXELS * EDGE_PIXELS)
    return Decoded(
        size=(int(stream[1]), int(stream[2])),
        frames=len(frames),
        frames_per_second=float(stream[3]),
        contrast=float(frames.std(axis=1).mean()) if len(frames) else 0.0,
        sound_seconds=len(sound.stdout) / 2 / SOUND_RATE_HZ,
        complaint=(picture.stderr + sound.stderr).decode(errors="replace").strip(),
    )


def _run(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", *arguments]
    return subprocess.run(argv, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS)
