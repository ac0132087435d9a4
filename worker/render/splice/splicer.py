"""Makes an output from spans: copies what may be copied, encodes the rest in segments, joins them with the sound."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from worker.render.arguments import VIDEO_FILE
from worker.render.causes import find_cause
from worker.render.extracts import POSTER_FILE, Extract, poster_frame, poster_of
from worker.render.layers import Layer
from worker.render.mix import Measured
from worker.render.plan import RenderPlan
from worker.render.progress import Progress
from worker.render.scratch import on_disk
from worker.render.session import RenderSession
from worker.render.splice.alike import LIST_FILE, MIN_FRAMES, write_list
from worker.render.splice.arguments import join_arguments, segment_arguments
from worker.render.splice.copied_poster import POSTER_SOURCE, find_poster
from worker.render.splice.coverage import Coverage, find_coverage, on_frames
from worker.render.splice.flv import UnfitPictureError
from worker.render.splice.groups import ParameterSets, find_groups
from worker.render.splice.h264 import UnreadableUnitError
from worker.render.splice.joined import JOINED_FILE, write_joined
from worker.render.splice.numbers import MAX_SEQUENCE_NUMBER, Numbering
from worker.render.splice.parameter_sets import Family, colours_of, family, free_number, join_sets, numbering_beside
from worker.render.splice.passes import Passes, Ratchet
from worker.render.splice.segment import clip_ranges, segment_of
from worker.render.splice.spans import Copied, Encoded, Range
from worker.render.splice.strip import SpliceError, Strip
from worker.render.splice.survey import Survey, extract, lay_encoded, take_survey

log = logging.getLogger(__name__)

# What joining and the sound take of the work that encoding all frames would be: a thirtieth, measured at 1080p.
_JOIN_WEIGHT = 1 / 30

_MISFITS = (SpliceError, UnreadableUnitError, UnfitPictureError)


def encode_video(
    session: RenderSession,
    plan: RenderPlan,
    layers: Sequence[Layer],
    measured: Measured | None,
    on_progress: Callable[[Progress], None],
) -> Path:
    """Make the video in one pass, or out of copied and encoded spans where that is less work or one pass is too much.

    Its poster lies beside it. Raises: as `RenderSession.encode` does.
    """
    began = time.monotonic()
    on_progress = Ratchet(on_progress)
    coverage = find_coverage(layers, plan.fps, partial(_lines_of, session))
    covered: list[Range] = [each for _, ranges in coverage for each in ranges]
    survey = take_survey(session, plan, covered)
    splicer = _Splicer(session, plan, coverage, measured, on_progress, survey, began)
    if survey.copied:
        try:
            return splicer.make()
        except _MISFITS as error:
            log.warning("copying failed, so all is encoded", extra={"cause": str(error)})
            splicer = replace(splicer, survey=lay_encoded(session, plan, covered), numberings={})
    if len(splicer.survey.spans) > 1:
        try:
            return splicer.make()
        except _MISFITS as error:
            log.warning("segments could not be joined, so all is encoded at once", extra={"cause": str(error)})
    return session.encode(plan, layers, measured, on_progress, splicer.left_seconds)


@dataclass
class _Splicer:
    session: RenderSession
    plan: RenderPlan
    coverage: Coverage
    measured: Measured | None
    on_progress: Callable[[Progress], None]
    survey: Survey
    began: float
    numberings: dict[Family, Numbering] = field(default_factory=dict)
    """How the parameter sets of the segments are numbered, by what they say."""

    def make(self) -> Path:
        """The output, out of the survey's spans; what was needed for it is removed.

        Raises:
            SpliceError: it cannot be put together like this.
        """
        spans, copied = self.survey.spans, self.survey.copied
        encoded = [span for span in spans if isinstance(span, Encoded)]
        frames = [span.end_frame - span.first_frame for span in encoded]
        weights = [*map(float, frames), self.plan.frames * _JOIN_WEIGHT]
        passes = Passes(weights, self.plan.seconds, self.plan.frames)
        if self.plan.output.codec != "h264":
            return self._make_alike(encoded, passes)
        joined = join_sets(numbering.sets(sets) for sets, numbering in copied.values())
        assert joined is not None, "settle() makes them agree"
        number = free_number(joined)
        if number > MAX_SEQUENCE_NUMBER:
            raise SpliceError("the sources leave no number for another parameter set")
        strips: list[Strip] = []
        for span in spans:
            if isinstance(span, Copied):
                packets = span.first_packet, span.end_packet
                made = Strip(span.first_frame, self.survey.footage[span.clip_index], *packets, *copied[span])
            else:
                made = self._agreeing(self._encode(span, number, passes), joined)
                self._compare_colours(span, made)
            joined = {**joined, **made.numbering.sets(made.sets)}
            strips.append(made)
        with on_disk():
            write_joined(self.session.folder, strips, joined, frames=self.plan.frames, stop=self.session.stop)
        poster = self._copied_poster(strips)
        for footage in [*self.survey.footage.values(), *(strip.footage for strip in strips)]:
            footage.remove()
        return self._join(passes, poster)

    def _agreeing(self, strip: Strip, joined: ParameterSets) -> Strip:
        """The strip, numbered so that it contradicts nothing: clips of other colours make other parameter sets."""
        numbering = self.numberings.get(family(strip.sets)) or numbering_beside(strip.sets, joined)
        if numbering is None:
            raise SpliceError("there are too many kinds of segments")
        self.numberings[family(strip.sets)] = numbering
        return replace(strip, numbering=numbering)

    def _compare_colours(self, span: Encoded, strip: Strip) -> None:
        """See that nothing changes its colours where a clip goes from being encoded to being copied."""
        ranges = clip_ranges(self.plan)
        for copied, (sets, _) in self.survey.copied.items():
            clip = ranges[copied.clip_index]
            beside = clip.first_frame < span.end_frame and clip.end_frame > span.first_frame
            if beside and colours_of(sets) != colours_of(strip.sets):
                raise SpliceError("what is encoded of a clip has other colours than what is copied")

    def _extracts(self, span: Encoded) -> tuple[Extract, ...]:
        """The poster, if it is on a frame of the span's."""
        frame = poster_frame(self.plan)
        return (poster_of(frame - span.first_frame),) if span.first_frame <= frame < span.end_frame else ()

    def _copied_poster(self, strips: Sequence[Strip]) -> Extract | None:
        """The poster, if it is on a frame that is copied; what it is made of then lies in the folder."""
        frame = poster_frame(self.plan)
        for span, strip in zip(self.survey.spans, strips, strict=True):
            if isinstance(span, Copied) and span.first_frame <= frame < span.end_frame:
                is_asked_for = self.plan.output.poster is not None
                poster = find_poster(strip, frame, fps=self.plan.fps, is_asked_for=is_asked_for)
                with on_disk():
                    (self.session.folder / POSTER_SOURCE).write_bytes(poster.read())
                return poster_of(poster.picture)
        return None

    @property
    def left_seconds(self) -> float:
        """What is left of the time that the render may take."""
        return max(0.0, self.session.limits.wall_seconds - self._elapsed())

    def _elapsed(self) -> float:
        return time.monotonic() - self.began

    def _make_alike(self, spans: Sequence[Encoded], passes: Passes) -> Path:
        """The output, out of segments of HEVC, of which nothing is looked into."""
        if any(span.end_frame - span.first_frame < MIN_FRAMES for span in spans):
            raise SpliceError("a segment is too short")
        files = [self._encode_segment(span, None, passes)[0] for span in spans]
        with on_disk():
            write_list(self.session.folder, files)
        try:
            return self._join(passes, None)
        finally:
            for file in files:
                file.unlink()

    def _encode_segment(self, span: Encoded, number: int | None, passes: Passes) -> tuple[Path, int]:
        """A span as a file of its own, and how many frames it has."""
        name = f"segment-{span.first_frame}"
        segment = segment_of(self.plan, span, self.survey.footage)
        session = self.session
        outcome = session.watch(
            segment_arguments(
                segment,
                on_frames(self.coverage, span.first_frame, span.end_frame),
                session.input_files(segment.plan),
                f"{name}.mp4",
                number,
                extracts=self._extracts(span),
                threads=session.threads,
                limits=session.limits,
            ),
            seconds=segment.plan.seconds,
            wall_seconds=self.left_seconds,
            on_progress=passes.begin(self._elapsed, self.on_progress),
        )
        video = session.folder / f"{name}.mp4"
        return session.hold(outcome, segment.plan, video, frames=segment.frames), segment.frames

    def _encode(self, span: Encoded, number: int, passes: Passes) -> Strip:
        """A span as a strip."""
        video, wanted_frames = self._encode_segment(span, number, passes)
        footage = extract(self.session, video.name, (), 0, video.stem)
        video.unlink()
        if footage is None:
            raise SpliceError("a segment cannot be read")
        with footage.opened() as bytes_of:
            groups = find_groups(footage.packets, bytes_of.read, fps=self.plan.fps, seconds=self.plan.seconds + 1)
        frames = sum(group.ends[-1] for group in groups)
        if frames != len(footage.packets) or frames != wanted_frames or groups[0].first_frame != 0:
            raise SpliceError("a segment has other frames than it should")
        sets = join_sets(group.sets for group in groups)
        if sets is None:
            raise SpliceError("a segment contradicts itself")
        return Strip(span.first_frame, footage, 0, len(footage.packets), sets)

    def _join(self, passes: Passes, poster: Extract | None) -> Path:
        session, plan = self.session, self.plan
        outcome = session.watch(
            join_arguments(
                plan, session.input_files(plan), self.measured, poster, threads=session.threads, limits=session.limits
            ),
            seconds=plan.seconds,
            wall_seconds=self.left_seconds,
            on_progress=passes.begin(self._elapsed, self.on_progress),
        )
        for file in (JOINED_FILE, LIST_FILE, POSTER_SOURCE):
            (session.folder / file).unlink(missing_ok=True)
        video = session.folder / VIDEO_FILE
        if not self.survey.copied:
            return session.hold(outcome, plan, video, frames=plan.frames)
        if outcome.return_code != 0 or outcome.frames != plan.frames:
            cause = find_cause(outcome.return_code, outcome.lines)
            raise SpliceError(f"{outcome.frames} frames of {plan.frames} were joined: {cause.message}")
        if video.stat().st_size > session.limits.max_output_bytes:
            raise SpliceError("the output would be larger than is allowed")
        if not (session.folder / POSTER_FILE).exists():
            raise SpliceError("no poster can be made of what is copied")
        return video


def _lines_of(session: RenderSession, file: str) -> Iterator[str]:
    """The lines of a file of the session's."""
    with on_disk(), (session.folder / file).open(encoding="utf-8") as lines:
        yield from lines
