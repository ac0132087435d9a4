from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.lease import VANISHED, Busy, Ended, Ending, Lease, NotHolderError, OtherSpec, refusal
from jobs.notification import Notification
from jobs.problem import Problem
from jobs.record import JobRecord, JobState
from jobs.table import JobsTable
from tests.jobs.tables import TABLE, empty_jobs_table, mocked_dynamodb
from tests.thoroughness import examples

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SENT_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOW = SENT_AT.timestamp() + 5
LEASE_SECONDS = 100.0


@pytest.fixture(scope="module")
def dynamodb() -> Iterator["DynamoDBClient"]:
    with mocked_dynamodb() as client:
        yield client


@pytest.fixture
def table(dynamodb: "DynamoDBClient"):
    empty_jobs_table(dynamodb)
    return JobsTable(dynamodb, TABLE)


def ask(
    table: JobsTable, *, owner: str = "w1", now: float = NOW, spec_hash: str = "h"
) -> Lease | Busy | Ended | OtherSpec:
    return table.take("a", spec_hash, owner, created_at=SENT_AT, now=now, lease_seconds=LEASE_SECONDS)


def take(table: JobsTable, *, owner: str = "w1", now: float = NOW) -> Lease:
    lease = ask(table, owner=owner, now=now)
    assert isinstance(lease, Lease)
    return lease


def renew(
    table: JobsTable, lease: Lease, now: float = NOW, progress: float = 0.5, remaining_seconds: float | None = None
):
    table.renew(
        lease,
        now=now,
        lease_seconds=LEASE_SECONDS,
        progress=progress,
        frames_per_second=30.0,
        remaining_seconds=remaining_seconds,
        cost_usd=0.001,
    )


def record_of(table: JobsTable) -> JobRecord:
    record = table.read("a")
    assert record is not None
    return record


def notification(lease: Lease) -> Notification:
    return Notification(
        id="n1", job_id=lease.job_id, epoch=lease.epoch, state="done", occurred_at=SENT_AT, metadata={"k": [1.5, "é"]}
    )


def done(lease: Lease, **changes: Any):
    return Ending(
        **{"state": "done", "attempts": lease.attempt, "cost_usd": 0.01, "notification": notification(lease), **changes}
    )


def test_a_job_that_ended_cannot_be_taken_again_and_answers_its_record(table: JobsTable):
    lease = take(table)
    table.finish(lease, done(lease), now=NOW)
    outcome = ask(table, owner="w2", now=NOW + 1000)
    assert isinstance(outcome, Ended)
    assert outcome.record.outbox == done(lease).notification


def test_a_leased_job_cannot_be_taken_before_the_lease_ends(table: JobsTable):
    take(table)
    assert ask(table, owner="w2", now=NOW + LEASE_SECONDS) == Busy(NOW + LEASE_SECONDS)
    assert isinstance(ask(table, owner="w2", now=NOW + LEASE_SECONDS + 0.001), Lease)


@pytest.mark.parametrize("ended", [False, True])
def test_the_same_id_with_another_spec_leaves_the_first_as_it_is(table: JobsTable, *, ended: bool):
    lease = take(table)
    if ended:
        table.finish(lease, done(lease), now=NOW)
    before = record_of(table)
    assert ask(table, owner="w2", now=NOW + 1000, spec_hash="other") == OtherSpec()
    assert record_of(table) == before


def test_a_holder_whose_lease_was_taken_can_write_nothing_more(table: JobsTable):
    first = take(table)
    second = take(table, owner="w2", now=NOW + 101)
    assert (second.epoch, second.attempt, second.last_cause) == (2, 2, VANISHED)
    before = record_of(table)
    with pytest.raises(NotHolderError):
        renew(table, first)
    with pytest.raises(NotHolderError):
        table.give_back(first, now=NOW, cost_usd=0, cause="x", counts=True)
    with pytest.raises(NotHolderError):
        table.finish(first, done(first), now=NOW)
    assert record_of(table) == before


def test_a_job_that_someone_else_ended_cannot_be_ended_again(table: JobsTable):
    lease = take(table)
    table.finish(lease, done(lease), now=NOW)
    with pytest.raises(NotHolderError):
        table.finish(lease, done(lease, state="failed"), now=NOW)
    assert record_of(table).state == JobState.DONE


def test_a_take_creates_the_record_that_a_direct_sender_never_wrote(table: JobsTable):
    assert take(table) == Lease("a", "w1", epoch=1, attempt=1, started_at=datetime.fromtimestamp(NOW, UTC))
    record = record_of(table)
    assert (record.state, record.created_at, record.attempts) == (JobState.RENDERING, SENT_AT, 1)
    assert record.lease_until == NOW + LEASE_SECONDS


def test_a_renewal_holds_the_lease_longer_and_tells_progress_and_cost(table: JobsTable):
    lease = take(table)
    renew(table, lease, now=NOW + 60, progress=0.25)
    record = record_of(table)
    assert record.lease_until == NOW + 60 + LEASE_SECONDS
    assert (record.progress, record.frames_per_second, record.cost_usd) == (0.25, 30.0, 0.001)


