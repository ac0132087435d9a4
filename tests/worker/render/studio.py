"""A small studio for the tests: it films clips with the bundled FFmpeg, renders specs, and looks at real pixels."""

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import numpy.typing as npt

from jobs.fonts import FontCatalogue
from jobs.spec import parse_spec
from worker.render.engine import RenderEngine, RenderResult
from worker.render.ffmpeg import executable
from worker.render.limits import Limits
from worker.render.progress import Progress

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)

TONE = "sine=frequency=440:sample_rate=44100"
SILENCE = "anullsrc=sample_rate=44100"
"""Encoding it costs a seventh of what a tone costs (0.03 s of a processor for 8 s, and 0.21 s)."""

Picture = npt.NDArray[np.uint8]

THREADS = 1
"""To share frames as small as these among threads costs more than to draw or to decode them."""

_PICTURE = ("-f", "rawvideo", "-pix_fmt", "rgb24")
_SOUND = ("-f", "f32le", "-ac", "2", "-ar", "48000")


def film(path: Path, *arguments: str) -> Path:
    """Make a file with FFmpeg: `arguments` stand between the program and the output."""
    argv = [executable(), "-nostdin", "-v", "error", "-y", *arguments, "-threads", str(THREADS), str(path)]
    subprocess.run(argv, check=True, timeout=60)
    return path


def film_colour(path: Path, colour: str, *, seconds: float, size: str = "160x90", sound: str = "") -> Path:
    """A clip of one colour at 25 fps, with the sound that a source of FFmpeg makes or without any sound stream."""
    heard = ["-f", "lavfi", "-i", f"{sound},atrim=duration={seconds}"] if sound else []
    picture = ["-f", "lavfi", "-i", f"color={colour}:size={size}:rate=25:duration={seconds}"]
    return film(path, *picture, *heard, "-pix_fmt", "yuv420p", "-preset", "ultrafast")


@dataclass(frozen=True)
class Shown:
    """A rendered video, decoded: `frames` is (count, height, width, 3) RGB, `sound` is (samples, 2) at 48 kHz."""

    result: RenderResult
    frames: Picture
    sound: npt.NDArray[np.float32]
    progress: list[Progress]

    def colour_at(self, frame: int, x: int, y: int) -> tuple[int, int, int]:
        """The mean colour of the 5x5 pixels around a point."""
        red, green, blue = self.frames[frame, y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0)
        return round(red), round(green), round(blue)


@dataclass
class Studio:
    """Renders in `folder`."""

    folder: Path
    stop: threading.Event = field(default_factory=threading.Event)
    fonts: Callable[[Sequence[str]], FontCatalogue] = lambda _: FontCatalogue.installed()

    def engine(self, limits: Limits = Limits()) -> RenderEngine:  # noqa: B008 - frozen
        return RenderEngine(threads=THREADS, limits=limits, fonts=self.fonts)

    def render(
        self,
        spec: Mapping[str, Any],
        sources: Mapping[str, Path],
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> Shown:
        progress: list[Progress] = []
        result = self.engine(limits).render(
            parse_spec(spec), sources, self.folder, on_progress=progress.append, stop=self.stop
        )
        return Shown(result, *decode(result.video, result.width, result.height), progress)


def decode(path: Path, width: int, height: int) -> tuple[Picture, npt.NDArray[np.float32]]:
    """Picture and sound, both by one process. Raises CalledProcessError where one of them is not there."""
    with NamedTemporaryFile() as sound:
        raw = _decode("-y", "-i", str(path), "-map", "0:a:0", *_SOUND, sound.name, "-map", "0:v:0", *_PICTURE)
        heard = np.fromfile(sound.name, np.float32)
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3), heard.reshape(-1, 2)


def decode_picture(path: Path, width: int, height: int) -> Picture:
    raw = _decode("-i", str(path), *_PICTURE)
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def decode_sound(path: Path) -> npt.NDArray[np.float32]:
    raw = _decode("-i", str(path), *_SOUND)
    return np.frombuffer(raw, np.float32).reshape(-1, 2)


def _decode(*arguments: str) -> bytes:
    argv = [executable(), "-nostdin", "-v", "error", "-threads", str(THREADS), *arguments, "-"]
    return subprocess.run(argv, check=True, capture_output=True, timeout=60).stdout


def is_near(colour: tuple[int, int, int], expected: tuple[int, int, int], tolerance: int = 40) -> bool:
    """Equal but for what 4:2:0 and H.264 do to a colour."""
    return all(abs(one - other) <= tolerance for one, other in zip(colour, expected, strict=True))


def ink(frame: Picture, colour: tuple[int, int, int], tolerance: int = 60) -> npt.NDArray[np.bool_]:
    """Where a frame has a colour: (height, width)."""
    return np.abs(frame.astype(np.int16) - np.array(colour, np.int16)).max(axis=2) <= tolerance


def bounds(mask: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom (exclusive) of what is set."""
    ys, xs = np.nonzero(mask)
    assert len(xs), "nothing is there"
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def processes_in(folder: Path) -> list[int]:
    """The processes whose working directory lies in `folder`."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                cwd = (entry / "cwd").readlink()
            except OSError:
                continue
            if cwd.is_relative_to(folder):
                found.append(int(entry.name))
    return found


def spec_of(*clips: Mapping[str, Any], texts: tuple[Mapping[str, Any], ...] = (), **output: Any) -> dict[str, Any]:
    """A spec of 160x90 at 25 fps (unless `output` says otherwise) with these clips and texts."""
    return {
        "output": {"width": 160, "height": 90, "fps": 25} | output,
        "clips": list(clips),
        "tracks": [{"text": text} for text in texts],
    }


def words(content: str, size: int = 20, weight: int = 700, **options: Any) -> dict[str, Any]:
    """A text in Roboto."""
    return {"content": content, "font": {"family": "Roboto", "weight": weight, "size": size}} | options
