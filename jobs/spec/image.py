"""Pictures on the video: logos, stickers, frames."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from jobs.spec.part import Part, Seconds, SourceName, end_after_start
from jobs.spec.position import Position

Pixels = Annotated[int, Field(ge=1, le=8192)]
FadeSeconds = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


class Image(Part):
    """A picture on the video: a PNG (translucent where it is), JPEG or WebP that does not move."""

    source: SourceName = Field(
        description="The picture: a key in the stack's own bucket, `s3://bucket/key`, or an https URL."
    )
    position: Position = Field(default=Position(), description="Where it stands.")
    width: Pixels | None = Field(default=None, description="Width in pixels; without it, what keeps its shape.")
    height: Pixels | None = Field(
        default=None, description="Height in pixels; without it, what keeps its shape. With neither, its own size."
    )
    opacity: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = Field(
        default=1.0, description="1 is as opaque as the picture is, 0 is not there."
    )
    start: Seconds = Field(default=0.0, description="When it appears, in the output's time.")
    end: Seconds | None = Field(default=None, description="When it goes; without it, it stays till the end.")
    fade_in: FadeSeconds = Field(default=0.0, description="How long it takes to appear.")
    fade_out: FadeSeconds = Field(default=0.0, description="How long it takes to go, before its `end`.")

    _order = field_validator("end")(end_after_start)

    @field_validator("fade_out")
    @classmethod
    def _fades_out_at_an_end(cls, fade_out: float, info: ValidationInfo) -> float:
        if fade_out and "end" in info.data and info.data["end"] is None:
            raise PydanticCustomError("no_end", "has no end to fade out at")
        return fade_out
