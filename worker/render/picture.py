"""A clip's picture as filters: cut to the output's shape, size, rate and length. Pure."""

from dataclasses import dataclass
from fractions import Fraction

from worker.render.effects import effect_filter
from worker.render.plan import ClipPlan, RenderPlan
from worker.render.probe import VideoStream
from worker.render.timeline import MAX_STANDSTILL_SECONDS

# The blurred copy behind a picture is blurred at a quarter of its size, where a blur costs a sixteenth.
_BLURRED_PART = 4
_BLUR_SIGMA_PART = 40

# Light of 203 nits, which is white in an HDR picture's graphics (ITU-R BT.2408), becomes nearly white; up to 1000 nits,
# five times as much, what is brighter is told apart. BT.2020's colours are what both kinds of HDR have.
_WHITE_NITS, _BRIGHTEST = 203, 5

_TURNS = {0: (), 90: ("transpose=clock",), 180: ("hflip", "vflip"), 270: ("transpose=cclock",)}


def picture_chains(clip: ClipPlan, plan: RenderPlan, label: str) -> list[str]:
    """What makes `clip.frames` frames of the output, as chains; the last one ends in [`label`]."""
    effects = [effect_filter(effect, plan.tables) for effect in clip.clip.effects]
    if clip.video is None:
        source = f"color=c={opaque(clip.clip.color or '')}:s={plan.width}x{plan.height}:r={plan.fps}"
        # Effects work on one frame, which is then shown as often as it takes.
        once = ["trim=end_frame=1", *effects, f"tpad=stop_mode=clone:stop={clip.frames}"] if effects else []
        return [",".join([source, *once, "format=yuv420p", f"trim=end_frame={clip.frames}"]) + f"[{label}]"]
    start, first = _upright(clip, plan, label)
    sized = _sized(clip, plan, label)
    rate = [f"fps={plan.fps}:start_time=0"]
    # Frames are dropped before the work of scaling them, and repeated after it.
    slower = clip.video.fps is not None and clip.video.fps * clip.speed > plan.fps
    before, after = (rate, []) if slower else ([], rate)
    still = clip.clip.source is None
    # A picture that stands still is worked on once, and its frame shown as often as it takes.
    stop = f"stop={clip.frames}" if still else f"stop_duration={MAX_STANDSTILL_SECONDS}"
    end = [*effects, *after, "format=yuv420p", f"tpad=stop_mode=clone:{stop}", f"trim=end_frame={clip.frames}"]
    head = [*_time(clip, plan), *before]
    if isinstance(sized, list):
        return [*start, f"{first}{','.join([*head, *sized, *end])}[{label}]"]
    forked = [*head, *sized.before, f"split[{label}x][{label}y]"]
    return [*start, f"{first}{','.join(forked)}", *sized.branches, ",".join([sized.join, *end]) + f"[{label}]"]


def _time(clip: ClipPlan, plan: RenderPlan) -> list[str]:
    """From the source's time to the clip's: what was skipped lies before zero, and speed brings frames together."""
    assert clip.input_index is not None
    bounds: list[str] = []
    if clip.skipped_seconds:
        # It bounds what a still's window sees to the clip, as seeking to the clip's start does in the whole render.
        length = plan.inputs[clip.input_index].seconds or 0
        bounds = [f"trim=start=-{decimal(clip.skipped_seconds)}:end={decimal(length)}"]
    speed = clip.speed
    return bounds + ([] if speed == 1 else [f"setpts=PTS*{speed.denominator}/{speed.numerator}"])


def _upright(clip: ClipPlan, plan: RenderPlan, label: str) -> tuple[list[str], str]:
    """Chains that come first, and what the clip's own chain begins with: a picture without transparency."""
    assert clip.video is not None
    pad = f"[{clip.input_index}:{clip.video.index}]"
    if not clip.video.has_alpha:
        return [], pad
    size = f"{clip.video.width}x{clip.video.height}"
    ground = f"color=c={opaque(clip.clip.background)}:s={size}:r={plan.fps},trim=end_frame=1[{label}g]"
    return [ground], f"[{label}g]{pad}overlay=format=auto,"


@dataclass(frozen=True)
class _Fork:
    """A picture over a copy of itself: `before` both, the two `branches` from [x] and [y], and what joins them."""

    before: list[str]
    branches: list[str]
    join: str


@dataclass(frozen=True)
class _Turned:
    """A picture as it lies after its clip's `rotate`: width, height, and the width of a pixel over its height."""

    width: int
    height: int
    sar: Fraction

    @classmethod
    def of(cls, video: VideoStream, degrees: int) -> "_Turned":
        if degrees % 180:
            return cls(video.height, video.width, 1 / video.sar)
        return cls(video.width, video.height, video.sar)


def _sized(clip: ClipPlan, plan: RenderPlan, label: str) -> list[str] | _Fork:
    """What gives the picture the output's size."""
    assert clip.video is not None
    match clip.clip.fit:
        case "cover":
            return _cover(clip, plan.width, plan.height)
        case "contain":
            return _contain(clip, plan)
        case "blur":
            return _over_blurred(clip, plan, label)


