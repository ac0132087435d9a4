"""Pictures that are made beside the video, of its own frames and in the same pass: the poster, the thumbnails. Pure.

Taken off before the encoder: of the finished video they would have to be decoded again, from a key frame on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from jobs.spec import Thumbnails
from worker.render.plan import RenderPlan

POSTER_FILE: Final = "poster.jpg"
THUMBNAILS_FILE: Final = "thumbnails.jpg"

# Scaled for its own sake: else the whole video might be given the range of colours that a JPEG has.
_AS_JPEG: Final = "scale=out_range=full"


@dataclass(frozen=True)
class Extract:
    """One picture: its file, the chains that make it (from `{taken}` to `{picture}`), and the JPEG's quality.

    Quality goes from 2, the best, to 31. The file is written `pictures` times, and the last time counts: FFmpeg tells
    of no progress before each of its outputs has begun, so that one must come with the video's first frame.
    """

    file: str
    chains: str
    quality: int
    pictures: int


def poster_frame(plan: RenderPlan) -> int:
    """The frame that is asked for, or a third of the way in."""
    poster = plan.output.poster
    frame = plan.frames // 3 if poster is None else math.floor(round(Fraction(poster.at) * plan.fps, 6))
    return min(frame, plan.frames - 1)


def poster_of(frame: int) -> Extract:
    """The poster, in a stream whose frame `frame` it is."""
    wanted = f"eq(n,0)+eq(n,{frame})" if frame else "eq(n,0)"
    chains = f"[{{taken}}]select='{wanted}',{_AS_JPEG}[{{picture}}]"
    return Extract(POSTER_FILE, chains, quality=3, pictures=2 if frame else 1)


def sheet_of(plan: RenderPlan, sheet: Thumbnails) -> Extract:
    """A sheet of the whole video's frames, each the middle one of as many equal parts."""
    width, height = sheet.width * sheet.columns, sheet_height(plan, sheet) * sheet.rows
    chains = (
        f"[{{taken}}]{sheet_filters(plan, sheet)}[{{picture}}s];"
        f"color=s={width}x{height}:r={plan.fps},trim=end_frame=1,setsar=1[{{picture}}e];"
        # Each picture has a time of its own: a sheet that the video's end cuts short has the time of its first frame,
        # which may be the empty one's, too, and no encoder takes two pictures of one time.
        "[{picture}e][{picture}s]concat,setpts=N/TB[{picture}]"
    )
    return Extract(THUMBNAILS_FILE, chains, quality=4, pictures=2)


def sheet_filters(plan: RenderPlan, sheet: Thumbnails) -> str:
    """What makes the sheet out of the whole video's frames."""
    count, frames = sheet.columns * sheet.rows, plan.frames
    # Where there are fewer frames than places, the last places stay black.
    chosen = f"select='gt(floor((n+1)*{count}/{frames}+0.5),floor(n*{count}/{frames}+0.5))'," if count < frames else ""
    scale = f"scale={sheet.width}:{sheet_height(plan, sheet)}:out_range=full"
    return f"{chosen}{scale},tile={sheet.columns}x{sheet.rows},setsar=1"


def sheet_height(plan: RenderPlan, sheet: Thumbnails) -> int:
    """Rows of pixels of each frame on the sheet."""
    return max(2, 2 * round(sheet.width * plan.height / plan.width / 2))


def extracts_of(plan: RenderPlan) -> tuple[Extract, ...]:
    """All that are wanted of a video which is made in one pass."""
    sheet = plan.output.thumbnails
    return (poster_of(poster_frame(plan)), *([sheet_of(plan, sheet)] if sheet else []))


def extract_chains(extracts: Sequence[Extract]) -> list[str]:
    """From [video] to [encoded] and to a stream for each of the pictures; nothing where there is none."""
    if not extracts:
        return []
    names = [(f"taken{number}", f"picture{number}") for number in range(len(extracts))]
    return [
        f"[video]split={len(extracts) + 1}[encoded]{''.join(f'[{taken}]' for taken, _ in names)}",
        *(
            extract.chains.format(taken=taken, picture=picture)
            for extract, (taken, picture) in zip(extracts, names, strict=True)
        ),
    ]


def encoded_pad(extracts: Sequence[Extract]) -> str:
    """The stream that the encoder takes."""
    return "[encoded]" if extracts else "[video]"


def extract_outputs(extracts: Sequence[Extract]) -> list[str]:
    """The outputs that the pictures are, after the video's own."""
    return [
        argument
        for number, extract in enumerate(extracts)
        for argument in ("-map", f"[picture{number}]", "-map_metadata", "-1", *jpeg_arguments(extract))
    ]


def jpeg_arguments(extract: Extract) -> tuple[str, ...]:
    """Writes the pictures that there are into the one file, whatever their times."""
    writes = ("-fps_mode", "passthrough", "-frames:v", str(extract.pictures), "-update", "1")
    return (*writes, "-q:v", str(extract.quality), "-y", extract.file)
