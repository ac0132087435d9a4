"""A clip's sound as filters. Pure."""

from worker.render.plan import SAMPLE_RATE, ClipPlan


def sound_chain(index: int, clip: ClipPlan) -> str:
    """What makes `clip.samples` samples of stereo from the clip's input, or silence where it has no sound."""
    if clip.audio_index is None:
        return f"anullsrc=r={SAMPLE_RATE}:cl=stereo,atrim=end_sample={clip.samples}"
    return (
        f"[{index}:{clip.audio_index}]aresample={SAMPLE_RATE}:async=1:first_pts=0,"
        f"aformat=sample_fmts=fltp:channel_layouts=stereo,"
        f"apad=whole_len={clip.samples},atrim=end_sample={clip.samples}"
    )
