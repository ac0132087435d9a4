"""Outputs out of copied and encoded spans, looked at frame by frame and byte by byte."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.spec import parse_spec
from tests.worker.render.splice.conftest import FRAMES, HEIGHT, WIDTH, count, numbers
from tests.worker.render.studio import (
    Picture,
    Shown,
    Studio,
    decode_picture,
    film,
    ink,
    processes_in,
    spec_of,
    words,
)
from worker.errors import PermanentError, StoppedError
from worker.render import ffmpeg
from worker.render.ffmpeg import executable
from worker.render.limits import Limits
from worker.render.splice import joined, survey
from worker.render.splice.h264 import SPS, read_sequence
from worker.render.splice.spans import Copied, Encoded, Span


@pytest.fixture
def laid(monkeypatch: pytest.MonkeyPatch) -> list[list[Span]]:
    """The spans of each render so far."""
    seen: list[list[Span]] = []
    lay = survey.lay_spans

    def noted(*arguments: Any, **options: Any) -> list[Span]:
        seen.append(lay(*arguments, **options))
        return seen[-1]

    monkeypatch.setattr(survey, "lay_spans", noted)
    return seen


def counted_spec(*clips: dict[str, Any], texts: tuple[Any, ...] = (), **output: Any) -> dict[str, Any]:
    return spec_of(*clips, texts=texts, **({"width": WIDTH, "height": HEIGHT} | output))


def clip(start: float = 0.0, end: float | None = None, source: str = "c") -> dict[str, Any]:
    return {"source": source, "trim": {"start": start, "end": end}}


def only(laid: list[list[Span]]) -> list[Span]:
    """The spans of a render that did not fall back on others."""
    [spans] = laid
    return spans


def ranges(spans: list[Span], kind: type[Span]) -> list[tuple[int, int]]:
    return [(span.first_frame, span.end_frame) for span in spans if isinstance(span, kind)]


def assert_plays(shown: Shown) -> None:
    """FFmpeg decodes all of it and has nothing to say."""
    argv = [executable(), "-nostdin", "-v", "warning", "-i", str(shown.result.video), "-f", "null", "-"]
    said = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60).stderr
    assert not said


def psnr(one: Picture, other: Picture) -> float:
    """The lowest of all frames', in dB."""
    errors = (np.subtract(one, other, dtype=np.float32) ** 2).mean(axis=(1, 2, 3))
    return float((10 * np.log10(255**2 / np.maximum(errors, 1e-9))).min())


def record_of(video: bytes) -> tuple[int, int, list[bytes], int]:
    """Profile, level and sequence sets of an MP4's avcC, and how many picture sets it has."""
    at = video.index(b"avcC") + 4
    assert video[at] == 1
    profile, level, count = video[at + 1], video[at + 3], video[at + 5] & 31
    at += 6
    sets: list[bytes] = []
    for _ in range(count):
        size = int.from_bytes(video[at : at + 2], "big")
        sets.append(video[at + 2 : at + 2 + size])
        at += 2 + size
    return profile, level, sets, video[at]


def units_in(video: bytes) -> Iterator[int]:
    """The kinds of the units in an MP4's first box of media, as long as they are pictures."""
    at = video.index(b"mdat") + 4
    while at + 5 < len(video):
        size, kind = int.from_bytes(video[at : at + 4], "big"), video[at + 4] & 31
        if kind not in range(1, 13) or size > 100_000:
            return
        yield kind
        at += 4 + size


@pytest.fixture(scope="session")
def plain(counted: Path, reels: Path) -> Path:
    """With pyramids of B-frames and a group each 40 frames."""
    return count(counted, reels / "plain.mp4")


def test_a_trim_is_copied_from_the_first_group_on_and_shows_what_encoding_it_would(
    studio: Studio, plain: Path, laid: list[list[Span]]
):
    spec = counted_spec(clip(1.2, 7.48))

    shown = studio.render(spec, {"c": plain})

    assert ranges(only(laid), Copied)[0][0] == 10
    assert sum(end - first for first, end in ranges(only(laid), Encoded)) <= 10 + 4
    assert list(numbers(shown.frames)) == list(range(30, 187))
    assert_plays(shown)
    whole = studio.render(counted_spec(clip(1.2, 7.48), texts=(words(" "),)), {"c": plain})
    assert psnr(shown.frames, whole.frames) > 35
    assert len(shown.sound) == len(whole.sound)
    assert np.abs(shown.sound - whole.sound).max() < 0.01
    fractions = [progress.fraction for progress in shown.progress]
    assert fractions == sorted(fractions)
    assert (fractions[-1], fractions.count(1.0)) == (1.0, 1)


