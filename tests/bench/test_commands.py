from pathlib import Path

import pytest

from bench import commands
from bench.contenders import NAIVE, NAIVEST, PEER, contenders
from bench.race import Race, concat, races, reel, trim
from bench.table import LIMIT
from jobs.spec import parse_spec


def graph_of(arguments: list[str]) -> str:
    return arguments[arguments.index("-filter_complex") + 1]


@pytest.mark.parametrize("seconds", [1.0, 6.0, 7.7])
@pytest.mark.parametrize("index", [0, 1, 2])
def test_the_worker_is_asked_for_the_very_frames_that_the_others_make(seconds: float, index: int):
    race = races(seconds)[index]
    spec = parse_spec(race.spec())
    asked_seconds = sum(clip.trim.end - clip.trim.start for clip in spec.clips if clip.trim.end is not None)
    assert round(asked_seconds * race.fps, 3) == race.frames
    made = [int(part.partition("trim=end_frame=")[2].partition("[")[0]) for part in cut_chains(race)]
    assert sum(made) == race.frames
    assert (spec.output.width, spec.output.height, spec.output.fps) == (race.width, race.height, race.fps)
    assert [track.text.content for track in spec.tracks if track.text] == [words.content for words in race.words]


def cut_chains(race: Race) -> list[str]:
    return [chain for chain in commands.picture(race, ["font.ttf"] * len(race.words)).split(";") if "trim=" in chain]


def test_the_limit_seeks_before_it_decodes_crops_before_it_scales_and_encodes_once():
    arguments = commands.one_pass(reel(6.0), ["a.ttf", "b.ttf"], 2, "out.mp4")
    assert arguments.count("-i") == arguments.count("-ss") == 3
    assert arguments.count("libx264") == 1
    for chain in cut_chains(reel(6.0)):
        assert chain.index("crop=608:1080") < chain.index("scale=1080:1920")
    assert graph_of(arguments).count("drawtext=") == 2


def test_a_part_whose_size_stays_is_neither_cropped_nor_scaled():
    [chain] = cut_chains(trim(6.0))
    assert "crop=" not in chain
    assert "scale=" not in chain


def test_ten_clips_are_ten_inputs_of_three_sources():
    arguments = commands.one_pass(concat(6.0), [], 2, "out.mp4")
    names = [arguments[index + 1] for index, part in enumerate(arguments) if part == "-i"]
    assert names.pop() == "music.m4a"
    assert len(names) == 10
    assert len(set(names)) == 3


def test_music_is_asked_for_as_it_is_mixed_by_hand():
    race = concat(6.0)
    [music] = parse_spec(race.spec()).sound.music
    assert (music.source, music.volume, music.fade_out) == ("sources/music.m4a", 0.25, 1.0)
    mixed = "[10:a]volume=0.25,afade=t=out:st=5.000000:d=1[m];[clips][m]amix=inputs=2:normalize=0:duration=first[a]"
    assert graph_of(commands.one_pass(race, [], 2, "out.mp4")).endswith(mixed)
    assert graph_of(commands.mix(race, "joined.mp4", "out.mp4")).startswith("[1:a]volume=0.25,")
    assert not parse_spec(reel(6.0).spec()).sound.music


def test_quality_is_judged_where_no_engine_draws_letters():
    assert graph_of(commands.vmaf(reel(6.0), 2, "out.mp4", 3)).count("crop=iw:ih/2") == 2
    assert "drawtext" not in graph_of(commands.vmaf(reel(6.0), 2, "out.mp4", 3))
    assert "crop=iw:ih/2" not in graph_of(commands.vmaf(concat(6.0), 2, "out.mp4", 3))


def test_the_naive_ways_run_where_they_differ_from_the_limit_and_from_each_other():
    python = Path("python")
    assert list(contenders(reel(6.0), python)) == [LIMIT, NAIVE, NAIVEST, PEER]
    assert list(contenders(concat(6.0), python)) == [LIMIT, NAIVE, PEER]
    assert list(contenders(trim(6.0), python)) == [LIMIT, PEER]
