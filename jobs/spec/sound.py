"""What is heard besides the clips, and how loud the whole is."""

from typing import Annotated, Final

from pydantic import Field

from jobs.spec.clip import Trim, Volume
from jobs.spec.part import Part, Seconds, SourceName

MAX_MUSIC: Final = 4
Fade = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]


class Music(Part):
    """Music, or any other sound, under the clips' own."""

    source: SourceName = Field(
        description="A sound file (MP3, M4A, WAV, FLAC, Ogg, or a video's sound), named as a clip's source is."
    )
    trim: Trim = Field(default=Trim(), description="The part of it to take; without it, all of it.")
    start: Seconds = Field(default=0.0, description="When it begins, in the output's time.")
    volume: Volume = Field(default=1.0, description="Factor on its loudness.")
    fade_in: Fade = Field(default=0.0, description="Seconds in which it comes up.")
    fade_out: Fade = Field(default=0.0, description="Seconds in which it goes, at its end or the video's.")
    loop: bool = Field(default=False, description="Whether it begins anew when it ends before the video does.")
    duck: bool = Field(default=False, description="Whether it steps back while the clips' own sound is loud.")


class Loudness(Part):
    """How loud the whole is, by EBU R 128: measured first, then made louder or softer evenly, dynamics untouched."""

    target: Annotated[float, Field(ge=-40, le=-5, allow_inf_nan=False)] = Field(
        default=-14.0,
        description="Integrated loudness in LUFS: -14 is what players on the web expect, -23 what broadcast does.",
    )


class Sound(Part):
    """The sound of the whole."""

    music: Annotated[tuple[Music, ...], Field(strict=False, max_length=MAX_MUSIC)] = Field(
        default=(), description="What is heard besides the clips."
    )
    loudness: Loudness | None = Field(
        default=None,
        description="How loud the whole is made; `{}` is -14 LUFS. Without it, all stays as it is.",
    )
