"""The words and fields on which the dashboard and the saved queries rest are those that the worker writes."""

import json
import logging
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from components.dashboard_body import ENDED
from jobs.notification import Times
from worker import processor
from worker.log import about_job, set_up_logs


@pytest.fixture
def lines():
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = StringIO()
    set_up_logs("task-1", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers = handlers
    root.setLevel(level)


def test_every_line_is_json_with_its_task_and_about_a_job_with_its_id_and_epoch(
    lines: Callable[[], list[dict[str, Any]]],
):
    logging.getLogger("anything").warning("waiting")
    with about_job("reel-1", 2):
        logging.getLogger("anything").info("took a job", extra={"attempt": 1})
    waiting, took = lines()
    assert (waiting["task"], waiting["level"], waiting["message"]) == ("task-1", "WARNING", "waiting")
    assert (took["task"], took["job_id"], took["epoch"], took["attempt"]) == ("task-1", "reel-1", 2, 1)


def test_a_jobs_end_is_told_in_the_words_and_with_the_seconds_that_the_dashboard_reads():
    """The line itself is of the processor; a change of its words must not silently empty the graphs."""
    message = ENDED.removeprefix('filter message = "').removesuffix('"')
    assert f'log.info("{message}", extra={{"state": state' in Path(processor.__file__).read_text("utf-8")
    assert Times.model_fields.keys() >= {"wait_seconds", "download_seconds", "render_seconds", "upload_seconds"}
