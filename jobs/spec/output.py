"""The video that comes out."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from jobs.spec.part import Part


def _even(pixels: int) -> int:
    if pixels % 2:
        raise PydanticCustomError("odd", "is {pixels}, an odd number", {"pixels": pixels})
    return pixels


# What H.264 in 4:2:0 needs: both sides even.
Side = Annotated[int, Field(ge=16, le=4096, json_schema_extra={"multipleOf": 2}), AfterValidator(_even)]


class Output(Part):
    """The video that comes out: H.264 and AAC in an MP4."""

    width: Side = Field(description="Width in pixels, even.")
    height: Side = Field(description="Height in pixels, even.")
    fps: Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)] = Field(
        default=30.0, description="Frames a second; 23.976, 29.97 and 59.94 mean the NTSC rates exactly."
    )
