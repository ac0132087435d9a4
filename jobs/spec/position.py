"""Where something stands on the video."""

from typing import Annotated

from pydantic import Field

from jobs.spec.part import Anchor, Offset, Part

Percent = Annotated[float, Field(ge=-100, le=200, allow_inf_nan=False)]


class Position(Part):
    """Where something stands: an anchor of the output, and an offset from it."""

    anchor: Anchor = Field(
        default="center",
        description="The point of the output on which the same point of the thing lies; lines align to its side.",
    )
    x: Offset = Field(default=0, description="Pixels to the right of the anchor; negative is left.")
    y: Offset = Field(default=0, description="Pixels below the anchor; negative is above.")
    x_percent: Percent | None = Field(
        default=None,
        description="Where the anchor's point lies instead: percent of the output's width from its left edge.",
    )
    y_percent: Percent | None = Field(
        default=None, description="The same from the top edge, in percent of the output's height."
    )
