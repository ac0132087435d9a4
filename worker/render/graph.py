"""The filter graph of a whole render: each frame goes through it once. Pure."""

from collections.abc import Sequence

from worker.render.joints import Pads, clip_pads, joint_chains
from worker.render.picture import picture_chains
from worker.render.plan import RenderPlan
from worker.render.sound import sound_chain
from worker.render.texts import TextLayer, always_drawn, drawtext


def filter_graph(plan: RenderPlan, layers: Sequence[TextLayer]) -> str:
    """Each clip made alike, all joined, the texts drawn on top; ends in [video] and [sound]."""
    ends = Pads("joined" if layers else "video", "sound")
    sounds = [sound_chain(clip, clip_pads(index, plan, ends).sound) for index, clip in enumerate(plan.clips)]
    return ";".join([*picture_graph(plan, ends), *sounds, *joint_chains(plan, ends), *text_chains(plan, layers)])


def still_graph(plan: RenderPlan, layers: Sequence[TextLayer], frame: int) -> str:
    """The same for frame `frame` of `plan` alone, silent; ends in [still]. All `layers` are on it."""
    ends = Pads("joined", "sound")
    over = [f"trim=start_frame={frame}", *(always_drawn(layer) for layer in layers)]
    joints = joint_chains(plan, ends, sound=False)
    return ";".join([*picture_graph(plan, ends), *joints, f"[joined]{','.join(over)}[still]"])


def picture_graph(plan: RenderPlan, ends: Pads) -> list[str]:
    """The chains of every clip's picture, each up to its own label."""
    return [
        chain
        for index, clip in enumerate(plan.clips)
        for chain in picture_chains(clip, plan, clip_pads(index, plan, ends).video)
    ]


def text_chains(plan: RenderPlan, layers: Sequence[TextLayer]) -> list[str]:
    """What lies over the joined clips: from [joined] to [video]; nothing where there is nothing."""
    texts = ",".join(drawtext(layer, plan.fps) for layer in layers)
    return [f"[joined]{texts}[video]"] if texts else []