def test_every_set_of_parameters_is_in_the_record_and_none_in_the_pictures(studio: Studio, plain: Path):
    video = studio.render(counted_spec(clip(1.2, 7.48)), {"c": plain}).result.video.read_bytes()

    profile, level, sets, pictures = record_of(video)

    sequences = [read_sequence(each) for each in sets]
    assert {each[0] & 31 for each in sets} == {SPS}
    assert sorted(sequence.id for sequence in sequences) == [0, 1]
    assert (profile, level) == (100, max(sequence.level for sequence in sequences))
    assert pictures == 2
    assert b"avc1" in video
    assert set(units_in(video)) <= {1, 5}
    assert b"x264 - core" not in video


def test_only_the_frames_under_a_text_and_those_to_the_next_group_are_encoded(
    studio: Studio, plain: Path, laid: list[list[Span]]
):
    text = words("X", size=40, color="#ff0000", position={"anchor": "bottom"}, start=3.4, end=3.8)

    shown = studio.render(counted_spec(clip(), texts=(text,)), {"c": plain})

    encoded = ranges(only(laid), Encoded)
    assert encoded == [(encoded[0][0], 120)]
    assert 80 < encoded[0][0] <= 85
    assert list(numbers(shown.frames)) == list(range(FRAMES))
    assert [bool(ink(frame[32:], (255, 0, 0), 90).any()) for frame in shown.frames] == [
        85 <= frame < 95 for frame in range(FRAMES)
    ]
    assert_plays(shown)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("baseline.mp4", ("-profile:v", "baseline", "-x264-params", "slices=3")),
        ("no-b.mkv", ("-bf", "0")),
        ("pyramid.mkv", ("-bf", "8", "-x264-params", "b-pyramid=normal:b-adapt=0:ref=4")),
        ("ids.mp4", ("-x264-params", "sps-id=1:cabac=0")),
        ("tagged.mp4", ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709")),
    ],
)
def test_what_cameras_and_encoders_write_is_copied_frame_by_frame(
    studio: Studio, counted: Path, laid: list[list[Span]], name: str, options: tuple[str, ...]
):
    source = count(counted, counted.with_name(name), *options)

    shown = studio.render(counted_spec(clip(0.4, 6.0)), {"c": source})

    assert sum(end - first for first, end in ranges(only(laid), Copied)) > 90
    assert list(numbers(shown.frames)) == list(range(10, 150))
    assert_plays(shown)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("open.mp4", ("-x264-params", "open-gop=1:bframes=3", "-g", "30")),
        ("interlaced.mp4", ("-x264-params", "interlaced=1")),
        ("444.mp4", ("-pix_fmt", "yuv444p")),
        ("10-bit.mp4", ("-pix_fmt", "yuv420p10le")),
        ("hevc.mp4", ("-c:v", "libx265", "-x265-params", "log-level=error")),
        ("oblong.mp4", ("-vf", "setsar=4/3")),
        ("slow.mp4", ("-vf", "setpts=PTS*1.02", "-fps_mode", "vfr", "-enc_time_base", "1/90000")),
        ("transport.ts", ()),
        ("variable.mp4", ("-vf", "select=mod(n\\,3)", "-fps_mode", "vfr")),
    ],
)
def test_what_is_not_as_the_output_should_be_is_encoded(
    studio: Studio, counted: Path, laid: list[list[Span]], name: str, options: tuple[str, ...]
):
    source = count(counted, counted.with_name(name), *options, "-t", "3.2")

    shown = studio.render(counted_spec(clip(1.2, 2.8)), {"c": source})

    assert ranges(only(laid), Copied) == []
    assert len(shown.frames) == 40


