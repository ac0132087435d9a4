"""How each of the demo's jobs ended, gathered from where a user would look: record, webhooks, output."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jobs.record import JobRecord
from local.demo.decoding import Decoded
from local.demo.scenario import DemoJob


@dataclass(frozen=True, slots=True)
class Ending:
    """One job's end. `payloads` are the bodies of the verified webhooks that told of it, one an event."""

    job: DemoJob
    sent_at: datetime
    record: JobRecord | None
    payloads: tuple[dict[str, Any], ...]
    video: Path | None = None
    poster: Path | None = None
    decoded: Decoded | None = None

    @property
    def state(self) -> str:
        """The record's state, or "unknown" for a job that left none."""
        return self.record.state.value if self.record else "unknown"
