import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from worker.log import about_job, set_up_logs


@pytest.fixture
def lines() -> Iterator[Any]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    set_up_logs("task-1", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers, root.level = handlers, level


def test_every_line_is_json_with_time_level_and_task(lines: Any):
    logging.getLogger("worker.x").info("took %s", "it", extra={"attempt": 2})
    [line] = lines()
    assert line.pop("time").startswith("20")
    assert line == {"message": "took it", "level": "INFO", "logger": "worker.x", "task": "task-1", "attempt": 2}


def test_lines_about_a_job_carry_its_id_and_epoch_and_later_ones_do_not(lines: Any):
    with about_job("job-1", 3):
        logging.getLogger().info("inside")
    logging.getLogger().info("outside")
    inside, outside = lines()
    assert (inside["job_id"], inside["epoch"]) == ("job-1", 3)
    assert "job_id" not in outside


@pytest.mark.parametrize("name", ["botocore.credentials", "botocore.endpoint", "boto3", "urllib3.connectionpool"])
def test_libraries_that_log_requests_and_credentials_are_kept_quiet(lines: Any, name: str):
    logging.getLogger(name).info("secret")
    logging.getLogger(name).debug("secret")
    assert lines() == []


def test_a_trace_is_one_line(lines: Any):
    try:
        int("x")
    except ValueError:
        logging.getLogger().exception("broke")
    [line] = lines()
    assert "ValueError: invalid literal" in line["exc_info"]
