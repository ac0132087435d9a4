"""The numbers of a render, and the one command line that makes it."""

import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.spec import parse_spec
from tests.worker.render.studio import spec_of
from worker.errors import PermanentError
from worker.render.arguments import render_arguments
from worker.render.graph import filter_graph
from worker.render.layers import Words
from worker.render.limits import Limits
from worker.render.overlay import Overlay
from worker.render.plan import RenderPlan
from worker.render.planning import make_plan
from worker.render.probe import Media, VideoStream
from worker.render.source_checks import shorten
from worker.render.timeline import SAMPLE_RATE, exact_fps, frame_at

WIDE = Media(10.0, VideoStream(0, 1920, 1080, fps=25.0), 1, 2)
SMALL = Media(10.0, VideoStream(0, 160, 90, fps=60.0), None, 1)
ENDLESS = Media(None, VideoStream(0, 160, 90, fps=25.0), None, 1)


def plan_of(*clips: dict[str, Any], media: Media = WIDE, **output: Any) -> RenderPlan:
    spec = parse_spec(spec_of(*clips, **output))
    return make_plan(spec, dict.fromkeys(spec.materials, media), Limits())


@given(
    st.lists(st.floats(0.05, 10.0), min_size=1, max_size=12),
    st.sampled_from([1, 12.5, 23.976, 24, 25, 29.97, 30, 59.94, 60]),
)
def test_the_output_is_as_long_as_its_clips_within_a_frame(lengths: list[float], fps: float):
    plan = plan_of(*({"source": "a", "trim": {"end": length}} for length in lengths), fps=fps)

    assert all(clip.frames >= 1 for clip in plan.clips)
    extra_frames = len(lengths) if min(lengths) < 1 / fps else 1  # a clip shorter than a frame still shows one
    assert abs(plan.seconds - sum(lengths)) <= extra_frames / fps
    assert abs(sum(clip.samples for clip in plan.clips) - plan.seconds * SAMPLE_RATE) <= 1


@given(
    st.lists(st.tuples(st.floats(0.5, 10.0), st.floats(0.04, 0.25)), min_size=2, max_size=12),
    st.sampled_from([1, 12.5, 23.976, 25, 29.97, 60]),
)
def test_transitions_shorten_the_output_by_their_whole_frames(clips: list[tuple[float, float]], fps: float):
    *first, (last_length, _) = clips
    made = [
        {"source": "a", "trim": {"end": length}, "transition": {"duration": transition}} for length, transition in first
    ]
    plan = plan_of(*made, {"source": "a", "trim": {"end": last_length}}, fps=fps)

    laid = sum(clip.frames for clip in plan.clips)
    assert plan.frames == laid - sum(clip.overlap_frames for clip in plan.clips)
    assert abs(laid / plan.fps - sum(length for length, _ in clips)) <= len(clips) / fps
    entering = 0
    for clip, (_, transition) in zip(plan.clips[:-1], first, strict=True):
        assert entering + clip.overlap_frames <= clip.frames
        assert abs(clip.overlap_frames - transition * plan.fps) <= 1
        entering = clip.overlap_frames
    samples = sum(clip.samples - clip.overlap_samples for clip in plan.clips)
    assert abs(samples - plan.seconds * SAMPLE_RATE) <= 1


@pytest.mark.parametrize(
    ("fps", "exact"),
    [(30, Fraction(30)), (12.5, Fraction(25, 2)), (23.976, Fraction(24000, 1001)), (59.94, Fraction(60000, 1001))],
)
def test_rates_are_exact(fps: float, exact: Fraction):
    assert exact_fps(fps) == exact


def test_a_time_on_a_frame_is_that_frame_whatever_floats_make_of_it():
    assert [frame_at(seconds, Fraction(30)) for seconds in (0, 0.1, 0.7, 1.1, 1.11)] == [0, 3, 21, 33, 34]


def test_a_source_that_does_not_say_its_length_needs_an_end():
    with pytest.raises(PermanentError, match=r"spec\.clips\[0\]\.source.*give trim\.end"):
        plan_of({"source": "a"}, media=ENDLESS)
    assert plan_of({"source": "a", "trim": {"end": 2.0}}, media=ENDLESS).seconds == 2


def test_an_end_in_the_last_hundredths_is_no_mistake():
    assert plan_of({"source": "a", "trim": {"start": 9.0, "end": 10.04}}).frames == 26


SUPERFLUOUS = (
    *("crop", "scale", ",pad=", "setsar", "concat", "xfade", "acrossfade", "ass=", "split", "overlay", "gblur"),
    *("transpose", "hflip", "setpts", "settb", "atempo", "volume", "amix", "null,", "limiter"),
)  # fmt: skip


@given(
    st.sampled_from(["cover", "contain", "blur"]),
    st.sampled_from([{}, {"speed": 1.0}, {"volume": 1}, {"rotate": 0}, {"focus": {"x": 0.1, "y": 0.9}}]),
    st.sampled_from(["#000000", "#123456"]),
)
def test_what_needs_no_change_gets_no_filter_for_it(fit: str, said: dict[str, Any], background: str):
    graph = filter_graph(plan_of({"source": "a", "fit": fit, "background": background, **said}, media=SMALL), ())

    assert [name for name in SUPERFLUOUS if name in graph] == []


def test_a_clip_without_volume_is_not_decoded_for_its_sound():
    assert plan_of({"source": "a", "volume": 0}).clips[0].audio_index is None


