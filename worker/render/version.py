"""What a render's look depends on besides its spec and sources: an earlier result is the same only if this is, too."""

import hashlib
from functools import cache

from jobs.fonts import FontCatalogue
from worker.render.ffmpeg import executable

RENDER_VERSION = 1
"""Raise it with every change after which the same spec over the same sources comes out otherwise: another graph,
encoder setting, text engine or default. Results of other versions are then rendered anew, and not answered from before.
"""


@cache
def look_of(catalogue: FontCatalogue) -> str:
    """The render's version, FFmpeg's, and what is in every font: read once a process."""
    fonts = hashlib.sha256()
    for name in catalogue.names:
        family = catalogue.find(name)
        assert family is not None
        fonts.update(name.encode() + hashlib.sha256(family.path.read_bytes()).digest())
    return f"{RENDER_VERSION} {executable().rpartition('/')[2]} {fonts.hexdigest()}"
