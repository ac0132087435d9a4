"""What is wrong with a clip's file, once it was looked at."""

from jobs.problem import Problem
from jobs.spec import Clip, Music, Trim
from worker.render.limits import Limits
from worker.render.probe import Media

# `ffmpeg -i` prints hundredths of a second, and a container may count the tail of its sound as its length.
DURATION_TOLERANCE_SECONDS = 0.06

ACCEPTED = "an MP4, MOV, WebM, MKV, MPEG-TS or AVI file with a picture in it"
ACCEPTED_IMAGES = "a PNG, JPEG or WebP file"
ACCEPTED_SOUNDS = "an MP3, M4A, WAV, FLAC or Ogg file, or a video with sound"
ACCEPTED_TABLES = "a .cube file"


def material_problem(field: str, clip: Clip, media: Media, limits: Limits) -> Problem | None:
    """The first thing that is wrong with a clip's file; the rest may follow from it."""
    assert clip.material is not None, "a plain colour has no file"
    shown = f'"{shorten(clip.material)}"'
    stated = _stream_problem(shown, media, limits)
    if stated:
        return Problem(field=f"{field}.{clip.material_field}", message=stated[0], remedy=stated[1])
    return None if clip.source is None else _time_problem(field, shown, clip.trim, media.duration_seconds)


def sound_problem(field: str, music: Music, media: Media, limits: Limits) -> Problem | None:
    """The first thing that is wrong with a bed's file."""
    shown = f'"{shorten(music.source)}"'
    if media.audio_index is None:
        message = f"{shown} has no sound that can be read"
        return Problem(field=f"{field}.source", message=message, remedy=f"give {ACCEPTED_SOUNDS}")
    stated = _excess(shown, media, limits)
    if stated:
        return Problem(field=f"{field}.source", message=stated[0], remedy=stated[1])
    if media.duration_seconds is None:
        return None
    return _time_problem(field, shown, music.trim, media.duration_seconds)


def _stream_problem(shown: str, media: Media, limits: Limits) -> tuple[str, str] | None:
    """What of a source exceeds the limits, and the remedy."""
    if media.video is None:
        return f"{shown} has no video stream that can be read", f"give a video: {ACCEPTED}"
    return _excess(shown, media, limits)


def _excess(shown: str, media: Media, limits: Limits) -> tuple[str, str] | None:
    """The first thing that a file has too much of, and the remedy."""
    video = media.video
    pixels = video.width * video.height if video else 0
    excesses = (
        (media.stream_count, limits.max_source_streams, "streams", "keep one of video and one of sound"),
        (
            pixels,
            limits.max_source_pixels,
            "pixels in a frame",
            "send a smaller version",
        ),
        ((video and video.fps) or 0, limits.max_source_fps, "frames a second", "send a version with fewer"),
        (media.duration_seconds or 0, limits.max_source_seconds, "seconds", "send a shorter one"),
    )
    return next(
        (
            (f"{shown} has {has:.10g} {what}, more than {bound:g}", remedy)
            for has, bound, what, remedy in excesses
            if has > bound
        ),
        None,
    )


def _time_problem(field: str, shown: str, trim: Trim, duration_seconds: float | None) -> Problem | None:
    """What of a trim lies beyond its source's end."""
    if duration_seconds is None:
        if trim.end is not None:
            return None
        message = f"{shown} does not say how long it is"
        remedy = "give trim.end, or write the file anew (ffmpeg -i in -c copy out.mp4)"
        return Problem(field=f"{field}.source", message=message, remedy=remedy)
    ends = f"but {shown} ends at {duration_seconds:g} s"
    if trim.start >= duration_seconds:
        message = f"is {trim.start:g} s, {ends}"
        return Problem(field=f"{field}.trim.start", message=message, remedy=f"use less than {duration_seconds:g}")
    if trim.end is not None and trim.end > duration_seconds + DURATION_TOLERANCE_SECONDS:
        message = f"is {trim.end:g} s, {ends}"
        remedy = f"use {duration_seconds:g} or less, or leave it out"
        return Problem(field=f"{field}.trim.end", message=message, remedy=remedy)
    return None


def shorten(name: str, characters: int = 80) -> str:
    """A source's name as a problem shows it: its end, which tells files apart, without a URL's query."""
    name = name.split("?", 1)[0] if name.startswith("https://") else name
    return name if len(name) <= characters else "…" + name[-characters + 1 :]
