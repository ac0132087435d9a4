"""What a source holds, read from what `ffmpeg -i` says about it (the bundled FFmpeg brings no ffprobe)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from jobs.spec.material import MaterialKind

# Only these are opened. A playlist (hls, concat, dash) would make FFmpeg fetch other files and addresses, and rare
# decoders are where the holes are; what people film, record and export is in here.
FORMATS: Final = ("mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "mpegts", "avi")
CODECS: Final = (
    *("h264", "hevc", "vp8", "vp9", "libdav1d", "av1", "mpeg4", "mpeg2video", "prores", "mjpeg"),
    *("aac", "mp3float", "mp3", "mp2float", "mp2", "opus", "vorbis", "flac", "alac", "ac3", "eac3"),
    *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_u8"),
)

# What stands still: one picture, in a file of its own.
IMAGE_FORMATS: Final = ("png_pipe", "jpeg_pipe", "webp_pipe")
IMAGE_CODECS: Final = ("png", "mjpeg", "webp")
# What music comes in. A cover picture in it is not shown, but looked at.
SOUND_FORMATS: Final = (*FORMATS, "mp3", "wav", "flac", "ogg", "aac")
SOUND_CODECS: Final = (*CODECS, "png")
_READABLE: Final[Mapping[MaterialKind, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "video": (FORMATS, CODECS),
    "image": (IMAGE_FORMATS, IMAGE_CODECS),
    "sound": (SOUND_FORMATS, SOUND_CODECS),
    "overlay": (IMAGE_FORMATS, IMAGE_CODECS),
}

_INPUT: Final = re.compile(r"^Input #(?P<index>\d+), ")
_DURATION: Final = re.compile(
    r"^  Duration: (?:(?P<h>\d+):(?P<m>\d\d):(?P<s>\d\d\.\d\d)|N/A), (?:start: (?P<start>-?\d+\.\d+), )?"
)
# Streams that belong together (a picture and its time code, in most cameras' files) stand indented below their group.
_GROUP: Final = re.compile(r"^  Stream group #0:\d+")
_STREAM: Final = re.compile(
    r"^ +Stream #0:(?P<index>\d+)(?:\[0x[0-9a-f]+\])?(?:\(\w+\))?: (?P<kind>\w+): (?P<rest>.*)$"
)
_OF_INPUT: Final = re.compile(r"^(?P<before> +Stream (?:group )?)#(?P<number>\d+):")
_SIZE: Final = re.compile(r", (?P<width>\d+)x(?P<height>\d+)(?=[ ,]|$)")
_SAR: Final = re.compile(r"\bSAR (?P<x>\d+):(?P<y>\d+) ")
_FPS: Final = re.compile(r", (?P<fps>\d+(?:\.\d+)?)(?P<thousands>k?) fps\b")
_HDR: Final = re.compile(r"[(/ ](?P<transfer>arib-std-b67|smpte2084)[,)]")
_ROTATION: Final = re.compile(r"^ +Display Matrix: rotation of (?P<degrees>-?\d+(?:\.\d+)?) degrees")

_SHOWN: Final = re.compile(
    r"^\[Parsed_showinfo_0 @ \S+\] n: *0 .* fmt:(?P<format>\w+) .* sar:(?P<x>\d+)/(?P<y>\d+)"
    r" s:(?P<width>\d+)x(?P<height>\d+) "
)
_WITH_ALPHA: Final = re.compile(r"^(?:rgba|bgra|argb|abgr|ya|yuva|gbrap|pal8)")


class UnreadableError(ValueError):
    """What FFmpeg said about a file cannot be trusted: the file's own texts pretend to be streams."""


@dataclass(frozen=True)
class VideoStream:
    """A video stream as it is stored; FFmpeg turns its frames upright by itself before any filter sees them."""

    index: int
    stored_width: int
    stored_height: int
    stored_sar: Fraction = Fraction(1)
    rotation_degrees: float = 0.0
    fps: float | None = None
    has_alpha: bool = False
    hdr_transfer: str | None = None
    """Of a picture in HDR, FFmpeg's name for how its numbers stand for light: HLG's or PQ's."""

    @property
    def _lies(self) -> bool:
        return round(self.rotation_degrees / 90) % 2 == 1

    @property
    def width(self) -> int:
        """Pixels in a row of the upright picture."""
        return self.stored_height if self._lies else self.stored_width

    @property
    def height(self) -> int:
        """Rows of the upright picture."""
        return self.stored_width if self._lies else self.stored_height

    @property
    def sar(self) -> Fraction:
        """Width of one upright pixel over its height."""
        return 1 / self.stored_sar if self._lies else self.stored_sar


@dataclass(frozen=True)
class Media:
    """A source: how long it lasts (None: it does not say), its first real video and first sound, its streams' count.

    `has_index`: FFmpeg finds the key frame before a time in it; in an MPEG-TS it may find the one after.
    """

    duration_seconds: float | None
    video: VideoStream | None
    audio_index: int | None
    stream_count: int
    has_index: bool = True


def input_options(max_pixels: int, threads: int, kind: MaterialKind = "video") -> tuple[str, ...]:
    """What stands before every `-i`: local files only, known formats and decoders only, bounded pictures."""
    formats, codecs = _READABLE[kind]
    return (
        *("-protocol_whitelist", "file,pipe"),
        *("-format_whitelist", ",".join(formats)),
        *("-codec_whitelist", ",".join(codecs)),
        *("-max_pixels", str(max_pixels)),
        *("-threads", str(threads)),
    )