def test_clips_of_sources_that_agree_are_all_copied(studio: Studio, plain: Path, laid: list[list[Span]]):
    shown = studio.render(counted_spec(clip(1.6, 4.8), clip(0, 3.2), clip(4.8)), {"c": plain})

    assert [span.clip_index for span in only(laid) if isinstance(span, Copied)] == [0, 1, 2]
    assert list(numbers(shown.frames)) == [*range(40, 120), *range(80), *range(120, 200)]
    assert_plays(shown)


@pytest.mark.parametrize("options", [(), ("-x264-params", "cabac=0:slices=2")], ids=["cabac", "cavlc"])
def test_sources_whose_parameter_sets_have_the_same_numbers_are_all_copied(
    studio: Studio, plain: Path, counted: Path, laid: list[list[Span]], options: tuple[str, ...]
):
    other = count(counted, counted.with_name("other.mp4"), "-preset", "ultrafast", "-bf", "2", *options)

    shown = studio.render(counted_spec(clip(0, 3.2), clip(1.6, 8, "o")), {"c": plain, "o": other})

    assert [span.clip_index for span in only(laid) if isinstance(span, Copied)] == [0, 1]
    assert list(numbers(shown.frames)) == [*range(80), *range(40, 200)]
    copied = decode_picture(other, WIDTH, HEIGHT)[40:]
    assert psnr(shown.frames[80:], copied) > 60
    assert_plays(shown)


def test_more_clips_than_one_graph_takes_are_joined_with_their_texts_and_their_sound(
    studio: Studio, plain: Path, toned: Path, laid: list[list[Span]]
):
    clips = [
        clip(0.4 * index, 0.4 * index + 0.4) if index % 5 else {"source": "r", "trim": {"end": 0.4}}
        for index in range(20)
    ]
    text = words("X", size=40, color="#00ff00", position={"anchor": "bottom"}, start=4.6, end=5.2)

    shown = studio.render(counted_spec(*clips, texts=(text,)), {"c": plain, "r": toned}, limits=Limits(max_inputs=6))

    assert laid == [[Encoded(0, 60), Encoded(60, 120), Encoded(120, 180), Encoded(180, 200)]]
    said = numbers(shown.frames)
    assert [number for frame, number in enumerate(said) if frame // 10 % 5] == [
        frame for frame in range(200) if frame // 10 % 5
    ]
    assert [bool(ink(frame[32:], (0, 255, 0), 90).any()) for frame in shown.frames] == [
        115 <= frame < 130 for frame in range(200)
    ]
    assert len(shown.sound) == pytest.approx(8 * 48000, abs=1024)
    assert_plays(shown)


def test_clips_of_other_colours_are_joined_too(
    studio: Studio, plain: Path, counted: Path, laid: list[list[Span]], caplog: pytest.LogCaptureFixture
):
    tags = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709")
    tagged = count(counted, counted.with_name("tagged-too.mp4"), *tags)
    clips = [clip(0.4 * at, 0.4 * at + 0.4, "ct"[at % 2]) for at in range(6)]

    many = studio.render(counted_spec(*clips), {"c": plain, "t": tagged}, limits=Limits(max_inputs=1))
    mixed = studio.render(counted_spec(clip(0, 1.0), clip(0.4, 6, "t")), {"c": plain, "t": tagged})

    assert not caplog.records
    assert list(numbers(many.frames)) == list(range(60))
    assert list(numbers(mixed.frames)) == [*range(25), *range(10, 150)]
    assert ranges(laid[0], Copied) == []
    assert ranges(laid[1], Copied)
    for shown in (many, mixed):
        sets = record_of(shown.result.video.read_bytes())[2]
        assert len({read_sequence(each).colour for each in sets}) == 2
        assert_plays(shown)


