"""What to render: version 1 of the job format. `parse_spec` turns JSON into a `Spec` or names every problem at once.

Sizes and offsets are output pixels, times are seconds, colours are `#rrggbb` or `#rrggbbaa`.
The reference page and the JSON Schema are made from the descriptions here (`jobs/reference.py`).
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from jobs.problem import Problem
from jobs.spec.clip import Clip, Fit, Focus, Trim
from jobs.spec.effect import Effect, Effects
from jobs.spec.image import Image
from jobs.spec.material import Material
from jobs.spec.output import Output, Poster, Thumbnails
from jobs.spec.part import DAY_SECONDS, Anchor, Part
from jobs.spec.position import Position
from jobs.spec.problems import describe
from jobs.spec.sound import Loudness, Music, Sound
from jobs.spec.subtitles import Subtitles
from jobs.spec.text import Box, Font, Lettering, Motion, Outline, Shadow, Text
from jobs.spec.transition import Transition, transition_problems

__all__ = [
    "DAY_SECONDS",
    "MAX_CLIPS",
    "Anchor",
    "Box",
    "Clip",
    "Effect",
    "Fit",
    "Focus",
    "Font",
    "Image",
    "InvalidSpec",
    "Lettering",
    "Loudness",
    "Material",
    "Motion",
    "Music",
    "Outline",
    "Output",
    "Part",
    "Position",
    "Poster",
    "Shadow",
    "Sound",
    "Spec",
    "Subtitles",
    "Text",
    "Thumbnails",
    "Track",
    "Transition",
    "Trim",
    "parse_spec",
]

MAX_CLIPS = 50
MAX_TRACKS = 100


_KINDS: Final[dict[str, Literal["video", "image"]]] = {"source": "video", "image": "image"}


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


class Spec(Part):
    """What to render."""

    output: Output = Field(description="The video that comes out.")
    clips: Annotated[tuple[Clip, ...], Field(strict=False, min_length=1, max_length=MAX_CLIPS)] = Field(
        description="What it is made of, one after the other."
    )
    effects: Effects = Field(
        default=(), description="Changes of the look of the whole, below the tracks, one after the other."
    )
    tracks: Annotated[tuple[Track, ...], Field(strict=False, max_length=MAX_TRACKS)] = Field(
        default=(), description="What is laid over it."
    )
    sound: Sound = Field(default=Sound(), description="Music, and how loud the whole is.")

    @property
    def materials(self) -> tuple[Material, ...]:
        """Every place that names a file, in the order of the spec."""
        return tuple(self._materials())

    def _materials(self) -> Iterator[Material]:
        for index, clip in enumerate(self.clips):
            if clip.material is not None:
                kind = _KINDS[clip.material_field]
                yield Material(f"spec.clips[{index}].{clip.material_field}", clip.material, kind)
            yield from _tables(f"spec.clips[{index}].effects", clip.effects)
        yield from _tables("spec.effects", self.effects)
        for index, music in enumerate(self.sound.music):
            yield Material(f"spec.sound.music[{index}].source", music.source, "sound")
        for index, track in enumerate(self.tracks):
            if track.image is not None:
                yield Material(f"spec.tracks[{index}].image.source", track.image.source, "overlay")
            elif track.subtitles is not None:
                yield Material(f"spec.tracks[{index}].subtitles.source", track.subtitles.source, "subtitles")

    @property
    def source_names(self) -> tuple[str, ...]:
        """Every file once, in the order in which they are named first."""
        return tuple(dict.fromkeys(material.source for material in self.materials))


def _tables(place: str, effects: Effects) -> Iterator[Material]:
    """The tables of colours that effects look into."""
    for index, effect in enumerate(effects):
        if effect.source is not None:
            yield Material(f"{place}[{index}].source", effect.source, "lut")


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
        spec = Spec.model_validate(raw)
    except ValidationError as error:
        raise InvalidSpec(describe(error, Spec)) from None
    problems = transition_problems(spec.clips, [clip.known_seconds for clip in spec.clips])
    if problems:
        raise InvalidSpec(problems)
    return spec