def _cover(clip: ClipPlan, to_width: int, to_height: int, flags: str = "") -> list[str]:
    """Crop to the output's shape, then turn and scale: pixels that are cut off are never worked on."""
    assert clip.video is not None
    turned = _Turned.of(clip.video, clip.clip.rotate)
    shape = Fraction(to_width, to_height) / turned.sar
    width = min(turned.width, _even(turned.height * shape))
    height = min(turned.height, _even(turned.width / shape))
    crop = [] if (width, height) == (turned.width, turned.height) else [_crop(clip, turned, width, height)]
    scale = _scale((width, height), (to_width, to_height), turned.sar, flags)
    return [*crop, *_TURNS[clip.clip.rotate], *scale, *_toned(clip.video)]


def _crop(clip: ClipPlan, turned: _Turned, width: int, height: int) -> str:
    """The part of this size (of the turned picture) around the focus, in the picture's own directions."""
    focus, degrees = clip.clip.focus, clip.clip.rotate
    across, down = (height, width) if degrees % 180 else (width, height)
    if focus.x == focus.y == 0.5:  # noqa: PLR2004 - the middle, which is the filter's own
        return f"crop={across}:{down}"
    left = _beside(focus.x, turned.width, width)
    top = _beside(focus.y, turned.height, height)
    right, bottom = turned.width - left - width, turned.height - top - height
    x, y = {0: (left, top), 90: (top, right), 180: (right, bottom), 270: (bottom, left)}[degrees]
    return f"crop={across}:{down}:{x}:{y}"


def _beside(focus: float, whole: int, part: int) -> int:
    """What is cut off before a part that has the focus in its middle, or as near to it as can be. Even, as 4:2:0 is."""
    return min(max(0, round((focus * whole - part / 2) / 2) * 2), whole - part)


def _contain(clip: ClipPlan, plan: RenderPlan) -> list[str]:
    """Scale until one side fits, pad the other with the background."""
    filters, width, height = _contained(clip, plan)
    if (width, height) == (plan.width, plan.height):
        return filters
    left, top = (plan.width - width) // 2, (plan.height - height) // 2
    # Black is the filter's own.
    colour = "" if clip.clip.background.lower().startswith("#000000") else f":{opaque(clip.clip.background)}"
    return [*filters, f"pad={plan.width}:{plan.height}:{left}:{top}{colour}"]


def _over_blurred(clip: ClipPlan, plan: RenderPlan, label: str) -> list[str] | _Fork:
    """All of the picture over a blurred copy that fills the output; the copy only where it would be seen."""
    filters, width, height = _contained(clip, plan)
    if (width, height) == (plan.width, plan.height):
        return filters
    small = [_even(Fraction(side, _BLURRED_PART)) for side in (plan.width, plan.height)]
    copy = [
        *_cover(clip, small[0], small[1], ":flags=bilinear"),
        f"gblur=sigma={max(1, max(small) // _BLUR_SIGMA_PART)}",
        f"scale={plan.width}:{plan.height}:flags=bilinear",
        "setsar=1",
    ]
    branches = [f"[{label}x]{','.join(copy)}[{label}b]", f"[{label}y]{','.join(filters) or 'null'}[{label}f]"]
    left, top = (plan.width - width) // 2, (plan.height - height) // 2
    return _Fork([], branches, f"[{label}b][{label}f]overlay={left}:{top}")


def _contained(clip: ClipPlan, plan: RenderPlan) -> tuple[list[str], int, int]:
    """What scales the whole picture into the output, and the size that it then has."""
    assert clip.video is not None
    turned = _Turned.of(clip.video, clip.clip.rotate)
    factor = min(plan.width / (turned.width * turned.sar), Fraction(plan.height, turned.height))
    width = min(plan.width, _even(turned.width * turned.sar * factor))
    height = min(plan.height, _even(turned.height * factor))
    scale = _scale((turned.width, turned.height), (width, height), turned.sar)
    return [*_TURNS[clip.clip.rotate], *scale, *_toned(clip.video)], width, height


def _toned(video: VideoStream) -> list[str]:
    """What brings HDR to the range and the colours of the output; it counts in floating point, so it comes last."""
    if video.hdr_transfer is None:
        return []
    return [
        f"zscale=pin=bt2020:min=bt2020nc:tin={video.hdr_transfer}:t=linear:npl={_WHITE_NITS}",
        "format=gbrpf32le",
        "zscale=p=bt709",
        f"tonemap=mobius:desat=0:peak={_BRIGHTEST}",
        "zscale=t=bt709:m=bt709:r=tv",
        "format=yuv420p",
    ]


def _scale(before: tuple[int, int], after: tuple[int, int], sar: Fraction, flags: str = "") -> list[str]:
    """What brings a picture from one size (width, height) to another, of square pixels."""
    if before == after:
        return [] if sar == 1 else ["setsar=1"]
    return [f"scale={after[0]}:{after[1]}{flags}", "setsar=1"]


def _even(pixels: Fraction) -> int:
    """The nearest even number, at least 2: 4:2:0 has no odd sides."""
    return max(2, 2 * round(pixels / 2))


def opaque(colour: str) -> str:
    """`#rrggbb` or `#rrggbbaa` as FFmpeg's 0xRRGGBB."""
    return f"0x{colour[1:7].upper()}"


def decimal(seconds: float) -> str:
    """Seconds in microseconds' steps, without needless digits."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".")
