"""What every object of a spec is made of: its base, and the kinds of values that several of them have."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from jobs.spec.problems import COLOUR_PATTERN

DAY_SECONDS = 86_400.0

Anchor = Literal[
    "top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right"
]  # fmt: skip


class Part(BaseModel):
    """The base of every object in a spec: no unknown keys, no silent conversions, no changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def one_line(name: str) -> str:
    """The name, unless it could not be shown in one line."""
    if not name.isprintable():
        raise PydanticCustomError("unprintable", "has a line break or another character that cannot be printed")
    return name


def end_after_start(end: float | None, info: ValidationInfo) -> float | None:
    """The validator of an `end` that has a `start` before it in its object."""
    start = info.data.get("start")
    if end is not None and start is not None and end <= start:
        raise PydanticCustomError("order", "is {end}, not after the start at {start}", {"end": end, "start": start})
    return end


Offset = Annotated[int, Field(ge=-8192, le=8192)]
Seconds = Annotated[float, Field(ge=0, le=DAY_SECONDS, allow_inf_nan=False)]
Colour = Annotated[str, StringConstraints(pattern=COLOUR_PATTERN)]
SourceName = Annotated[str, StringConstraints(min_length=1, max_length=2048), AfterValidator(one_line)]