def test_segments_have_the_layers_effects_and_transitions_of_the_whole(
    studio: Studio, plain: Path, toned: Path, reels: Path, laid: list[list[Span]]
):
    logo = film(reels / "logo.png", "-f", "lavfi", "-i", "color=lime:s=40x20", "-frames:v", "1")
    fading = {"effect": "fade", "duration": 0.5}
    sliding = {"effect": "slide", "side": "left", "duration": 0.8}
    text = words("XX", size=30, color="#ffff00", position={"anchor": "bottom"}, start=0.6, end=3.2)
    spec = counted_spec(
        clip(0, 1.0),
        {**clip(1.0, 2.0), "transition": {"name": "wipeleft", "duration": 0.4}},
        {**clip(3.0, 4.0), "speed": 1.25},
        {"color": "#0000ff", "duration": 0.6},
        {**clip(0, 1.0, "r"), "effects": [{"filter": "hflip"}]},
        fps=25,
    )
    spec["tracks"] = [
        {"image": {"source": "l", "start": 0.5, "end": 3.5, "fade_in": 0.8, "fade_out": 1.2}},
        {"text": text | {"enter": sliding, "leave": fading}},
        {"image": {"source": "l", "position": {"anchor": "top-right"}, "start": 1.2, "end": 2.6}},
    ]
    spec["effects"] = [{"filter": "eq", "options": {"contrast": 1.2}}]
    sources = {"c": plain, "r": toned, "l": logo}

    parts, whole = (studio.render(spec, sources, limits=Limits(max_inputs=most)) for most in (2, 12))

    assert laid == [[Encoded(0, 25), Encoded(25, 60), Encoded(60, 100)], [Encoded(0, 100)]]
    assert parts.frames.shape == whole.frames.shape
    assert psnr(parts.frames, whole.frames) > 33
    assert len(parts.sound) == len(whole.sound)
    assert np.abs(parts.sound - whole.sound).max() < 0.01
    assert_plays(parts)


def test_frames_beside_pictures_and_subtitles_are_copied(
    studio: Studio, plain: Path, reels: Path, laid: list[list[Span]]
):
    logo = film(reels / "logo.png", "-f", "lavfi", "-i", "color=lime:s=40x20", "-frames:v", "1")
    subtitles = reels / "words.srt"
    subtitles.write_text("1\n00:00:05,000 --> 00:00:05,400\nHello\n", "utf-8")
    spec = counted_spec(clip())
    spec["tracks"] = [
        {"image": {"source": "l", "start": 1.6, "end": 2.0, "fade_in": 0.2}},
        {"subtitles": {"source": "s", "font": {"family": "Roboto", "size": 30}, "color": "#ff0000"}},
    ]

    shown = studio.render(spec, {"c": plain, "l": logo, "s": subtitles})

    [first, second, third] = ranges(only(laid), Copied)
    assert (first, second[0], third) == ((0, 40), 80, (160, 200))
    assert 120 <= second[1] <= 125
    assert list(numbers(shown.frames)) == list(range(FRAMES))
    lime, red = (
        [bool(ink(frame[32:], colour, 110).any()) for frame in shown.frames] for colour in ((0, 255, 0), (255, 0, 0))
    )
    assert lime.index(True) in range(40, 45)
    assert [frame for frame, has in enumerate(lime) if has][-1] == 49
    assert red == [125 <= frame < 135 for frame in range(FRAMES)]
    assert_plays(shown)


@pytest.mark.parametrize(
    "said",
    [
        {"output": {"crf": 23}},
        {"output": {"codec": "hevc"}},
        {"clip": {"speed": 2}},
        {"clip": {"rotate": 180}},
        {"clip": {"effects": [{"filter": "hflip"}]}},
        {"effects": [{"filter": "hflip"}]},
    ],
    ids=str,
)
def test_what_changes_the_picture_or_its_encoder_is_encoded(
    studio: Studio, plain: Path, laid: list[list[Span]], said: dict[str, Any]
):
    spec = counted_spec({**clip(0, 1.6), **said.get("clip", {})}, **said.get("output", {}))
    spec["effects"] = said.get("effects", [])

    studio.render(spec, {"c": plain})

    assert ranges(only(laid), Copied) == []


def test_music_and_loudness_are_those_of_the_whole(studio: Studio, plain: Path, toned: Path, laid: list[list[Span]]):
    spec = counted_spec(clip(0, 4))
    spec["sound"] = {"music": [{"source": "m", "volume": 0.5}], "loudness": {"target": -20}}

    copied = studio.render(spec, {"c": plain, "m": toned})
    whole = studio.render(spec | {"output": spec["output"] | {"quality": "medium"}}, {"c": plain, "m": toned})

    assert ranges(laid[0], Copied)
    assert not ranges(laid[1], Copied)
    assert len(copied.sound) == len(whole.sound)
    assert np.abs(copied.sound - whole.sound).max() < 0.01


