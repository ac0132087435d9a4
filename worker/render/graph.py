"""The filter graph of a whole render: each frame goes through it once. Pure."""

from collections.abc import Sequence

from worker.render.picture import video_filters
from worker.render.plan import RenderPlan
from worker.render.sound import sound_chain
from worker.render.texts import TextLayer, drawtext


def filter_graph(plan: RenderPlan, layers: Sequence[TextLayer]) -> str:
    """Each clip made alike, all joined, the texts drawn on top; ends in [video] and [sound]."""
    alone = len(plan.clips) == 1
    texts = ",".join(drawtext(layer, plan.fps) for layer in layers)
    joined = "joined" if texts else "video"
    chains: list[str] = []
    for index, clip in enumerate(plan.clips):
        video_label, sound_label = (joined, "sound") if alone else (f"v{index}", f"a{index}")
        chains += [
            f"[{index}:{clip.video.index}]{','.join(video_filters(clip, plan))}[{video_label}]",
            f"{sound_chain(index, clip)}[{sound_label}]",
        ]
    if not alone:
        pads = "".join(f"[v{index}][a{index}]" for index in range(len(plan.clips)))
        chains.append(f"{pads}concat=n={len(plan.clips)}:v=1:a=1[{joined}][sound]")
    if texts:
        chains.append(f"[joined]{texts}[video]")
    return ";".join(chains)


def sound_graph(plan: RenderPlan) -> str:
    """The sound alone; ends in [sound]."""
    chains = [f"{sound_chain(index, clip)}[a{index}]" for index, clip in enumerate(plan.clips)]
    pads = "".join(f"[a{index}]" for index in range(len(plan.clips)))
    return ";".join([*chains, f"{pads}concat=n={len(plan.clips)}:v=0:a=1[sound]"])
