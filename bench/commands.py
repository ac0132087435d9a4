"""What somebody who knows FFmpeg would type for a race, and what many do type. Pure: lists of arguments.

Written by hand and not taken from the worker, so that what the worker's own graph wastes shows in the ratio.
"""

from collections.abc import Sequence
from dataclasses import replace

from bench.race import Cut, Race, Words

ENCODER = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"),
    *("-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "2"),
)
"""As the worker's: quality and speed are compared at the same settings."""

QUIET = ("-nostdin", "-hide_banner", "-v", "error", "-y")


def one_pass(race: Race, fonts: Sequence[str], threads: int, output: str) -> list[str]:
    """Everything in one graph: seek before decode, crop before scale, one encode. `fonts`: a file for each text."""
    graph = f"{picture(race, fonts)};{_sound(race)}"
    return [
        *QUIET,
        *inputs(race),
        *_music_input(race),
        *("-filter_complex_threads", str(threads), "-filter_complex", graph, "-map", "[v]", "-map", "[a]"),
        *(*ENCODER, "-threads", str(threads), "-movflags", "+faststart", output),
    ]


def inputs(race: Race) -> list[str]:
    """Each cut as an input of its own."""
    return [part for cut in race.cuts for part in _input(cut)]


def picture(race: Race, fonts: Sequence[str], first_input: int = 0) -> str:
    """The graph that makes [v]."""
    joined = "".join(f"[v{index}]" for index in range(len(race.cuts)))
    chains = [f"[{first_input + index}:v]{_shape(race, cut)}[v{index}]" for index, cut in enumerate(race.cuts)]
    drawn = "".join(f",{_drawn(words, font)}" for words, font in zip(race.words, fonts, strict=True))
    return ";".join([*chains, f"{joined}concat=n={len(race.cuts)}:v=1:a=0{drawn or ',null'}[v]"])


def normalise(race: Race, cut: Cut, threads: int, output: str) -> list[str]:
    """One clip in the output's shape, as a file of its own."""
    return [*QUIET, *_input(cut), "-vf", _shape(race, cut), *ENCODER, "-threads", str(threads), output]


def join(list_file: str, output: str) -> list[str]:
    """Files that are alike, one after the other, copied."""
    return [*QUIET, "-f", "concat", "-safe", "0", "-i", list_file, "-c", "copy", "-movflags", "+faststart", output]


def draw(words: Sequence[Words], fonts: Sequence[str], threads: int, source: str, output: str) -> list[str]:
    """One more encode of the whole, for texts."""
    drawn = ",".join(_drawn(one, font) for one, font in zip(words, fonts, strict=True))
    encoder = (*ENCODER[: ENCODER.index("-c:a")], "-c:a", "copy")
    return [*QUIET, "-i", source, "-vf", drawn, *encoder, "-threads", str(threads), "-movflags", "+faststart", output]


def mix(race: Race, source: str, output: str) -> list[str]:
    """Music laid under a finished video's sound; the picture is copied."""
    return [
        *(*QUIET, "-i", source, *_music_input(race), "-filter_complex", _mixed(race, "[0:a]", 1)),
        *("-map", "0:v", "-map", "[a]", "-c:v", "copy", *ENCODER[ENCODER.index("-c:a") :]),
        *("-movflags", "+faststart", output),
    ]


def vmaf(race: Race, threads: int, video: str, every_nth: int) -> list[str]:
    """Hold a result against the frames that its graph makes of the sources, before any encoder; told on stderr.

    Where there are texts only the middle half is looked at, which has none: each engine draws and places letters its
    own way, and that is not what an encoder lost.
    """
    counted = f"settb=1/{race.fps},setpts=N{',crop=iw:ih/2' if race.words else ''}"
    graph = (
        f"{picture(replace(race, words=()), (), first_input=1)};[v]{counted}[wanted];[0:v]{counted}[got];"
        f"[got][wanted]libvmaf=n_threads={threads}:n_subsample={every_nth}"
    )
    return ["-nostdin", "-hide_banner", "-i", video, *inputs(race), "-filter_complex", graph, "-f", "null", "-"]


def _input(cut: Cut) -> list[str]:
    return ["-ss", f"{cut.start:g}", "-t", f"{cut.seconds:.6f}", "-i", cut.source.rpartition("/")[2]]


def _shape(race: Race, cut: Cut) -> str:
    """From 1920x1080 to the output's shape, size and rate: cut off first, then scale what is left.

    Ends on the very frame: without that ten clips of other rates are some frames longer, and nothing can be compared.
    """
    width, height = 1920, 1080
    if race.width * height < width * race.height:
        width = 2 * round(height * race.width / race.height / 2)
    crop = f"crop={width}:{height}," if width != 1920 else ""  # noqa: PLR2004 - the sources' width
    scale = f"scale={race.width}:{race.height}," if (width, height) != (race.width, race.height) else ""
    exact = f"tpad=stop_mode=clone:stop_duration=0.5,trim=end_frame={round(cut.seconds * race.fps)}"
    return f"{crop}{scale}setsar=1,fps={race.fps}:start_time=0,format=yuv420p,{exact}"


def _sound(race: Race) -> str:
    joined = "".join(f"[{index}:a]" for index in range(len(race.cuts)))
    concat = f"{joined}concat=n={len(race.cuts)}:v=0:a=1"
    return f"{concat}[clips];{_mixed(race, '[clips]', len(race.cuts))}" if race.music else f"{concat}[a]"


def _mixed(race: Race, clips: str, music_input: int) -> str:
    """Music under the clips' sound; ends in [a]."""
    music = race.music
    assert music is not None
    fade = f"afade=t=out:st={race.seconds - music.fade_out:.6f}:d={music.fade_out:g}"
    bed = f"[{music_input}:a]volume={music.volume:g},{fade}[m]"
    return f"{bed};{clips}[m]amix=inputs=2:normalize=0:duration=first[a]"


def _music_input(race: Race) -> list[str]:
    return ["-t", f"{race.seconds:.6f}", "-i", race.music.source.rpartition("/")[2]] if race.music else []


def _drawn(words: Words, font: str) -> str:
    # These words are ours and have nothing to escape; users' never go this way.
    return (
        f"drawtext=fontfile={font}:text='{words.content}':fontsize={words.size}:fontcolor=white:borderw={words.outline}"
        f":bordercolor=black:x=(w-text_w)/2:y={words.y}:y_align=font:enable='gte(t,{words.start:g})'"
    )
