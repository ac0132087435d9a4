"""What to render: version 1 of the job format. `parse_spec` turns JSON into a `Spec` or names every problem at once.

Sizes and offsets are output pixels, times are seconds, colours are `#rrggbb` or `#rrggbbaa`.
The reference page and the JSON Schema are made from the descriptions here (`jobs/reference.py`).
"""

from typing import Annotated, NamedTuple

from pydantic import ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from jobs.problem import Problem
from jobs.spec.clip import Clip, Fit, Trim
from jobs.spec.image import Image
from jobs.spec.output import Output
from jobs.spec.part import DAY_SECONDS, Anchor, Part
from jobs.spec.position import Position
from jobs.spec.problems import describe
from jobs.spec.subtitles import Subtitles
from jobs.spec.text import Box, Font, Lettering, Motion, Outline, Shadow, Text

__all__ = [
    "DAY_SECONDS",
    "MAX_CLIPS_IN_ONE_RENDER",
    "Anchor",
    "Box",
    "Clip",
    "Fit",
    "Font",
    "Image",
    "InvalidSpec",
    "Lettering",
    "Motion",
    "Outline",
    "Output",
    "Part",
    "Position",
    "Shadow",
    "SourceUse",
    "Spec",
    "Subtitles",
    "Text",
    "Track",
    "Trim",
    "parse_spec",
]

MAX_CLIPS = 50
MAX_TRACKS = 100
# What one FFmpeg graph opens at once: memory grows with every input. The format has room for more.
MAX_CLIPS_IN_ONE_RENDER = 12


class Track(Part):
    """Something laid over the video: an object with exactly one key, which names its kind. Later ones lie above."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    text: Text | None = Field(default=None, description="Words on the video.")
    image: Image | None = Field(default=None, description="A picture on the video.")
    subtitles: Subtitles | None = Field(default=None, description="Subtitles from a file, burnt in.")

    @model_validator(mode="after")
    def _one_kind(self) -> "Track":
        kinds = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(kinds) != 1:
            raise PydanticCustomError("one_of", "has {what}", {"what": " and ".join(kinds) or "nothing in it"})
        return self

    @property
    def lettering(self) -> Lettering | None:
        """How the track's words look, if it has any."""
        return self.text or self.subtitles

    @property
    def source(self) -> str | None:
        """The file that the track is made of, if it is."""
        thing = self.image or self.subtitles
        return thing.source if thing else None


class SourceUse(NamedTuple):
    """A place in the spec that names a source."""

    field: str
    source: str


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
        """Every source once, in the order of its first use."""
        return tuple(dict.fromkeys(use.source for use in self.source_uses))

    @property
    def source_uses(self) -> tuple[SourceUse, ...]:
        """Every use of a source: the clips' first, so that they count alike, then the tracks'."""
        return (
            *(SourceUse(f"spec.clips[{index}].source", clip.source) for index, clip in enumerate(self.clips)),
            *(
                SourceUse(f"spec.tracks[{index}].{'image' if track.image else 'subtitles'}.source", track.source)
                for index, track in enumerate(self.tracks)
                if track.source is not None
            ),
        )


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
