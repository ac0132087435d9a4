"""What is raced over: real footage in 1080p at three frame rates with sound, and one font file for each text."""

from collections.abc import Sequence
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from bench.commands import QUIET
from bench.processes import run
from bench.race import LEAD_SECONDS, MUSIC, SOURCES, Words
from jobs.fonts import FontCatalogue
from local.demo.footage import real_clips

RATES = (30, 25, 24)
PICTURES = ("sources/bunny.mp4", "sources/bikes.mp4", "sources/bunny.mp4")
"""Of the demo's footage (local/demo/footage.py), enlarged; all with the sound of the one that has some."""
BIT_RATE = "10M"
"""As a telephone's camera has it: 8 to 13 Mb/s."""


def sources(folder: Path, seconds: float) -> dict[str, Path]:
    """Every source by its key, long enough for cuts of `seconds`; made once a folder."""
    clips = dict(real_clips())
    length = LEAD_SECONDS + seconds + 1
    found: dict[str, Path] = {}
    for key, picture, rate in zip(SOURCES, PICTURES, RATES, strict=True):
        path = folder / key.rpartition("/")[2]
        found[key] = path
        if path.exists():
            continue
        shape = f"scale=1920:1080:force_original_aspect_ratio=increase,crop=1920:1080,setsar=1,fps={rate}"
        arguments = [
            *QUIET,
            *("-stream_loop", "-1", "-i", str(clips[picture])),
            *("-stream_loop", "-1", "-i", str(clips["sources/bunny.mp4"])),
            *("-map", "0:v", "-map", "1:a", "-t", f"{length:g}", "-vf", shape, "-g", "60"),
            *("-c:v", "libx264", "-preset", "superfast", "-b:v", BIT_RATE, "-maxrate", "13M", "-bufsize", "20M"),
            *("-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2", "-ar", "48000", "-b:a", "160k"),
            *("-movflags", "+faststart", "-f", "mp4"),
        ]
        _make(path, arguments)
    found[MUSIC] = music = folder / MUSIC.rpartition("/")[2]
    if not music.exists():
        sound = ("-vn", "-t", f"{length:g}", "-c:a", "aac", "-b:a", "192k", "-f", "mp4")
        _make(music, [*QUIET, "-stream_loop", "-1", "-i", str(clips["sources/bunny.mp4"]), *sound])
    return found


def _make(path: Path, arguments: Sequence[str]) -> None:
    """Whole or not there: a run that was ended must not leave half a source to the next."""
    unfinished = path.with_suffix(".part")
    run([*arguments, str(unfinished)], path.parent)
    unfinished.rename(path)


def fonts(folder: Path, texts: Sequence[Words]) -> list[str]:
    """The name in `folder` of a static font for each text, of the families that the worker has."""
    names: list[str] = []
    for words in texts:
        family = FontCatalogue.installed().find(words.family)
        assert family is not None, f"{words.family} is among the worker's requirements"
        name = f"{words.family.casefold()}-{words.weight}.ttf"
        if not (folder / name).exists():
            instancer.instantiateVariableFont(
                TTFont(family.file(words.weight, italic=False).path), {"wght": words.weight}
            ).save(folder / name)
        names.append(name)
    return names