def test_a_record_tells_when_its_render_is_expected_to_end_while_somebody_knows(table: JobsTable):
    lease = take(table)
    assert record_of(table).expected_end_at is None
    renew(table, lease, now=NOW + 60, remaining_seconds=12.5)
    assert record_of(table).expected_end_at == datetime.fromtimestamp(NOW + 72.5, UTC)
    renew(table, lease, now=NOW + 90, remaining_seconds=None)
    assert record_of(table).expected_end_at is None


@pytest.mark.parametrize("leaving", ["given back", "vanished", "done"])
def test_the_expected_end_of_a_render_that_is_over_is_forgotten(table: JobsTable, leaving: str):
    lease = take(table)
    renew(table, lease, remaining_seconds=12.5)
    if leaving == "given back":
        table.give_back(lease, now=NOW, cost_usd=0, cause="x", counts=True)
    elif leaving == "vanished":
        take(table, owner="w2", now=NOW + 101)
    else:
        table.finish(lease, done(lease), now=NOW)
    assert record_of(table).expected_end_at is None


@pytest.mark.parametrize(("counts", "attempt"), [(True, 2), (False, 1)])
def test_an_orderly_release_gives_its_attempt_back_and_a_failure_does_not(
    table: JobsTable, *, counts: bool, attempt: int
):
    lease = take(table)
    table.give_back(lease, now=NOW, cost_usd=0.5, cause="S3 was away", counts=counts)
    assert record_of(table).state == JobState.QUEUED
    again = take(table, owner="w2")
    assert (again.attempt, again.epoch) == (attempt, 2)
    assert (again.last_cause, again.spent_usd) == ("S3 was away", 0.5)
    assert again.started_at == lease.started_at


def test_the_end_and_its_outbox_are_one_write_and_the_outbox_is_cleared_apart(table: JobsTable):
    lease = take(table)
    problem = Problem(field="spec", message="m", remedy="r")
    table.finish(lease, done(lease, state="failed", error=problem), now=NOW + 7)
    record = record_of(table)
    assert (record.state, record.error, record.cost_usd, record.lease_until) == (JobState.FAILED, problem, 0.01, None)
    assert record.finished_at is not None
    assert record.finished_at == datetime.fromtimestamp(NOW + 7, UTC)
    assert record.expires_at == int((record.finished_at + timedelta(days=90)).timestamp())
    assert record.outbox is not None
    table.clear_outbox(record.outbox)
    assert record_of(table) == record.model_copy(update={"outbox": None})
    table.clear_outbox(record.outbox)


def test_a_stale_notification_does_not_clear_another_epochs_outbox(table: JobsTable):
    lease = take(table)
    table.finish(lease, done(lease), now=NOW)
    table.clear_outbox(notification(lease).model_copy(update={"epoch": 9}))
    assert record_of(table).outbox is not None


def test_a_write_that_was_repeated_because_its_answer_was_lost_counts_as_done(table: JobsTable):
    lease = take(table)
    assert take(table) == Lease("a", "w1", 1, 1, started_at=lease.started_at, last_cause=VANISHED)
    table.finish(lease, done(lease), now=NOW)
    table.finish(lease, done(lease), now=NOW)
    assert record_of(table).attempts == 1


def test_an_unknown_job_has_no_record(table: JobsTable):
    assert table.read("nobody") is None


def test_trouble_of_dynamodb_itself_is_not_taken_for_a_lost_lease(dynamodb: "DynamoDBClient", table: JobsTable):
    lease = take(table)
    with Stubber(dynamodb) as stub:
        stub.add_client_error("update_item", "ProvisionedThroughputExceededException", expected_params=None)
        with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException):
            renew(table, lease)


seconds = st.integers(-200, 200).map(float)


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    state=st.sampled_from(JobState),
    lease_until=st.none() | seconds.map(NOW.__add__),
    same_spec=st.booleans(),
    attempts=st.integers(0, 5),
)
def test_the_condition_refuses_exactly_what_the_rule_names(
    dynamodb: "DynamoDBClient", *, state: JobState, lease_until: float | None, same_spec: bool, attempts: int
):
    table = JobsTable(dynamodb, TABLE)
    record = JobRecord(
        id="a",
        state=state,
        spec_hash="h" if same_spec else "other",
        created_at=SENT_AT,
        updated_at=SENT_AT,
        attempts=attempts,
        epoch=attempts,
        owner="w0",
        lease_until=lease_until,
    )
    item = {name: table_value(value) for name, value in record.to_item().items()}
    dynamodb.put_item(TableName=TABLE, Item=item)
    outcome = ask(table)
    expected = refusal(record, "h", NOW)
    if expected is None:
        assert isinstance(outcome, Lease)
        assert (outcome.epoch, outcome.attempt) == (attempts + 1, attempts + 1)
    else:
        assert outcome == expected


def table_value(value: Any):
    return {"S": value} if isinstance(value, str) else {"N": str(value)}
