"""What leaves the typesetter: shapes, numbers, and nothing that anybody wrote."""

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.fonts import FontCatalogue
from jobs.spec import Font
from tests.thoroughness import examples
from tests.worker.render.sheet import EVENT
from worker.render.texts import FaceTable
from worker.render.timeline import frame_at
from worker.render.typeset.block import Block, Box, Edge, Motion, Order, Shadow, Sheet, dump, load
from worker.render.typeset.layout import lay_out
from worker.render.typeset.letters import Letters
from worker.render.typeset.script import _on_screen, events
from worker.render.typeset.times import Clock

EVIL = (
    "{\\an8}",
    "\\N",
    "\\h",
    "{",
    "}",
    "\\",
    "%{pts}",
    "'",
    '"',
    ":",
    ",",
    ";",
    "\u202e",
    "\u2067",
    "\u200d",
    "\n",
    "\t",
)
_table = FaceTable(FontCatalogue.installed())
_places = _table.places(Font(family="Roboto", size=20))
FACES = [Letters(_table.faces[place]) for place in _places]


def block(content: str, **options: Any) -> Block:
    values: dict[str, Any] = {
        "content": content,
        "faces": _places,
        "size": 20,
        "color": "#ffffff",
        "x": 80,
        "y": 45,
        "anchor_x": 0.5,
        "anchor_y": 0.5,
        "align": 0.5,
        "max_width": None,
        "line_height": None,
        "first_frame": 0,
        "end_frame": 50,
    }
    return Block(**(values | options))


def lines(*blocks: Block, rate: tuple[int, int] = (25, 1)) -> list[str]:
    order = Order(160, 90, rate, "Roboto", _table.faces, (Sheet("a.ass", blocks),))
    return [line for each in blocks for line in events(each, lay_out(each, FACES), order)]


@settings(deadline=None, max_examples=examples(60))
@given(
    st.lists(st.one_of(st.sampled_from(EVIL), st.text(max_size=8)), min_size=1, max_size=12).map("".join),
    st.from_regex(r"\A#[0-9a-f]{6}([0-9a-f]{2})?\Z"),
    st.one_of(st.none(), st.integers(8, 100)),
    st.sampled_from([None, Motion("fade", "left", 5), Motion("slide", "top", 7)]),
)
def test_nothing_of_a_text_leaves_the_typesetter_but_its_shapes(
    content: str, colour: str, max_width: int | None, motion: Motion | None
):
    written = lines(
        block(
            content,
            color=colour,
            max_width=max_width,
            outline=Edge(2, colour),
            shadow=Shadow(-1, 2, 3.5, colour),
            box=Box(colour, 3, 4),
            enter=motion,
            leave=motion,
        )
    )

    assert all(EVENT.fullmatch(line) for line in written), written


def test_ten_thousand_hostile_characters_are_set_as_shapes_too():
    written = lines(block("{\\p1}m 0 0 \\N" * 800, max_width=150, size=8))

    assert len(written) == 1
    assert EVENT.fullmatch(written[0])


def test_what_lies_beyond_the_output_is_not_drawn_unless_it_slides_in():
    options = {"max_width": 150, "size": 40, "box": Box("#000000", 3, 9), "shadow": Shadow(5, 5, 9, "#000000")}
    staying = lines(block("W" * 2000, **options))
    sliding = lines(block("W" * 2000, **options, enter=Motion("slide", "top", 5)))

    for line in staying:
        places = [int(number) / 16 for number in line.partition("\\p5}")[2].split() if number not in "mlb"]
        assert -700 < min(places) <= max(places) < 500, "160x90, and what may reach into it"
    assert max(map(len, staying)) * 50 < max(map(len, sliding))


def test_what_is_not_drawn_would_not_be_seen():
    """Letters at all edges and beyond them: those that are kept are all that have a point on the output."""
    for place in ({"x": 0, "y": 0}, {"x": 160, "y": 90}, {"x": 80, "y": -60}, {"x": -300, "y": 45}):
        laid = lay_out(shown := block("Wgj\n" * 9 + "\ufdfd", size=30, **place), FACES)
        order = Order(160, 90, (25, 1), "Roboto", _table.faces, ())
        kept = set(_on_screen(shown, laid, order).glyphs)
        for glyph in set(laid.glyphs) - kept:
            for _, points in glyph.letters.outline(glyph.number):
                assert not any(
                    0 <= glyph.x + x * glyph.scale <= 160 and 0 <= glyph.y - y * glyph.scale <= 90 for x, y in points
                )


@given(st.integers(0, 100_000), st.sampled_from([Fraction(1), Fraction(24000, 1001), Fraction(30), Fraction(60)]))
def test_an_event_begins_after_the_frame_before_and_with_its_own(frame: int, rate: Fraction):
    """With two milliseconds to spare on both sides: FFmpeg counts a frame's time in binary fractions."""
    begins = Clock(rate).hundredths(frame) * 10

    assert frame == 0 or begins <= frame / rate * 1000 - 2
    assert frame == 0 or begins > (frame - 1) / rate * 1000 + 2


def test_an_order_is_read_as_it_was_written():
    order = Order(
        160,
        90,
        (30000, 1001),
        "Roboto",
        _table.faces,
        (Sheet("a", (block("x{\u202e", enter=Motion("fade", "top", 3), box=Box("#000000", 1, 2)),)), Sheet("b", ())),
    )

    assert load(dump(order)) == order


def test_a_text_that_stays_ends_after_any_video():
    (line,) = lines(block("x", end_frame=frame_at(86_400.0, Fraction(60))), rate=(60, 1))

    assert ",0:00:00.00,23:59:59.99," in line
