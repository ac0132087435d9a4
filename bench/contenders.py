"""Who races: each takes a race and leaves a video in the folder of the sources."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import commands
from bench.processes import run, run_program
from bench.race import Race
from bench.table import LIMIT

NAIVE = "each clip made alike, joined by copying, texts or music in one more pass"
NAIVEST = "the same with one more pass for each text"
PEER = "MoviePy 2"
MOVIEPY_SCRIPT = Path(__file__).with_name("peer_moviepy.py")


@dataclass(frozen=True)
class Track:
    """What contenders are given: the folder with sources and fonts, each text's font file, and how many threads."""

    folder: Path
    fonts: Sequence[str]
    threads: int


Contender = Callable[[Race, Track, str], None]
"""Makes the video of a race in the track's folder, under the name given."""


def one_pass(race: Race, track: Track, output: str) -> None:
    """The limit."""
    run(commands.one_pass(race, track.fonts, track.threads, output), track.folder)


def naive(race: Race, track: Track, output: str) -> None:
    """Clip by clip, then the whole once more if there are texts, and the sound if there is music."""
    _joined(race, track, output if not race.words and not race.music else "joined.mp4")
    if race.music:
        run(commands.mix(race, "joined.mp4", output), track.folder)
    if race.words:
        run(commands.draw(race.words, track.fonts, track.threads, "joined.mp4", output), track.folder)


def naivest(race: Race, track: Track, output: str) -> None:
    """Clip by clip, then the whole once more for each text."""
    _joined(race, track, "drawn-0.mp4")
    for index, (words, font) in enumerate(zip(race.words, track.fonts, strict=True)):
        target = output if index + 1 == len(race.words) else f"drawn-{index + 1}.mp4"
        run(commands.draw([words], [font], track.threads, f"drawn-{index}.mp4", target), track.folder)


def _joined(race: Race, track: Track, output: str) -> None:
    parts = [f"part-{index}.mp4" for index in range(len(race.cuts))]
    for cut, part in zip(race.cuts, parts, strict=True):
        run(commands.normalise(race, cut, track.threads, part), track.folder)
    (track.folder / "parts.txt").write_text("".join(f"file '{part}'\n" for part in parts), "utf-8")
    run(commands.join("parts.txt", output), track.folder)


def moviepy(python: Path) -> Contender:
    """MoviePy under the interpreter of its own environment, with its start: who renders by a script pays it."""

    def race_it(race: Race, track: Track, output: str) -> None:
        argv = [str(python), str(MOVIEPY_SCRIPT), output, str(track.threads), *track.fonts]
        run_program(argv, track.folder, words=race.to_json())

    return race_it


def contenders(race: Race, python: Path) -> dict[str, Contender]:
    """Who runs in this race beside the worker, the limit first. Without texts the naive ways are one."""
    found: dict[str, Contender] = {LIMIT: one_pass}
    if len(race.cuts) > 1:
        found[NAIVE] = naive
    if len(race.words) > 1:
        found[NAIVEST] = naivest
    found[PEER] = moviepy(python)
    return found
