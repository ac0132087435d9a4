from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.notifier.config import Config
from lambdas.notifier.retries import JITTER, MAX_RETRY_AFTER_SECONDS, delay_seconds, retry_after_seconds

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
DEFAULT = Config.model_fields["retry_seconds"].default


def test_after_the_last_delay_there_is_no_other():
    assert delay_seconds(3, [10, 100], 0.0) is None
    assert delay_seconds(4, [10, 100], 0.0) is None
    assert delay_seconds(1, [], 0.0) is None


def test_each_attempt_waits_its_own_delay():
    assert [delay_seconds(count, [5, 30, 120], 0.0) for count in (1, 2, 3)] == [5, 30, 120]


def test_the_default_delays_keep_on_for_more_than_an_hour_and_grow():
    assert sum(DEFAULT) > 3600
    assert list(DEFAULT) == sorted(DEFAULT)


@given(count=st.integers(1, 7), jitter=st.floats(0, 1, exclude_max=True), asked=st.floats(0, 1e9))
def test_a_delay_is_never_shorter_than_planned_or_asked_and_never_unbounded(count: int, jitter: float, asked: float):
    delay = delay_seconds(count, DEFAULT, jitter, asked)
    assert delay is not None
    planned = DEFAULT[count - 1]
    assert max(planned, min(asked, MAX_RETRY_AFTER_SECONDS)) <= delay
    assert delay <= max(planned * (1 + JITTER), MAX_RETRY_AFTER_SECONDS) + 1


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, 0.0),
        ("", 0.0),
        ("soon", 0.0),
        ("-5", 0.0),
        ("1e3", 0.0),
        ("²", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("9" * 400, 9_999_999_999.0),
        ("Sun, 22 Nov 2026 12:01:30 GMT", 90.0),
        ("Sun, 22 Nov 2026 14:01:30 +0200", 90.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 99 Nov 2026 11:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_read_in_both_its_forms_and_nonsense_asks_for_nothing(header: str | None, expected: float):
    assert retry_after_seconds(header, NOW) == expected


@given(text=st.text())
def test_no_header_makes_the_reading_fail(text: str):
    assert retry_after_seconds(text, NOW) >= 0


@given(moment=st.datetimes(min_value=datetime(2026, 11, 23), max_value=datetime(2030, 1, 1)))  # noqa: DTZ001 - made aware below
def test_a_date_asks_for_the_time_until_then(moment: datetime):
    aware = moment.replace(tzinfo=UTC, microsecond=0)
    assert retry_after_seconds(format_datetime(aware, usegmt=True), NOW) == (aware - NOW).total_seconds()
