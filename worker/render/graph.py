"""The filter graph of a whole render: each frame goes through it once. Pure."""

from collections.abc import Sequence

from worker.render.layers import Layer, layer_chains
from worker.render.picture import video_filters
from worker.render.plan import RenderPlan
from worker.render.sound import sound_chain


def filter_graph(plan: RenderPlan, layers: Sequence[Layer]) -> str:
    """Each clip made alike, all joined, the layers laid on top; ends in [video] and [sound].

    The inputs are the clips and, after them, the layers' pictures.
    """
    alone = len(plan.clips) == 1
    joined = "joined" if layers else "video"
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
    chains += layer_chains(layers, plan.fps, first_picture=len(plan.clips), below="joined", above="video")
    return ";".join(chains)
