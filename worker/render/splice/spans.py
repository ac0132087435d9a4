"""The output's timeline in spans: what is copied, and what is encoded between. Pure."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from worker.render.splice.groups import Group

MIN_COPIED_SECONDS = 1.0
"""A joint costs the start of an encoder and a key frame more: below this, encoding costs as little."""

MIN_COPIED_PART = 0.1
"""Below this part of the output, joining (6 to 8% slower than one pass) takes more than copying saves."""


@dataclass(frozen=True)
class ClipRange:
    """The frames of the output that a clip has; those it shares with a neighbour are both's."""

    first_frame: int
    end_frame: int
    look: Hashable = None
    """What its pixels mean, as far as that is known: what is encoded in one span has one meaning."""
    may_be_cut: bool = True
    """Whether its frames are the same, however many of the ones before are made with them."""


@dataclass(frozen=True)
class Copied:
    """The output's frames from `first_frame` to `end_frame` (excluded) are these packets of a clip's source."""

    first_frame: int
    end_frame: int
    clip_index: int
    first_packet: int
    end_packet: int


@dataclass(frozen=True)
class Encoded:
    """The output's frames from `first_frame` to `end_frame` (excluded) are rendered."""

    first_frame: int
    end_frame: int


Span = Copied | Encoded
Range = tuple[int, int]


def lay_spans(
    clips: Sequence[ClipRange],
    groups: Sequence[Sequence[Group]],
    covered: Sequence[Range],
    *,
    min_copied_frames: int,
    max_clips: int,
) -> list[Span]:
    """Spans for all frames of the output, in their order.

    `groups` are each clip's (none where nothing may be copied), `covered` the frames that something lies over.
    Encoded spans are cut where clips meet, or after a transition, so that none has more than `max_clips`, and where the
    clips' looks differ.
    """
    copied = [
        span
        for index, clip in enumerate(clips)
        for first, end in _free(_own(clips, index), covered)
        for span in _runs(groups[index], index, clip.first_frame, first, end)
        if span.end_frame - span.first_frame >= min_copied_frames
    ]
    end_frame = clips[-1].end_frame
    if sum(span.end_frame - span.first_frame for span in copied) < MIN_COPIED_PART * end_frame:
        copied = []
    spans: list[Span] = []
    at = 0
    for span in copied:
        spans += _encoded(clips, at, span.first_frame, max_clips)
        spans.append(span)
        at = span.end_frame
    return spans + _encoded(clips, at, end_frame, max_clips)


def has_room(clips: Sequence[ClipRange], index: int, covered: Sequence[Range], min_copied_frames: int) -> bool:
    """Whether a clip has as many frames in a row that are its own and that nothing lies over."""
    return any(end - first >= min_copied_frames for first, end in _free(_own(clips, index), covered))


def _own(clips: Sequence[ClipRange], index: int) -> Range:
    """The frames that a clip has for itself."""
    first = max(clips[index].first_frame, clips[index - 1].end_frame if index else 0)
    end = min(clips[index].end_frame, clips[index + 1].first_frame if index + 1 < len(clips) else clips[-1].end_frame)
    return first, end


def _free(whole: Range, covered: Sequence[Range]) -> Iterator[Range]:
    """The parts of `whole` that nothing covers."""
    at, end = whole
    for first, after in sorted(each for each in covered if each[0] < each[1]):
        if at >= end:
            return
        if first > at:
            yield at, min(first, end)
        at = max(at, after)
    if at < end:
        yield at, end


def _runs(groups: Sequence[Group], clip_index: int, offset: int, first: int, end: int) -> Iterator[Copied]:
    """The longest copies between the output's frames `first` and `end`; the clip begins at its frame `offset`."""
    run: list[Group] = []
    for group in groups:
        if offset + group.first_frame < first:
            continue
        follows = run and run[-1].is_whole and run[-1].end_packet == group.first_packet and run[-1].sets == group.sets
        if run and not (follows and run[-1].end_frame == group.first_frame):
            yield _copied(run, clip_index, offset, end)
            run = []
        if offset + group.first_frame + group.ends[0] > end:
            break
        run.append(group)
    if run:
        yield _copied(run, clip_index, offset, end)


def _copied(run: Sequence[Group], clip_index: int, offset: int, end: int) -> Copied:
    """As much of the groups as ends before the frame `end`."""
    first, last = run[0], run[-1]
    taken = max(count for count in last.ends if offset + last.first_frame + count <= end)
    return Copied(
        first_frame=offset + first.first_frame,
        end_frame=offset + last.first_frame + taken,
        clip_index=clip_index,
        first_packet=first.first_packet,
        end_packet=last.first_packet + taken,
    )


def _encoded(clips: Sequence[ClipRange], first: int, end: int, max_clips: int) -> list[Span]:
    """The frames from `first` to `end` in as few spans as there may be."""
    if first == end:
        return []
    cuts = dict(_cuts(clips))
    inner = [cut for cut in cuts if first < cut < end]
    spans: list[Span] = []
    at = first
    for cut, beyond in pairwise([*inner, end]):
        if cuts[cut] or _clips_in(clips, at, beyond) > max_clips:
            spans.append(Encoded(at, cut))
            at = cut
    return [*spans, Encoded(at, end)]


def _cuts(clips: Sequence[ClipRange]) -> Iterator[tuple[int, bool]]:
    """The frames before which one span may end and another begin, growing, and whether they must.

    Where one clip ends as the next begins; of a clip that comes by a transition, directly after it. What is decoded
    twice then is no more than the transition has of it.
    """
    for index, (before, after) in enumerate(pairwise(clips), 1):
        if before.end_frame == after.first_frame:
            yield after.first_frame, before.look != after.look
        else:
            own_first, own_end = _own(clips, index)
            if after.may_be_cut and own_first < own_end:
                yield own_first, False


def _clips_in(clips: Sequence[ClipRange], first: int, end: int) -> int:
    return sum(clip.first_frame < end and clip.end_frame > first for clip in clips)
