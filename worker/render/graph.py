"""The filter graph of a whole render: each frame goes through it once. Pure."""

from collections.abc import Sequence

from worker.render.effects import effect_filter
from worker.render.joints import Pads, clip_pads, joint_chains
from worker.render.mix import Measured, is_mixed, mix_chains
from worker.render.picture import picture_chains
from worker.render.plan import RenderPlan
from worker.render.sound import sound_chain
from worker.render.texts import TextLayer, always_drawn, drawtext


def filter_graph(plan: RenderPlan, layers: Sequence[TextLayer], measured: Measured | None = None) -> str:
    """Each clip made alike, all joined, the whole changed, the texts drawn on top; ends in [video] and [sound]."""
    effects = effect_filters(plan)
    over = "joined" if layers else "video"
    ends = Pads("plain" if effects else over, "clips" if is_mixed(plan, measured) else "sound")
    sounds, mix = clip_sounds(plan, ends), mix_chains(plan, measured)
    changes = [f"[plain]{','.join(effects)}[{over}]"] if effects else []
    joints = joint_chains(plan, ends)
    return ";".join([*picture_graph(plan, ends), *sounds, *joints, *mix, *changes, *text_chains(plan, layers)])


def sound_graph(plan: RenderPlan) -> str:
    """The sound alone, as it is before it is brought to its loudness, and what measures it; ends in [measured]."""
    ends = Pads("none", "clips" if is_mixed(plan, None) else "sound")
    measure = "[sound]ebur128=peak=true:framelog=quiet[measured]"
    return ";".join(
        [*clip_sounds(plan, ends), *joint_chains(plan, ends, video=False), *mix_chains(plan, None), measure]
    )


def clip_sounds(plan: RenderPlan, ends: Pads) -> list[str]:
    """The chains of every clip's sound, each up to its own label."""
    return [sound_chain(clip, clip_pads(index, plan, ends).sound) for index, clip in enumerate(plan.clips)]


def still_graph(plan: RenderPlan, layers: Sequence[TextLayer], frame: int) -> str:
    """The same for frame `frame` of `plan` alone, silent; ends in [still]. All `layers` are on it."""
    ends = Pads("joined", "sound")
    over = [f"trim=start_frame={frame}", *effect_filters(plan), *(always_drawn(layer) for layer in layers)]
    joints = joint_chains(plan, ends, sound=False)
    return ";".join([*picture_graph(plan, ends), *joints, f"[joined]{','.join(over)}[still]"])


def picture_graph(plan: RenderPlan, ends: Pads) -> list[str]:
    """The chains of every clip's picture, each up to its own label."""
    return [
        chain
        for index, clip in enumerate(plan.clips)
        for chain in picture_chains(clip, plan, clip_pads(index, plan, ends).video)
    ]


def effect_filters(plan: RenderPlan) -> list[str]:
    """What changes the look of the whole."""
    filters = [effect_filter(effect, plan.tables) for effect in plan.effects]
    return [*filters, "format=yuv420p"] if filters else []


def text_chains(plan: RenderPlan, layers: Sequence[TextLayer]) -> list[str]:
    """What lies over the joined clips: from [joined] to [video]; nothing where there is nothing."""
    texts = ",".join(drawtext(layer, plan.fps) for layer in layers)
    return [f"[joined]{texts}[video]"] if texts else []
