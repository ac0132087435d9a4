"""The filter graph of a whole render: each frame goes through it once. Pure."""

from collections.abc import Sequence

from worker.render.effects import effect_filter
from worker.render.joints import Pads, clip_pads, joint_chains
from worker.render.layers import Layer, layer_chains
from worker.render.mix import Measured, is_mixed, mix_chains
from worker.render.overlay import Overlay
from worker.render.picture import picture_chains
from worker.render.plan import RenderPlan
from worker.render.sound import sound_chain


def filter_graph(plan: RenderPlan, layers: Sequence[Layer], measured: Measured | None = None) -> str:
    """Each clip made alike, all joined, the whole changed, the layers laid on top; ends in [video] and [sound].

    The inputs are the plan's and, after them, the layers' pictures.
    """
    effects = effect_filters(plan)
    over = "joined" if layers else "video"
    ends = Pads("plain" if effects else over, "clips" if is_mixed(plan, measured) else "sound")
    sounds, mix = clip_sounds(plan, ends), mix_chains(plan, measured)
    changes = [f"[plain]{','.join(effects)}[{over}]"] if effects else []
    joints = joint_chains(plan, ends)
    return ";".join([*picture_graph(plan, ends), *sounds, *joints, *mix, *changes, *_laid_over(plan, layers)])


def sound_graph(plan: RenderPlan) -> str:
    """The sound alone, as it is before it is brought to its loudness, and what measures it; ends in [measured]."""
    measure = "[sound]ebur128=peak=true:framelog=quiet[measured]"
    return ";".join([*sound_chains(plan, None), measure])


def sound_chains(plan: RenderPlan, measured: Measured | None) -> list[str]:
    """The whole's sound alone, as chains; the last one ends in [sound]."""
    ends = Pads("none", "clips" if is_mixed(plan, measured) else "sound")
    return [*clip_sounds(plan, ends), *joint_chains(plan, ends, video=False), *mix_chains(plan, measured)]


def clip_sounds(plan: RenderPlan, ends: Pads) -> list[str]:
    """The chains of every clip's sound, each up to its own label."""
    return [sound_chain(clip, clip_pads(index, plan, ends).sound) for index, clip in enumerate(plan.clips)]


def still_graph(plan: RenderPlan, layers: Sequence[Layer], frame: int, output_frame: int) -> str:
    """The same for frame `frame` of `plan` alone, silent; ends in [still].

    `output_frame` is its number in the whole output, by which the layers know what they show.
    """
    ends = Pads("joined", "sound")
    shown = [f"trim=start_frame={frame}", *effect_filters(plan)]
    joints = joint_chains(plan, ends, sound=False)
    chains = [*picture_graph(plan, ends), *joints]
    if not layers:
        return ";".join([*chains, f"[joined]{','.join(shown)}[still]"])
    # The layers are drawn by the frame's number in the whole output, and it alone passes through them.
    shown += [f"settb={1 / plan.fps}", f"setpts={output_frame}"]
    frozen = [layer.frozen(output_frame) if isinstance(layer, Overlay) else layer for layer in layers]
    over = layer_chains(frozen, plan.fps, first_picture=len(plan.inputs), below="shown", above="still")
    return ";".join([*chains, f"[joined]{','.join(shown)}[shown]", *over])


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


def _laid_over(plan: RenderPlan, layers: Sequence[Layer]) -> list[str]:
    """What lies over the joined clips: from [joined] to [video]; nothing where there is nothing."""
    return layer_chains(layers, plan.fps, first_picture=len(plan.inputs), below="joined", above="video")
