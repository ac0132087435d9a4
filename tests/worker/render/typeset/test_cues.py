"""What is read out of SRT and WebVTT, and what is not taken for words."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.render.limits import Limits
from worker.render.typeset.captions import MAX_CHARACTERS, MAX_CUE_CHARACTERS, MAX_CUES, UnreadableCaptionsError, _cues
from worker.render.typeset.cues import srt_cues, vtt_cues


def srt(*words: str) -> str:
    """One cue a second."""
    return "\n\n".join(
        f"{number}\n00:00:{number:02},000 --> 00:00:{number + 1:02},000\n{text}" for number, text in enumerate(words, 1)
    )


def test_every_line_of_srt_is_words_but_its_numbers_and_times():
    read = [words.strip() for _, _, words in srt_cues(srt("The answer is\n42", "3", "a\n\nb", "2\n1", ""))]

    assert read == ["The answer is\n42", "3", "a\n\nb", "2\n1", ""]


def test_numbers_may_follow_without_a_blank_line_and_times_may_be_sloppy():
    text = "1\n0:00:01.5 -> 00:00:02,50\nHello\n2\n01:02 --> 00:00:03,000 X1:0 Y1:9\nWorld"
    read = [(start, end, words.strip()) for start, end, words in srt_cues(text.replace("01:02 ", "00:01:02,0 "))]

    assert read == [(1.5, 2.5, "Hello"), (62.0, 3.0, "World")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<i>a</i> <font color='red'>b</font>", "a b"),
        ("i < 3 > 2", "i < 3 > 2"),
        ("{\\an8}top", "top"),
        ("{no override}", "{no override}"),
        ("C:\\new \\N", "C:\\new \\N"),
        ("WEBVTT", "WEBVTT"),
        ("[Script Info]\n[V4+ Styles]", "[Script Info]\n[V4+ Styles]"),
        ("{1}{25}MicroDVD", "{1}{25}MicroDVD"),
        ('{"a": 1}', '{"a": 1}'),
        ("{\\" * 900, "{\\" * 900),
    ],
)
def test_words_in_srt_stay_as_they_are_but_for_its_tags(written: str, read: str):
    assert [words for _, _, words in _cues(srt(written))] == [read]


def test_of_web_vtt_names_notes_styles_and_marks_of_time_are_no_words():
    text = (
        "WEBVTT - title\nX-TIMESTAMP-MAP=LOCAL:0\n\nSTYLE\n::cue { color: red }\n\nNOTE\nnot said\n\n"
        "intro\n00:01.000 --> 00:02.000 line:0 align:start\n"
        "<v Ann>never<00:00:01.200><c> gonna</c><00:00:01.500> give\n\n"
        "NOTE nor this\n\n\n00:00:02.000 --> 01:00:03.250\n1 &lt; 2 &amp; 3\n42\n"
    )

    assert list(vtt_cues(text)) == [(1.0, 2.0, "never gonna give"), (2.0, 3603.25, "1 < 2 & 3\n42")]


def test_a_web_vtt_without_cues_says_nothing_and_an_srt_without_any_is_none():
    assert _cues("WEBVTT\n\nNOTE silence\n") == []
    with pytest.raises(UnreadableCaptionsError):
        _cues("just words")


def test_a_file_of_more_words_than_any_film_has_is_refused():
    cues = (f"{number}\n00:00:01,000 --> 00:00:02,000\n{'x' * 1990}" for number in range(101))
    with pytest.raises(UnreadableCaptionsError, match="more than 200000 characters"):
        _cues("\n\n".join(cues))


def test_the_page_of_the_format_states_these_limits():
    page = Path("docs/reference/job-format.md").read_text("utf-8").replace("\n", " ")
    for limit in (Limits().max_letters, MAX_CUES, MAX_CUE_CHARACTERS, MAX_CHARACTERS):
        assert f" {limit} " in page


@pytest.mark.parametrize(
    ("version", "layer"), [("v4.00+\n[V4+ Styles]", "Layer, "), ("v4.00\n[V4 Styles]", "Marked, ")]
)
def test_ass_is_known_by_its_first_section_remarks_before_it_included(version: str, layer: str):
    first = "Marked=0" if "Marked" in layer else "0"
    text = (
        f"; made by hand\n! twice\n[Script Info]\nScriptType: {version}\n\n[Events]\n"
        f"Format: {layer}Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        f"Dialogue: {first},0:00:01.00,0:00:02.00,x,,0,0,0,,{{\\b1}}a{{\\b0}}\\Nb\n"
    )

    assert _cues(text) == [(1.0, 2.0, "a\nb")]


@pytest.mark.parametrize("text", ["{\\" * 200_000, "; " * 200_000, "<" * 400_000, "\n" * 400_000, "0" * 400_000])
def test_no_file_takes_long_to_read(text: str):
    """Not timed: what goes back over what it has read would take days."""
    for whole in (text, srt(text), f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}"):
        with suppress(UnreadableCaptionsError):
            assert all(len(words) <= MAX_CUE_CHARACTERS for _, _, words in _cues(whole))


@given(
    st.lists(
        st.sampled_from(["1", "00:00:01,000 --> 00:00:02,000", "WEBVTT", "NOTE", "", "[Events]", "{\\an8}", "<b>"])
    )
)
def test_no_order_of_lines_breaks_it(lines: list[str]):
    with suppress(UnreadableCaptionsError):
        assert all(end > start for start, end, _ in _cues("\n".join(lines)))
