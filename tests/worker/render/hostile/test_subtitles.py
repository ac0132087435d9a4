"""Every text of the corpus in a subtitle file: its words are on their frames, and whatever else it says is not done."""

from pathlib import Path

import pytest

from tests.worker.render.hostile.canary import Canary
from tests.worker.render.hostile.corpus import Nasty, corpus
from tests.worker.render.hostile.stage import (
    FPS,
    SIZE,
    WIDTH,
    Scene,
    by_pillow,
    overlap,
    show,
    spec_of_tracks,
)
from tests.worker.render.sheet import EVENT
from tests.worker.render.studio import Studio
from worker.errors import PermanentError

CORPUS = corpus()
# What is empty is no subtitle, a NUL and its like are left out, and whoever writes a file may write times in it. How
# long texts are laid out does not depend on where they come from.
SAID = [
    nasty
    for nasty in CORPUS
    if (nasty.fate != "refused" or nasty.aim == "control") and nasty.aim != "long" and "-->" not in nasty.content
]
UNSAYABLE = [
    nasty for nasty in CORPUS if nasty.aim in {"surrogates", "too long", "no letter"} and nasty.content.strip()
]
# What each kind of file reads as more than letters; a text with it is not compared, but drawn and watched all the same.
MARKS = {"srt": ("{\\", "<"), "vtt": ("{\\", "<", "&"), "ass": ("{\\", "\\N", "\\n", "\\h")}


def stamp(frame: int, point: str) -> str:
    """A frame's time as subtitle files have it."""
    milliseconds = frame * 1000 // FPS
    return f"00:00:{milliseconds // 1000:02}{point}{milliseconds % 1000:03}"


def as_srt(texts: list[str]) -> str:
    """One subtitle a frame."""
    return "\n\n".join(
        f"{frame + 1}\n{stamp(frame, ',')} --> {stamp(frame + 1, ',')}\n{content}"
        for frame, content in enumerate(texts)
    )


def as_vtt(texts: list[str]) -> str:
    """The same as WebVTT."""
    return "WEBVTT\n\n" + "\n\n".join(
        f"{stamp(frame, '.')} --> {stamp(frame + 1, '.')}\n{content}" for frame, content in enumerate(texts)
    )


def as_ass(texts: list[str]) -> str:
    """The same as ASS, whose style and fonts are a stranger's, too."""
    return (
        "[Script Info]\nScriptType: v4.00+\nPlayResX: 9\n\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, Alignment\n"
        "Style: Default,../../etc/passwd,900,&H000000FF,7\n\n"
        "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    ) + "".join(
        f"Dialogue: 0,{stamp(frame, '.')[1:-1]},{stamp(frame + 1, '.')[1:-1]},Default,,0,0,0,Scroll up;0;9,{content}\n"
        for frame, content in enumerate(texts)
    )


def track(source: str) -> dict[str, object]:
    """A subtitle file in the letters of the stage, in its middle."""
    return {
        "subtitles": {
            "source": source,
            "font": {"family": "Roboto", "size": SIZE},
            "max_width": WIDTH - 10,
            "position": {"anchor": "center"},
        }
    }


def said_in(kind: str) -> list[Nasty]:
    """All of it in SRT, and every second text in the others."""
    return SAID if kind == "srt" else SAID[:: 2 if kind == "vtt" else -2]


KINDS = {"srt": as_srt, "vtt": as_vtt, "ass": as_ass}


@pytest.fixture(scope="module", params=["srt", "vtt", "ass"])
def scene(
    request: pytest.FixtureRequest, canary: Canary, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Scene]:
    """The whole corpus as one file, rendered."""
    kind = KINDS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    texts = [canary.written(nasty.content) for nasty in said_in(request.param)]
    (folder / "s").write_bytes(kind(texts).encode())
    shown = show(spec_of_tracks([track("s")], len(texts)), Studio(folder / "scratch"), {"s": folder / "s"})
    return request.param, shown


def test_a_line_of_letters_is_on_its_frame_as_another_engine_draws_it(canary: Canary, scene: tuple[str, Scene]):
    kind, shown = scene
    alike: dict[str, float] = {}
    for nasty, frame in zip(said_in(kind), shown.frames, strict=True):
        words = canary.written(nasty.content)
        other = None if any(mark in words for mark in MARKS[kind]) else by_pillow(words)
        if other is not None:
            alike[words] = overlap(frame, other)

    assert len(alike) > 80
    assert {words: round(share, 2) for words, share in alike.items() if share < 0.7} == {}


def test_nothing_but_strokes_is_drawn_and_ffmpeg_is_told_nothing_of_it(canary: Canary, scene: tuple[str, Scene]):
    _, shown = scene

    assert len(shown.sheet) > 120
    assert [line[:200] for line in shown.sheet if not EVENT.fullmatch(line)] == []
    assert not any(str(canary.file) in command or canary.url in command for command in shown.commands)
    assert "ass=f=words-0.ass:fontsdir=letters" in shown.commands[0]
    assert canary.touches == []


def test_what_cannot_be_words_is_refused_by_its_files_place_all_at_once(studio: Studio, tmp_path: Path):
    sources = {f"{number}.srt": tmp_path / f"{number}.srt" for number in range(len(UNSAYABLE))}
    for path, nasty in zip(sources.values(), UNSAYABLE, strict=True):
        path.write_bytes(as_srt([nasty.content]).encode("utf-8", "surrogatepass"))

    with pytest.raises(PermanentError) as caught:
        show(spec_of_tracks([track(source) for source in sources]), studio, sources)

    problems = {problem.field: problem for problem in caught.value.problems}
    assert list(problems) == [f"spec.tracks[{index}].subtitles.source" for index in range(len(UNSAYABLE))]
    for problem, nasty in zip(problems.values(), UNSAYABLE, strict=True):
        told = nasty.told if nasty.aim != "surrogates" else "is not text in UTF-8"
        assert told.removeprefix("has ").removesuffix(" characters") in problem.message
        assert len(str(problem)) < 300
