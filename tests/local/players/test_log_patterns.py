import pytest

from local.players.log_patterns import UnknownPatternError, json_pattern


@pytest.mark.parametrize(
    ("line", "is_matched"),
    [
        ('{"level": "ERROR"}', True),
        ('{"level": "INFO", "message": "ERROR"}', False),
        ('{"message": "no level"}', False),
        ('{"level": {"name": "ERROR"}}', False),
        ('["ERROR"]', False),
        ("ERROR in words", False),
    ],
)
def test_a_line_matches_by_the_text_of_the_field_and_nothing_else(line: str, *, is_matched: bool) -> None:
    assert json_pattern('{ $.level = "ERROR" }')(line) is is_matched


def test_a_field_may_lie_within_another() -> None:
    matches = json_pattern('{$.decision.kind="wake"}')
    assert matches('{"decision": {"kind": "wake"}}')
    assert not matches('{"decision": "wake"}')
    assert not matches('{"kind": "wake"}')


@pytest.mark.parametrize("pattern", ['{ $.a = "x*" }', "{ $.a = 1 }", '{ $.a = "x" && $.b = "y" }', "{}"])
def test_a_pattern_that_is_not_played_is_refused_and_does_not_match_everything(pattern: str) -> None:
    with pytest.raises(UnknownPatternError, match="knows no filter pattern"):
        json_pattern(pattern)
