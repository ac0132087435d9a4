"""What tracks put on the video, looked at frame by frame."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from jobs.spec import Material, parse_spec
from tests.worker.render.studio import (
    BLACK,
    BLUE,
    GREEN,
    RED,
    WHITE,
    Picture,
    Studio,
    bounds,
    decode_picture,
    ink,
    is_near,
    spec_of,
    words,
)
from worker.errors import PermanentError

ONE_FRAME = {"source": "b", "trim": {"end": 0.04}}
BLOCK = {"content": "x", "font": {"family": "Roboto", "size": 20}, "color": "#ff0000"}


@pytest.fixture(scope="module")
def logo(reels: Path) -> Path:
    """20x10: the left half is green, the right half is red and half translucent."""
    picture = Image.new("RGBA", (20, 10), (0, 255, 0, 255))
    picture.paste((255, 0, 0, 128), (10, 0, 20, 10))
    picture.save(reels / "logo.png")
    return reels / "logo.png"


def with_tracks(*tracks: Mapping[str, Any], clip: Mapping[str, Any] = ONE_FRAME, **output: Any) -> dict[str, Any]:
    return spec_of(clip, **output) | {"tracks": list(tracks)}


def first_frame(studio: Studio, black: Path, *texts: Mapping[str, Any], **output: Any) -> Picture:
    tracks = [{"text": text} for text in texts]
    return studio.render(with_tracks(*tracks, **output), {"b": black}).frames[0]


def test_words_wrap_within_the_width_that_they_may_have(studio: Studio, black: Path):
    text = words("the quick brown fox jumps", size=20, max_width=100, position={"anchor": "top-left"})
    frame = first_frame(studio, black, text)

    left, top, right, bottom = bounds(ink(frame, WHITE, 100))
    assert left >= 0
    assert right <= 100
    assert bottom - top > 2.5 * 20, "three lines"
    assert top < 10


def test_a_place_in_percent_is_the_anchors_point(studio: Studio, black: Path):
    box = {"color": "#0000ff", "padding": 4}
    place = {"anchor": "bottom-right", "x_percent": 50, "y_percent": 40, "y": 2}
    frame = first_frame(studio, black, BLOCK | {"box": box, "position": place})

    _, _, right, bottom = bounds(ink(frame, BLUE))
    assert (right, bottom) == pytest.approx((80, 38), abs=1)


def test_a_box_has_round_corners_and_its_own_opacity(studio: Studio, black: Path):
    text = BLOCK | {"content": "MMM", "box": {"color": "#0000ff80", "padding": 10, "radius": 12}}
    frame = first_frame(studio, black, text)

    blue = ink(frame, (0, 0, 128), 50)
    left, top, right, bottom = bounds(blue)
    assert blue[(top + bottom) // 2, left + 3]
    assert blue[top + 2, (left + right) // 2]
    assert frame[top : top + 2, left : left + 2].max() < 60, "the corner is cut"
    assert frame[bottom - 2 : bottom, right - 2 : right].max() < 60


def test_a_shadow_lies_beside_its_letters_and_blurs_outwards(studio: Studio, black: Path):
    plain = {"x": 10, "y": 6, "blur": 0, "color": "#0000ff"}
    text = words("H", size=40, color="#ff0000")
    sharp = first_frame(studio, black, text | {"shadow": plain})
    soft = first_frame(Studio(studio.folder / "soft"), black, text | {"shadow": plain | {"blur": 12}})

    letter, shadow = bounds(ink(sharp, RED, 90)), bounds(ink(sharp, BLUE, 90))
    assert (shadow[2] - letter[2], shadow[3] - letter[3]) == pytest.approx((10, 6), abs=2)
    assert soft[..., 2].max() < sharp[..., 2].max()
    faint = bounds(soft[..., 2] > 25)
    assert faint[2] - shadow[2] >= 3
    assert bounds(ink(soft, RED, 90)) == pytest.approx(letter, abs=2)


def test_an_outline_is_drawn_around_the_whole_and_never_within_a_letter(studio: Studio, black: Path):
    """A variable font's letters are made of shapes that overlap: the line between them must not show."""
    text = words("tAKR", size=60, weight=900, color="#ff0000", outline={"width": 2, "color": "#0000ff"})
    frame = first_frame(studio, black, text | {"font": {"family": "Montserrat", "weight": 900, "size": 60}})
    bare = first_frame(
        Studio(studio.folder / "bare"),
        black,
        {k: v for k, v in text.items() if k != "outline"}
        | {"font": {"family": "Montserrat", "weight": 900, "size": 60}},
    )

    inside = ink(bare, RED, 20)
    assert (ink(frame, RED, 90) & inside).sum() > 0.97 * inside.sum()


