"""What the timeline tells besides the play's own acts: what tasks, the warmkeeper, jobs and webhooks did."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fleet.table import FleetTable
from jobs.table import JobsTable
from local.history import Entry
from local.stack import LocalStack

Tell = Callable[[str, str], None]
"""Takes a line and its style (Rich's words)."""

TASK_LINES = {
    "task.pending": ("task {task} is starting", "dim"),
    "task.running": ("task {task} runs", "blue"),
    "task.stopping": ("task {task} is told to stop", "dim"),
    "task.stopped": ("task {task} has stopped, exit code {exit_code}", "dim"),
    "task.crashed": ("task {task} crashed, exit code {exit_code}", "red"),
    "task.killed": ("task {task} was killed: {reason}", "red"),
    "lambda.dropped": ("an event for {function} was dropped after its retries: {reason}", "red"),
    "alarm.action_failed": ("alarm {name} could not act: {problem}", "red"),
}
TERMINAL = {"done", "failed", "cancelled"}
STATE_STYLES = {"done": "green", "failed": "yellow", "cancelled": "yellow", "rendering": "default", "queued": "dim"}


class Storyteller:
    """Turns history entries into lines at once, and what the tables show into lines at each `look`.

    `job_ids` answers at each look the jobs to tell of, in the order of telling.
    """

    def __init__(self, stack: LocalStack, tell: Tell, *, job_ids: Callable[[], Iterable[str]]) -> None:
        self._tell = tell
        self._job_ids = job_ids
        self._stack = stack
        self._told_decisions: set[str] = set()
        self._told_states: dict[str, str] = {}
        stack.history.subscribe(self.on_entry)

    def on_entry(self, entry: Entry) -> None:
        """Tell what a player or the webhooks' sink recorded, where a reader would care."""
        if entry.event in TASK_LINES:
            words, style = TASK_LINES[entry.event]
            self._tell(words.format_map(_short(entry.fields)), style)
        elif entry.event == "webhook.received" and entry.fields["verified"]:
            self._tell(f"webhook for {entry.fields['job']}: {entry.fields['type']}, signature verified", "cyan")

    def look(self) -> None:
        """Tell the resizing decisions and the jobs' states that are new since the last look."""
        # The tables of now: a stack may be destroyed and deployed again.
        dynamodb, outputs = self._stack.cloud.client("dynamodb"), self._stack.outputs
        fleet, jobs = FleetTable(dynamodb, outputs["fleetTable"]), JobsTable(dynamodb, outputs["jobsTable"])
        for decision in reversed(fleet.decisions(limit=10)):
            if decision.sort_key not in self._told_decisions:
                self._told_decisions.add(decision.sort_key)
                if decision.was == decision.desired:
                    continue
                self._tell(f"warmkeeper ({decision.event}): {decision.reason}", "bold")
        for job_id in self._job_ids():
            state = self._told_states.get(job_id)
            if state in TERMINAL:
                continue
            record = jobs.read(job_id)
            if record and record.state.value != state:
                self._told_states[job_id] = record.state.value
                self._tell(f"job {job_id} is {record.state.value}", STATE_STYLES[record.state.value])


def _short(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with a task's id cut to what a person can tell apart."""
    return {name: str(value)[:6] if name == "task" else value for name, value in fields.items()}
