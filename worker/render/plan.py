"""A render in exact numbers: which part of which stream of which file, how many frames and samples."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from jobs.spec import Clip, Effect, Material, Music, Output
from worker.render.probe import VideoStream
from worker.render.timeline import exact_speed, sample_at


@dataclass(frozen=True)
class InputPlan:
    """One file that FFmpeg opens: which, and what to read of it. `seconds` None reads to its end.

    `loops`: it begins anew as often as it takes.
    `is_window`: decoding begins at the key frame before `start_seconds`, and what lies between is not thrown away.
    """

    material: Material
    start_seconds: float = 0.0
    seconds: float | None = None
    loops: bool = False
    is_window: bool = False


@dataclass(frozen=True)
class ClipPlan:
    """One clip in exact numbers; its last `overlap_frames` are the next one's first, too.

    `input_index` and `video` are None for a plain colour. Of a still's clip, the source's first `skipped_seconds` are
    not there, and `frames` counts what is left.
    """

    clip: Clip
    input_index: int | None
    video: VideoStream | None
    audio_index: int | None
    frames: int
    samples: int
    overlap_frames: int = 0
    overlap_samples: int = 0
    skipped_seconds: float = 0.0

    @property
    def speed(self) -> Fraction:
        """How much faster than its source it plays."""
        return exact_speed(self.clip.speed)


@dataclass(frozen=True)
class BedPlan:
    """Music in exact numbers: `samples` are heard, from the output's `start_sample` on.

    `loop_samples`: after so many it begins anew; None where its input sees to that, or it need not.
    """

    music: Music
    input_index: int
    audio_index: int
    start_sample: int
    samples: int
    loop_samples: int | None


@dataclass(frozen=True)
class RenderPlan:
    """The whole: its files, its clips, and how many frames it has at `fps`."""

    output: Output
    fps: Fraction
    inputs: tuple[InputPlan, ...]
    clips: tuple[ClipPlan, ...]
    frames: int
    effects: tuple[Effect, ...] = ()
    tables: Mapping[str, str] = field(default_factory=dict)
    """The files of the tables of colours, by their sources."""
    beds: tuple[BedPlan, ...] = ()
    loudness_lufs: float | None = None
    """What the whole is brought to; None leaves it as it is."""

    @property
    def width(self) -> int:
        """Pixels in a row of the output."""
        return self.output.width

    @property
    def height(self) -> int:
        """Rows of the output."""
        return self.output.height

    @property
    def seconds(self) -> float:
        """How long the output lasts: exactly its frames."""
        return float(self.frames / self.fps)

    @property
    def samples(self) -> int:
        """How many samples go with the frames."""
        return sample_at(self.frames, self.fps)
