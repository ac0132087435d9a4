"""Logs as JSON lines on standard output, each with the task and, while one is being worked on, the job and its epoch.

What is logged is chosen field by field: never a message's body, a webhook's address (its query may be a secret), a
presigned URL or the environment.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

_JOB: ContextVar[dict[str, str | int] | None] = ContextVar("job", default=None)


class _Context(logging.Filter):
    def __init__(self, task: str) -> None:
        super().__init__()
        self._task = task

    def filter(self, record: logging.LogRecord) -> bool:
        record.task = self._task
        for name, value in (_JOB.get() or {}).items():
            setattr(record, name, value)
        return True


def set_up_logs(task: str, stream: TextIO | None = None) -> None:
    """Send every log record from INFO on to `stream` (standard output by default) as one JSON object a line."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.addFilter(_Context(task))
    handler.setFormatter(
        JsonFormatter(
            "{message}{levelname}{name}",
            style="{",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="time",
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # At INFO they tell which credentials they found, at DEBUG they log requests whole, secrets included.
    for chatty in ("botocore", "boto3", "urllib3", "s3transfer"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def about_job(job_id: str, epoch: int) -> Iterator[None]:
    """Give every record that this thread logs inside the job's id and epoch."""
    token = _JOB.set({"job_id": job_id, "epoch": epoch})
    try:
        yield
    finally:
        _JOB.reset(token)