def lines_of_inputs(lines: Sequence[str], count: int) -> list[list[str]] | None:
    """What FFmpeg says of each of `count` files that it opened together, as it would say it of each alone.

    None where it did not open them all, or where a file's own texts pretend to be another file.
    """
    parts: list[list[str]] = []
    for line in lines:
        if head := _INPUT.match(line):
            if int(head["index"]) != len(parts):
                return None
            parts.append([])
        if parts:
            number = len(parts) - 1
            own = line.replace(f"Input #{number}, ", "Input #0, ", 1) if head else _as_if_alone(line, number)
            parts[-1].append(own)
    return parts if len(parts) == count else None


def _as_if_alone(line: str, number: int) -> str:
    """A line about a stream or a group of them of input `number`, as if that were the only input."""
    found = _OF_INPUT.match(line)
    if found is None or int(found["number"]) != number:
        return line
    return f"{found['before']}#0:{line[found.end() :]}"


def parse_media(lines: Sequence[str]) -> Media | None:
    """The media in the lines of `ffmpeg -i`'s stderr, or None when it opened no file.

    Raises:
        UnreadableError: a file's metadata may hold any text, a whole stream's line too; then streams do not count
            0, 1, 2, … (within a group they may skip some) or there are two durations, and nothing here is believed.
    """
    durations = [match for line in lines if (match := _DURATION.match(line))]
    if not durations:
        return None
    if len(durations) > 1:
        raise UnreadableError("the file states more than one duration")
    hours, minutes, seconds, start = durations[0].group("h", "m", "s", "start")
    duration_seconds = int(hours) * 3600 + int(minutes) * 60 + float(seconds) if hours else None
    if duration_seconds and start and any(line.startswith("Input #0, matroska,") for line in lines):
        # Matroska's length is counted from zero, and FFmpeg plays from where the file begins.
        duration_seconds = max(0.0, round(duration_seconds - max(0.0, float(start)), 2))

    streams = _streams(lines)
    found = [
        video
        for index, (kind, rest, following) in enumerate(streams)
        if kind == "Video" and "(attached pic)" not in rest and (video := _video_stream(index, rest, following))
    ]
    sounds = [index for index, (kind, rest, _) in enumerate(streams) if kind == "Audio" and "0 channels" not in rest]
    has_index = not any(line.startswith("Input #0, mpegts,") for line in lines)
    return Media(duration_seconds, found[0] if found else None, sounds[0] if sounds else None, len(streams), has_index)


def _streams(lines: Sequence[str]) -> list[tuple[str, str, Sequence[str]]]:
    """Each stream's kind, what is said of it in its line, and the lines up to the next, in the streams' own order."""
    found: dict[int, tuple[str, str, list[str]]] = {}
    about: list[str] = []
    indent, last_outside = "  ", -1
    for line in lines:
        if _GROUP.match(line):
            indent, about = "    ", []
            continue
        stream = _STREAM.match(line)
        if stream is None or not line.startswith(("  Stream", f"{indent}Stream")):
            about.append(line)
            continue
        index, about = int(stream["index"]), []
        if not line.startswith("    "):
            indent = "  "
            if index < last_outside:
                raise UnreadableError("the file's streams do not count upwards")
            last_outside = index
        if index in found:
            raise UnreadableError("the file states a stream twice")
        found[index] = stream["kind"], stream["rest"], about
    if sorted(found) != list(range(len(found))):
        raise UnreadableError("the file's streams do not count 0, 1, 2, …")
    return [found[index] for index in range(len(found))]


def parse_image(lines: Sequence[str]) -> Media | None:
    """The picture in what `showinfo` says of its one frame, upright as its file wants it; None when there is none.

    Raises:
        UnreadableError: the file's own texts look like such a line.
    """
    shown = [match for line in lines if (match := _SHOWN.match(line))]
    if not shown:
        return None
    if len(shown) > 1:
        raise UnreadableError("the file states more than one picture")
    [picture] = shown
    has_alpha = bool(_WITH_ALPHA.match(picture["format"]))
    # What lies over a ground takes the ground's pixels, which are square.
    square = has_alpha or not int(picture["x"]) or not int(picture["y"])
    sar = Fraction(1) if square else Fraction(int(picture["x"]), int(picture["y"]))
    video = VideoStream(0, int(picture["width"]), int(picture["height"]), sar, has_alpha=has_alpha)
    return Media(None, video, None, 1)


def _video_stream(index: int, rest: str, following: Sequence[str]) -> VideoStream | None:
    size = _SIZE.search(rest)
    if size is None:
        return None
    sar, fps, hdr = _SAR.search(rest), _FPS.search(rest), _HDR.search(rest)
    rotations = [match for line in following if (match := _ROTATION.match(line))]
    return VideoStream(
        index=index,
        stored_width=int(size["width"]),
        stored_height=int(size["height"]),
        stored_sar=Fraction(int(sar["x"]), int(sar["y"])) if sar and int(sar["x"]) and int(sar["y"]) else Fraction(1),
        rotation_degrees=float(rotations[-1]["degrees"]) if rotations else 0.0,
        fps=float(fps["fps"]) * (1000 if fps["thousands"] else 1) if fps else None,
        hdr_transfer=hdr["transfer"] if hdr else None,
    )
