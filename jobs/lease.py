"""The lease on a job: who may take, renew, give back and spend it, as the conditions that DynamoDB enforces.

Pure: every function builds one conditional write from its arguments. The taker compares `lease_until` with its wall
clock; whoever holds a lease judges it by the monotonic clock (worker/heartbeat.py). A clock that jumps can therefore
at worst take a lease too early, and the epoch fences the former holder off: each of its writes names owner and epoch.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs.notification import Notification, Rendered, TerminalState, Times
from jobs.problem import Problem
from jobs.record import RECORD_DAYS, JobRecord, JobState, to_attribute

VANISHED = "the worker was gone without a word (killed, out of memory or of disk, or its machine ended)"
"""The cause of an attempt whose lease ran out."""


@dataclass(frozen=True)
class Lease:
    """The right to work on a job until it is spent, given back or runs out.

    `owner` is unique to one take. `attempt` counts from 1 and includes this one. `last_cause` says why the attempt
    before ended, `spent_usd` what all of them cost, `started_at` when the first was taken.
    """

    job_id: str
    owner: str
    epoch: int
    attempt: int
    started_at: datetime
    spent_usd: float = 0.0
    last_cause: str | None = None


@dataclass(frozen=True)
class Busy:
    """Another worker holds the lease until `lease_until` (seconds since 1970), as far as one knows."""

    lease_until: float


@dataclass(frozen=True)
class Ended:
    """The job is terminal; its outbox may hold a notification still."""

    record: JobRecord


@dataclass(frozen=True)
class OtherSpec:
    """The id already names a job with another spec, which stays as it is."""


Refusal = Busy | Ended | OtherSpec


@dataclass(frozen=True)
class Ending:
    """How a job ends. `notification` goes into the outbox in the same write; None tells nobody."""

    state: TerminalState
    attempts: int
    cost_usd: float
    notification: Notification | None
    rendered: Rendered | None = None
    times: Times | None = None
    error: Problem | None = None
    log_key: str | None = None
    cached_from: str | None = None


class NotHolderError(Exception):
    """The lease is not held any more: another worker took it, or the job has ended."""


@dataclass(frozen=True)
class Write:
    """One conditional write on the item of `job_id`, in DynamoDB's expression language, with plain values."""

    job_id: str
    update: str
    condition: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """Every `#name` of both expressions: all are aliased, since `state`, `owner` and others are reserved words."""
        return {f"#{name}": name for name in re.findall(r"#(\w+)", f"{self.update} {self.condition}")}


_FREE = (
    "attribute_not_exists(#id) OR (#spec_hash = :spec_hash AND "
    "(#state = :queued OR (#state = :rendering AND (attribute_not_exists(#lease_until) OR #lease_until < :now))))"
)
_HELD = "#state = :rendering AND #owner = :owner AND #epoch = :epoch"


def refusal(record: JobRecord, spec_hash: str, now: float) -> Refusal | None:
    """Why the lease on this job may not be taken at `now`, or None: the same rule as the condition of `take`."""
    if record.spec_hash != spec_hash:
        return OtherSpec()
    if record.state.is_terminal:
        return Ended(record)
    if record.state is JobState.RENDERING and record.lease_until is not None and record.lease_until >= now:
        return Busy(record.lease_until)
    return None


def take(job_id: str, spec_hash: str, owner: str, *, created_at: datetime, now: float, lease_seconds: float) -> Write:
    """Take the lease, creating the record where there is none; counts the attempt and raises the epoch."""
    return Write(
        job_id=job_id,
        update=(
            "SET #state = :rendering, #owner = :owner, #lease_until = :lease_until, #spec_hash = :spec_hash, "
            "#epoch = if_not_exists(#epoch, :none) + :one, #attempts = if_not_exists(#attempts, :none) + :one, "
            "#created_at = if_not_exists(#created_at, :created_at), #updated_at = :updated_at, "
            "#started_at = if_not_exists(#started_at, :updated_at), #progress = :none "
            "REMOVE #frames_per_second, #expected_end_at"
        ),
        condition=_FREE,
        values=_values(
            rendering=JobState.RENDERING,
            queued=JobState.QUEUED,
            owner=owner,
            spec_hash=spec_hash,
            lease_until=now + lease_seconds,
            now=now,
            created_at=created_at,
            updated_at=_moment(now),
            none=0,
            one=1,
        ),
    )


def taken(before: JobRecord | None, job_id: str, owner: str, now: float) -> Lease:
    """The lease that a successful `take` gave, from the record as it was before (None: there was none)."""
    if before is None:
        return Lease(job_id, owner, epoch=1, attempt=1, started_at=_moment(now))
    return Lease(
        job_id,
        owner,
        epoch=before.epoch + 1,
        attempt=before.attempts + 1,
        started_at=before.started_at or _moment(now),
        spent_usd=before.cost_usd,
        last_cause=VANISHED if before.state is JobState.RENDERING else before.last_cause,
    )


