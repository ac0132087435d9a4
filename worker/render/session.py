"""The steps of one render, in one folder: look at the sources, encode, see what came out."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.effects import placed_effects
from jobs.problem import Problem
from jobs.spec import Material, Spec
from worker.errors import PermanentError, TransientError
from worker.render import arguments, ffmpeg
from worker.render.causes import Cause, find_cause
from worker.render.effects import table_files
from worker.render.extracts import POSTER_FILE, THUMBNAILS_FILE
from worker.render.ffmpeg import Outcome
from worker.render.layers import Layer
from worker.render.limits import Limits
from worker.render.mix import Measured, read_measure
from worker.render.plan import RenderPlan
from worker.render.planning import make_plan, media_problems
from worker.render.probe import Media
from worker.render.prober import Prober
from worker.render.progress import Progress
from worker.render.scratch import on_disk
from worker.render.source_checks import ACCEPTED, ACCEPTED_IMAGES, ACCEPTED_SOUNDS, ACCEPTED_TABLES, shorten

MAX_TABLE_BYTES = 16 * 1024**2
"""What a table of colours may have: one of 65 points a side has 7 MB as text."""

_REFUSAL = re.compile(r"^\[Parsed_(?P<filter>\w+?)_\d+ @ \w+\] (?:\[\w+ @ \w+\] )?(?P<words>.*)$")

_OTHERS_LOOK_AT = frozenset({"lut", "overlay", "subtitles"})
"""What is no input of the plan's: tables of colours are placed, and the tracks' files are the layering's."""

_ACCEPTED: Mapping[str, str] = {
    "image": ACCEPTED_IMAGES,
    "overlay": ACCEPTED_IMAGES,
    "lut": ACCEPTED_TABLES,
    "sound": ACCEPTED_SOUNDS,
}
_SMALLER = "make the output smaller or shorter"


