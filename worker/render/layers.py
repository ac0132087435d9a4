"""What lies over the joined clips, as filters from below upwards. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from worker.render.overlay import Overlay, overlay_chains
from worker.render.standing import Standing, standing_chains

LETTERS_FOLDER = "letters"
"""Where, in the working folder, FFmpeg finds the one font without which libass draws nothing."""


@dataclass(frozen=True)
class Words:
    """Texts that lie directly over each other: the file that the typesetter drew them into."""

    file: str

    @property
    def filter(self) -> str:
        """The filter that draws them on the frames of their times."""
        return f"ass=f={self.file}:fontsdir={LETTERS_FOLDER}"


Layer = Words | Standing | Overlay


def picture_files(layers: Sequence[Layer]) -> list[str]:
    """The files that are inputs of FFmpeg besides the clips, in their order."""
    return [layer.file for layer in layers if isinstance(layer, Overlay)]


def layer_chains(layers: Sequence[Layer], fps: Fraction, *, first_picture: int, below: str, above: str) -> list[str]:
    """The chains from the stream `below` to the stream `above`; pictures are the inputs from `first_picture` on."""
    chains: list[str] = []
    picture = first_picture
    for index, layer in enumerate(layers):
        label = above if index == len(layers) - 1 else f"layer{index}"
        if isinstance(layer, Words):
            chains.append(f"[{below}]{layer.filter}[{label}]")
        elif isinstance(layer, Standing):
            chains += standing_chains(layer, LETTERS_FOLDER, fps, below=below, label=label)
        else:
            chains += overlay_chains(layer, fps, source=f"{picture}:v", below=below, label=label)
            picture += 1
        below = label
    return chains
