import pytest

from bench.race import concat, reel, trim
from bench.score import Run, Score, ratio
from bench.table import LIMIT, OURS, table, verdict


def score(*clocks: float, first_round: int = 0, vmaf: float | None = None) -> Score:
    """Runs of so many seconds by the clock, and twice as many of the processors."""
    runs = {first_round + number: Run(clock, 2 * clock) for number, clock in enumerate(clocks)}
    return Score(runs, size_bytes=1_500_000, vmaf=vmaf)


def test_a_ratio_compares_within_each_round_so_that_a_slow_round_does_not_count():
    limit = score(10.0, 30.0, 10.0)
    ours = score(10.2, 30.6, 10.2)
    assert ratio(ours, limit).clock == pytest.approx(1.02)
    assert ratio(ours, limit).processor == pytest.approx(1.02)
    assert (ours.clock_seconds, ours.processor_seconds) == (10.2, 20.4)


def test_who_ran_once_is_held_against_that_round_alone():
    assert ratio(score(60.0, first_round=1), score(10.0, 30.0, 10.0)).clock == 2.0


def test_without_a_common_round_there_is_no_ratio():
    with pytest.raises(ValueError, match="no round"):
        ratio(score(1.0, first_round=5), score(1.0))


def test_the_table_has_a_row_a_contender_and_blanks_for_what_was_not_measured():
    text = table(trim(3.0), {LIMIT: score(2.0, vmaf=95.0), OURS: score(0.1, vmaf=95.4), "another": score(5.0)})
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows[2:] == [
        f"| {LIMIT} | 2.00 | 4.00 | 1.00 | 1.00 | 1.5 | 95.00 | 1 |",
        f"| {OURS} | 0.10 | 0.20 | 0.05 | 0.05 | 1.5 | 95.40 | 1 |",
        "| another | 5.00 | 10.00 | 2.50 | 2.50 | 1.5 |  | 1 |",
    ]
    assert {line.count("|") for line in rows} == {9}


@pytest.mark.parametrize(
    ("seconds", "quality", "expected"),
    [
        (10.2, 95.0, ("met (1.02)", "met (+0.00)")),
        (10.4, 94.6, ("**missed** (1.04)", "met (-0.40)")),
        (10.0, 94.4, ("met (1.00)", "**missed** (-0.60)")),
    ],
)
def test_the_verdict_says_of_time_and_of_quality_whether_the_goal_is_met(
    seconds: float, quality: float, expected: tuple[str, str]
):
    told = verdict(reel(10.0), {LIMIT: score(10.0, vmaf=95.0), OURS: score(seconds, vmaf=quality)})
    time, quality_told = told.split(". Quality")
    assert expected[0] in time
    assert expected[1] in quality_told


def test_copying_a_part_must_cost_a_tenth_of_encoding_it():
    assert "**missed** (0.11)" in verdict(trim(10.0), {LIMIT: score(10.0), OURS: score(1.1)})
    assert "met (0.09)" in verdict(trim(10.0), {LIMIT: score(10.0), OURS: score(0.9)})
    assert (reel(10.0).goal, concat(10.0).goal, trim(10.0).goal) == (1.03, 1.03, 0.1)
