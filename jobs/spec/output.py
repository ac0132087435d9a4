"""The video that comes out."""

from typing import Annotated, Any, Final, Literal, cast

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from jobs.spec.part import Part, Seconds

Preset = Literal["reel", "square", "landscape-720p", "landscape-1080p"]
Codec = Literal["h264", "hevc"]
Quality = Literal["low", "medium", "high"]

PRESETS: Final[dict[Preset, tuple[int, int]]] = {
    "reel": (1080, 1920),
    "square": (1080, 1080),
    "landscape-720p": (1280, 720),
    "landscape-1080p": (1920, 1080),
}
"""Width and height in pixels."""


def _even(pixels: int) -> int:
    if pixels % 2:
        raise PydanticCustomError("odd", "is {pixels}, an odd number", {"pixels": pixels})
    return pixels


def _without_default(schema: dict[str, Any]) -> None:
    """A side has no value of its own: it comes from the preset."""
    schema.pop("default", None)
    schema["multipleOf"] = 2


# What H.264 in 4:2:0 needs: both sides even.
Side = Annotated[int, Field(ge=16, le=4096, json_schema_extra=_without_default), AfterValidator(_even)]


class Poster(Part):
    """The frame that stands for the video where it does not play."""

    at: Seconds = Field(description="Its time in the video.")


class Thumbnails(Part):
    """A sheet of small frames, evenly over the video, row by row: one JPEG, for an editor or a player's time line."""

    columns: Annotated[int, Field(ge=1, le=20)] = Field(default=5, description="Frames in a row.")
    rows: Annotated[int, Field(ge=1, le=20)] = Field(default=5, description="Rows.")
    width: Annotated[int, Field(ge=16, le=640)] = Field(default=160, description="Width of each in pixels.")


class Output(Part):
    """The video that comes out: an MP4 with sound in AAC. Its size is a `preset`'s, or `width` and `height`."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["preset"]}, {"required": ["width", "height"]}]}
    )

    preset: Preset | None = Field(
        default=None,
        description="; ".join(f"`{name}` is {width}x{height}" for name, (width, height) in PRESETS.items()) + ".",
    )
    width: Side = Field(
        default=cast("int", None), validate_default=True, description="Width in pixels, even; without a `preset`."
    )
    height: Side = Field(
        default=cast("int", None), validate_default=True, description="Height in pixels, even; without a `preset`."
    )
    fps: Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)] = Field(
        default=30.0, description="Frames a second; 23.976, 29.97 and 59.94 mean the NTSC rates exactly."
    )
    codec: Codec = Field(
        default="h264",
        description="`h264` plays everywhere; `hevc` takes less room, and longer to make.",
    )
    quality: Quality | None = Field(
        default=None, description="`medium` unless `crf` or `bitrate` says otherwise; each step is a third of the size."
    )
    crf: Annotated[int, Field(ge=10, le=45)] | None = Field(
        default=None, description="The encoder's own number instead of `quality`; lower is better."
    )
    bitrate: Annotated[int, Field(ge=50, le=100_000)] | None = Field(
        default=None, description="Kilobits a second of the picture instead of `quality`; peaks are half as much more."
    )
    faststart: bool = Field(
        default=True, description="Whether the index stands first, so that the video plays while it loads."
    )
    poster: Poster | None = Field(
        default=None, description="Which frame stands for it; about a third of the way in without."
    )
    thumbnails: Thumbnails | None = Field(default=None, description="A sheet of small frames; none without.")

    @field_validator("width", "height", mode="before")
    @classmethod
    def _of_preset(cls, pixels: object, info: ValidationInfo) -> object:
        preset: Preset | None = info.data.get("preset")
        if preset is None:
            if pixels is None and "preset" in info.data:
                raise PydanticCustomError("missing_side", "is missing")
            # A preset that is none is told already.
            return 16 if pixels is None else pixels
        side = PRESETS[preset][info.field_name == "height"]
        if pixels not in {None, side}:
            raise PydanticCustomError(
                "side_of_preset", "is not that of {preset}, which is {side}", {"preset": preset, "side": side}
            )
        return side

    @field_validator("crf", "bitrate")
    @classmethod
    def _one_measure(cls, value: int | None, info: ValidationInfo) -> int | None:
        given = [name for name in ("quality", "crf") if info.data.get(name) is not None]
        if value is not None and given:
            raise PydanticCustomError("two_measures", "is given, and {other} is, too", {"other": given[0]})
        return value
