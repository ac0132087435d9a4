"""Words in lines: where they break, in which order they stand, and from which font their letters come."""

import re
from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uniseg.linebreak import line_break_units

from jobs.fonts import FontCatalogue
from jobs.spec import Font
from worker.render.texts import FaceTable
from worker.render.typeset.block import Block, Edge
from worker.render.typeset.breaks import opportunities, wrap
from worker.render.typeset.directions import in_visual_order, levels
from worker.render.typeset.layout import Laid, lay_out
from worker.render.typeset.letters import Letters
from worker.render.typeset.runs import split

_table = FaceTable(FontCatalogue.installed())
_places = _table.places(Font(family="Roboto", size=20))
FACES = [Letters(_table.faces[place]) for place in _places]
FILES = [_table.faces[place].path.rsplit("/", 1)[-1].split("[")[0] for place in _places]


def laid(
    content: str, max_width: int | None = None, *, align: float = 0, outline: int = 0, line_height: float = 1
) -> Laid:
    block = Block(
        content=content,
        faces=_places,
        size=20,
        color="#ffffff",
        x=100,
        y=50,
        anchor_x=0,
        anchor_y=0,
        align=align,
        max_width=max_width,
        line_height=line_height,
        first_frame=0,
        end_frame=1,
        outline=Edge(outline, "#000000") if outline else None,
    )
    return lay_out(block, FACES)


def one_by_one(text: str, width: float) -> list[str]:
    """The lines of a text whose characters are all one wide."""
    return [text[start:end] for start, end in wrap(text, lambda start, end: end - start, width)]


def test_lines_break_between_words_and_spaces_hang_over_the_end():
    assert one_by_one("the quick  brown fox", 5) == ["the ", "quick  ", "brown ", "fox"]
    assert one_by_one("well-known", 6) == ["well-", "known"]
    assert one_by_one("a\u00a0b c", 3) == ["a\u00a0b ", "c"]
    assert one_by_one("", 5) == [""]


@given(st.from_regex(r"\A[A-Za-z0-9]+[.,!?']*( +[A-Za-z0-9]+[.,!?']*)*\Z"))
def test_plain_words_break_where_all_of_unicodes_rules_say(text: str):
    assert opportunities(text) == list(accumulate(len(unit) for unit in line_break_units(text)))


def test_a_word_that_is_wider_than_a_line_is_broken_between_what_a_reader_takes_for_characters():
    assert one_by_one("abcdefgh", 3) == ["abc", "def", "gh"]
    assert one_by_one("e\u0301e\u0301e\u0301", 3) == ["e\u0301", "e\u0301", "e\u0301"]
    assert one_by_one("👩\u200d👩\u200d👧👩\u200d👩\u200d👧", 2) == ["👩\u200d👩\u200d👧"] * 2


def test_words_stay_on_one_line_until_they_are_wider_than_it_may_be():
    area = laid("two words", 500).area
    width = int(area.right - area.left)

    assert len({glyph.y for glyph in laid("two words", width + 1).glyphs}) == 1
    assert len({glyph.y for glyph in laid("two words", width - 1).glyphs}) == 2


def test_japanese_breaks_between_characters_but_not_before_a_full_stop():
    assert one_by_one("今日は良い。", 5) == ["今日は良", "い。"]


def test_thai_breaks_between_its_words():
    text = "สวัสดีชาวโลก"

    assert [text[:end] for end in opportunities(text)] == ["สวัสดี", "สวัสดีชาว", text]


@pytest.mark.parametrize(
    "text",
    ["Hello brave new world of words", "สวัสดีชาวโลกทั้งหลาย", "今日は良い天気ですね", "مرحبا بالعالم الجديد يا أصدقاء"],
)
def test_no_line_is_wider_than_it_may_be(text: str):
    narrow = laid(text, 90)

    assert narrow.area.right - narrow.area.left <= 90.1
    assert narrow.area.bottom - narrow.area.top >= 40
    assert all(100 - 2 <= glyph.x <= 190 + 2 for glyph in narrow.glyphs)


def test_a_soft_hyphen_shows_where_a_line_ends_by_it_and_nowhere_else():
    broken, whole = laid("donau\u00addampfer", 75), laid("donau\u00addampfer")
    hyphen = FACES[0].shape("-", 0, 1, None, rightwards=True)[0].number

    assert [glyph.number for glyph in broken.glyphs].count(hyphen) == 1
    assert hyphen not in [glyph.number for glyph in whole.glyphs]


def test_lines_align_to_the_side_that_is_asked_for_and_stand_a_line_height_apart():
    def first_of_each(align: float) -> list[tuple[int, int]]:
        rows: dict[float, float] = {}
        for glyph in laid("MMM\nM", align=align, line_height=1.5).glyphs:
            rows.setdefault(glyph.y, glyph.x)
        return [(round(x), round(y)) for y, x in rows.items()]

    (left, above), (also_left, below) = first_of_each(0)
    assert (left, also_left, below - above) == (100, 100, 30)
    width = laid("M").area.right - 100
    assert [x for x, _ in first_of_each(0.5)] == [100, round(100 + width)]
    assert [x for x, _ in first_of_each(1)] == [100, round(100 + 2 * width)]


def test_an_outline_stays_inside_of_the_anchor_too():
    assert (laid("x", outline=5).area.left, laid("x", outline=5).area.top) == (105, 55)


def without_steering(text: str) -> str:
    return re.sub("[\u202a-\u202e\u2066-\u2069]", "", text)


def visible(text: str) -> str:
    """A text's characters from left to right."""
    return "".join(in_visual_order(list(zip(levels(text), text, strict=True))))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("abc שלום def", "abc םולש def"),
        ("שלום abc 12", "abc 12 םולש"),
        ("שלום 12 abc", "abc 12 םולש"),
        ("abc \u202edef\u202c ghi", "abc fed ghi"),
        ("a \u2067שלום 1\u2069 b", "a 1 םולש b"),  # noqa: RUF001 - Hebrew
    ],
)
def test_directions_are_those_of_unicode(text: str, seen: str):
    assert without_steering(visible(text)) == seen


def faces_of(text: str) -> list[tuple[str, str]]:
    return [(text[run.start : run.end], FILES[run.face]) for run in split(text, FACES)]


def test_letters_that_a_family_lacks_come_from_one_that_has_them_a_cluster_from_one_font():
    assert faces_of("Ok 今日 นี้ 👍🏽!") == [
        ("Ok ", "Roboto"),
        ("今日", "wqy-microhei.ttc"),
        (" ", "Roboto"),
        ("นี้", "NotoSansThai"),
        (" ", "Roboto"),
        ("👍🏽", "NotoEmoji"),
        ("!", "Roboto"),
    ]


def test_a_sign_is_an_emoji_where_it_is_marked_as_one():
    assert faces_of("⚓") == [("⚓", "NotoSansSymbols")]
    assert faces_of("⚓\ufe0f") == [("⚓\ufe0f", "NotoEmoji")]


def test_arabic_letters_join_also_where_a_run_ends_between_them():
    def shapes(text: str, start: int, end: int) -> Sequence[int]:
        face = FACES[FILES.index("NotoSansArabic")]
        return [glyph.number for glyph in face.shape(text, start, end, "Arab", rightwards=False)]

    assert shapes("سلام", 0, 2) != shapes("سل", 0, 2)
    assert shapes("سلام", 0, 1) == shapes("سل", 0, 1)


def test_what_no_font_has_is_told_and_what_only_steers_is_not():
    assert laid("a𓀀\u200e\u2028 b𓀁𓀀").missing == "𓀀𓀁"