def test_italic_letters_lean_to_the_right_also_where_the_family_has_none(studio: Studio, black: Path):
    def lean(family: str, letter: str, *, italic: bool) -> float:
        text = words(letter, size=64) | {"font": {"family": family, "size": 64, "italic": italic}}
        frame = first_frame(Studio(studio.folder / f"{family}{italic}"), black, text).max(axis=2) > 128
        ys, xs = np.nonzero(frame)
        upper, lower = xs[ys < np.median(ys)].mean(), xs[ys >= np.median(ys)].mean()
        return float(upper - lower)

    assert abs(lean("Roboto", "l", italic=False)) < 1
    assert lean("Roboto", "l", italic=True) > 3
    assert lean("Noto Sans Hebrew", "\u05df", italic=True) > lean("Noto Sans Hebrew", "\u05df", italic=False) + 3


def test_a_text_fades_in_and_out_within_its_time(studio: Studio, black: Path):
    fade = {"effect": "fade", "duration": 0.2}
    text = words("■", size=40, start=0.2, end=0.8, enter=fade, leave=fade) | {"content": "MMM"}
    frames = studio.render(with_tracks({"text": text}, clip={"source": "b"}), {"b": black}).frames

    bright = frames.max(axis=(1, 2, 3)).astype(int)
    assert (bright[:5] < 10).all()
    assert (bright[20:] < 10).all()
    assert (bright[10:15] > 240).all()
    assert (np.diff(bright[5:10]) > 25).all()
    assert (np.diff(bright[15:20]) < -25).all()


@pytest.mark.parametrize(("side", "axis", "sign"), [("left", 0, 1), ("right", 0, -1), ("top", 1, 1), ("bottom", 1, -1)])
def test_a_text_slides_from_beyond_an_edge_to_its_place_and_slows_down(
    studio: Studio, black: Path, side: str, axis: int, sign: int
):
    text = words("M", size=20, end=0.6, enter={"effect": "slide", "side": side, "duration": 0.32})
    frames = studio.render(with_tracks({"text": text}, clip={"source": "b"}), {"b": black}).frames

    assert frames[0].max() < 30, "it begins beyond the edge"
    visible = [frame for frame in range(15) if ink(frames[frame], WHITE, 120).any()]
    assert visible[-1] == 14
    centres = [float(np.nonzero(ink(frames[at], WHITE, 120))[1 - axis].mean()) for at in range(2, 15)]
    steps = sign * np.diff(centres)
    assert (steps[:5] > 0.2).all(), steps
    assert steps[1] > 3 * steps[4]
    assert np.abs(steps[6:]).max() < 0.5
    assert centres[-1] == pytest.approx((80, 45)[axis], abs=2)
    assert frames[15].max() < 30


def test_a_text_slides_out_as_it_slid_in(studio: Studio, black: Path):
    text = words("M", size=20, end=0.6, leave={"effect": "slide", "side": "right", "duration": 0.32})
    frames = studio.render(with_tracks({"text": text}, clip={"source": "b"}), {"b": black}).frames

    lefts = [bounds(ink(frame, WHITE, 120))[0] for frame in frames[:11]]
    assert lefts[0] == lefts[6]
    assert lefts[7] < lefts[8] < lefts[9] < lefts[10]
    assert frames[15].max() < 30


def test_a_picture_has_its_place_size_opacity_and_time_and_keeps_its_shape(studio: Studio, black: Path, logo: Path):
    image = {"source": "l", "width": 40, "position": {"anchor": "top-right", "x": -8, "y": 6}, "start": 0.2, "end": 0.6}
    clip = {"source": "b"}
    shown = studio.render(with_tracks({"image": image}, clip=clip), {"b": black, "l": logo})

    assert [bool(frame.max() > 60) for frame in shown.frames] == [False] * 5 + [True] * 10 + [False] * 10
    assert bounds(~ink(shown.frames[8], BLACK, 60)) == pytest.approx((112, 6, 152, 26), abs=1)
    assert is_near(shown.colour_at(8, 120, 16), GREEN)
    assert is_near(shown.colour_at(8, 144, 16), (128, 0, 0))


