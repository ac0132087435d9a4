"""The render engine: a spec and its downloaded sources in, a video and its poster out."""

import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jobs.fonts import FontCatalogue
from jobs.problem import Problem
from jobs.spec import Spec
from worker.errors import PermanentError
from worker.render.fonts import FontCabinet
from worker.render.limits import Limits
from worker.render.progress import Progress
from worker.render.session import RenderSession, on_disk
from worker.render.splice.splicer import encode_video
from worker.render.still import take_still


@dataclass(frozen=True)
class RenderResult:
    """A finished render: files in the scratch folder, size in pixels, length in seconds (exactly its frames)."""

    video: Path
    poster: Path
    width: int
    height: int
    duration_seconds: float


class RenderEngine:
    """Renders one job at a time with `threads` threads (the task's vCPUs) inside `limits`.

    `font_cache` keeps font instances between jobs, and several workers may share it; without it each job makes its own
    in its scratch folder.
    """

    def __init__(self, threads: int, limits: Limits = Limits(), font_cache: Path | None = None) -> None:  # noqa: B008 - frozen
        self._threads = threads
        self._limits = limits
        self._font_cache = font_cache
        self._catalogue = FontCatalogue.installed()

    def check(self, spec: Spec) -> None:
        """Refuse what cannot be rendered here whatever the sources hold; nothing is downloaded for it.

        Raises:
            PermanentError: with all problems (unknown fonts and weights, more clips than one pass takes).
        """
        problems = self._catalogue.problems(spec)
        if len(spec.clips) > self._limits.max_clips:
            too_many = Problem(
                field="spec.clips",
                message=f"has {len(spec.clips)} clips, and one render takes {self._limits.max_clips}",
                remedy=f"send at most {self._limits.max_clips} clips a job",
            )
            problems = (too_many, *problems)
        if problems:
            raise PermanentError(problems)

    def render(
        self,
        spec: Spec,
        sources: Mapping[str, Path],
        scratch: Path,
        *,
        on_progress: Callable[[Progress], None],
        stop: threading.Event,
    ) -> RenderResult:
        """Render `spec` in a new folder inside `scratch`, which the caller removes.

        `sources` has a local file for each of `spec.source_names`. `on_progress` is called some four times a second
        on this thread; what it raises ends the render and passes through.

        Raises:
            PermanentError: a source is broken, has no picture or ends before the trim does, or a limit is exceeded.
            TransientError: the machine failed (disk, memory) or FFmpeg stalled.
            StoppedError: `stop` was set; no process is left.
        """
        self.check(spec)
        with on_disk():
            scratch.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix="render-", dir=scratch))
        cabinet = FontCabinet(self._font_cache or folder / "fonts")
        session = RenderSession(spec, folder, self._threads, self._limits, stop)
        plan = session.plan(sources)
        layers = session.prepare_texts(self._catalogue, cabinet)
        video = encode_video(session, plan, layers, on_progress)
        poster = session.take_poster(plan)
        return RenderResult(video, poster, plan.width, plan.height, plan.seconds)

    def still(
        self, spec: Spec, at_seconds: float, bring: Callable[[int], Path], scratch: Path, *, stop: threading.Event
    ) -> Path:
        """The frame of `spec`'s video that is on screen at a time, as a JPEG in a new folder inside `scratch`.

        `bring` answers with a local file of the clip's source, by the clip's index; it is asked only for the clip that
        is on screen and for those before it whose length only their source knows.

        Raises: as `render` does; PermanentError also for a time beyond the video's end.
        """
        self.check(spec)
        with on_disk():
            folder = Path(tempfile.mkdtemp(prefix="still-", dir=scratch))
        cabinet = FontCabinet(self._font_cache or folder / "fonts")
        session = RenderSession(spec, folder, self._threads, self._limits, stop)
        return take_still(session, at_seconds, bring, self._catalogue, cabinet)
