"""The render engine: a spec and its downloaded sources in, a video and its poster out."""

import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.effects import DEFAULT_EFFECTS, EffectCatalogue
from jobs.fonts import FontCatalogue
from jobs.spec import Material, Spec
from worker.errors import PermanentError
from worker.render.early_checks import early_problems
from worker.render.layering import layer_problems, prepare_layers
from worker.render.limits import Limits
from worker.render.log_file import LOG_FILE
from worker.render.progress import Progress
from worker.render.scratch import on_disk
from worker.render.session import RenderSession
from worker.render.splice.splicer import encode_video
from worker.render.still import take_still
from worker.render.version import look_of

_FOLDER_PREFIX = "render-"


@dataclass(frozen=True)
class RenderResult:
    """A finished render: files in the scratch folder, size in pixels, length in seconds (exactly its frames)."""

    video: Path
    poster: Path
    width: int
    height: int
    duration_seconds: float
    thumbnails: Path | None = None


class RenderEngine:
    """Renders one job at a time with `threads` threads (the task's vCPUs) inside `limits`.

    `fonts` answers with a catalogue that has, if anything has, the families that it is given. `effects` are the filters
    that specs may name.
    """

    def __init__(
        self,
        threads: int,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        fonts: Callable[[Sequence[str]], FontCatalogue] = lambda _: FontCatalogue.installed(),
        effects: Iterable[str] = DEFAULT_EFFECTS,
    ) -> None:
        self._threads = threads
        self._limits = limits
        self._fonts = fonts
        self._effects = EffectCatalogue(effects)

    def look(self, spec: Spec) -> str:
        """What changes when the same spec over the same sources would come out otherwise. Raises as `check` does."""
        return look_of(spec, self._catalogue(spec))

    def check(self, spec: Spec) -> None:
        """Refuse what cannot be rendered here whatever the sources hold; nothing is downloaded for it.

        Raises:
            PermanentError: with all problems (limits exceeded, unknown effects, fonts, weights and letters).
            TransientError: fonts that are not installed could not be looked for.
        """
        problems = (
            *early_problems(spec, self._limits),
            *self._effects.problems(spec),
            *self._catalogue(spec).problems(spec),
        )
        if problems:
            raise PermanentError(problems)

    def _catalogue(self, spec: Spec) -> FontCatalogue:
        return self._fonts([track.lettering.font.family for track in spec.tracks if track.lettering])

    def render(
        self,
        spec: Spec,
        sources: Mapping[str, Path],
        scratch: Path,
        *,
        on_progress: Callable[[Progress], None],
        stop: threading.Event,
        alive: Callable[[], None] = lambda: None,
    ) -> RenderResult:
        """Render `spec` in a new folder inside `scratch`, which the caller removes.

        `sources` has a local file for each of `spec.source_names`. `on_progress` is called some four times a second
        on this thread, and `alive` while sources are looked at, and before and after the video is made; what they raise
        ends the render and passes through.

        Raises:
            PermanentError: a source is broken, has no picture or ends before the trim does, or a limit is exceeded.
            TransientError: the machine failed (disk, memory) or FFmpeg stalled.
            StoppedError: `stop` was set; no process is left.
        """
        self.check(spec)
        with on_disk():
            scratch.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX, dir=scratch))
        session = RenderSession(spec, folder, self._threads, self._limits, stop, alive)
        catalogue = self._catalogue(spec)

        def bring(material: Material) -> Path:
            return sources[material.source]

        try:
            plan = session.plan(sources)
        except PermanentError as error:
            raise PermanentError((*error.problems, *layer_problems(session, catalogue, bring))) from None
        layers = prepare_layers(session, plan.fps, catalogue, bring, frames=(0, plan.frames))
        video = encode_video(session, plan, layers, session.measure(plan), on_progress)
        thumbnails = session.take_thumbnails(plan)
        return RenderResult(video, session.poster(), plan.width, plan.height, plan.seconds, thumbnails)

    def log(self, scratch: Path) -> Path | None:
        """What FFmpeg said in the last render in `scratch`, or None where it said nothing because it never ran."""
        return next(scratch.glob(f"{_FOLDER_PREFIX}*/{LOG_FILE}"), None)

    def still(
        self, spec: Spec, at_seconds: float, bring: Callable[[Material], Path], scratch: Path, *, stop: threading.Event
    ) -> Path:
        """The frame of `spec`'s video that is on screen at a time, as a JPEG in a new folder inside `scratch`.

        `bring` answers with a local copy of a file of the spec; it is asked only for those of what is on screen, and
        of the clips before whose length only their source knows.

        Raises: as `render` does; PermanentError also for a time beyond the video's end.
        """
        self.check(spec)
        with on_disk():
            folder = Path(tempfile.mkdtemp(prefix="still-", dir=scratch))
        session = RenderSession(spec, folder, self._threads, self._limits, stop)
        return take_still(session, at_seconds, bring, self._catalogue(spec))