def test_what_cannot_be_joined_is_encoded_as_a_whole_and_told(
    studio: Studio,
    plain: Path,
    laid: list[list[Span]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    write = joined.write_flv

    def lose_one(record: bytes, pictures: Any, delay_frames: int) -> Iterator[bytes]:
        return write(record, list(pictures)[:-1], delay_frames)

    monkeypatch.setattr(joined, "write_flv", lose_one)

    shown = studio.render(counted_spec(clip(1.2, 7.48)), {"c": plain})

    assert [bool(ranges(spans, Copied)) for spans in laid] == [True, False]
    assert list(numbers(shown.frames)) == list(range(30, 187))
    assert "copying failed" in caplog.text
    fractions = [progress.fraction for progress in shown.progress]
    assert fractions == sorted(fractions)


def test_a_copy_that_would_be_too_large_is_encoded(studio: Studio, counted: Path, laid: list[list[Span]]):
    noisy = ("-vf", "noise=alls=20:allf=t", "-preset", "ultrafast", "-qp", "1", "-t", "3.2")
    heavy = count(counted, counted.with_name("heavy.mp4"), *noisy)
    limits = Limits(max_output_bytes=heavy.stat().st_size * 3 // 4)

    shown = studio.render(counted_spec(clip()), {"c": heavy}, limits=limits)

    assert [bool(ranges(spans, Copied)) for spans in laid] == [True, False]
    assert len(shown.frames) == 80


def test_of_many_clips_the_broken_one_is_named(studio: Studio, plain: Path, reels: Path):
    truncated = reels / "half.mp4"
    whole = film(reels / "whole.mp4", "-i", str(plain), "-c", "copy", "-movflags", "+faststart")
    truncated.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    spec = counted_spec(clip(0, 0.4), clip(0, 0.4), clip(0, 0.4), clip(6, 7.9, "t"))

    with pytest.raises(PermanentError) as caught:
        studio.render(spec, {"c": plain, "t": truncated}, limits=Limits(max_inputs=2))

    assert caught.value.problem.field == "spec.clips[3].source"


def test_a_stop_ends_a_segment_and_leaves_no_process(studio: Studio, long_clip: Path):
    def stop(_: object) -> None:
        assert processes_in(studio.folder)
        studio.stop.set()

    with pytest.raises(StoppedError):
        studio.engine(Limits(max_inputs=1)).render(
            parse_spec(spec_of({"source": "l"}, {"source": "l"}, width=1280, height=720)),
            {"l": long_clip},
            studio.folder,
            on_progress=stop,
            stop=studio.stop,
        )

    assert processes_in(studio.folder) == []


def test_all_passes_together_have_the_time_of_one_render(
    studio: Studio, red: Path, blue: Path, monkeypatch: pytest.MonkeyPatch
):
    given: list[float] = []
    run = ffmpeg.run

    def noted(argv: Sequence[str], **options: Any) -> ffmpeg.Outcome:
        given.append(options["wall_seconds"])
        return run(argv, **options)

    monkeypatch.setattr(ffmpeg, "run", noted)
    limits = Limits(max_inputs=1, wall_seconds=100, probe_seconds=20)
    clips = [{"source": name, "trim": {"end": 0.2}} for name in ("r", "b", "r")]

    studio.render(spec_of(*clips, faststart=False), {"r": red, "b": blue}, limits=limits)

    passes = [seconds for seconds in given if seconds > limits.probe_seconds]
    assert len(passes) >= 3
    assert limits.wall_seconds >= passes[0]
    assert passes == sorted(set(passes), reverse=True), "each has what those before it left"


def test_no_process_is_left_of_passes_that_take_too_long(studio: Studio, long_clip: Path):
    spec = spec_of(*[{"source": "l"}] * 9, width=1920, height=1080, fps=60)

    with pytest.raises(PermanentError, match=r"more than 0.3 s"):
        studio.render(spec, {"l": long_clip}, limits=Limits(max_inputs=1, wall_seconds=0.3))

    assert processes_in(studio.folder) == []
