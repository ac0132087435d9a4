"""A clip's sound as filters. Pure."""

from fractions import Fraction

from worker.render.plan import ClipPlan
from worker.render.timeline import SAMPLE_RATE


def sound_chain(clip: ClipPlan, label: str) -> str:
    """What makes `clip.samples` samples of stereo from the clip's input, or silence where it has no sound."""
    if clip.audio_index is None:
        return f"anullsrc=r={SAMPLE_RATE}:cl=stereo,atrim=end_sample={clip.samples}[{label}]"
    filters = [
        f"aresample={SAMPLE_RATE}:async=1:first_pts=0",
        "aformat=sample_fmts=fltp:channel_layouts=stereo",
        *_tempo(clip.speed),
        *([] if clip.clip.volume == 1 else [f"volume={clip.clip.volume:g}"]),
        f"apad=whole_len={clip.samples}",
        f"atrim=end_sample={clip.samples}",
    ]
    return f"[{clip.input_index}:{clip.audio_index}]{','.join(filters)}[{label}]"


def _tempo(speed: Fraction) -> list[str]:
    """What plays sound faster at its own pitch. One filter goes from half to twice; two go on."""
    if speed == 1:
        return []
    if Fraction(1, 2) <= speed <= 2:  # noqa: PLR2004 - twice
        return [f"atempo={float(speed):.6f}"]
    root = float(speed) ** 0.5
    return [f"atempo={root:.6f}"] * 2
