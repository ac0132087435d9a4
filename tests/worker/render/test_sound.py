"""What is heard: music under the clips, how it steps back, and how loud the whole is."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.spec import parse_spec
from tests.worker.render.studio import Studio, film, spec_of
from worker.errors import PermanentError
from worker.render.ffmpeg import executable
from worker.render.graph import filter_graph, sound_graph
from worker.render.limits import Limits
from worker.render.mix import Measured, read_measure
from worker.render.planning import make_plan
from worker.render.probe import Media, VideoStream

CLIP = Media(10.0, VideoStream(0, 160, 90, fps=25.0), 1, 2)
SONG = Media(2.0, None, 0, 1)


@pytest.fixture(scope="module")
def talk(reels: Path) -> Path:
    """3 s of black: silence, a tone of 440 Hz from 1 s to 2 s, silence."""
    side = "0.4*sin(880*PI*t)*between(t\\,1\\,2)"
    tone = f"aevalsrc={side}|{side}:d=3:s=48000"
    picture = ("-f", "lavfi", "-i", "color=black:size=160x90:rate=25:duration=3")
    return film(reels / "talk.mov", *picture, "-f", "lavfi", "-i", tone, "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le")


@pytest.fixture(scope="module")
def song(reels: Path) -> Path:
    """2 s of a tone of 2 kHz at a tenth, in an MP3 with a cover picture."""
    cover = film(reels / "cover.png", "-f", "lavfi", "-i", "color=red:size=32x32", "-frames:v", "1")
    sound = ("-f", "lavfi", "-i", "aevalsrc=0.1*sin(4000*PI*t)|0.1*sin(4000*PI*t):d=2:s=44100", "-i", str(cover))
    return film(reels / "song.mp3", *sound, "-map", "0", "-map", "1", "-disposition:v", "attached_pic")


def with_sound(*clips: dict[str, Any], music: tuple[dict[str, Any], ...] = (), **sound: Any) -> dict[str, Any]:
    return {**spec_of(*clips), "sound": {"music": list(music), **sound}}


def strength(sound: np.ndarray[Any, Any], at_seconds: float, frequency: int) -> float:
    """How loud a frequency is in the 0.2 s from a time on, as the amplitude of its tone."""
    part = sound[int(at_seconds * 48000) :][:9600, 0]
    return float(np.abs(np.fft.rfft(part))[round(frequency * len(part) / 48000)]) * 2 / len(part)


def loudness_lufs(path: Path) -> float:
    argv = (
        executable(),
        "-hide_banner",
        "-nostats",
        "-i",
        str(path),
        "-af",
        "ebur128=framelog=quiet",
        "-f",
        "null",
        "-",
    )
    said = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stderr
    measured = read_measure([*said.splitlines(), "    Peak:  0.0 dBFS"])
    assert measured is not None
    return measured.loudness_lufs


def test_music_begins_fades_and_ends_when_it_is_told_and_steps_back_before_speech(
    studio: Studio, talk: Path, song: Path
):
    bed = {"source": "m", "start": 0.2, "volume": 2.0, "fade_in": 0.4, "fade_out": 0.4, "loop": True, "duck": True}

    shown = studio.render(with_sound({"source": "t"}, music=(bed,)), {"t": talk, "m": song})

    before, rising, whole, ducked, back, going = (
        strength(shown.sound, at, 2000) for at in (0.0, 0.2, 0.75, 1.6, 2.4, 2.85)
    )
    assert before < 0.01
    assert 0.02 < rising < 0.75 * whole
    assert whole == pytest.approx(0.2, rel=0.1)
    assert ducked < 0.5 * whole
    assert back > max(0.5 * whole, 2 * ducked)
    assert going < 0.5 * whole
    assert strength(shown.sound, 1.6, 440) == pytest.approx(0.4, rel=0.1)
    assert len(shown.sound) == pytest.approx(3 * 48000, abs=1024)


def test_a_part_of_a_sound_is_repeated_or_ends_in_silence(studio: Studio, talk: Path):
    part = {"source": "t", "trim": {"start": 0.9, "end": 1.4}}

    once, again = (
        studio.render(
            with_sound({"color": "#000000", "duration": 2.0}, music=({**part, "loop": loop},)), {"t": talk}
        ).sound
        for loop in (False, True)
    )

    assert [strength(once, at, 440) > 0.2 for at in (0.15, 0.7, 1.7)] == [True, False, False]
    assert [strength(again, at, 440) > 0.2 for at in (0.15, 0.65, 1.65)] == [True, True, True]


@pytest.mark.parametrize("target", [-14.0, -23.0])
def test_the_whole_is_brought_to_its_loudness(studio: Studio, talk: Path, song: Path, target: float):
    loudness = {} if target == -14 else {"target": target}
    clips = ({"source": "t", "trim": {"start": 1.0, "end": 2.0}}, {"source": "t", "trim": {"start": 1.5, "end": 2.0}})

    shown = studio.render(with_sound(*clips, music=({"source": "m"},), loudness=loudness), {"t": talk, "m": song})

    assert loudness_lufs(shown.result.video) == pytest.approx(target, abs=1)
    assert float(np.abs(shown.sound).max()) < 0.95


def test_silence_stays_silence(studio: Studio):
    shown = studio.render(with_sound({"color": "#000000", "duration": 0.6}, loudness={}), {})

    assert float(np.abs(shown.sound).max()) < 0.001
    assert len(shown.sound) == pytest.approx(0.6 * 48000, abs=1024)


def test_everything_that_is_wrong_with_music_is_named(studio: Studio, talk: Path, blue: Path, tmp_path: Path):
    (tmp_path / "x").write_text("no sound", "utf-8")
    beds = (
        {"source": "b"},
        {"source": "t", "trim": {"start": 4.0}},
        {"source": "t", "trim": {"end": 5.0}},
    )
    sources = {"t": talk, "b": blue, "x": tmp_path / "x"}
    clip = {"source": "t", "trim": {"end": 1.0}}

    def refused(*music: dict[str, Any]) -> list[str]:
        with pytest.raises(PermanentError) as caught:
            studio.render(with_sound(clip, music=music), sources)
        return [str(problem).split(";")[0] for problem in caught.value.problems]

    assert refused(*beds) == [
        'spec.sound.music[0].source: "b" has no sound that can be read',
        'spec.sound.music[1].trim.start: is 4 s, but "t" ends at 3 s',
        'spec.sound.music[2].trim.end: is 5 s, but "t" ends at 3 s',
    ]
    assert refused({"source": "t", "start": 1.0}) == ["spec.sound.music[0].start: is 1 s, but the video ends at 1 s"]
    assert refused({"source": "x"}) == ['spec.sound.music[0].source: "x" is truncated or not a video']


def graphs(measured: Measured | None, music: tuple[dict[str, Any], ...] = (), **sound: Any) -> tuple[str, str]:
    spec = parse_spec(with_sound({"source": "a"}, {"source": "b", "volume": 0.5}, music=music, **sound))
    media = {material: SONG if material.kind == "sound" else CLIP for material in spec.materials}
    plan = make_plan(spec, media, Limits())
    return filter_graph(plan, (), measured), sound_graph(plan)


def test_what_is_loud_enough_gets_no_filter_and_no_measure_decodes_a_picture():
    graph, measuring = graphs(Measured(-14.02, -3.0), loudness={})

    assert not any(name in graph for name in ("alimiter", "amix", "dB", "loudnorm", "anull,", "sidechain"))
    assert not any(name in measuring for name in ("scale", "fps", "format=yuv420p", "[0:0]"))
    assert measuring.endswith("[sound]ebur128=peak=true:framelog=quiet[measured]")


@pytest.mark.parametrize(
    ("measured", "level"),
    [
        (Measured(-20.0, -10.0), "[clips]volume=6.00dB[sound]"),
        (Measured(-20.0, -3.0), "[clips]volume=6.00dB,alimiter=limit=0.8414:level=0:latency=1[sound]"),
        (Measured(-60.0, -40.0), "[clips]volume=30.00dB[sound]"),
        (Measured(-10.0, 0.0), "[clips]volume=-4.00dB[sound]"),
    ],
)
def test_the_gain_is_one_factor_and_peaks_are_limited_only_where_they_would_be_too_high(measured: Measured, level: str):
    assert level in graphs(measured, loudness={})[0].split(";")


def test_silence_has_no_loudness():
    lines = ["    I:         -70.0 LUFS", "    Peak:       -inf dBFS"]

    measured = read_measure(["    I:   -3.0 LUFS", *lines])

    assert measured == Measured(-70.0, float("-inf"))
    assert "volume=0.5" in (graph := graphs(measured, loudness={})[0])
    assert "dB" not in graph
    assert read_measure(["nothing"]) is None


def test_music_steps_back_only_where_a_clip_is_heard():
    silent = parse_spec(with_sound({"color": "#000000", "duration": 1}, music=({"source": "m", "duck": True},)))
    plan = make_plan(silent, dict.fromkeys(silent.materials, SONG), Limits())

    assert "sidechaincompress" not in filter_graph(plan, ())
    assert "sidechaincompress" in graphs(None, music=({"source": "m", "duck": True},))[0]
