"""What the video is made of."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from jobs.spec.effect import Effects
from jobs.spec.part import Colour, Part, Seconds, SourceName, end_after_start
from jobs.spec.transition import Transition

Fit = Literal["cover", "contain", "blur"]
Rotation = Literal[0, 90, 180, 270]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Speed = Annotated[float, Field(ge=0.25, le=4, allow_inf_nan=False)]
Volume = Annotated[float, Field(ge=0, le=4, allow_inf_nan=False)]
Duration = Annotated[float, Field(ge=0.04, le=3600, allow_inf_nan=False)]

_KINDS: Final = ("source", "color", "image")


class Trim(Part):
    """The part of a source to take."""

    start: Seconds = Field(default=0.0, description="Where to begin in the source.")
    end: Seconds | None = Field(default=None, description="Where to end in the source; without it, at its end.")

    _order = field_validator("end")(end_after_start)


class Focus(Part):
    """The point of a picture that matters: where it is cropped, this point stays as near to the middle as can be."""

    x: Share = Field(default=0.5, description="From the picture's left edge (0) to its right one (1).")
    y: Share = Field(default=0.5, description="From the picture's upper edge (0) to its lower one (1).")


class Clip(Part):
    """One piece of the video: a `source`, a `color` or an `image`. Clips play in their order, each with its sound."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [kind]} for kind in _KINDS]})

    source: SourceName | None = Field(
        default=None, description="A video: a key in the stack's own bucket, `s3://bucket/key`, or an https URL."
    )
    color: Colour | None = Field(default=None, description="A plain colour instead of a source, silent.")
    image: SourceName | None = Field(
        default=None,
        validate_default=True,
        description="A still picture instead of a source, silent: a PNG, JPEG or WebP, named as a source is.",
    )
    duration: Duration | None = Field(
        default=None, validate_default=True, description="How long a `color` or an `image` stays; they need it."
    )
    trim: Trim = Field(default=Trim(), description="The part of the source to take; without it, all of it.")
    speed: Speed = Field(default=1.0, description="2 is twice as fast, 0.5 is slow motion; voices keep their pitch.")
    volume: Volume = Field(default=1.0, description="Factor on the source's own sound; 0 is silence.")
    fit: Fit = Field(
        default="cover",
        description=(
            "`cover` fills the output and crops what is over; `contain` shows all and pads with `background`; "
            "`blur` shows all over a blurred copy of itself."
        ),
    )
    background: Colour = Field(
        default="#000000", description="What `contain` pads with and what shows through an `image`; it is opaque."
    )
    focus: Focus = Field(default=Focus(), description="The point that `cover` keeps in sight.")
    rotate: Rotation = Field(
        default=0, description="Degrees clockwise, after the source was turned upright as it says of itself."
    )
    effects: Effects = Field(default=(), description="Changes of its look, one after the other.")
    transition: Transition | None = Field(
        default=None, description="How the next clip follows; without it, by a cut. Both play while it lasts."
    )

    @property
    def material(self) -> str | None:
        """The file that the clip is made of; None for a plain colour."""
        return self.source if self.source is not None else self.image

    @property
    def material_field(self) -> Literal["source", "image"]:
        """The key that names `material`."""
        return "image" if self.image is not None else "source"

    @property
    def known_seconds(self) -> float | None:
        """How long the clip lasts in the output, as far as the spec alone can tell."""
        if self.duration is not None:
            return self.duration
        return None if self.trim.end is None else (self.trim.end - self.trim.start) / self.speed

    @field_validator("image")
    @classmethod
    def _one_kind(cls, image: str | None, info: ValidationInfo) -> str | None:
        if not {"source", "color"} <= info.data.keys():
            return image
        given = [kind for kind in _KINDS[:2] if info.data[kind] is not None] + (["image"] if image is not None else [])
        if not given:
            raise PydanticCustomError("no_kind", "is missing")
        if len(given) > 1:
            raise PydanticCustomError("two_kinds", "has {given}", {"given": " and ".join(given)})
        return image

    @field_validator("duration")
    @classmethod
    def _of_what_stands_still(cls, duration: float | None, info: ValidationInfo) -> float | None:
        kind = _kind(info)
        if kind == "source" and duration is not None:
            raise PydanticCustomError("duration_of_source", "is for a color or an image, and this is a source")
        if kind in {"color", "image"} and duration is None:
            raise PydanticCustomError("missing_duration", "is missing")
        return duration

    @field_validator("trim", "speed", "volume")
    @classmethod
    def _of_what_moves(cls, value: object, info: ValidationInfo) -> object:
        assert info.field_name is not None
        if _kind(info) in {"color", "image"} and value != cls.model_fields[info.field_name].default:
            raise PydanticCustomError("of_source", "is for a source, and this is none")
        return value


def _kind(info: ValidationInfo) -> str | None:
    """The one kind of the clip that is being read; None when it is not known, which is told already."""
    given = [kind for kind in _KINDS if info.data.get(kind) is not None]
    return given[0] if len(given) == 1 and set(_KINDS) <= info.data.keys() else None