def test_a_picture_fades_and_what_comes_later_lies_above(studio: Studio, black: Path, logo: Path):
    image = {"source": "l", "width": 160, "height": 90, "opacity": 0.5, "start": 0.2, "end": 0.8}
    text = words("M", size=30, color="#0000ff", box={"color": "#0000ff", "padding": 2})
    below = text | {"position": {"anchor": "left"}}
    above = text | {"position": {"anchor": "left", "x": 40}}
    tracks = ({"text": below}, {"image": image | {"fade_in": 0.2, "fade_out": 0.2}}, {"text": above})
    shown = studio.render(with_tracks(*tracks, clip={"source": "b"}), {"b": black, "l": logo})

    greens = np.array([shown.colour_at(frame, 36, 10)[1] for frame in range(25)])
    assert (greens[:5] < 12).all()
    assert (greens[20:] < 12).all()
    assert greens[10:15] == pytest.approx(128, abs=12)
    assert (np.diff(greens[5:10]) > 10).all()
    assert (np.diff(greens[16:20]) < -10).all()
    assert is_near(shown.colour_at(12, 8, 45), (0, 128, 128)), "under the picture"
    assert is_near(shown.colour_at(12, 48, 45), BLUE), "over it"


SRT = """1
00:00:00,200 --> 00:00:00,480
<i>Left</i> {\\an8}m

2
00:00:00,400 --> 00:00:00,600
{right}
"""


def test_subtitles_are_shown_in_their_times_in_the_letters_of_the_spec(studio: Studio, black: Path, tmp_path: Path):
    (tmp_path / "s").write_text(SRT, "utf-8")
    track = {
        "source": "s",
        "font": {"family": "Roboto", "size": 16},
        "color": "#ff0000",
        "box": {"color": "#0000ff", "padding": 3},
        "position": {"anchor": "bottom"},
    }
    sources = {"b": black, "s": tmp_path / "s"}
    shown = studio.render(with_tracks({"subtitles": track}, clip={"source": "b"}), sources)

    heights = [int(ink(frame, BLUE, 60).any(axis=1).sum()) for frame in shown.frames]
    assert [height > 0 for height in heights] == [False] * 5 + [True] * 10 + [False] * 10
    one, two, last = heights[7], heights[11], heights[14]
    assert two == pytest.approx(one + 16 * 1.17, abs=2), "what is on at once is one under the other"
    assert last == pytest.approx(one, abs=1)
    assert bounds(ink(shown.frames[7], BLUE, 60))[3] == 90
    assert ink(shown.frames[7], RED, 90).any()


def test_subtitles_can_be_shifted(studio: Studio, black: Path, tmp_path: Path):
    (tmp_path / "s").write_text(SRT, "utf-8")
    track = {"source": "s", "font": {"family": "Roboto", "size": 16}, "delay": -0.4}
    sources = {"b": black, "s": tmp_path / "s"}
    shown = studio.render(with_tracks({"subtitles": track}, clip={"source": "b"}), sources)

    assert [bool(frame.max() > 200) for frame in shown.frames] == [True] * 5 + [False] * 20


def problem_of(studio: Studio, track: Mapping[str, Any], sources: Mapping[str, Path]) -> str:
    with pytest.raises(PermanentError) as caught:
        studio.render(with_tracks(track), sources)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no subtitles at all", "is no subtitle file (SRT, WebVTT or ASS) that can be read"),
        (b"", "is no subtitle file"),
        (b"1\n00:00:00,000 --> 00:00:01,000\n\xff\xfe\xfa", "is not text in UTF-8"),
        ("1\n00:00:00,000 --> 00:00:01,000\n𓀀".encode(), 'has "𓀀" (U+13000), which no font here has'),
        (b"[Script Info]\n[Fonts]\nfontname: x\n" + b"!" * 90 + b"\n[Nonsense", "is no subtitle file"),
        (b"x" * (1024**2 + 1), "has 1048577 bytes, more than 1048576"),
    ],
)
def test_a_file_that_is_no_subtitles_is_named(studio: Studio, black: Path, tmp_path: Path, content: bytes, told: str):
    (tmp_path / "s").write_bytes(content)
    track = {"subtitles": {"source": "s", "font": {"family": "Roboto", "size": 16}}}
    sources = {"b": black, "s": tmp_path / "s"}
    problem = problem_of(studio, track, sources)

    assert problem.startswith("spec.tracks[0].subtitles.source: ")
    assert told in problem


