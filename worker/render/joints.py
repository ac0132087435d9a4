"""How clips become one: by cuts, which cost nothing, and by transitions between rows of such. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.render.plan import ClipPlan, RenderPlan


@dataclass(frozen=True)
class Pads:
    """The labels of a picture and of its sound."""

    video: str
    sound: str


def joint_chains(plan: RenderPlan, ends: Pads, *, video: bool = True, sound: bool = True) -> list[str]:
    """What joins the clips' [v0][a0], [v1][a1], … into `ends`. Of a single clip, the pads are `ends` already.

    Without `video` or `sound`, that part is left out.
    """
    rows = _rows(plan.clips)
    parts = (video, sound)
    if len(rows) == 1:
        return _cuts(rows[0], ends, parts)
    chains: list[str] = []
    pads: list[Pads] = []
    for number, row in enumerate(rows):
        if len(row) == 1:
            pads.append(clip_pads(row[0], plan, ends))
            continue
        # Cuts leave time in microseconds, and a transition wants both sides in frames.
        chains += _cuts(row, Pads(f"row{number}", f"sounds{number}"), parts)
        if video:
            chains.append(f"[row{number}]settb={1 / plan.fps}[r{number}]")
        pads.append(Pads(f"r{number}", f"sounds{number}"))
    pictures, sounds = _transitions(plan, rows, pads, ends)
    return [*chains, *(pictures if video else []), *(sounds if sound else [])]


def clip_pads(index: int, plan: RenderPlan, ends: Pads) -> Pads:
    """The labels that a clip's own chains end in."""
    return ends if len(plan.clips) == 1 else Pads(f"v{index}", f"a{index}")


def _rows(clips: Sequence[ClipPlan]) -> list[list[int]]:
    """The clips' indices, in rows that only cuts divide."""
    rows: list[list[int]] = [[]]
    for index, clip in enumerate(clips):
        rows[-1].append(index)
        if clip.overlap_frames and index + 1 < len(clips):
            rows.append([])
    return rows


def _cuts(row: Sequence[int], ends: Pads, parts: tuple[bool, bool]) -> list[str]:
    if len(row) == 1:
        return []
    video, sound = parts
    pads = "".join((f"[v{index}]" if video else "") + (f"[a{index}]" if sound else "") for index in row)
    after = (f"[{ends.video}]" if video else "") + (f"[{ends.sound}]" if sound else "")
    return [f"{pads}concat=n={len(row)}:v={int(video)}:a={int(sound)}{after}"]


def _transitions(
    plan: RenderPlan, rows: Sequence[Sequence[int]], pads: Sequence[Pads], ends: Pads
) -> tuple[list[str], list[str]]:
    """The chains of the pictures, and those of the sounds."""
    pictures: list[str] = []
    sounds: list[str] = []
    before, frames = pads[0], sum(plan.clips[index].frames for index in rows[0])
    for number in range(1, len(rows)):
        leaving = plan.clips[rows[number - 1][-1]]
        transition = leaving.clip.transition
        assert transition is not None, "clips overlap in transitions alone"
        frames -= leaving.overlap_frames
        after = ends if number == len(rows) - 1 else Pads(f"x{number}", f"y{number}")
        length, offset = (f"{float(count / plan.fps):.6f}" for count in (leaving.overlap_frames, frames))
        both = f"transition={transition.name}:duration={length}:offset={offset}"
        # Of equal power: two sounds that have nothing to do with each other are as loud together as each alone.
        fade = f"acrossfade=ns={leaving.overlap_samples}:c1=qsin:c2=qsin"
        pictures.append(f"[{before.video}][{pads[number].video}]xfade={both}[{after.video}]")
        sounds.append(f"[{before.sound}][{pads[number].sound}]{fade}[{after.sound}]")
        frames += sum(plan.clips[index].frames for index in rows[number])
        before = after
    return pictures, sounds