def test_a_clip_is_cropped_before_it_is_scaled_and_frames_are_dropped_before_both():
    from_wide = filter_graph(plan_of({"source": "a"}, width=90, height=160), ())
    from_fast = filter_graph(plan_of({"source": "a"}, media=SMALL, width=90, height=160), ())

    assert "[0:0]crop=608:1080,scale=90:160,setsar=1,fps=25" in from_wide
    assert "[0:0]fps=25:start_time=0,crop=50:90,scale=90:160" in from_fast


def test_a_blurred_copy_is_cropped_and_blurred_small_and_where_it_is_not_seen_there_is_none():
    upright = filter_graph(plan_of({"source": "a", "fit": "blur"}, width=90, height=160), ())

    assert "[videox]crop=594:1080,scale=22:40:flags=bilinear,setsar=1,gblur=sigma=1,scale=90:160" in upright


@pytest.mark.parametrize(
    ("rotate", "crop"), [(0, "270:1080:0:0"), (180, "270:1080:1650:0"), (90, "1920:480:0:600"), (270, "1920:480:0:0")]
)
def test_a_focus_at_the_left_is_that_of_the_turned_picture(rotate: int, crop: str):
    graph = filter_graph(plan_of({"source": "a", "rotate": rotate, "focus": {"x": 0.0}}, width=80, height=320), ())

    assert f"crop={crop}," in graph


def test_a_focus_is_even_and_stays_inside():
    crops = [
        re.findall(r"crop=(\d+):(\d+):(\d+):(\d+)", filter_graph(plan_of(clip, width=90, height=160), ()))[0]
        for clip in ({"source": "a", "focus": {"x": x}} for x in (0.0, 0.333, 1.0))
    ]

    assert crops == [("608", "1080", "0", "0"), ("608", "1080", "336", "0"), ("608", "1080", "1312", "0")]


def test_every_input_is_confined_and_sought_before_it_is_opened():
    plan = plan_of({"source": "a", "trim": {"start": 1.5, "end": 2.0}}, {"source": "b"})

    arguments = render_arguments(plan, (), ("source-0", "source-1"), threads=2, limits=Limits())

    inputs = " ".join(arguments).split(" -filter_complex_threads")[0].split(" -i ")
    assert len(inputs) == 3
    assert all("-protocol_whitelist file,pipe -format_whitelist mov," in before for before in inputs[:-1])
    assert "-ss 1.5 -t 0.5" in inputs[0]
    assert "-nostdin" in arguments


def test_threads_and_bounds_stand_before_the_output():
    arguments = render_arguments(plan_of({"source": "a"}), (), ("source-0",), threads=3, limits=Limits())
    after = " ".join(arguments).split("[sound] ")[-1]

    assert "-threads 3 -t 11 -fs 2147483648 -movflags +faststart" in after
    assert "-map_metadata -1" in after


def test_layers_lie_in_their_order_each_picture_with_an_input_of_its_own():
    logo = Overlay("picture-1", 40, 20, 8, 8, 0.5, 0, 10, 0, 0)
    faded = Overlay("picture-3", 40, 20, 8, -4, 1.0, 25, 50, 5, 10)
    layers = (Words("words-0.ass"), logo, Words("words-1.ass"), faded)
    graph = filter_graph(plan_of({"source": "a"}, {"source": "a"}), layers)

    assert graph.split("[joined]")[-1].removeprefix("ass") == (
        "=f=words-0.ass:fontsdir=letters[layer0];"
        "[2:v]scale=40:20,format=rgba,colorchannelmixer=aa=0.5000,format=yuva420p[on-layer1];"
        "[layer0][on-layer1]overlay=x=8:y=8:enable='gte(t,0.000000)*lt(t,0.380000)'[layer1];"
        "[layer1]ass=f=words-1.ass:fontsdir=letters[layer2];"
        "[3:v]scale=40:20,format=yuva420p,loop=loop=-1:size=1:start=0,settb=1/25,setpts=N,"
        "fade=t=in:s=25:n=5:alpha=1,fade=t=out:s=40:n=10:alpha=1[on-video];"
        "[layer2][on-video]overlay=x=8:y=-4:shortest=1:enable='gte(t,0.980000)*lt(t,1.980000)'[video]"
    )


def test_pictures_are_confined_inputs_of_kinds_of_their_own():
    plan = plan_of({"source": "a"})
    layers = (Overlay("picture-0", 4, 4, 0, 0, 1.0, 0, 9, 0, 0),)

    arguments = " ".join(render_arguments(plan, layers, ("source-0",), threads=2, limits=Limits()))

    picture = arguments.split("-i file:source-0")[1].split("-i file:picture-0")[0]
    assert "-protocol_whitelist file,pipe -format_whitelist png_pipe,jpeg_pipe,webp_pipe " in picture
    assert "-codec_whitelist png,mjpeg,webp -max_pixels 16777216" in picture


@given(st.integers(0, 60), st.integers(0, 12), st.integers(0, 12))
def test_a_fading_picture_is_as_opaque_as_asked_in_between_and_never_more(frame: int, fade_in: int, fade_out: int):
    opacity = Overlay("p", 4, 4, 0, 0, 0.8, 20, 50, fade_in, fade_out).opacity_at(frame)

    assert 0 <= opacity <= 0.8
    if not 20 <= frame < 50:
        assert opacity == 0
    elif 20 + fade_in <= frame <= 50 - fade_out:
        assert opacity == 0.8


def test_a_long_name_is_shown_by_its_end_and_a_signed_address_without_its_signature():
    assert shorten("https://example.org/a.mp4?signature=secret") == "https://example.org/a.mp4"
    assert shorten("x" * 100 + "/end.mp4").endswith("/end.mp4")
    assert len(shorten("x" * 100)) == 80