@dataclass(frozen=True)
class RenderSession:
    """One render of `spec` in `folder`, which is empty and its own. Every file in it has a name of ours.

    `alive` is called while something is done that tells no progress of the render.
    """

    spec: Spec
    folder: Path
    threads: int
    limits: Limits
    stop: threading.Event
    alive: Callable[[], None] = lambda: None

    def plan(self, sources: Mapping[str, Path]) -> RenderPlan:
        """Probe every source, then fix every number.

        Raises:
            PermanentError: with all that is wrong with any source or trim at once.
        """
        media: dict[Material, Media] = {}
        problems: list[Problem] = []
        problems.extend(self.place_tables(sources))
        inputs = {first: same for first, same in self.distinct_materials.items() if first.kind not in _OTHERS_LOOK_AT}
        seen = self.prober.look_at_all({first: sources[first.source] for first in inputs})
        for material, found in seen.items():
            if isinstance(found, Media):
                media |= dict.fromkeys(inputs[material], found)
            else:
                problems.append(source_problem(material, found))
        if problems:
            raise PermanentError([*problems, *media_problems(self.spec, media, self.limits)])
        return make_plan(self.spec, media, self.limits)

    def place_tables(self, sources: Mapping[str, Path]) -> list[Problem]:
        """Put the tables of colours where their effects look for them; those that are too large are problems."""
        problems: list[Problem] = []
        for source, name in table_files(
            [material for material in self.spec.materials if material.source in sources]
        ).items():
            with on_disk():
                (self.folder / name).symlink_to(sources[source].resolve())
                size_bytes = sources[source].stat().st_size
            if size_bytes > MAX_TABLE_BYTES:
                material = next(known for known in self.spec.materials if known.source == source)
                problems.append(source_problem(material, f"has {size_bytes} bytes, more than {MAX_TABLE_BYTES}"))
        return problems

    @property
    def distinct_materials(self) -> Mapping[Material, list[Material]]:
        """Each file (as what it is used for) by its first place in the spec, with all of its places."""
        first: dict[tuple[str, str], list[Material]] = {}
        for material in self.spec.materials:
            first.setdefault((material.source, material.kind), []).append(material)
        return {places[0]: places for places in first.values()}

    def measure(self, plan: RenderPlan) -> Measured | None:
        """How loud the whole is before it is brought to its loudness; None where that is not asked.

        The sound alone is decoded and mixed for it, hundreds of times faster than the video is encoded: a filter that
        levels in one pass would have to guess what comes.
        """
        if plan.loudness_lufs is None:
            return None
        outcome = ffmpeg.run(
            arguments.measure_arguments(plan, self.input_files(plan), threads=self.threads, limits=self.limits),
            folder=self.folder,
            limits=self.limits,
            wall_seconds=self.limits.wall_seconds,
            stop=self.stop,
            total_seconds=plan.seconds,
            on_progress=lambda _: self.alive(),
        )
        measured = read_measure(outcome.lines)
        if outcome.return_code != 0 or measured is None:
            raise _failure(find_cause(outcome.return_code, outcome.lines), plan)
        return measured

    def input_files(self, plan: RenderPlan) -> list[str]:
        """The name, in the folder, of each input's file."""
        return [self.source_files[planned.material.source] for planned in plan.inputs]

    def encode(
        self,
        plan: RenderPlan,
        layers: Sequence[Layer],
        measured: Measured | None,
        on_progress: Callable[[Progress], None],
        wall_seconds: float,
    ) -> Path:
        """Render the video in one pass within `wall_seconds` and hold it against the plan."""
        outcome = self.watch(
            arguments.render_arguments(
                plan, layers, self.input_files(plan), measured, threads=self.threads, limits=self.limits
            ),
            seconds=plan.seconds,
            wall_seconds=wall_seconds,
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

    def hold(self, outcome: Outcome, plan: RenderPlan, video: Path, *, frames: int) -> Path:
        """The video of `frames` that FFmpeg made by a plan, held against it.

        Raises:
            PermanentError: a source is broken, an effect does not work, or the output is too large.
            TransientError: the machine failed.
        """
        if outcome.return_code != 0:
            raise find_effect_problem(self.spec, outcome.lines) or _failure(
                find_cause(outcome.return_code, outcome.lines), plan
            )
        # At -fs FFmpeg ends the file in good order, a little above the bound; at a source's early end, too.
        if video.stat().st_size > self.limits.max_output_bytes:
            raise _failure(Cause("output", f"is larger than {self.limits.max_output_bytes} bytes"), plan)
        if outcome.frames < frames:
            message = "ends before the length that it states: it is truncated or broken"
            raise _failure(Cause("source", message, find_cause(0, outcome.lines).input_index), plan)
        return video

    def poster(self) -> Path:
        """The picture that was taken beside the video."""
        poster = self.folder / POSTER_FILE
        if not poster.exists():
            raise TransientError("no poster was made")
        return poster

    def take_thumbnails(self, plan: RenderPlan) -> Path | None:
        """The sheet of the video's frames, if one is asked for: made beside the video, or of it where it was joined."""
        sheet = plan.output.thumbnails
        thumbnails = self.folder / THUMBNAILS_FILE
        if sheet is None or thumbnails.exists():
            return None if sheet is None else thumbnails
        # The whole video is decoded for it, which takes a fraction of what it took to make.
        outcome = ffmpeg.run(
            arguments.thumbnails_arguments(plan, sheet, threads=self.threads),
            folder=self.folder,
            limits=self.limits,
            wall_seconds=self.limits.wall_seconds,
            stop=self.stop,
            alive=self.alive,
        )
        if outcome.return_code != 0 or not thumbnails.exists():
            raise TransientError(f"no thumbnails: {find_cause(outcome.return_code, outcome.lines).message}")
        return thumbnails

    @property
    def source_files(self) -> dict[str, str]:
        """The name, in the folder, of each source."""
        return {source: f"source-{index}" for index, source in enumerate(self.spec.source_names)}

    @property
    def prober(self) -> Prober:
        """What looks at the job's files."""
        return Prober(self.folder, self.source_files, self.limits, self.run_briefly)

    def run_briefly(self, arguments: Sequence[str]) -> Outcome:
        """Run FFmpeg for something that takes a moment."""
        return ffmpeg.run(
            arguments,
            folder=self.folder,
            limits=self.limits,
            wall_seconds=self.limits.probe_seconds,
            stop=self.stop,
            alive=self.alive,
        )


def _failure(cause: Cause, plan: RenderPlan) -> PermanentError | TransientError:
    """The error, by type, of a render that ended with `cause`."""
    if cause.kind == "output":
        return PermanentError(Problem(field="spec.output", message=cause.message, remedy=_SMALLER))
    if cause.kind != "source":
        return TransientError(cause.message)
    index = 0 if len(plan.inputs) == 1 else cause.input_index
    if index is None or index >= len(plan.inputs):
        remedy = f"check each of them; each must be {ACCEPTED}"
        return PermanentError(Problem(field="spec.clips", message=f"one source {cause.message}", remedy=remedy))
    return PermanentError(source_problem(plan.inputs[index].material, cause.message))


def find_effect_problem(spec: Spec, lines: Sequence[str]) -> PermanentError | None:
    """The effect that did not take its options or its table, if FFmpeg ended because of one."""
    for line in lines:
        refusal = _REFUSAL.search(line)
        if refusal is None:
            continue
        for place, effect in placed_effects(spec):
            if effect.filter == refusal["filter"]:
                message = f"{effect.filter} does not work like this: {refusal['words'][:200]}"
                remedy = (
                    "change its options" if effect.source is None else f"give {ACCEPTED_TABLES}, or change its options"
                )
                return PermanentError(Problem(field=f"spec.{place}", message=message, remedy=remedy))
    return None


def source_problem(material: Material, message: str) -> Problem:
    """What is wrong with a file, and that another would mend it."""
    accepted = _ACCEPTED.get(material.kind, ACCEPTED)
    return Problem(
        field=material.field,
        message=f'"{shorten(material.source)}" {message}',
        remedy=f"upload it again as {accepted}",
    )
