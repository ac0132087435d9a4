"""The steps of one render, in one folder: look at the sources, encode, take the poster."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jobs.problem import Problem
from jobs.spec import Spec
from worker.errors import PermanentError, TransientError
from worker.render import arguments, ffmpeg
from worker.render.causes import Cause, find_cause
from worker.render.ffmpeg import Outcome
from worker.render.layers import Layer
from worker.render.limits import Limits
from worker.render.plan import ACCEPTED, RenderPlan, make_plan, shorten
from worker.render.probe import CODECS, FORMATS, Media, UnreadableError, parse_media
from worker.render.progress import Progress

_SMALLER = "make the output smaller or shorter"


@contextmanager
def on_disk() -> Iterator[None]:
    """What the disk refuses (it is full, most often) is the machine's fault, and may pass."""
    try:
        yield
    except OSError as error:
        raise TransientError(f"the scratch disk failed: {error.strerror}") from error


@dataclass(frozen=True)
class RenderSession:
    """One render of `spec` in `folder`, which is empty and its own. Every file in it has a name of ours."""

    spec: Spec
    folder: Path
    threads: int
    limits: Limits
    stop: threading.Event

    def plan(self, sources: Mapping[str, Path]) -> RenderPlan:
        """Probe every source, then fix every number.

        Raises:
            PermanentError: with all that is wrong with any source or trim at once.
        """
        media: dict[str, Media] = {}
        problems: list[Problem] = []
        for source, name in self.source_files.items():
            found = self.probe(name, sources[source])
            if isinstance(found, Media):
                media[source] = found
            else:
                index = next(index for index, clip in enumerate(self.spec.clips) if clip.source == source)
                problems.append(source_problem(index, source, found))
        if problems:
            raise PermanentError(problems)
        return make_plan(self.spec, media, self.limits)

    def encode(self, plan: RenderPlan, layers: Sequence[Layer], on_progress: Callable[[Progress], None]) -> Path:
        """Render the video in one pass and hold it against the plan."""
        files = [self.source_files[clip.source] for clip in plan.clips]
        outcome = ffmpeg.run(
            arguments.render_arguments(plan, layers, files, threads=self.threads, limits=self.limits),
            folder=self.folder,
            limits=self.limits,
            wall_seconds=self.limits.wall_seconds,
            stop=self.stop,
            total_seconds=plan.seconds,
            on_progress=on_progress,
        )
        if outcome.wall_time_exceeded:
            message = f"took more than {self.limits.wall_seconds:g} s to render"
            raise PermanentError(Problem(field="spec", message=message, remedy=_SMALLER))
        if outcome.return_code != 0:
            raise _failure(find_cause(outcome.return_code, outcome.lines), plan)
        video = self.folder / arguments.VIDEO_FILE
        # At -fs FFmpeg ends the file in good order, a little above the bound; at a source's early end, too.
        if video.stat().st_size > self.limits.max_output_bytes:
            raise _failure(Cause("output", f"is larger than {self.limits.max_output_bytes} bytes"), plan)
        if outcome.frames < plan.frames:
            message = "ends before the length that it states: it is truncated or broken"
            raise _failure(Cause("source", message, find_cause(0, outcome.lines).input_index), plan)
        return video

    def take_poster(self, plan: RenderPlan) -> Path:
        """One frame of the finished video."""
        outcome = self.run_briefly(arguments.poster_arguments(plan, threads=self.threads))
        poster = self.folder / arguments.POSTER_FILE
        if outcome.return_code != 0 or not poster.exists():
            raise TransientError(f"no poster: {find_cause(outcome.return_code, outcome.lines).message}")
        return poster

    @property
    def source_files(self) -> dict[str, str]:
        """The name, in the folder, of each clip's source."""
        sources = dict.fromkeys(clip.source for clip in self.spec.clips)
        return {source: f"source-{index}" for index, source in enumerate(sources)}

    def probe(
        self,
        name: str,
        path: Path,
        *,
        formats: Sequence[str] = FORMATS,
        codecs: Sequence[str] = CODECS,
        max_bytes: int | None = None,
    ) -> Media | str:
        """What a source of one of these formats and codecs holds, or why it cannot be read.

        Links it into the folder under `name`.
        """
        max_bytes = self.limits.max_source_bytes if max_bytes is None else max_bytes
        with on_disk():
            (self.folder / name).symlink_to(path.resolve())
            size_bytes = path.stat().st_size
        if size_bytes > max_bytes:
            return f"has {size_bytes} bytes, more than {max_bytes}"
        outcome = self.run_briefly(arguments.probe_arguments(name, limits=self.limits, formats=formats, codecs=codecs))
        if outcome.wall_time_exceeded:
            return f"could not be read within {self.limits.probe_seconds:g} s"
        try:
            media = parse_media(outcome.lines)
        except UnreadableError:
            return "cannot be read safely: its own texts pretend to be streams"
        if media is not None:
            return media
        cause = find_cause(outcome.return_code, outcome.lines)
        if cause.kind != "source":
            raise TransientError(cause.message)
        return cause.message

    def run_briefly(self, arguments: Sequence[str]) -> Outcome:
        """Run FFmpeg for something that takes a moment."""
        return ffmpeg.run(
            arguments,
            folder=self.folder,
            limits=self.limits,
            wall_seconds=self.limits.probe_seconds,
            stop=self.stop,
        )


def _failure(cause: Cause, plan: RenderPlan) -> PermanentError | TransientError:
    """The error, by type, of a render that ended with `cause`."""
    if cause.kind == "output":
        return PermanentError(Problem(field="spec.output", message=cause.message, remedy=_SMALLER))
    if cause.kind != "source":
        return TransientError(cause.message)
    index = 0 if len(plan.clips) == 1 else cause.input_index
    if index is None or index >= len(plan.clips):
        remedy = f"check each of them; each must be {ACCEPTED}"
        return PermanentError(Problem(field="spec.clips", message=f"one source {cause.message}", remedy=remedy))
    return PermanentError(source_problem(index, plan.clips[index].source, cause.message))


def source_problem(clip_index: int, source: str, message: str) -> Problem:
    """What is wrong with a clip's source, and that another file would mend it."""
    return Problem(
        field=f"spec.clips[{clip_index}].source",
        message=f'"{shorten(source)}" {message}',
        remedy=f"upload it again as {ACCEPTED}",
    )
