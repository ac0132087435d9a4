"""A file is read for what it is, or refused with its line and the remedy."""

from pathlib import Path

import pytest

from simulator.synthetic import Habits, synthetic
from simulator.trace import DAY_SECONDS, HOUR_SECONDS
from simulator.trace_files import Drawing, InvalidTrace, read_trace, write_trace


def file(folder: Path, text: str) -> Path:
    path = folder / "trace.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "header is empty; a trace has arrived_at,seconds; gmt_create,exec_time_seconds; timestamp,value"),
        ("when,what\n1,2\n", "header is what,when"),
        ("arrived_at,seconds\n", "no rows"),
        ("arrived_at,seconds\n10,20\nsoon,20\n", "line 3: arrived_at is 'soon'; a time is ISO 8601 or seconds"),
        ("arrived_at,seconds\n10,-1\n", "line 2: seconds is '-1'; it must be a number of 0 or more"),
        ("arrived_at,seconds\n10,nan\n", "line 2: seconds is 'nan'"),
        ("timestamp,value\n2014-04-10 00:04:00,3\n", "intervals are not known"),
        ("timestamp,value\n0,0\n300,0\n", "the trace has no jobs"),
    ],
)
def test_what_is_no_trace_is_refused_with_what_would_do(tmp_path: Path, text: str, words: str):
    with pytest.raises(InvalidTrace, match=r"trace\.csv") as refused:
        read_trace(file(tmp_path, text))
    assert words in str(refused.value)


def test_jobs_come_in_order_of_their_arrival_and_take_a_second_at_least(tmp_path: Path):
    trace = read_trace(file(tmp_path, "arrived_at,seconds\n30.5,90\n10.25,0\n"))
    assert trace.arrivals == (0.25, 20.5)
    assert trace.services == (1.0, 90.0)
    assert (trace.name, trace.began_at) == ("trace", 10.0)


def test_image_jobs_without_a_time_took_a_second(tmp_path: Path):
    text = "gmt_create,predict_type,exec_time_seconds\n2024-11-15 16:57:50,TXT,32.0\n2024-11-15 16:58:00,TXT,\n"
    trace = read_trace(file(tmp_path, text))
    assert trace.services == (32.0, 1.0)


def test_whole_seconds_fall_anywhere_within_them_and_another_seed_elsewhere(tmp_path: Path):
    path = file(tmp_path, "arrived_at,seconds\n" + "".join(f"{n},5\n" for n in range(50)))
    first, again, other = (read_trace(path, Drawing(seed=seed)) for seed in (1, 1, 2))
    assert [int(arrival) for arrival in first.arrivals] == list(range(50))
    assert first.arrivals == again.arrivals
    assert first.arrivals != other.arrivals


def test_counts_are_spread_over_their_intervals(tmp_path: Path):
    rows = "".join(f"2026-11-02T00:{minute:02}:00,{100 if minute == 10 else 0}\n" for minute in range(0, 30, 5))
    trace = read_trace(file(tmp_path, "timestamp,value\n" + rows), Drawing(count_scale=2.0, job_seconds=30.0))
    assert 150 < len(trace) < 250
    assert min(trace.arrivals) >= 600
    assert max(trace.arrivals) < 900
    assert sorted(trace.services)[len(trace) // 2] == pytest.approx(30.0, rel=0.25)


def test_what_is_written_is_read_again(tmp_path: Path):
    made = synthetic(1)
    write_trace(made, tmp_path / "made.csv")
    again = read_trace(tmp_path / "made.csv")
    assert len(again) == len(made)
    assert again.services == pytest.approx(made.services, abs=0.01)
    gaps = [later - earlier for earlier, later in zip(made.arrivals, again.arrivals, strict=True)]
    assert max(gaps) - min(gaps) < 0.002


def test_a_synthetic_week_has_its_rhythm():
    trace = synthetic(28, Habits(sessions_per_day=200, jobs_per_session=3))
    hours, days = [0] * 24, [0] * 7
    for arrival in trace.arrivals:
        hours[int(arrival % DAY_SECONDS / HOUR_SECONDS)] += 1
        days[int(arrival / DAY_SECONDS) % 7] += 1
    assert hours[15] > 10 * hours[3]
    assert sum(days[:5]) / 5 > 2 * sum(days[5:]) / 2
    weekdays = 20 + 8 * 0.4
    assert len(trace) == pytest.approx(200 * 3 * weekdays, rel=0.1)


def test_a_part_of_a_trace_is_a_trace():
    trace = synthetic(2)
    part = trace.between(DAY_SECONDS, 2 * DAY_SECONDS)
    assert part.length_seconds == DAY_SECONDS
    assert part.began_at == trace.began_at + DAY_SECONDS
    assert len(part) == sum(arrival >= DAY_SECONDS for arrival in trace.arrivals)
