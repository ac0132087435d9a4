"""What to render: version 1 of the job format. `parse_spec` turns JSON into a `Spec` or names every problem at once.

Sizes and offsets are output pixels, times are seconds, colours are `#rrggbb` or `#rrggbbaa`.
The reference page and the JSON Schema are made from the descriptions here (`jobs/reference.py`).
"""

from typing import Annotated

from pydantic import Field, ValidationError

from jobs.problem import Problem
from jobs.spec.clip import Clip, Fit, Trim
from jobs.spec.output import Output
from jobs.spec.part import DAY_SECONDS, Anchor, Part
from jobs.spec.problems import describe
from jobs.spec.text import Box, Font, Outline, Position, Text

__all__ = [
    "DAY_SECONDS",
    "MAX_CLIPS",
    "Anchor",
    "Box",
    "Clip",
    "Fit",
    "Font",
    "InvalidSpec",
    "Outline",
    "Output",
    "Part",
    "Position",
    "Spec",
    "Text",
    "Track",
    "Trim",
    "parse_spec",
]

MAX_CLIPS = 50
MAX_TRACKS = 100


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
