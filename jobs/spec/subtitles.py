"""Subtitles from a file, burnt in."""

from typing import Annotated

from pydantic import Field

from jobs.spec.part import Part, SourceName
from jobs.spec.position import Position
from jobs.spec.text import Lettering


class _File(Part):
    source: SourceName = Field(
        description="The file, SRT, WebVTT or ASS, of at most 1 MiB: a key in the stack's own bucket, "
        "`s3://bucket/key`, or an https URL."
    )


class Subtitles(Lettering, _File):
    """The words and times of a subtitle file, in letters of the spec's choice; the file's own looks are not taken."""

    position: Position = Field(
        default=Position(anchor="bottom", y=-40), description="Where each stands, with its box or its outline."
    )
    delay: Annotated[float, Field(ge=-86_400, le=86_400, allow_inf_nan=False)] = Field(
        default=0.0, description="Seconds to add to every time of the file; negative shows them earlier."
    )
