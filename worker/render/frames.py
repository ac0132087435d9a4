"""Times as frames. Pure, and loads next to nothing: the typesetter's process uses it, too."""

import math
from fractions import Fraction


def frame_at(seconds: float, fps: Fraction) -> int:
    """The first frame that is shown at or after `seconds`."""
    return math.ceil(round(Fraction(seconds) * fps, 6))
