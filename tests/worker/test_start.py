"""The worker's start: the first poll goes out early, and what cannot be made ends the worker without costing a job."""

from typing import TYPE_CHECKING, cast

import pytest

import worker.workshop
from worker.__main__ import Worker
from worker.config import read_config
from worker.delivery import GiveBack
from worker.drain import Drain

if TYPE_CHECKING:
    from worker.delivery import Message


def worker_of(environment: dict[str, str], drain: Drain) -> Worker:
    nobody = dict.fromkeys(("JOBS_QUEUE_URL", "NOTIFICATIONS_QUEUE_URL"), "http://127.0.0.1:1/queue")
    return Worker(read_config(environment | nobody), drain)


def test_a_workshop_that_cannot_be_made_ends_the_loop_and_gives_back_the_job_that_came(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    def unmakable(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(worker.workshop, "Workshop", unmakable)
    drain = Drain(60)
    one = worker_of(environment, drain)
    one._polls.set()
    with pytest.raises(MemoryError):
        one.prepare()
    assert drain.requested
    assert one._process(cast("Message", None)) == GiveBack(0)


def test_a_worker_that_is_told_to_end_before_its_first_poll_makes_no_workshop_and_gives_back_what_comes_all_the_same(
    environment: dict[str, str],
):
    drain = Drain(60)
    one = worker_of(environment, drain)
    drain.begin()
    one.prepare()
    assert one._process(cast("Message", None)) == GiveBack(0)
