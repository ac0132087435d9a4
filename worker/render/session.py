"""The steps of one render, in one folder: look at the sources, lay out texts and fonts, encode, take the poster."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jobs.fonts import FontCatalogue
from jobs.problem import Problem
from jobs.spec import Spec
from worker.errors import PermanentError, StoppedError, TransientError
from worker.render import arguments, ffmpeg
from worker.render.causes import Cause, find_cause
from worker.render.ffmpeg import Outcome
from worker.render.fonts import FontCabinet
from worker.render.limits import Limits
from worker.render.plan import ACCEPTED, RenderPlan, make_plan, shorten
from worker.render.probe import Media, UnreadableError, parse_media
from worker.render.progress import Progress
from worker.render.texts import FontChoice, TextLayer, font_choice, text_layers

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

    def prepare_texts(self, catalogue: FontCatalogue, cabinet: FontCabinet) -> tuple[TextLayer, ...]:
        """Write each text to its file and put each font beside it."""
        words: dict[FontChoice, str] = {}
        for track in self.spec.tracks:
            choice = font_choice(track.text)
            words[choice] = words.get(choice, "") + track.text.content
        files: dict[FontChoice, str] = {}
        for choice, letters in words.items():
            if self.stop.is_set():
                raise StoppedError("rendering was stopped before it began")
            family = catalogue.find(choice.family)
            assert family is not None, "check() refuses unknown families"
            files[choice] = f"font-{len(files)}.ttf"
            with on_disk():
                (self.folder / files[choice]).symlink_to(cabinet.instance(family, choice.weight, letters).resolve())
        layers = text_layers(self.spec, files)
        with on_disk():
            for layer in layers:
                (self.folder / layer.text_file).write_text(layer.text.content, "utf-8")
        return layers

    def encode(
        self,
        plan: RenderPlan,
        layers: Sequence[TextLayer],
        on_progress: Callable[[Progress], None],
        wall_seconds: float | None = None,
    ) -> Path:
        """Render the video in one pass and hold it against the plan. `wall_seconds`: less than the limits allow."""
        outcome = self.watch(
            arguments.render_arguments(plan, layers, self.input_files(plan), threads=self.threads, limits=self.limits),
            seconds=plan.seconds,
            wall_seconds=self.limits.wall_seconds if wall_seconds is None else wall_seconds,
            on_progress=on_progress,
        )
        return self.hold(outcome, plan, self.folder / arguments.VIDEO_FILE, frames=plan.frames)

    def watch(
        self,
        arguments: Sequence[str],
        *,
        seconds: float,
        wall_seconds: float,
        on_progress: Callable[[Progress], None],
    ) -> Outcome:
        """Run FFmpeg for what takes long and is `seconds` long in the end.

        Raises:
            PermanentError: it took more time than the whole render may.
            TransientError: it stalled.
        """
        outcome = ffmpeg.run(
            arguments,
            folder=self.folder,
            limits=self.limits,
            wall_seconds=wall_seconds,
            stop=self.stop,
            total_seconds=seconds,
            on_progress=on_progress,
        )
        if outcome.wall_time_exceeded:
            message = f"took more than {self.limits.wall_seconds:g} s to render"
            raise PermanentError(Problem(field="spec", message=message, remedy=_SMALLER))
        return outcome

    def hold(self, outcome: Outcome, plan: RenderPlan, video: Path, *, frames: int, first_clip: int = 0) -> Path:
        """The video of `frames` that FFmpeg made of a plan, whose clips are the spec's from `first_clip` on.

        Raises:
            PermanentError: a source is broken, or the output is too large.
            TransientError: the machine failed.
        """
        if outcome.return_code != 0:
            raise _failure(find_cause(outcome.return_code, outcome.lines), plan, first_clip)
        # At -fs FFmpeg ends the file in good order, a little above the bound; at a source's early end, too.
        if video.stat().st_size > self.limits.max_output_bytes:
            cause = Cause("output", f"is larger than {self.limits.max_output_bytes} bytes")
            raise _failure(cause, plan, first_clip)
        if outcome.frames < frames:
            message = "ends before the length that it states: it is truncated or broken"
            cause = Cause("source", message, find_cause(0, outcome.lines).input_index)
            raise _failure(cause, plan, first_clip)
        return video

    def input_files(self, plan: RenderPlan) -> list[str]:
        """The name, in the folder, of each input's file."""
        return [self.source_files[clip.source] for clip in plan.clips]

    def take_poster(self, plan: RenderPlan) -> Path:
        """One frame of the finished video."""
        outcome = self.run_briefly(arguments.poster_arguments(plan, threads=self.threads))
        poster = self.folder / arguments.POSTER_FILE
        if outcome.return_code != 0 or not poster.exists():
            raise TransientError(f"no poster: {find_cause(outcome.return_code, outcome.lines).message}")
        return poster

    @property
    def source_files(self) -> dict[str, str]:
        """The name, in the folder, of each source."""
        return {source: f"source-{index}" for index, source in enumerate(self.spec.source_names)}

    def probe(self, name: str, path: Path) -> Media | str:
        """What a source holds, or why it cannot be read. Links it into the folder under `name`."""
        with on_disk():
            (self.folder / name).symlink_to(path.resolve())
            size_bytes = path.stat().st_size
        if size_bytes > self.limits.max_source_bytes:
            return f"has {size_bytes} bytes, more than {self.limits.max_source_bytes}"
        outcome = self.run_briefly(arguments.probe_arguments(name, limits=self.limits))
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


def _failure(cause: Cause, plan: RenderPlan, first_clip: int) -> PermanentError | TransientError:
    """The error, by type, of a render that ended with `cause`."""
    if cause.kind == "output":
        return PermanentError(Problem(field="spec.output", message=cause.message, remedy=_SMALLER))
    if cause.kind != "source":
        return TransientError(cause.message)
    index = 0 if len(plan.clips) == 1 else cause.input_index
    if index is None or index >= len(plan.clips):
        remedy = f"check each of them; each must be {ACCEPTED}"
        return PermanentError(Problem(field="spec.clips", message=f"one source {cause.message}", remedy=remedy))
    return PermanentError(source_problem(first_clip + index, plan.clips[index].source, cause.message))


def source_problem(clip_index: int, source: str, message: str) -> Problem:
    """What is wrong with a clip's source, and that another file would mend it."""
    return Problem(
        field=f"spec.clips[{clip_index}].source",
        message=f'"{shorten(source)}" {message}',
        remedy=f"upload it again as {ACCEPTED}",
    )
