"""What may stand in a sheet that the typesetter wrote: tags of ours with numbers in them, and the strokes of shapes."""

import re
from typing import Final

_TAGS: Final = (
    r"(?:\\pos\(-?[\d.]+,-?[\d.]+\)|\\move\(-?[\d.]+,-?[\d.]+,-?[\d.]+,-?[\d.]+,\d+,\d+\))(?:\\fad\(\d+,\d+\))?"
    r"(?:\\(?:bord|shad|xshad|yshad|blur)-?[\d.]+|\\[134]c&H[0-9A-F]{6}&|\\[134]a&H[0-9A-F]{2}&)+\\p5"
)
EVENT: Final = re.compile(
    rf"Dialogue: 0,\d+:\d\d:\d\d\.\d\d,\d+:\d\d:\d\d\.\d\d,s,,0,0,0,,\{{{_TAGS}\}}(?:[mlb](?: -?\d+)+ ?)+\n"
)
"""One line that draws something."""
