"""What a render's look depends on besides its spec and sources: an earlier result is the same only if this is, too."""

import hashlib
from functools import cache
from pathlib import Path

from jobs.fonts import FontCatalogue
from jobs.spec import Spec
from worker.render.ffmpeg import executable

RENDER_VERSION = 2
"""Raise it with every change after which the same spec over the same sources comes out otherwise: another graph,
encoder setting, text engine or default. Results of other versions are then rendered anew, and not answered from before.
"""


def look_of(spec: Spec, catalogue: FontCatalogue) -> str:
    """The render's version, FFmpeg's, and what is in the fonts that the spec's letters may come from."""
    lettering = [track.lettering for track in spec.tracks if track.lettering]
    files = {str(file.path) for letters in lettering for file in catalogue.faces(letters.font)}
    fonts = hashlib.sha256("".join(sorted(_digest(file) for file in files)).encode())
    return f"{RENDER_VERSION} {executable().rpartition('/')[2]} {fonts.hexdigest()}"


@cache
def _digest(file: str) -> str:
    """What is in a font, read once a process: another font of the bucket's is a file of another name."""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()
