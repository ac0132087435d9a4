"""What the video is made of."""

from typing import Literal

from pydantic import Field, field_validator

from jobs.spec.part import Part, Seconds, SourceName, end_after_start

Fit = Literal["cover", "contain"]


class Trim(Part):
    """The part of a source to take."""

    start: Seconds = Field(default=0.0, description="Where to begin in the source.")
    end: Seconds | None = Field(default=None, description="Where to end in the source; without it, at its end.")

    _order = field_validator("end")(end_after_start)


class Clip(Part):
    """One piece of the video. Clips play one after the other, in their order, each with its own sound."""

    source: SourceName = Field(
        description="The video: a key in the stack's own bucket, `s3://bucket/key`, or an https URL."
    )
    trim: Trim = Field(default=Trim(), description="The part of the source to take; without it, all of it.")
    fit: Fit = Field(
        default="cover",
        description="`cover` fills the output and crops what is over; `contain` shows all and pads with black.",
    )
