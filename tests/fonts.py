"""Small fonts, made for a test."""

from io import BytesIO

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen


def font_of(family: str, *, letters: str = "AB", weight: int = 400, style: str = "Regular") -> bytes:
    """A TrueType font whose letters are squares of three quarters of their size."""
    names = [".notdef", "space", *(f"u{ord(letter):04X}" for letter in letters)]
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for point in ((100, 750), (850, 750), (850, 0)):
        pen.lineTo(point)
    pen.closePath()
    square, empty = pen.glyph(), TTGlyphPen(None).glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({32: "space"} | {ord(letter): f"u{ord(letter):04X}" for letter in letters})
    builder.setupGlyf({name: empty if name == "space" else square for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (950, 100)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": style})
    builder.setupOS2(usWeightClass=weight, fsSelection=1 if style == "Italic" else 64)
    builder.setupPost()
    file = BytesIO()
    builder.save(file)
    return file.getvalue()
