"""The saved queries of Logs Insights, as plain data: errors, slow renders, one job's whole story, decisions.

They rest on what the runtimes log: one JSON object a line. A worker's has `level`, `task`, `message`, and `job_id` and
`epoch` while it works on a job; a Lambda's has `level`, `service` and `message`.
"""

from dataclasses import dataclass
from enum import StrEnum

SLOW_SECONDS = 60
"""What counts as a slow render in the saved query: whoever runs it changes the number in the console."""


class Source(StrEnum):
    """Whose log it is."""

    WORKERS = "workers"
    WARMKEEPER = "warmkeeper"
    NOTIFIER = "notifier"


@dataclass(frozen=True, slots=True)
class LogQuery:
    """One saved query: its name, what it answers, the logs it reads, its lines (joined by pipes)."""

    name: str
    answers: str
    sources: tuple[Source, ...]
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The query as Logs Insights takes it."""
        return "\n| ".join(self.lines)


LOG_QUERIES: tuple[LogQuery, ...] = (
    LogQuery(
        "errors",
        "What went wrong lately, in the workers or a Lambda, newest first.",
        tuple(Source),
        (
            "fields @timestamp, @log, level, message, job_id, epoch, task, cause, exc_info, exception",
            # The platform's own lines (a time-out, a function that does not start) are no JSON and have no level.
            'filter level in ["ERROR", "CRITICAL", "WARNING"] or @message like /Task timed out|Runtime[.]|Traceback/',
            "sort @timestamp desc",
            "limit 200",
        ),
    ),
    LogQuery(
        "slow renders",
        f"Jobs whose render took over {SLOW_SECONDS} seconds, slowest first, with the seconds of every stage.",
        (Source.WORKERS,),
        (
            "fields @timestamp, job_id, epoch, render_seconds, download_seconds, upload_seconds, wait_seconds, task",
            f'filter message = "a job ended" and render_seconds > {SLOW_SECONDS}',
            "sort render_seconds desc",
            "limit 100",
        ),
    ),
    LogQuery(
        "one job",
        "All that was said of one job, oldest first: put its id in the place of JOB-ID.",
        (Source.WORKERS, Source.NOTIFIER),
        (
            "fields @timestamp, @log, level, message, epoch, attempt, task, state, problem, cause, status",
            'filter job_id = "JOB-ID"',
            "sort @timestamp asc",
            "limit 1000",
        ),
    ),
    LogQuery(
        "decisions",
        "What the warmkeeper decided and why, newest first, without the looks that changed nothing.",
        (Source.WARMKEEPER,),
        (
            "fields @timestamp, event, decision.kind, decision.desired, decision.level, message, decision.failure",
            'filter ispresent(decision.kind) and decision.kind not in ["asleep", "steady", "idle"]',
            "sort @timestamp desc",
            "limit 200",
        ),
    ),
)
