"""How far a render is, from the lines of FFmpeg's `-progress`. Pure: the clock is the caller's."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """`fraction` is 0 to 1 of the output's length; `eta_seconds` is None until there is a speed to tell it from."""

    fraction: float
    frames_per_second: float
    out_seconds: float
    eta_seconds: float | None


class ProgressReader:
    """Collects `key=value` lines; a `progress=` line ends a block and makes a `Progress`. `frames`: encoded so far.

    `out_time_us` is in microseconds (and so is `out_time_ms`, whatever its name says).
    """

    def __init__(self, total_seconds: float) -> None:
        self._total_seconds = total_seconds
        self._block: dict[str, str] = {}
        self._out_seconds = 0.0
        self.frames = 0

    def read(self, line: str, elapsed_seconds: float) -> Progress | None:
        """Take one line, `elapsed_seconds` after the start; a Progress at the end of each block."""
        key, _, value = line.strip().partition("=")
        if key != "progress":
            self._block[key] = value
            return None
        block, self._block = self._block, {}
        # "N/A" comes before the first frame, and again while the last ones are flushed: progress never falls back.
        out_seconds = self._out_seconds = max(self._out_seconds, _number(block.get("out_time_us")) / 1e6)
        fraction = 1.0 if value == "end" else min(1.0, out_seconds / self._total_seconds)
        speed = out_seconds / elapsed_seconds if elapsed_seconds > 0 else 0.0
        remaining_seconds = max(0.0, self._total_seconds - out_seconds)
        eta = 0.0 if value == "end" else remaining_seconds / speed if speed > 0 else None
        self.frames = int(_number(block.get("frame")))
        return Progress(fraction, self.frames / elapsed_seconds if elapsed_seconds > 0 else 0.0, out_seconds, eta)


def _number(value: str | None) -> float:
    try:
        return float(value or "")
    except ValueError:
        return 0.0
