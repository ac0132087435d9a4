"""What to render: version 1 of the job format. `parse_spec` turns JSON into a `Spec` or names every problem at once.

Sizes and offsets are output pixels, times are seconds, colours are `#rrggbb` or `#rrggbbaa`.
The reference page and the JSON Schema are made from the descriptions here (`jobs/reference.py`).
"""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from jobs.problem import Problem
from jobs.spec_problems import COLOUR_PATTERN, describe

MAX_CLIPS = 50
MAX_TRACKS = 100
# What one FFmpeg graph opens at once: memory grows with every input. The format has room for more.
MAX_CLIPS_IN_ONE_RENDER = 12
MAX_TEXT_CHARACTERS = 2000
DAY_SECONDS = 86_400.0

Anchor = Literal[
    "top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right"
]  # fmt: skip
Fit = Literal["cover", "contain"]


def _even(pixels: int) -> int:
    if pixels % 2:
        raise PydanticCustomError("odd", "is {pixels}, an odd number", {"pixels": pixels})
    return pixels


def _plain(content: str) -> str:
    """Refuse control characters, which no font can draw; line ends become newlines, tabs stay."""
    lines = content.replace("\r\n", "\n").replace("\r", "\n")
    for character in lines:
        if character not in "\n\t" and (ord(character) < ord(" ") or "\x7f" <= character <= "\x9f"):
            code = f"U+{ord(character):04X}"
            raise PydanticCustomError("control_character", "has the control character {code}", {"code": code})
    return lines


def _one_line(name: str) -> str:
    if not name.isprintable():
        raise PydanticCustomError("unprintable", "has a line break or another character that cannot be printed")
    return name


# What H.264 in 4:2:0 needs: both sides even.
Side = Annotated[int, Field(ge=16, le=4096, json_schema_extra={"multipleOf": 2}), AfterValidator(_even)]
Offset = Annotated[int, Field(ge=-8192, le=8192)]
Seconds = Annotated[float, Field(ge=0, le=DAY_SECONDS, allow_inf_nan=False)]
Colour = Annotated[str, StringConstraints(pattern=COLOUR_PATTERN)]


class Part(BaseModel):
    """The base of every object in a spec: no unknown keys, no silent conversions, no changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def _end_after_start(end: float | None, info: ValidationInfo) -> float | None:
    start = info.data.get("start")
    if end is not None and start is not None and end <= start:
        raise PydanticCustomError("order", "is {end}, not after the start at {start}", {"end": end, "start": start})
    return end


class Output(Part):
    """The video that comes out: H.264 and AAC in an MP4."""

    width: Side = Field(description="Width in pixels, even.")
    height: Side = Field(description="Height in pixels, even.")
    fps: Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)] = Field(
        default=30.0, description="Frames a second; 23.976, 29.97 and 59.94 mean the NTSC rates exactly."
    )


class Trim(Part):
    """The part of a source to take."""

    start: Seconds = Field(default=0.0, description="Where to begin in the source.")
    end: Seconds | None = Field(default=None, description="Where to end in the source; without it, at its end.")

    _order = field_validator("end")(_end_after_start)


class Clip(Part):
    """One piece of the video. Clips play one after the other, in their order, each with its own sound."""

    source: Annotated[str, StringConstraints(min_length=1, max_length=2048), AfterValidator(_one_line)] = Field(
        description="The video: a key in the stack's own bucket, `s3://bucket/key`, or an https URL."
    )
    trim: Trim = Field(default=Trim(), description="The part of the source to take; without it, all of it.")
    fit: Fit = Field(
        default="cover",
        description="`cover` fills the output and crops what is over; `contain` shows all and pads with black.",
    )


class Font(Part):
    """Which letters to write with."""

    family: Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_one_line)] = Field(
        description="The family's name, such as `Roboto`."
    )
    weight: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=400, description="400 is regular, 700 is bold; any number in the family's range."
    )
    size: Annotated[int, Field(ge=4, le=2000)] = Field(description="Size of the letters (one em) in pixels.")


class Outline(Part):
    """A line around each letter."""

    width: Annotated[int, Field(ge=1, le=100)] = Field(description="Thickness in pixels, outwards.")
    color: Colour = Field(default="#000000", description="Its colour.")


class Box(Part):
    """A rectangle behind the text."""

    color: Colour = Field(description="Its colour; the last two digits of `#rrggbbaa` make it translucent.")
    padding: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0, description="Space in pixels between the text and the box's edge, on all sides."
    )


class Position(Part):
    """Where a text (with its box) stands: an anchor of the output, and an offset from it."""

    anchor: Anchor = Field(
        default="center",
        description="The point of the output on which the same point of the text lies; lines align to its side.",
    )
    x: Offset = Field(default=0, description="Pixels to the right of the anchor; negative is left.")
    y: Offset = Field(default=0, description="Pixels below the anchor; negative is above.")


class Text(Part):
    """Words on the video. They are data: no character in them has a meaning but its own."""

    content: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARACTERS), AfterValidator(_plain)] = (
        Field(description="What to write; a newline begins a new line.")
    )
    font: Font = Field(description="Which letters to write with.")
    color: Colour = Field(default="#ffffff", description="The letters' colour.")
    outline: Outline | None = Field(default=None, description="A line around each letter.")
    box: Box | None = Field(default=None, description="A rectangle behind the text.")
    position: Position = Field(default=Position(), description="Where it stands.")
    start: Seconds = Field(default=0.0, description="When it appears, in the output's time.")
    end: Seconds | None = Field(default=None, description="When it goes; without it, it stays till the end.")

    _order = field_validator("end")(_end_after_start)


class Track(Part):
    """Something laid over the video: an object with exactly one key, which names its kind. Later ones lie above."""

    text: Text = Field(description="Words on the video.")


class Spec(Part):
    """What to render."""

    output: Output = Field(description="The video that comes out.")
    clips: Annotated[tuple[Clip, ...], Field(strict=False, min_length=1, max_length=MAX_CLIPS)] = Field(
        description="What it is made of, one after the other."
    )
    tracks: Annotated[tuple[Track, ...], Field(strict=False, max_length=MAX_TRACKS)] = Field(
        default=(), description="What is laid over it."
    )

    @property
    def source_names(self) -> tuple[str, ...]:
        """Every source once, in the order of its first clip."""
        return tuple(dict.fromkeys(clip.source for clip in self.clips))


class InvalidSpec(ValueError):  # noqa: N818 - the name is the contract between rooms: it says what was found
    """The spec cannot be rendered as it is; `problems` names everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))


def parse_spec(raw: object) -> Spec:
    """The spec in a decoded JSON value.

    Raises:
        InvalidSpec: with all problems at once, each field named as a path such as `spec.tracks[1].text.font.family`.
    """
    try:
        return Spec.model_validate(raw)
    except ValidationError as error:
        raise InvalidSpec(describe(error, Spec)) from None
