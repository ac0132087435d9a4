from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from jobs.notification import Notification, Rendered, Times
from jobs.problem import Problem
from jobs.record import JobRecord, JobState, isoformat, to_attribute
from tests.jobs.test_message import json_values


def _encodes(value: Any):
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True


MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123000, UTC)

moments = st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - the strategy adds the zone
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
numbers = st.floats(0, 1e6).map(lambda number: round(number, 6))
texts = st.text(st.characters(codec="utf-8"), min_size=1)
problems = st.builds(Problem, field=texts, message=texts, remedy=texts)
notifications = st.builds(
    Notification,
    id=texts,
    job_id=texts,
    epoch=st.integers(1, 99),
    state=st.sampled_from(["done", "failed", "cancelled"]),
    occurred_at=moments,
    metadata=st.dictionaries(texts, json_values.filter(_encodes), max_size=3),
    error=st.none() | problems,
    cost_usd=st.none() | numbers,
    rendered=st.none(),
    times=st.none() | st.builds(Times, wait_seconds=numbers),
    webhook=st.none() | texts,
)
records = st.builds(
    JobRecord,
    id=texts,
    state=st.sampled_from(JobState),
    spec_hash=texts,
    created_at=moments,
    updated_at=moments,
    started_at=st.none() | moments,
    attempts=st.integers(0, 9),
    epoch=st.integers(0, 9),
    owner=st.none() | texts,
    lease_until=st.none() | numbers,
    progress=numbers,
    cost_usd=numbers,
    last_cause=st.none() | texts,
    error=st.none() | problems,
    outbox=st.none() | notifications,
    rendered=st.none()
    | st.builds(
        Rendered,
        bucket=texts,
        video_key=texts,
        poster_key=texts,
        width=st.integers(16, 4096),
        height=st.integers(16, 4096),
        duration_seconds=numbers,
        size_bytes=st.integers(1, 10**12),
    ),
    expires_at=st.none() | st.integers(0, 2**40),
)


@given(records)
def test_a_record_comes_back_from_dynamodbs_form_as_it_was(record: JobRecord):
    serialised = {name: TypeSerializer().serialize(value) for name, value in record.to_item().items()}
    item = {name: TypeDeserializer().deserialize(value) for name, value in serialised.items()}
    assert JobRecord.from_item(item) == record


def test_what_a_record_lacks_is_absent_from_its_item():
    record = JobRecord(id="a", state=JobState.QUEUED, spec_hash="h", created_at=MOMENT, updated_at=MOMENT)
    assert set(record.to_item()) == {
        *("id", "state", "spec_hash", "created_at", "updated_at"),
        *("attempts", "epoch", "progress", "cost_usd"),
    }


def test_an_attribute_of_a_later_version_does_not_make_a_record_unreadable():
    record = JobRecord(id="a", state=JobState.QUEUED, spec_hash="h", created_at=MOMENT, updated_at=MOMENT)
    assert JobRecord.from_item({**record.to_item(), "invented_later": "x"}) == record


def test_times_sort_as_text_whatever_zone_they_came_in():
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=5)))
    assert isoformat(elsewhere) == isoformat(MOMENT) == "2026-11-22T12:00:00.123Z"
    assert isoformat(MOMENT.replace(microsecond=0)) < isoformat(MOMENT)


def test_numbers_are_exact_decimals():
    assert to_attribute(0.1) == Decimal("0.1")


def test_what_has_no_form_is_refused():
    with pytest.raises(TypeError, match="list"):
        to_attribute([1])


def test_done_failed_and_cancelled_are_the_ends():
    assert {state for state in JobState if state.is_terminal} == {
        JobState.DONE,
        JobState.FAILED,
        JobState.CANCELLED,
    }
