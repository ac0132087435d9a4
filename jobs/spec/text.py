"""Words on the video: what they say, and how they look."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from jobs.spec.part import Colour, Part, Seconds, end_after_start, one_line
from jobs.spec.position import Position

MAX_TEXT_CHARACTERS = 2000

Side = Literal["left", "right", "top", "bottom"]


def _plain(content: str) -> str:
    """Refuse control characters, which no font can draw; line ends become newlines, tabs stay."""
    lines = content.replace("\r\n", "\n").replace("\r", "\n")
    for character in lines:
        if character not in "\n\t" and (ord(character) < ord(" ") or "\x7f" <= character <= "\x9f"):
            code = f"U+{ord(character):04X}"
            raise PydanticCustomError("control_character", "has the control character {code}", {"code": code})
    return lines


class Font(Part):
    """Which letters to write with."""

    family: Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(one_line)] = Field(
        description="The family's name, such as `Roboto`."
    )
    weight: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=400, description="400 is regular, 700 is bold; any number in the family's range."
    )
    italic: bool = Field(
        default=False, description="Italic letters; a family that has none of its own is slanted, as browsers do."
    )
    size: Annotated[int, Field(ge=4, le=2000)] = Field(description="Size of the letters (one em) in pixels.")


class Outline(Part):
    """A line around each letter."""

    width: Annotated[int, Field(ge=1, le=100)] = Field(description="Thickness in pixels, outwards.")
    color: Colour = Field(default="#000000", description="Its colour.")


class Shadow(Part):
    """A shadow of the letters and their outline."""

    x: Annotated[int, Field(ge=-200, le=200)] = Field(default=0, description="Pixels to the right of the letters.")
    y: Annotated[int, Field(ge=-200, le=200)] = Field(default=4, description="Pixels below the letters.")
    blur: Annotated[float, Field(ge=0, le=150, allow_inf_nan=False)] = Field(
        default=8.0, description="How many pixels wide its edge is; 0 is sharp."
    )
    color: Colour = Field(default="#00000099", description="Its colour.")


class Box(Part):
    """A rectangle behind the text."""

    color: Colour = Field(description="Its colour; the last two digits of `#rrggbbaa` make it translucent.")
    padding: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0, description="Space in pixels between the text and the box's edge, on all sides."
    )
    radius: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0, description="Radius of its corners in pixels; half its height and more makes a pill."
    )


class Motion(Part):
    """How a text comes or goes."""

    effect: Literal["fade", "slide"] = Field(
        description="`fade` grows out of nothing; `slide` moves between its place and beyond the output's edge."
    )
    side: Side = Field(default="bottom", description="The edge that a slide comes from or leaves by.")
    duration: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] = Field(
        default=0.4, description="How long it takes, within the text's time."
    )


class Lettering(Part):
    """How words look, and where they stand."""

    font: Font = Field(description="Which letters to write with.")
    color: Colour = Field(default="#ffffff", description="The letters' colour.")
    outline: Outline | None = Field(default=None, description="A line around each letter.")
    shadow: Shadow | None = Field(default=None, description="A shadow of the letters and their outline.")
    box: Box | None = Field(default=None, description="A rectangle behind the text.")
    max_width: Annotated[int, Field(ge=8, le=8192)] | None = Field(
        default=None,
        description="The widest line in pixels; words beyond it go to the next line. Without it, only newlines do.",
    )
    align: Literal["left", "center", "right"] | None = Field(
        default=None, description="How lines lie to each other; without it, by the anchor's side."
    )
    line_height: Annotated[float, Field(ge=0.5, le=5, allow_inf_nan=False)] | None = Field(
        default=None, description="From line to line, in sizes of the letters; without it, what the font states."
    )


class _Words(Part):
    content: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARACTERS), AfterValidator(_plain)] = (
        Field(description="What to write; a newline begins a new line.")
    )


class Text(Lettering, _Words):
    """Words on the video. They are data: no character in them has a meaning but its own."""

    position: Position = Field(default=Position(), description="Where it stands, with its box or its outline.")
    start: Seconds = Field(default=0.0, description="When it appears, in the output's time.")
    end: Seconds | None = Field(default=None, description="When it goes; without it, it stays till the end.")
    enter: Motion | None = Field(default=None, description="How it comes at its start; without it, at once.")
    leave: Motion | None = Field(default=None, description="How it goes at its end; without it, at once.")

    _order = field_validator("end")(end_after_start)

    @field_validator("leave")
    @classmethod
    def _leaves_at_an_end(cls, leave: Motion | None, info: ValidationInfo) -> Motion | None:
        if leave is not None and "end" in info.data and info.data["end"] is None:
            raise PydanticCustomError("no_end", "has no end to leave at")
        return leave
