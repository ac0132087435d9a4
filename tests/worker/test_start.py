"""The worker's start: the first poll goes out early, and what cannot be made ends the worker without costing a job."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

import worker.workshop
from worker.__main__ import Worker
from worker.config import read_config
from worker.delivery import GiveBack
from worker.drain import Drain

if TYPE_CHECKING:
    from worker.delivery import Message


def worker_of(tmp_path: Path, drain: Drain) -> Worker:
    return Worker(
        read_config(
            {
                "AWS_REGION": "eu-west-1",
                "JOBS_QUEUE_URL": "http://127.0.0.1:1/jobs",
                "NOTIFICATIONS_QUEUE_URL": "http://127.0.0.1:1/notifications",
                "JOBS_TABLE": "jobs",
                "BUCKET": "videos",
                "SOURCES": json.dumps(["s3://videos/sources/"]),
                "TASK_USD_PER_HOUR": "0.1",
                "TMPDIR": str(tmp_path),
            }
        ),
        drain,
    )


def test_a_workshop_that_cannot_be_made_ends_the_loop_and_gives_back_the_job_that_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def unmakable(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(worker.workshop, "Workshop", unmakable)
    drain = Drain(60)
    one = worker_of(tmp_path, drain)
    one._polls.set()
    with pytest.raises(MemoryError):
        one.prepare()
    assert drain.requested
    assert one._process(cast("Message", None)) == GiveBack(0)


def test_a_worker_that_is_told_to_end_before_its_first_poll_makes_no_workshop_and_gives_back_what_comes_all_the_same(
    tmp_path: Path,
):
    drain = Drain(60)
    one = worker_of(tmp_path, drain)
    drain.begin()
    one.prepare()
    assert one._process(cast("Message", None)) == GiveBack(0)
