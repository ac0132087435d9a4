"""Every text of the corpus goes the whole way, from a message to a frame: it is there in letters, or it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from jobs.message import UnparsableBodyError
from jobs.spec import InvalidSpec
from tests.worker.render.hostile.canary import Canary
from tests.worker.render.hostile.corpus import COUNT, Nasty, corpus
from tests.worker.render.hostile.stage import (
    LIMITS,
    MAX_TRACKS,
    Gray,
    Prompter,
    Scene,
    by_pillow,
    is_at,
    overlap,
    sent,
    show,
    spec_of_tracks,
    text,
)
from tests.worker.render.sheet import EVENT
from tests.worker.render.studio import THREADS, Studio
from worker.errors import PermanentError
from worker.render.arguments import render_arguments
from worker.render.layers import Words
from worker.render.planning import make_plan

CORPUS = corpus()
REFUSED = [nasty for nasty in CORPUS if nasty.fate == "refused"]
DRAWN = [nasty for nasty in CORPUS if nasty.fate != "refused"]


@dataclass(frozen=True)
class Shown:
    """A text of the corpus with its frame."""

    nasty: Nasty
    content: str
    frame: Gray


@pytest.fixture(scope="module")
def scenes(canary: Canary, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Sequence[Nasty], Scene]]:
    """All that can be drawn, as many texts in one video as one spec may have, each on a frame of its own."""
    folder = tmp_path_factory.mktemp("texts")
    rows = [DRAWN[start : start + MAX_TRACKS] for start in range(0, len(DRAWN), MAX_TRACKS)]
    found: list[tuple[Sequence[Nasty], Scene]] = []
    for number, row in enumerate(rows):
        tracks = [{"text": text(canary.written(nasty.content), frame)} for frame, nasty in enumerate(row)]
        found.append((row, show(spec_of_tracks(tracks, len(row)), Studio(folder / f"{number}"), {})))
    return found


@pytest.fixture(scope="module")
def shown(canary: Canary, scenes: list[tuple[Sequence[Nasty], Scene]]) -> list[Shown]:
    """Each text that can be drawn, with its frame."""
    return [
        Shown(nasty, canary.written(nasty.content), frame)
        for row, scene in scenes
        for nasty, frame in zip(row, scene.frames, strict=True)
    ]


def test_there_are_more_than_three_hundred_different_texts():
    assert len({nasty.content for nasty in CORPUS}) == len(CORPUS) == COUNT > 300


@pytest.mark.parametrize("nasty", REFUSED, ids=[f"{n.aim}-{number}" for number, n in enumerate(REFUSED)])
def test_what_no_font_can_draw_is_refused_with_its_place_and_a_short_cause(nasty: Nasty, studio: Studio):
    raw = spec_of_tracks([{"text": text(nasty.content, 0)}])

    with pytest.raises((UnparsableBodyError, InvalidSpec, PermanentError)) as caught:
        studio.engine().check(sent(raw))

    problem = caught.value.problem if isinstance(caught.value, UnparsableBodyError) else caught.value.problems[0]
    # What is no Unicode is refused before anybody looks for a spec in it.
    assert problem.field == ("message" if nasty.aim == "surrogates" else "spec.tracks[0].text.content")
    assert nasty.told in problem.message
    assert problem.remedy
    assert len(str(problem)) < 300
    assert not set(str(problem)) & set("\x00\x07\x1b\x7f\x85\x9b\n")


def test_a_text_has_its_ink_where_its_letters_are_and_nowhere_else(shown: list[Shown]):
    prompter = Prompter()
    wrong: list[str] = []
    for one in shown:
        # To lay these out again takes as long as all others together: that there is ink on their frames is enough.
        if one.nasty.aim == "long":
            assert (one.frame > 60).sum() > 100
            continue
        spec = sent(spec_of_tracks([{"text": text(one.content, 0)}]))
        told = spec.tracks[0].text
        assert told is not None
        area = prompter.area(told)
        if not is_at(one.frame, area) or bool((one.frame > 60).any()) != (one.nasty.fate == "shown"):
            wrong.append(f"{one.nasty.aim} {one.content[:40]!r} is not at {area}")
    assert wrong == []


def test_its_letters_are_those_that_it_is_written_in(shown: list[Shown]):
    """Held against a program that has nothing to do with FFmpeg, where that one can draw it: in a line of ASCII."""
    alike: dict[str, float] = {}
    for one in shown:
        other = by_pillow(one.content)
        if other is not None:
            alike[one.content] = overlap(one.frame, other)

    assert len(alike) > 150
    assert {content: round(share, 2) for content, share in alike.items() if share < 0.7} == {}


def test_what_ffmpeg_is_told_is_the_same_whatever_is_written(scenes: list[tuple[Sequence[Nasty], Scene]]):
    for row, scene in scenes:
        plain = sent(spec_of_tracks([{"text": text("plain", frame)} for frame in range(len(row))], len(row)))
        plan = make_plan(plain, {}, LIMITS)
        expected = render_arguments(plan, [Words("words-0.ass")], [], threads=THREADS, limits=LIMITS)
        assert scene.commands[0] == " ".join(expected)
        assert [command for command in scene.commands[1:] if "poster.jpg" not in command] == []


def test_the_sheets_have_nothing_but_tags_of_ours_and_strokes(scenes: list[tuple[Sequence[Nasty], Scene]]):
    lines = [line for _, scene in scenes for line in scene.sheet]

    assert len(lines) == len([nasty for nasty in DRAWN if nasty.fate == "shown"])
    assert [line[:200] for line in lines if not EVENT.fullmatch(line)] == []


def test_nothing_was_opened_and_nobody_called(canary: Canary, shown: list[Shown]):
    assert any(str(canary.file) in one.content for one in shown)
    assert any(canary.url in one.content for one in shown)
    assert canary.touches == []
