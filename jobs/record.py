"""What the jobs table knows of a job, and its form as a DynamoDB item."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from jobs.notification import Notification, Rendered, Times
from jobs.problem import Problem

RECORD_DAYS = 90
"""How long a record outlives its job's end: well beyond the 14 days that any queue can hold its message."""


class JobState(StrEnum):
    """Where a job is. A queued or rendering job will move on; the other states are its end."""

    QUEUED = "queued"
    RENDERING = "rendering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can change this job any more."""
        return self in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


class JobRecord(BaseModel):
    """One job. Times are aware UTC datetimes, but `lease_until` and `expires_at`, which DynamoDB compares as numbers.

    `owner` and `epoch` name the last holder of the lease, also after the end: they are what fences a zombie off.
    `attempts` counts the leases taken, less those that were given back in order. `cost_usd` sums over all attempts.
    `progress` (0..1), `frames_per_second` and `expected_end_at` are the running render's, as the last heartbeat told
    them. `log_key` names FFmpeg's log, in the stack's bucket, of the last attempt whose render failed.
    `cached_from` names the job whose earlier render of the same content is the result, if this job rendered nothing.
    `outbox` is the notification that the notifications queue does not have yet.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    state: JobState
    spec_hash: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempts: int = 0
    epoch: int = 0
    owner: str | None = None
    lease_until: float | None = None
    progress: float = 0.0
    frames_per_second: float | None = None
    expected_end_at: datetime | None = None
    last_cause: str | None = None
    log_key: str | None = None
    cached_from: str | None = None
    cost_usd: float = 0.0
    rendered: Rendered | None = None
    times: Times | None = None
    error: Problem | None = None
    outbox: Notification | None = None
    expires_at: int | None = None

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> "JobRecord":
        """The record in a DynamoDB item (plain values, as boto3's TypeDeserializer gives them)."""
        documents = {name: model.model_validate_json(item[name]) for name, model in _DOCUMENTS.items() if name in item}
        return cls.model_validate({**item, **documents})

    def to_item(self) -> dict[str, Any]:
        """The DynamoDB item (plain values for boto3's TypeSerializer): absent rather than null, documents as JSON."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: to_attribute(value) for name, value in values.items() if value is not None}


_DOCUMENTS: Mapping[str, type[BaseModel]] = {
    "rendered": Rendered,
    "times": Times,
    "error": Problem,
    "outbox": Notification,
}


def to_attribute(value: object) -> str | int | Decimal:
    """A value as DynamoDB keeps it: models as JSON text (exact, whatever the metadata), times in ISO 8601."""
    match value:
        case BaseModel():
            return value.model_dump_json()
        case datetime():
            return isoformat(value)
        case float():
            return Decimal(str(round(value, 6)))
        case str():
            return str(value)
        case int():
            return value
        case _:
            raise TypeError(f"no attribute for {type(value).__name__}")


def isoformat(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z: of one length, so that it sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