def test_what_is_wrong_with_clips_pictures_and_subtitles_is_told_at_once(studio: Studio, tmp_path: Path):
    (tmp_path / "x").write_text("nothing", "utf-8")
    tracks = (
        {"image": {"source": "p", "start": 9.0}},
        {"subtitles": {"source": "s", "font": {"family": "Roboto", "size": 16}}},
        {"text": words("right")},
    )
    with pytest.raises(PermanentError) as caught:
        studio.render(with_tracks(*tracks, clip={"source": "c"}), dict.fromkeys("cps", tmp_path / "x"))

    assert [problem.field for problem in caught.value.problems] == [
        "spec.clips[0].source",
        "spec.tracks[0].image.source",
        "spec.tracks[1].subtitles.source",
    ]


def test_of_a_hostile_ass_file_only_the_words_are_shown(studio: Studio, black: Path, tmp_path: Path):
    (tmp_path / "s").write_text(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: 10\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, Alignment\nStyle: Default,Impact,900,&H000000FF,7\n"
        "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,{\\pos(0,0)\\fs900\\1c&H0000FF&\\clip(0,0,1,1)}Ok{\\r}\n"
        "Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,{\\p1}m 0 0 l 100 0 100 100 0 100{\\p0}\n"
        "Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not said\n",
        "utf-8",
    )
    track = {"subtitles": {"source": "s", "font": {"family": "Roboto", "size": 20}, "position": {"anchor": "center"}}}
    hostile = studio.render(with_tracks(track), {"b": black, "s": tmp_path / "s"}).frames[0]
    plain = words("Ok", size=20, weight=400)
    honest = first_frame(Studio(studio.folder / "honest"), black, plain)

    assert np.abs(hostile.astype(int) - honest.astype(int)).max() < 40


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "is "),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "is "),
        (b"", "is "),
    ],
)
def test_what_is_no_picture_is_named_and_not_opened(
    studio: Studio, black: Path, tmp_path: Path, content: bytes, told: str
):
    (tmp_path / "p.svg").write_bytes(content)
    problem = problem_of(studio, {"image": {"source": "p"}}, {"b": black, "p": tmp_path / "p.svg"})

    assert problem.startswith(f'spec.tracks[0].image.source: "p" {told}')
    assert problem.endswith("give a PNG, JPEG or WebP picture")


def test_a_picture_bomb_is_refused(studio: Studio, black: Path, tmp_path: Path):
    Image.new("1", (5_000, 5_000)).save(tmp_path / "bomb.png")
    problem = problem_of(studio, {"image": {"source": "p"}}, {"b": black, "p": tmp_path / "bomb.png"})

    assert "spec.tracks[0].image.source" in problem
    assert "is no picture that can be read, of up to 16777216 pixels" in problem


def test_a_still_has_the_tracks_of_its_moment_as_the_render_has(
    studio: Studio, black: Path, logo: Path, tmp_path: Path
):
    (tmp_path / "s").write_text(SRT, "utf-8")
    slide = {"effect": "slide", "side": "left", "duration": 0.4}
    fade = {"effect": "fade", "duration": 0.3}
    tracks = (
        {"text": words("slide", size=30, start=0.2, end=0.9, enter=slide, leave=fade, position={"anchor": "top-left"})},
        {"image": {"source": "l", "width": 60, "start": 0.1, "end": 0.8, "fade_in": 0.3, "fade_out": 0.3}},
        {"subtitles": {"source": "s", "font": {"family": "Roboto", "size": 16}}},
    )
    spec = spec_of({"source": "b", "trim": {"end": 0.4}}, {"source": "b"}) | {"tracks": list(tracks)}
    sources = {"b": black, "l": logo, "s": tmp_path / "s"}
    frames = studio.render(spec, sources).frames
    parsed = parse_spec(spec)

    def bring(material: Material) -> Path:
        return sources[material.source]

    for frame in (3, 7, 11, 14, 18, 21, 30):
        picture = studio.engine().still(parsed, (frame + 0.5) / 25, bring, studio.folder, stop=studio.stop)
        far = np.abs(decode_picture(picture, 160, 90)[0].astype(int) - frames[frame].astype(int)).mean()
        assert far < 3, frame


def test_a_preview_brings_only_the_pictures_of_its_moment(studio: Studio, black: Path):
    spec = parse_spec(with_tracks({"image": {"source": "late", "start": 0.5}}, clip={"source": "b"}))
    asked: list[str] = []

    def bring(material: Material) -> Path:
        asked.append(material.field)
        return black

    studio.folder.mkdir()
    studio.engine().still(spec, 0.2, bring, studio.folder, stop=studio.stop)
    assert asked == ["spec.clips[0].source"]
