"""One progress out of several passes of FFmpeg. Pure: the clock is the caller's."""

from collections.abc import Callable
from dataclasses import replace

from worker.render.progress import Progress


class Ratchet:
    """Tells `tell` of progress that never falls back, as it would where a render begins anew another way."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._latest = 0.0

    def __call__(self, progress: Progress) -> None:
        """Tell of it."""
        self._latest = max(self._latest, progress.fraction)
        self._tell(replace(progress, fraction=self._latest))


class Passes:
    """`weights` say how much of the whole work each pass is; `seconds` and `frames` are the output's."""

    def __init__(self, weights: list[float], seconds: float, frames: int) -> None:
        self._weights = weights
        self._seconds = seconds
        self._frames = frames
        self._pass = 0

    def begin(self, clock: Callable[[], float], tell: Callable[[Progress], None]) -> Callable[[Progress], None]:
        """What takes the next pass's own progress and tells `tell` of the whole; `clock` is the seconds so far."""
        done, weight, total = sum(self._weights[: self._pass]), self._weights[self._pass], sum(self._weights)
        is_last = self._pass == len(self._weights) - 1
        self._pass += 1

        def told(progress: Progress) -> None:
            fraction = (done + weight * progress.fraction) / total
            # The whole is done when the last pass says so, and never before.
            fraction = 1.0 if is_last and progress.fraction == 1.0 else min(fraction, 0.999)
            tell(self._of_whole(fraction, clock()))

        return told

    def _of_whole(self, fraction: float, elapsed_seconds: float) -> Progress:
        return Progress(
            fraction=fraction,
            frames_per_second=fraction * self._frames / elapsed_seconds if elapsed_seconds > 0 else 0.0,
            out_seconds=fraction * self._seconds,
            eta_seconds=elapsed_seconds * (1 - fraction) / fraction if fraction > 0 else None,
        )
