"""Make one static font of a variable one, with the letters that are needed. Run as a script in a confined process.

Arguments: the variable font, the file to write, the weight, and a file with the needed characters (UTF-8).
Letters that nobody asked for are left out *before* the weight is fixed: that takes 1 s where the whole font takes 10.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.varLib import instancer


def main(source: str, target: str, weight: float, characters: str) -> None:
    """Write `source` at `weight`, reduced to `characters`, to `target`. Other axes stay at their default."""
    options = subset.Options(notdef_outline=True, glyph_names=False)
    font = subset.load_font(source, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    axes = {axis.axisTag: weight if axis.axisTag == "wght" else None for axis in font["fvar"].axes}
    instancer.instantiateVariableFont(font, axes, inplace=True)
    font.save(target)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), Path(sys.argv[4]).read_text("utf-8"))
