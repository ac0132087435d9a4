"""The news of a job's end: written into the record's outbox, sent to the notifications queue, told by webhook."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from jobs.problem import Problem

TerminalState = Literal["done", "failed", "cancelled"]


class Rendered(BaseModel):
    """Where a finished render lies, and what it is. `bucket` and the keys are ours, never the sender's.

    `thumbnails_key` is None where the job asked for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: str
    video_key: str
    poster_key: str
    width: int
    height: int
    duration_seconds: float
    size_bytes: int
    thumbnails_key: str | None = None


class Times(BaseModel):
    """How the time went, in seconds: waiting in the queue, downloading, rendering, uploading."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wait_seconds: float
    download_seconds: float = 0.0
    render_seconds: float = 0.0
    upload_seconds: float = 0.0


class Notification(BaseModel):
    """One terminal state of one job, complete in itself: the notifier needs no table to tell it.

    `id` is the webhook's identity (Standard Webhooks' `webhook-id`): the same for every retry and every redelivery,
    made from the job's id and the epoch that ended it. `webhook` is the job's own address, or None for the stack's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    id: str
    job_id: str
    epoch: int
    state: TerminalState
    occurred_at: datetime
    webhook: str | None = None
    metadata: dict[str, Any] = {}
    rendered: Rendered | None = None
    times: Times | None = None
    cost_usd: float | None = None
    error: Problem | None = None
