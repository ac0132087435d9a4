"""The three jobs that are raced, in words that every contender understands. Pure."""

import json
from dataclasses import asdict, dataclass
from typing import Any

SOURCES = ("sources/thirty.mp4", "sources/twenty-five.mp4", "sources/twenty-four.mp4")
"""1080p each, at 30, 25 and 24 frames a second (bench/footage.py)."""

MUSIC = "sources/music.m4a"
"""A sound file, as long as the sources."""

LEAD_SECONDS = 2.0
"""The latest moment of a source at which a clip begins."""


@dataclass(frozen=True)
class Cut:
    """`seconds` of a source from `start` on."""

    source: str
    start: float
    seconds: float


@dataclass(frozen=True)
class Words:
    """A text in the middle, `y` pixels below the top, white with a black outline, from `start` (seconds) on."""

    content: str
    family: str
    weight: int
    size: int
    outline: int
    y: int
    start: float = 0.0


@dataclass(frozen=True)
class Bed:
    """Music from the first frame to the last: how loud (a factor), and the seconds in which it goes at the end."""

    source: str
    volume: float
    fade_out: float


@dataclass(frozen=True)
class Race:
    """One job: what comes out is `width` x `height` at `fps`; `goal` is the most that we allow us beside the limit."""

    name: str
    title: str
    width: int
    height: int
    fps: int
    cuts: tuple[Cut, ...]
    words: tuple[Words, ...]
    goal: float
    music: Bed | None = None

    @property
    def frames(self) -> int:
        """How many frames come out."""
        return round(sum(cut.seconds for cut in self.cuts) * self.fps)

    @property
    def seconds(self) -> float:
        """How long what comes out is."""
        return self.frames / self.fps

    def spec(self) -> dict[str, Any]:
        """The job as the worker is asked for it."""
        sound = {"sound": {"music": [asdict(self.music)]}} if self.music else {}
        return sound | {
            "output": {"width": self.width, "height": self.height, "fps": self.fps},
            "clips": [
                {"source": cut.source, "trim": {"start": cut.start, "end": round(cut.start + cut.seconds, 6)}}
                for cut in self.cuts
            ],
            "tracks": [
                {
                    "text": {
                        "content": words.content,
                        "font": {"family": words.family, "weight": words.weight, "size": words.size},
                        "outline": {"width": words.outline, "color": "#000000"},
                        "position": {"anchor": "top", "y": words.y},
                        "start": words.start,
                    }
                }
                for words in self.words
            ],
        }

    def to_json(self) -> str:
        """For a contender in another process."""
        return json.dumps(asdict(self))


def races(seconds: float) -> tuple[Race, ...]:
    """The three, each of so many seconds' output, rounded so that every clip has whole frames."""
    return reel(seconds), concat(seconds), trim(seconds)


def reel(seconds: float) -> Race:
    """Three landscape clips in a portrait video, with two texts."""
    part = _whole_frames(seconds / 3)
    words = (
        Words("Two wheels, one city", "Montserrat", 800, 84, 6, 220),
        Words("Sunday ride, 9 am, Old Town", "Roboto", 500, 56, 3, 1500, start=0.5),
    )
    cuts = tuple(Cut(source, 1.0, part) for source in SOURCES)
    return Race("reel", "a reel of three clips with two texts, 1080x1920", 1080, 1920, 30, cuts, words, goal=1.03)


def concat(seconds: float) -> Race:
    """Ten clips one after the other, each with its own sound, and music under it."""
    part = _whole_frames(seconds / 10)
    cuts = tuple(Cut(SOURCES[index % 3], 0.5 * (index % 5), part) for index in range(10))
    title = "ten clips one after the other with music, 1280x720"
    return Race("concat", title, 1280, 720, 30, cuts, (), goal=1.03, music=Bed(MUSIC, 0.25, 1.0))


def trim(seconds: float) -> Race:
    """A part of one source, as it is."""
    cuts = (Cut(SOURCES[0], LEAD_SECONDS, _whole_frames(seconds)),)
    return Race("trim", "a part of one clip, size and rate unchanged, 1920x1080", 1920, 1080, 30, cuts, (), goal=0.1)


def _whole_frames(seconds: float, fps: int = 30) -> float:
    return max(1, round(seconds * fps)) / fps
