"""A clip's picture as filters: cut to the output's shape, size, rate and length. Pure."""

from fractions import Fraction

from worker.render.plan import MAX_STANDSTILL_SECONDS, ClipPlan, RenderPlan


def video_filters(clip: ClipPlan, plan: RenderPlan) -> list[str]:
    """What makes the clip's stream `clip.frames` frames of the output."""
    size = _cover(clip, plan) if clip.fit == "cover" else _contain(clip, plan)
    rate = [f"fps={plan.fps}:start_time=0"]
    # Frames are dropped before the work of scaling them, and repeated after it.
    slower = clip.video.fps is not None and clip.video.fps > plan.fps
    return [
        *(rate + size if slower else size + rate),
        "format=yuv420p",
        f"tpad=stop_mode=clone:stop_duration={MAX_STANDSTILL_SECONDS}",
        f"trim=end_frame={clip.frames}",
    ]


def _cover(clip: ClipPlan, plan: RenderPlan) -> list[str]:
    """Crop to the output's shape, then scale: pixels that are cut off are never scaled."""
    video = clip.video
    shape = Fraction(plan.width, plan.height) / video.sar
    width = min(video.width, _even(video.height * shape))
    height = min(video.height, _even(video.width / shape))
    crop = [f"crop={width}:{height}"] if (width, height) != (video.width, video.height) else []
    return crop + _scale(width, height, plan.width, plan.height, video.sar)


def _contain(clip: ClipPlan, plan: RenderPlan) -> list[str]:
    """Scale until one side fits, pad the other with black."""
    video = clip.video
    factor = min(plan.width / (video.width * video.sar), Fraction(plan.height, video.height))
    width = min(plan.width, _even(video.width * video.sar * factor))
    height = min(plan.height, _even(video.height * factor))
    padded = (width, height) != (plan.width, plan.height)
    pad = [f"pad={plan.width}:{plan.height}:{(plan.width - width) // 2}:{(plan.height - height) // 2}"]
    return _scale(video.width, video.height, width, height, video.sar) + (pad if padded else [])


def _scale(from_width: int, from_height: int, width: int, height: int, sar: Fraction) -> list[str]:
    if (from_width, from_height) == (width, height):
        return [] if sar == 1 else ["setsar=1"]
    return [f"scale={width}:{height}", "setsar=1"]


def _even(pixels: Fraction) -> int:
    """The nearest even number, at least 2: 4:2:0 has no odd sides."""
    return max(2, 2 * round(pixels / 2))
