"""What changes a picture's look: filters of FFmpeg, by name and typed values, never by a filter string."""

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from jobs.spec.part import Part, SourceName

MAX_EFFECTS = 8
MAX_OPTIONS = 16

# Neither a name nor a word has anything in it that a filter graph could read as more than itself.
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}|#[0-9a-fA-F]{6}(?:[0-9a-fA-F]{2})?")


def _value(value: Any) -> bool | float | str:
    """A number, true or false, or one word or colour."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and abs(value) <= 1e9:  # noqa: PLR2004 - no filter's number is larger; NaN is not less
        return value
    if isinstance(value, str) and _WORD.fullmatch(value):
        return value
    raise PydanticCustomError("option_value", "is no number, truth value, word or colour")


OptionValue = Annotated[
    bool | float | str,
    BeforeValidator(_value),
    WithJsonSchema({"type": ["number", "boolean", "string"]}),
]
FilterName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
OptionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,40}$")]


class Effect(Part):
    """A change of the picture's look, by one of FFmpeg's filters. It works on the picture as it fills the output."""

    filter: FilterName = Field(description="The filter's name, such as `eq`: one that the stack's operator allows.")
    options: Annotated[dict[OptionName, OptionValue], Field(max_length=MAX_OPTIONS)] = Field(
        default={}, description="The filter's own options: numbers, `true` or `false`, words and colours."
    )
    source: SourceName | None = Field(
        default=None, description="For `lut3d` and `lut1d`: the table of colours, a `.cube` file, named as a source is."
    )


Effects = Annotated[tuple[Effect, ...], Field(strict=False, max_length=MAX_EFFECTS)]
