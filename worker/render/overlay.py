"""Pictures over the video as filters: each is scaled once, before it is laid on any frame. Pure."""

from dataclasses import dataclass, replace
from fractions import Fraction

from jobs.spec import Image
from worker.render.texts import frames_of, point, shares
from worker.render.timeline import frame_at


@dataclass(frozen=True)
class Overlay:
    """One picture on the output: its file, size and place in pixels, and its frames; fades in frames."""

    file: str
    width: int
    height: int
    x: int
    y: int
    opacity: float
    first_frame: int
    end_frame: int
    fade_in_frames: int
    fade_out_frames: int

    def opacity_at(self, frame: int) -> float:
        """How opaque it is on a frame, its fades counted in."""
        if not self.first_frame <= frame < self.end_frame:
            return 0.0
        gone = frame - self.first_frame
        left = self.end_frame - frame
        coming = gone / self.fade_in_frames if gone < self.fade_in_frames else 1.0
        going = left / self.fade_out_frames if left < self.fade_out_frames else 1.0
        return self.opacity * min(coming, going)

    def frozen(self, frame: int) -> "Overlay":
        """The picture as it is on one frame."""
        opacity = self.opacity_at(frame)
        return replace(
            self, opacity=opacity, first_frame=frame, end_frame=frame + 1, fade_in_frames=0, fade_out_frames=0
        )


def overlay_of(
    image: Image, file: str, own_size: tuple[int, int], *, width: int, height: int, fps: Fraction
) -> Overlay:
    """Where and when a picture of `own_size` pixels is on an output of `width` x `height`."""
    shown_width, shown_height = _size(image, *own_size)
    across, down = shares(image.position)
    x, y = point(image.position, width, height)
    first_frame, end_frame = frames_of(image.start, image.end, fps)
    return Overlay(
        file=file,
        width=shown_width,
        height=shown_height,
        x=round(x - across * shown_width),
        y=round(y - down * shown_height),
        opacity=image.opacity,
        first_frame=first_frame,
        end_frame=end_frame,
        fade_in_frames=frame_at(image.fade_in, fps),
        fade_out_frames=frame_at(image.fade_out, fps),
    )


def overlay_chains(overlay: Overlay, fps: Fraction, *, source: str, below: str, label: str) -> list[str]:
    """The chains that lay the picture in the stream `source` on the stream `below`, and end in `label`."""
    fades = [
        f"fade=t={kind}:s={start}:n={frames}:alpha=1"
        for kind, start, frames in (
            ("in", overlay.first_frame, overlay.fade_in_frames),
            ("out", overlay.end_frame - overlay.fade_out_frames, overlay.fade_out_frames),
        )
        if frames
    ]
    # Only a picture that changes needs a frame for each of the output's.
    repeated = ["loop=loop=-1:size=1:start=0", f"settb={1 / fps}", "setpts=N", *fades] if fades else []
    filters = ",".join([*picture_filters(overlay, overlay.opacity), *repeated])
    # By time, for a stream may begin anywhere in the output; half a frame early, so that no rounding matters.
    first, end = (
        float(max(Fraction(0), (frame - Fraction(1, 2)) / fps)) for frame in (overlay.first_frame, overlay.end_frame)
    )
    enable = f":enable='gte(t,{first:.6f})*lt(t,{end:.6f})'"
    # A picture that is repeated has no end of its own.
    ending = ":shortest=1" if fades else ""
    return [
        f"[{source}]{filters}[on-{label}]",
        f"[{below}][on-{label}]overlay=x={overlay.x}:y={overlay.y}{ending}{enable}[{label}]",
    ]


def picture_filters(overlay: Overlay, opacity: float) -> list[str]:
    """What makes a picture fit to be laid on video."""
    faint = ["format=rgba", f"colorchannelmixer=aa={opacity:.4f}"] if opacity < 1 else []
    return [f"scale={overlay.width}:{overlay.height}", *faint, "format=yuva420p"]


def _size(image: Image, own_width: int, own_height: int) -> tuple[int, int]:
    """The size that is asked for; the side that is not keeps the picture's shape."""
    if image.width and image.height:
        return image.width, image.height
    if image.width:
        return image.width, max(1, round(own_height * image.width / own_width))
    if image.height:
        return max(1, round(own_width * image.height / own_height)), image.height
    return own_width, own_height
