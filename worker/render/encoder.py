"""How the picture is encoded: codec, and quality or bitrate, as FFmpeg's arguments. Pure."""

from typing import Final

from jobs.spec import Output
from jobs.spec.output import Codec, Quality

# Of the same look: x265 counts five or six higher than x264 does.
_CRF: Final[dict[Codec, dict[Quality, int]]] = {
    "h264": {"low": 29, "medium": 23, "high": 18},
    "hevc": {"low": 33, "medium": 28, "high": 23},
}


def picture_encoder(output: Output, threads: int) -> tuple[str, ...]:
    """The picture's encoder with its options."""
    encoders = {
        "h264": ("-c:v", "libx264", "-preset", "veryfast"),
        # Without the tag hvc1 Apple's players do not play it; x265 starts as many threads as it sees processors.
        "hevc": (
            *("-c:v", "libx265", "-preset", "veryfast", "-tag:v", "hvc1"),
            *("-x265-params", f"pools={threads}:log-level=warning"),
        ),
    }
    return (*encoders[output.codec], *_measure(output), "-pix_fmt", "yuv420p")


def _measure(output: Output) -> tuple[str, ...]:
    if output.bitrate is not None:
        peak, window = output.bitrate * 3 // 2, output.bitrate * 2
        return "-b:v", f"{output.bitrate}k", "-maxrate", f"{peak}k", "-bufsize", f"{window}k"
    crf = output.crf if output.crf is not None else _CRF[output.codec][output.quality or "medium"]
    return "-crf", str(crf)
