from typing import Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.players.alarm_evaluation import COMPARISONS, MissingData, Rule, State, evaluate

KEEP = "KEEP"
Expected = Literal["OK", "ALARM", "INSUFFICIENT_DATA", "KEEP"]


def datapoints(drawn: str) -> list[float | None]:
    """`0 X -` as in the user guide: fine, breaching, missing; oldest first."""
    return [{"0": 0.0, "X": 9.0, "-": None}[point] for point in drawn.split()]


def rule(of: int, needed: int, treatment: MissingData = "missing") -> Rule:
    return Rule(
        "GreaterThanThreshold", 5.0, evaluation_periods=of, datapoints_to_alarm=needed, treat_missing_data=treatment
    )


def expect(drawn: str, one_rule: Rule, expected: str) -> None:
    for current in get_args(State):
        verdict = evaluate(datapoints(drawn), one_rule, current)
        assert verdict.state == (current if expected == KEEP else expected), (drawn, one_rule, current)
        assert verdict.reason


@pytest.mark.parametrize(
    ("drawn", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "OK", "OK", "OK", "OK"),
        ("- - - - 0", "OK", "OK", "OK", "OK"),
        ("- - - - -", "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
        ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("- - X - -", "ALARM", KEEP, "ALARM", "OK"),
        ("- - - - X", KEEP, KEEP, "ALARM", "OK"),
    ],
)
def test_missing_data_is_treated_as_the_guides_table_of_three_of_three_says(
    drawn: str, missing: str, ignore: str, breaching: str, not_breaching: str
):
    expect(drawn, rule(3, 3, "missing"), missing)
    expect(drawn, rule(3, 3, "ignore"), ignore)
    expect(drawn, rule(3, 3, "breaching"), breaching)
    expect(drawn, rule(3, 3, "notBreaching"), not_breaching)


@pytest.mark.parametrize(
    ("drawn", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0 - X - -", "OK", "OK", "ALARM", "OK"),
        ("- - - - 0", "OK", "OK", "ALARM", "OK"),
        ("- - - X -", "ALARM", KEEP, "ALARM", "OK"),
    ],
)
def test_missing_data_is_treated_as_the_guides_table_of_two_of_three_says(
    drawn: str, missing: str, ignore: str, breaching: str, not_breaching: str
):
    expect(drawn, rule(3, 2, "missing"), missing)
    expect(drawn, rule(3, 2, "ignore"), ignore)
    expect(drawn, rule(3, 2, "breaching"), breaching)
    expect(drawn, rule(3, 2, "notBreaching"), not_breaching)


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [("X X 0", "ALARM"), ("0 X X", "ALARM"), ("0 0 X", "OK"), ("X 0 0", "OK"), ("X X X", "ALARM")],
)
def test_m_of_n_datapoints_ring_in_whatever_order(drawn: str, expected: str):
    expect(drawn, rule(3, 2), expected)


def test_one_of_one_looks_at_the_latest_datapoint_only():
    expect("X X 0", rule(1, 1), "OK")
    expect("0 0 X", rule(1, 1), "ALARM")
    expect("0 X -", rule(1, 1), "ALARM")


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        ("GreaterThanThreshold", False, False, True),
        ("GreaterThanOrEqualToThreshold", False, True, True),
        ("LessThanThreshold", True, False, False),
        ("LessThanOrEqualToThreshold", True, True, False),
    ],
)
def test_each_comparison_breaches_on_its_side(comparison: str, below: bool, equal: bool, above: bool):  # noqa: FBT001 - columns of the table
    one = Rule(comparison, 5.0, evaluation_periods=1, datapoints_to_alarm=1)
    assert [one.breaches(4.0), one.breaches(5.0), one.breaches(6.0)] == [below, equal, above]


@given(
    points=st.lists(st.none() | st.floats(-10, 10), max_size=12),
    periods=st.integers(1, 6),
    needed=st.integers(1, 6),
    treatment=st.sampled_from(get_args(MissingData)),
    comparison=st.sampled_from(sorted(COMPARISONS)),
    current=st.sampled_from(get_args(State)),
)
def test_full_data_decides_alone_and_a_second_look_changes_nothing(
    points: list[float | None], periods: int, needed: int, treatment: MissingData, comparison: str, *, current: State
):
    one = Rule(comparison, 1.0, periods, min(needed, periods), treatment)
    state = evaluate(points, one, current).state
    assert evaluate(points, one, state).state == state
    real = [point for point in points if point is not None]
    if len(real) == len(points) >= periods:
        breaching = sum(map(one.breaches, real[-periods:]))
        assert state == ("ALARM" if breaching >= one.datapoints_to_alarm else "OK")
