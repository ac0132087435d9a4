"""The timeline in spans: each frame once, and nothing copied that may not be."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from worker.render.splice.groups import Group
from worker.render.splice.spans import MIN_COPIED_PART, ClipRange, Copied, Encoded, lay_spans


def group(first_frame: int, first_packet: int, frames: int, ends: tuple[int, ...] | None = None) -> Group:
    return Group(first_frame, first_packet, first_packet + frames, ends or tuple(range(1, frames + 1)), {})


@st.composite
def groups_of(draw: st.DrawFn, frames: int) -> list[Group]:
    """Groups of a source that may begin before the clip and go on after it, some of which have packets to spare."""
    groups: list[Group] = []
    at, packet = draw(st.integers(-3, 6)), draw(st.integers(0, 9))
    while at < frames:
        size = draw(st.integers(1, 9))
        ends = tuple(sorted({1, *draw(st.sets(st.integers(1, size)))} | ({size} if draw(st.booleans()) else set())))
        if at >= 0:
            groups.append(Group(at, packet, packet + size, ends, {}))
        at += size + draw(st.sampled_from([0, 0, 0, 1]))
        packet += size
    return groups


Timeline = tuple[list[ClipRange], list[list[Group]], list[tuple[int, int]], int, int]


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    clips: list[ClipRange] = []
    end = 0
    for _ in range(draw(st.integers(1, 6))):
        frames = draw(st.integers(3, 40))
        first = max(0, end - (draw(st.sampled_from([0, 0, 1])) if clips else 0))
        end = first + frames
        clips.append(ClipRange(first, end))
    covered = draw(st.lists(st.tuples(st.integers(0, end), st.integers(0, end + 9)), max_size=3))
    groups = [draw(groups_of(clip.end_frame - clip.first_frame)) for clip in clips]
    return clips, groups, covered, draw(st.integers(1, 12)), draw(st.integers(1, 4))


@given(timelines())
def test_every_frame_is_in_one_span_and_what_is_copied_may_be(timeline: Timeline):
    clips, groups, covered, min_frames, max_clips = timeline

    spans = lay_spans(clips, groups, covered, min_copied_frames=min_frames, max_clips=max_clips)

    frames = [frame for span in spans for frame in range(span.first_frame, span.end_frame)]
    assert frames == list(range(clips[-1].end_frame))
    for span in spans:
        shown = range(span.first_frame, span.end_frame)
        on_screen = [clip for clip in clips if clip.first_frame < span.end_frame and clip.end_frame > span.first_frame]
        if isinstance(span, Encoded):
            overlapped = any(before.end_frame > after.first_frame for before, after in pairwise(on_screen))
            assert len(on_screen) <= max(max_clips, 2 if overlapped else 1)
            continue
        assert len(shown) >= min_frames
        assert on_screen == [clips[span.clip_index]]
        assert not any(first <= frame < end for first, end in covered for frame in shown)
        of_clip = groups[span.clip_index]
        offset = clips[span.clip_index].first_frame
        [first] = [each for each in of_clip if each.first_packet == span.first_packet]
        assert offset + first.first_frame == span.first_frame
        [last] = [each for each in of_clip if each.first_packet < span.end_packet <= each.end_packet]
        assert span.end_packet - last.first_packet in last.ends
        assert span.end_frame - last.first_frame - offset == span.end_packet - last.first_packet
        assert span.end_packet - span.first_packet == len(shown)


def test_a_text_in_the_middle_leaves_the_rest_to_be_copied():
    groups = [group(0, 5, 50), group(50, 55, 50), group(100, 105, 50)]

    spans = lay_spans([ClipRange(0, 150)], [groups], [(60, 70)], min_copied_frames=25, max_clips=12)

    assert spans == [Copied(0, 60, 0, 5, 65), Encoded(60, 100), Copied(100, 150, 0, 105, 155)]


def test_a_group_whose_first_frame_is_under_a_text_is_not_copied():
    groups = [group(0, 5, 50), group(50, 55, 50), group(100, 105, 50)]

    spans = lay_spans([ClipRange(0, 150)], [groups], [(20, 51)], min_copied_frames=25, max_clips=12)

    assert spans == [Encoded(0, 100), Copied(100, 150, 0, 105, 155)]


def test_a_group_ends_early_only_where_no_later_packet_is_needed():
    spans = lay_spans([ClipRange(0, 38)], [[group(0, 0, 40, (1, 20, 36, 40))]], [], min_copied_frames=25, max_clips=12)

    assert spans == [Copied(0, 36, 0, 0, 36), Encoded(36, 38)]


def test_many_clips_are_encoded_in_segments_cut_where_clips_meet():
    clips = [ClipRange(10 * index, 10 * index + 10) for index in range(7)]

    spans = lay_spans(clips, [[]] * 7, [], min_copied_frames=25, max_clips=3)

    assert spans == [Encoded(0, 30), Encoded(30, 60), Encoded(60, 70)]


def test_clips_of_other_colours_are_in_segments_of_their_own():
    clips = [ClipRange(0, 10), ClipRange(10, 20, "bt709"), ClipRange(20, 30, "bt709"), ClipRange(30, 40)]

    spans = lay_spans(clips, [[]] * 4, [], min_copied_frames=25, max_clips=12)

    assert spans == [Encoded(0, 10), Encoded(10, 30), Encoded(30, 40)]


def test_clips_in_a_chain_of_transitions_are_cut_after_these_and_never_within():
    clips = [ClipRange(0, 10), ClipRange(8, 20), ClipRange(18, 30), ClipRange(28, 40)]

    assert lay_spans(clips, [[]] * 4, [], min_copied_frames=25, max_clips=2) == [
        Encoded(0, 10),
        Encoded(10, 20),
        Encoded(20, 40),
    ]


def test_a_clip_with_effects_is_not_cut():
    clips = [ClipRange(0, 10), ClipRange(8, 20, may_be_cut=False), ClipRange(20, 30)]

    assert lay_spans(clips, [[]] * 3, [], min_copied_frames=25, max_clips=1) == [Encoded(0, 20), Encoded(20, 30)]


def test_a_copy_that_is_a_small_part_of_the_whole_is_not_worth_the_joints():
    clips = [ClipRange(0, 30), ClipRange(30, 1000)]
    assert MIN_COPIED_PART > 30 / 1000

    spans = lay_spans(clips, [[group(0, 0, 30)], []], [], min_copied_frames=25, max_clips=12)

    assert spans == [Encoded(0, 1000)]
