"""The acts of the demo, in order, each ended by something seen and never by a pause."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from jobs.record import JobRecord
from jobs.table import JobsTable
from local.demo.scenario import ALL, BURST, FIRST, WARM, DemoJob
from local.demo.watcher import Watcher
from local.stack import LocalStack

T = TypeVar("T")
POLL_SECONDS = 0.1


class ActTimeoutError(Exception):
    """What an act waits for did not come about in time."""


class Play:
    """Sends the jobs and awaits what has to follow. `tell` is given a line for each thing that the play does."""

    def __init__(self, stack: LocalStack, watcher: Watcher, *, webhook: str, tell: Callable[[str], None]) -> None:
        self.sent_at: dict[str, datetime] = {}
        self.marks: list[tuple[float, str]] = []
        self._stack = stack
        self._watcher = watcher
        self._webhook = webhook
        self._tell = tell
        self._sqs = stack.cloud.client("sqs")
        self._table = JobsTable(stack.cloud.client("dynamodb"), stack.outputs["jobsTable"])

    def run(self) -> None:
        """From zero to the floor, through a burst, back to the floor, one warm job, and back to zero."""
        self._await("the fleet to be seen asleep", 10, lambda: self._watcher.samples and self._watcher.latest.is_asleep)
        self._await("the warmkeeper's first look", 30, lambda: self._stack.history.entries("lambda.invoked"))
        self._tell("the warmkeeper has looked, and leaves the fleet asleep: no worker runs")
        self._mark("first job")
        self._send(FIRST)
        self._await("the first worker to run", 30, lambda: self._watcher.latest.running >= 1)
        self._mark("five more")
        for job in BURST:
            self._send(job)
        self._await("every job of the burst to end", 90, lambda: self._have_ended(FIRST, *BURST))
        self._await("the fleet to fall to the floor", 40, lambda: self._is_settled_at(1))
        self._mark("one at the warm floor")
        self._send(WARM)
        self._await("the warm job to end", 30, lambda: self._have_ended(WARM))
        self._await("the fleet to fall asleep", 60, lambda: self._watcher.latest.is_asleep)
        self._mark("asleep")
        self._tell("the fleet is asleep again")
        self._await("the last worker to be gone", 30, self._have_all_stopped)

    def records(self) -> dict[str, JobRecord]:
        """The records of the jobs that have one."""
        found = {job.id: self._table.read(job.id) for job in ALL}
        return {job_id: record for job_id, record in found.items() if record}

    def _send(self, job: DemoJob) -> None:
        body = json.dumps(job.envelope(self._webhook), ensure_ascii=False)
        self.sent_at[job.id] = datetime.now(UTC)
        self._sqs.send_message(QueueUrl=self._stack.outputs["jobsQueueUrl"], MessageBody=body)
        self._tell(f"job {job.id} is sent")

    def _mark(self, words: str) -> None:
        self.marks.append((self._watcher.elapsed_seconds, words))

    def _have_ended(self, *jobs: DemoJob) -> bool:
        records = self.records()
        return all(job.id in records and records[job.id].state.is_terminal for job in jobs)

    def _have_all_stopped(self) -> bool:
        entries = self._stack.history.entries
        return len(entries("task.stopped")) == len(entries("task.pending"))

    def _is_settled_at(self, count: int) -> bool:
        latest = self._watcher.latest
        return latest.desired == latest.running == count and not (latest.pending or latest.visible or latest.in_flight)

    def _await(self, what: str, timeout_seconds: float, condition: Callable[[], T]) -> T:
        deadline = time.monotonic() + timeout_seconds
        while not (answer := condition()):
            self._watcher.check()
            if time.monotonic() > deadline:
                raise ActTimeoutError(f"waited {timeout_seconds:.0f} s in vain for {what}")
            time.sleep(POLL_SECONDS)
        return answer