def retaken(record: JobRecord, owner: str) -> Lease | None:
    """The lease that an earlier try of the very same `take` gave, its answer having been lost; None if it did not."""
    if record.owner != owner or record.state is not JobState.RENDERING:
        return None
    return Lease(
        record.id,
        owner,
        epoch=record.epoch,
        attempt=record.attempts,
        started_at=record.started_at or record.updated_at,
        spent_usd=record.cost_usd,
        last_cause=record.last_cause or VANISHED,
    )


def renew(
    lease: Lease,
    *,
    now: float,
    lease_seconds: float,
    progress: float,
    frames_per_second: float,
    remaining_seconds: float | None,
    cost_usd: float,
) -> Write:
    """Hold the lease for `lease_seconds` more, and say how far the render is and what the job has cost so far.

    `remaining_seconds` is how long the render will take still, None while nobody knows.
    """
    end = {} if remaining_seconds is None else {"expected_end_at": _moment(now + remaining_seconds)}
    return Write(
        job_id=lease.job_id,
        update=(
            "SET #lease_until = :lease_until, #updated_at = :updated_at, #progress = :progress, "
            "#frames_per_second = :frames_per_second, #cost_usd = :cost_usd"
            + (", #expected_end_at = :expected_end_at" if end else " REMOVE #expected_end_at")
        ),
        condition=_HELD,
        values=_held_by(lease)
        | _values(
            lease_until=now + lease_seconds,
            updated_at=_moment(now),
            progress=progress,
            frames_per_second=frames_per_second,
            cost_usd=cost_usd,
            **end,
        ),
    )


def give_back(
    lease: Lease, *, now: float, cost_usd: float, cause: str, counts: bool, log_key: str | None = None
) -> Write:
    """Queue the job again because of `cause`. An attempt that does not count (an orderly release) is taken back.

    `log_key` is where FFmpeg's log of the attempt lies, if it was kept.
    """
    log = {} if log_key is None else {"log_key": log_key}
    return Write(
        job_id=lease.job_id,
        update=(
            "SET #state = :queued, #updated_at = :updated_at, #progress = :none, #cost_usd = :cost_usd, "
            "#last_cause = :cause, #attempts = :attempts"
            + "".join(f", #{name} = :{name}" for name in log)
            + " REMOVE #lease_until, #frames_per_second, #expected_end_at"
        ),
        condition=_HELD,
        values=_held_by(lease)
        | _values(
            queued=JobState.QUEUED,
            updated_at=_moment(now),
            none=0,
            cost_usd=cost_usd,
            cause=cause,
            attempts=lease.attempt if counts else lease.attempt - 1,
            **log,
        ),
    )


def spend(lease: Lease, ending: Ending, *, now: float) -> Write:
    """End the job, with its outbox, in one write: the only one that makes a result visible."""
    documents = {
        name: value
        for name, value in (
            ("rendered", ending.rendered),
            ("times", ending.times),
            ("error", ending.error),
            ("log_key", ending.log_key),
            ("cached_from", ending.cached_from),
            ("outbox", ending.notification),
            ("progress", 1 if ending.state == "done" else None),
        )
        if value is not None
    }
    return Write(
        job_id=lease.job_id,
        update=(
            "SET #state = :ending, #updated_at = :updated_at, #finished_at = :updated_at, #expires_at = :expires_at, "
            "#attempts = :attempts, #cost_usd = :cost_usd"
            + "".join(f", #{name} = :{name}" for name in documents)
            + " REMOVE #lease_until, #expected_end_at"
        ),
        condition=_HELD,
        values=_held_by(lease)
        | _values(
            ending=ending.state,
            updated_at=_moment(now),
            expires_at=int((_moment(now) + timedelta(days=RECORD_DAYS)).timestamp()),
            attempts=ending.attempts,
            cost_usd=ending.cost_usd,
            **documents,
        ),
    )


def was_spent(record: JobRecord, lease: Lease, ending: Ending) -> bool:
    """Whether an earlier try of the very same `spend` went through, its answer having been lost."""
    return (record.owner, record.epoch, record.state) == (lease.owner, lease.epoch, ending.state)


def clear_outbox(notification: Notification) -> Write:
    """Forget the notification that the notifications queue has: a job ends once, so its epoch names it."""
    return Write(
        job_id=notification.job_id,
        update="REMOVE #outbox",
        condition="attribute_exists(#outbox) AND #epoch = :epoch",
        values=_values(epoch=notification.epoch),
    )


def _held_by(lease: Lease) -> dict[str, Any]:
    return _values(rendering=JobState.RENDERING, owner=lease.owner, epoch=lease.epoch)


def _values(**values: object) -> dict[str, Any]:
    return {f":{name}": to_attribute(value) for name, value in values.items()}


def _moment(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC)
