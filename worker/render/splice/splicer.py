"""Makes an output from spans: copies what may be copied, encodes the rest in segments, joins them with the sound."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from worker.errors import StoppedError
from worker.render.arguments import VIDEO_FILE, reach_of
from worker.render.causes import find_cause
from worker.render.layers import Layer
from worker.render.mix import Measured
from worker.render.plan import RenderPlan
from worker.render.progress import Progress
from worker.render.session import RenderSession, on_disk
from worker.render.splice.arguments import JOINED_FILE, join_arguments, segment_arguments
from worker.render.splice.coverage import Coverage, find_coverage, on_frames
from worker.render.splice.flv import Picture, UnfitPictureError, delay_of, write_flv
from worker.render.splice.footage import Footage, OpenFootage, extract_arguments, read_footage
from worker.render.splice.groups import Group, ParameterSets, find_groups, slices_of
from worker.render.splice.h264 import UnreadableUnitError
from worker.render.splice.numbers import MAX_SEQUENCE_NUMBER, Numbering
from worker.render.splice.parameter_sets import (
    Family,
    colours_of,
    decoder_record,
    family,
    free_number,
    join_sets,
    numbering_beside,
    settle,
    suits,
)
from worker.render.splice.passes import Passes, Ratchet
from worker.render.splice.segment import clip_ranges, may_be_copied, segment_of
from worker.render.splice.spans import MIN_COPIED_SECONDS, Copied, Encoded, Range, Span, has_room, lay_spans

log = logging.getLogger(__name__)

# What joining and the sound take of the work that encoding all frames would be: a thirtieth, measured at 1080p.
_JOIN_WEIGHT = 1 / 30


class SpliceError(Exception):
    """The spans cannot be joined, so that the output has to be encoded as a whole."""


@dataclass(frozen=True)
class _Strip:
    """Packets that follow each other in the output, the first of whose frames is `first_frame`."""

    first_frame: int
    footage: Footage
    first_packet: int
    end_packet: int
    sets: ParameterSets
    """As they are in the footage."""
    numbering: Numbering = field(default_factory=Numbering)


def encode_video(
    session: RenderSession,
    plan: RenderPlan,
    layers: Sequence[Layer],
    measured: Measured | None,
    on_progress: Callable[[Progress], None],
) -> Path:
    """Make the video in one pass, or out of copied and encoded spans where that is less work or one pass is too much.

    Raises: as `RenderSession.encode` does.
    """
    on_progress = Ratchet(on_progress)
    splicer = _Splicer(
        session, plan, find_coverage(layers, plan.fps, partial(_lines_of, session)), measured, on_progress
    )
    footage, spans = splicer.survey()
    if any(isinstance(span, Copied) for span in spans):
        try:
            return splicer.make(footage, spans)
        except (SpliceError, UnreadableUnitError, UnfitPictureError) as error:
            log.warning("copying failed, so all is encoded", extra={"cause": str(error)})
            splicer.copied.clear()
            splicer.numberings.clear()
            spans = splicer.lay([[] for _ in plan.clips])
    if len(spans) == 1:
        return session.encode(plan, layers, measured, on_progress, splicer.left_seconds)
    try:
        return splicer.make({}, spans)
    except (SpliceError, UnreadableUnitError, UnfitPictureError) as error:
        log.warning("segments could not be joined, so all is encoded at once", extra={"cause": str(error)})
        return session.encode(plan, layers, measured, on_progress, splicer.left_seconds)


@dataclass
class _Splicer:
    session: RenderSession
    plan: RenderPlan
    coverage: Coverage
    measured: Measured | None
    on_progress: Callable[[Progress], None]
    began: float = field(default_factory=time.monotonic)
    copied: dict[Copied, tuple[ParameterSets, Numbering]] = field(default_factory=dict)
    """The parameter sets of each copied span, and how they are to be numbered."""
    numberings: dict[Family, Numbering] = field(default_factory=dict)
    """How those of the segments are numbered, by what they say."""

    def survey(self) -> tuple[dict[int, Footage], list[Span]]:
        """The footage of the clips that may be copied, and the spans that follow from it."""
        plan = self.plan
        footage = {
            index: found
            for index, clip in enumerate(plan.clips)
            if may_be_copied(clip, plan)
            and has_room(clip_ranges(plan), index, self.covered, self.min_copied_frames)
            and (found := self._extract_clip(index))
        }
        groups = [self._groups(index, footage[index]) if index in footage else [] for index in range(len(plan.clips))]
        settled = settle(groups)
        groups = [[group for group in clip if family(group.sets) in settled] for clip in groups]
        spans = self.lay(groups)
        for span in spans:
            if isinstance(span, Copied):
                sets = next(group.sets for group in groups[span.clip_index] if group.first_packet == span.first_packet)
                self.copied[span] = sets, settled[family(sets)]
        if not self.copied:
            self._discard(footage.values())
        return footage, spans

    @property
    def covered(self) -> list[Range]:
        """The frames that something lies over."""
        return [covered for _, ranges in self.coverage for covered in ranges]

    @property
    def min_copied_frames(self) -> int:
        """How many frames a copy has at least."""
        return round(MIN_COPIED_SECONDS * self.plan.fps)

    def lay(self, groups: Sequence[Sequence[Group]]) -> list[Span]:
        """The spans of the output, where `groups` of each clip may be copied."""
        plan = self.plan
        clips = [
            replace(clip, look=colours_of(of_clip[0].sets) if of_clip else None)
            for clip, of_clip in zip(clip_ranges(plan), groups, strict=True)
        ]
        return lay_spans(
            clips,
            groups,
            self.covered,
            min_copied_frames=self.min_copied_frames,
            # What is joined here is H.264; another picture is made in one pass, whatever memory that takes.
            max_clips=self.session.limits.max_inputs if plan.output.codec == "h264" else len(plan.clips),
        )

    def make(self, footage: dict[int, Footage], spans: Sequence[Span]) -> Path:
        """The output, out of spans; what was needed for it is removed.

        Raises:
            SpliceError: it cannot be put together like this.
        """
        encoded = [span for span in spans if isinstance(span, Encoded)]
        frames = [span.end_frame - span.first_frame for span in encoded]
        weights = [*map(float, frames), self.plan.frames * _JOIN_WEIGHT]
        passes = Passes(weights, self.plan.seconds, self.plan.frames)
        joined = join_sets(
            numbering.sets(sets)
            for span in spans
            if isinstance(span, Copied)
            for sets, numbering in [self.copied[span]]
        )
        assert joined is not None, "settle() makes them agree"
        number = free_number(joined)
        if number > MAX_SEQUENCE_NUMBER:
            raise SpliceError("the sources leave no number for another parameter set")
        strips: list[_Strip] = []
        for span in spans:
            if isinstance(span, Copied):
                packets = span.first_packet, span.end_packet
                made = _Strip(span.first_frame, footage[span.clip_index], *packets, *self.copied[span])
            else:
                made = self._agreeing(self._encode(span, number, passes), joined)
                self._compare_colours(span, made)
            joined = {**joined, **made.numbering.sets(made.sets)}
            strips.append(made)
        self._write(strips, joined)
        self._discard([*footage.values(), *(strip.footage for strip in strips)])
        return self._join(passes, is_copied=bool(footage))

    def _agreeing(self, strip: _Strip, joined: ParameterSets) -> _Strip:
        """The strip, numbered so that it contradicts nothing: clips of other colours make other parameter sets."""
        numbering = self.numberings.get(family(strip.sets)) or numbering_beside(strip.sets, joined)
        if numbering is None:
            raise SpliceError("there are too many kinds of segments")
        self.numberings[family(strip.sets)] = numbering
        return replace(strip, numbering=numbering)

    def _compare_colours(self, span: Encoded, strip: _Strip) -> None:
        """See that nothing changes its colours where a clip goes from being encoded to being copied."""
        ranges = clip_ranges(self.plan)
        for copied, (sets, _) in self.copied.items():
            clip = ranges[copied.clip_index]
            beside = clip.first_frame < span.end_frame and clip.end_frame > span.first_frame
            if beside and colours_of(sets) != colours_of(strip.sets):
                raise SpliceError("what is encoded of a clip has other colours than what is copied")

    def _discard(self, footage: Iterable[Footage]) -> None:
        for each in footage:
            each.file.unlink(missing_ok=True)

    @property
    def left_seconds(self) -> float:
        """What is left of the time that the render may take."""
        return max(0.0, self.session.limits.wall_seconds - self._elapsed())

    def _elapsed(self) -> float:
        return time.monotonic() - self.began

    def _extract_clip(self, index: int) -> Footage | None:
        """A clip's picture as it lies in its source; None if that cannot be told."""
        clip = self.plan.clips[index]
        assert clip.input_index is not None, "a clip that may be copied has a file"
        assert clip.video is not None
        planned = self.plan.inputs[clip.input_index]
        file = self.session.source_files[planned.material.source]
        return self._extract(file, reach_of(planned), clip.video.index, f"footage-{index}")

    def _extract(self, file: str, reach: Sequence[str], stream_index: int, name: str) -> Footage | None:
        limits = self.session.limits
        outcome = self.session.run_briefly(
            extract_arguments(file, reach, stream_index, name, max_pixels=limits.max_source_pixels)
        )
        # In an MPEG-TS times cannot be sought exactly, and an AVI has none of its own.
        opened = next((line for line in outcome.lines if line.startswith("Input #0, ")), "")
        if outcome.return_code != 0 or not opened.startswith(("Input #0, mov,", "Input #0, matroska,")):
            return None
        with on_disk():
            return read_footage(self.session.folder, name)

    def _groups(self, index: int, footage: Footage) -> list[Group]:
        clip = self.plan.clips[index]
        seconds = None if clip.input_index is None else self.plan.inputs[clip.input_index].seconds
        if seconds is None:
            return []
        with footage.opened() as bytes_of:
            found = find_groups(footage.packets, bytes_of.read, fps=self.plan.fps, seconds=seconds)
        return [group for group in found if suits(group.sets, self.plan.width, self.plan.height)]

    def _encode(self, span: Encoded, number: int, passes: Passes) -> _Strip:
        name = f"segment-{span.first_frame}"
        segment = segment_of(self.plan, span)
        session = self.session
        outcome = session.watch(
            segment_arguments(
                segment,
                on_frames(self.coverage, span.first_frame, span.end_frame),
                session.input_files(segment.plan),
                f"{name}.mp4",
                number,
                threads=session.threads,
                limits=session.limits,
            ),
            seconds=segment.plan.seconds,
            wall_seconds=self.left_seconds,
            on_progress=passes.begin(self._elapsed, self.on_progress),
        )
        video = session.folder / f"{name}.mp4"
        session.hold(outcome, segment.plan, video, frames=segment.frames)
        footage = self._extract(video.name, (), 0, name)
        video.unlink()
        if footage is None:
            raise SpliceError("a segment cannot be read")
        with footage.opened() as bytes_of:
            groups = find_groups(footage.packets, bytes_of.read, fps=self.plan.fps, seconds=self.plan.seconds + 1)
        frames = sum(group.ends[-1] for group in groups)
        if frames != len(footage.packets) or frames != segment.frames or groups[0].first_frame != 0:
            raise SpliceError("a segment has other frames than it should")
        sets = join_sets(group.sets for group in groups)
        if sets is None:
            raise SpliceError("a segment contradicts itself")
        return _Strip(span.first_frame, footage, 0, len(footage.packets), sets)

    def _write(self, strips: Sequence[_Strip], sets: ParameterSets) -> None:
        with on_disk(), ExitStack() as stack:
            opened = [stack.enter_context(strip.footage.opened()) for strip in strips]
            frames = [frame for strip in strips for frame in _frames_of(strip)]
            if sorted(frames) != list(range(self.plan.frames)):
                raise SpliceError("the spans do not have each frame once")
            file = stack.enter_context((self.session.folder / JOINED_FILE).open("wb"))
            pictures = self._pictures(strips, opened, frames)
            file.writelines(write_flv(decoder_record(sets), pictures, delay_of(frames)))

    def _pictures(
        self, strips: Sequence[_Strip], opened: Sequence[OpenFootage], frames: Sequence[int]
    ) -> Iterator[Picture]:
        numbers = iter(frames)
        for strip, bytes_of in zip(strips, opened, strict=True):
            if self.session.stop.is_set():
                raise StoppedError("rendering was stopped before its end")
            for packet in strip.footage.packets[strip.first_packet : strip.end_packet]:
                slices = slices_of(bytes_of.read(packet), strip.sets.values())
                if slices is None:
                    raise SpliceError("a picture has units that are not known here")
                yield Picture(next(numbers), packet.is_key, tuple(map(strip.numbering.slice, slices)))

    def _join(self, passes: Passes, *, is_copied: bool) -> Path:
        session, plan = self.session, self.plan
        outcome = session.watch(
            join_arguments(
                plan, session.input_files(plan), self.measured, threads=session.threads, limits=session.limits
            ),
            seconds=plan.seconds,
            wall_seconds=self.left_seconds,
            on_progress=passes.begin(self._elapsed, self.on_progress),
        )
        (session.folder / JOINED_FILE).unlink()
        video = session.folder / VIDEO_FILE
        if not is_copied:
            return session.hold(outcome, plan, video, frames=plan.frames)
        if outcome.return_code != 0 or outcome.frames != plan.frames:
            cause = find_cause(outcome.return_code, outcome.lines)
            raise SpliceError(f"{outcome.frames} frames of {plan.frames} were joined: {cause.message}")
        if video.stat().st_size > session.limits.max_output_bytes:
            raise SpliceError("the output would be larger than is allowed")
        return video


def _lines_of(session: RenderSession, file: str) -> Iterator[str]:
    """The lines of a file of the session's."""
    with on_disk(), (session.folder / file).open(encoding="utf-8") as lines:
        yield from lines


def _frames_of(strip: _Strip) -> list[int]:
    """The output's frames of a strip's packets, in the order of decoding."""
    shown = [packet.seconds or 0 for packet in strip.footage.packets[strip.first_packet : strip.end_packet]]
    # Their order is what matters: they were found to be one frame apart.
    ranks = {seconds: rank for rank, seconds in enumerate(sorted(shown))}
    return [strip.first_frame + ranks[seconds] for seconds in shown]
