"""What becomes of the clips' sound: music under it, and the loudness that the whole is brought to. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.render.plan import BedPlan, RenderPlan
from worker.render.timeline import SAMPLE_RATE

# Speech lies some 20 dB above this: music then steps back by 10 to 20 dB, at once, and returns in half a second.
_DUCK = "sidechaincompress=threshold=0.03:ratio=8:attack=30:release=500"

# Peaks between samples are up to some 0.5 dB higher: -1.5 dB keeps below the -1 dB that codecs ask for.
_CEILING_DB = -1.5
_LIMITER = "alimiter=limit=0.8414:level=0:latency=1"

_SILENCE_LUFS = -69.9
_MAX_GAIN_DB = 30.0
"""What is as soft as this is noise."""

_LOUDNESS = re.compile(r"^ +I: +(-?\d+\.\d+|-inf|nan) LUFS")
_PEAK = re.compile(r"^ +Peak: +(-?\d+\.\d+|-inf|nan) dBFS")


@dataclass(frozen=True)
class Measured:
    """How loud a whole is (LUFS), and its highest peak (dB below full scale)."""

    loudness_lufs: float
    peak_db: float


def is_mixed(plan: RenderPlan, measured: Measured | None) -> bool:
    """Whether anything becomes of the clips' sound."""
    return bool(plan.beds or _level(plan, measured))


def mix_chains(plan: RenderPlan, measured: Measured | None) -> list[str]:
    """From the clips' [clips] to [sound]; `measured` is the whole before it is brought to its loudness.

    Nothing where the plan is not mixed: the clips' sound is the whole's then.
    """
    level = _level(plan, measured)
    if not plan.beds:
        return [f"[clips]{','.join(level)}[sound]"] if level else []
    beds = [_bed_chain(bed, plan, f"m{index}") for index, bed in enumerate(plan.beds)]
    # Music need not step back before silence.
    is_heard = any(clip.audio_index is not None for clip in plan.clips)
    ducked = [index for index, bed in enumerate(plan.beds) if bed.music.duck and is_heard]
    fork = [f"[clips]asplit={len(ducked) + 1}[c]{''.join(f'[k{index}]' for index in ducked)}"] if ducked else []
    ducks = [f"[m{index}][k{index}]{_DUCK}[d{index}]" for index in ducked]
    pads = "".join(f"[d{index}]" if index in ducked else f"[m{index}]" for index in range(len(plan.beds)))
    # Added, not averaged: a bed leaves the clips as loud as they are. What then exceeds full scale is limited.
    mix = [
        f"amix=inputs={len(plan.beds) + 1}:normalize=0:duration=first",
        *(level if _LIMITER in level else [*level, _LIMITER]),
    ]
    return [*beds, *fork, *ducks, f"{'[c]' if ducked else '[clips]'}{pads}{','.join(mix)}[sound]"]


def read_measure(lines: Sequence[str]) -> Measured | None:
    """What `ebur128` says at its end; what a file says of itself stands before, and is not read."""
    loudness = [match[1] for line in lines if (match := _LOUDNESS.match(line))]
    peaks = [match[1] for line in lines if (match := _PEAK.match(line))]
    return Measured(float(loudness[-1]), float(peaks[-1])) if loudness and peaks else None


def _level(plan: RenderPlan, measured: Measured | None) -> list[str]:
    """What brings the whole to its loudness: one factor, and a limiter where a peak would be too high."""
    if plan.loudness_lufs is None or measured is None or not measured.loudness_lufs > _SILENCE_LUFS:
        return []
    gain_db = min(_MAX_GAIN_DB, plan.loudness_lufs - measured.loudness_lufs)
    gain = [f"volume={gain_db:.2f}dB"] if abs(gain_db) >= 0.05 else []  # noqa: PLR2004 - nobody hears a twentieth
    return [*gain, *([_LIMITER] if measured.peak_db + gain_db > _CEILING_DB else [])]


def _bed_chain(bed: BedPlan, plan: RenderPlan, label: str) -> str:
    """One bed as long as the output: silence before it begins and after its end."""
    music = bed.music
    fade_in, fade_out = (min(bed.samples, round(seconds * SAMPLE_RATE)) for seconds in (music.fade_in, music.fade_out))
    total = plan.samples
    filters = [
        f"aresample={SAMPLE_RATE}:async=1:first_pts=0",
        "aformat=sample_fmts=fltp:channel_layouts=stereo",
        *([f"aloop=loop=-1:size={bed.loop_samples}"] if bed.loop_samples else []),
        f"atrim=end_sample={bed.samples}",
        *([f"volume={music.volume:g}"] if music.volume != 1 else []),
        *([f"afade=t=in:ns={fade_in}"] if fade_in else []),
        *([f"afade=t=out:ss={bed.samples - fade_out}:ns={fade_out}"] if fade_out else []),
        *([f"adelay={bed.start_sample}S:all=1"] if bed.start_sample else []),
        f"apad=whole_len={total}",
        f"atrim=end_sample={total}",
    ]
    return f"[{bed.input_index}:{bed.audio_index}]{','.join(filters)}[{label}]"
