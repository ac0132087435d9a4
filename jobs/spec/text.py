"""Words on the video."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from jobs.spec.part import Anchor, Colour, Offset, Part, Seconds, end_after_start, one_line

MAX_TEXT_CHARACTERS = 2000


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

    _order = field_validator("end")(end_after_start)
