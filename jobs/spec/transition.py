"""How one clip follows another, and where that does not fit."""

from collections.abc import Sequence
from typing import Annotated, Literal, Protocol

from pydantic import Field

from jobs.problem import Problem
from jobs.spec.part import Part

TransitionName = Literal[
    "fade", "fadeblack", "fadewhite", "fadegrays", "fadefast", "fadeslow", "dissolve", "distance",
    "wipeleft", "wiperight", "wipeup", "wipedown", "wipetl", "wipetr", "wipebl", "wipebr",
    "slideleft", "slideright", "slideup", "slidedown", "smoothleft", "smoothright", "smoothup", "smoothdown",
    "coverleft", "coverright", "coverup", "coverdown", "revealleft", "revealright", "revealup", "revealdown",
    "circlecrop", "circleopen", "circleclose", "rectcrop", "vertopen", "vertclose", "horzopen", "horzclose",
    "diagtl", "diagtr", "diagbl", "diagbr", "hlslice", "hrslice", "vuslice", "vdslice",
    "hlwind", "hrwind", "vuwind", "vdwind", "squeezeh", "squeezev", "radial", "pixelize", "hblur", "zoomin",
]  # fmt: skip

MAX_TRANSITION_SECONDS = 5.0


class Transition(Part):
    """How the next clip follows this one. Their sounds are cross-faded."""

    name: TransitionName = Field(default="fade", description="Its look.")
    duration: Annotated[float, Field(ge=0.04, le=MAX_TRANSITION_SECONDS, allow_inf_nan=False)] = Field(
        default=0.5, description="How long both clips are on screen; the video is shorter by as much."
    )


class _Clip(Protocol):
    @property
    def transition(self) -> Transition | None: ...


def transition_problems(clips: Sequence[_Clip], lengths_seconds: Sequence[float | None]) -> tuple[Problem, ...]:
    """Each transition that has no clip after it, or takes more of a clip than there is.

    `lengths_seconds` are the clips' lengths in the output; None is not known yet, and not judged.
    """
    found: list[Problem] = []
    before_seconds = 0.0
    for index, (clip, seconds) in enumerate(zip(clips, lengths_seconds, strict=True)):
        after_seconds = clip.transition.duration if clip.transition else 0.0
        if clip.transition and index == len(clips) - 1:
            remedy = "remove it, or add a clip after it"
            found.append(
                Problem(field=f"spec.clips[{index}].transition", message="has no clip after it", remedy=remedy)
            )
            after_seconds = 0.0
        if seconds is not None and before_seconds + after_seconds > seconds + 1e-6:
            guilty = index if after_seconds else index - 1
            found.append(too_long(guilty, index, before_seconds + after_seconds, seconds))
        before_seconds = after_seconds
    return tuple(found)


def too_long(index: int, short: int, taken_seconds: float, seconds: float) -> Problem:
    """The transition of clip `index` takes with its neighbour more than clip `short` has."""
    return Problem(
        field=f"spec.clips[{index}].transition.duration",
        message=f"leaves nothing of clips[{short}]: {taken_seconds:g} s of transitions in {seconds:g} s",
        remedy="make the transition shorter, or the clip longer",
    )
