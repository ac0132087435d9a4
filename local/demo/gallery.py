"""A picture of each example for the docs: `python -m local.demo.gallery` renders them and writes the page anew.

Each is the frame that a job of the example would have as its poster, made as a preview is: by the render's own graph.
"""

import json
import re
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from jobs.spec import Spec, parse_spec
from local.demo import footage
from worker.render.engine import RenderEngine
from worker.render.ffmpeg import executable

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "examples"
PAGE_FILE = REPOSITORY / "docs" / "reference" / "examples.md"
PICTURES = PAGE_FILE.with_suffix("")
HEIGHT = 240
"""Of a picture, in pixels: a table of them is to be seen at once."""
NOT_SHOWN = ("invalid", "broken-source")
"""Examples of jobs that fail."""

_ROW = re.compile(r"^\| \[(?P<name>[\w-]+)\.json\]\(\S+\) \| (?P<shows>.*) \|$", re.MULTILINE)


def page(readme: str) -> str:
    """The page, from the tables of `examples/README.md`."""
    rows = [
        f"| [{name}](../../examples/{name}.json) | ![{name}](examples/{name}.jpg) | {shows} |"
        for name, shows in _ROW.findall(readme)
        if name not in NOT_SHOWN
    ]
    head = [
        "# Examples, as they come out",
        "",
        "<!-- Written by `python -m local.demo.gallery`; a test fails when the page differs. -->",
        "",
        "The poster frame of each of [the examples](../../examples/README.md).",
        "",
        "| spec | poster | shows |",
        "| --- | --- | --- |",
    ]
    return "\n".join([*head, *rows]) + "\n"


def poster_seconds(spec: Spec) -> float:
    """The time of the poster frame of a spec whose clips' lengths are all known."""
    if spec.output.poster is not None:
        return spec.output.poster.at
    lengths = [clip.known_seconds for clip in spec.clips]
    overlaps = sum(clip.transition.duration for clip in spec.clips if clip.transition)
    return (sum(length for length in lengths if length is not None) - overlaps) / 3


def take(name: str, files: Mapping[str, Path], folder: Path, target: Path) -> None:
    """Write the picture of an example; `files` are the sources by their keys."""
    spec = parse_spec(json.loads((EXAMPLES / f"{name}.json").read_text("utf-8")))
    engine = RenderEngine(threads=2)
    picture = engine.still(
        spec, poster_seconds(spec), lambda material: files[material.source], folder, stop=threading.Event()
    )
    argv = [executable(), "-nostdin", "-v", "error", "-y", "-i", str(picture), "-vf", f"scale=-2:{HEIGHT}"]
    subprocess.run([*argv, "-q:v", "4", str(target)], check=True, timeout=60, stdin=subprocess.DEVNULL)


def main() -> None:
    """Write the page and its pictures."""
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = dict(footage.clips(folder))
        for example, _ in _ROW.findall(readme):
            if example not in NOT_SHOWN:
                take(example, files, folder, PICTURES / f"{example}.jpg")
    PAGE_FILE.write_text(page(readme), "utf-8")


if __name__ == "__main__":
    main()
