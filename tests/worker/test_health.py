"""What the rule calls sound, and the check command, as the container runs it."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.worker.web_server import serving
from tests.worker.world import Clock, World
from worker.delivery import Delete
from worker.drain import Drain
from worker.health import STALE_AFTER_SECONDS, Health, ask, judge
from worker.heartbeat import Heartbeat
from worker.pulse import Pulse
from worker.web import Web

ROOT = Path(__file__).parents[2]


def test_a_worker_that_has_shown_no_life_for_too_long_is_stuck():
    assert judge(STALE_AFTER_SECONDS, is_ending=False) == Health("stuck", STALE_AFTER_SECONDS)
    assert not judge(STALE_AFTER_SECONDS, is_ending=False).is_sound
    assert judge(STALE_AFTER_SECONDS - 1, is_ending=False).is_sound


def test_a_worker_that_is_ending_is_to_be_sent_nothing_however_lively():
    assert judge(0, is_ending=True) == Health("ending", 0)
    assert not judge(0, is_ending=True).is_sound


def test_a_poll_is_a_sign_of_life_even_if_it_brings_nothing_or_fails(world: World):
    worker = world.worker()
    signs: list[str] = []
    worker.consumer._alive = lambda: signs.append("poll")
    worker.drain.wait = lambda seconds: False
    world.sqs.failing["receive_message"] = EndpointConnectionError(endpoint_url="https://sqs.example")
    poll = worker.consumer._poll

    def last_poll_of_two():
        if signs:
            world.sqs.failing.clear()
            worker.drain.begin()
        return poll()

    worker.consumer._poll = last_poll_of_two
    worker.consumer.run()
    assert signs == ["poll", "poll"]


def test_only_work_that_gets_further_is_a_sign_of_life_not_the_beat_that_says_so():
    clock = Clock()
    pulse = Pulse(clock.monotonic)
    beats: list[float] = []
    beating = Heartbeat(
        lambda standing: beats.append(standing.fraction),
        visibility_seconds=1000,
        taken_at=clock.now,
        drain=Drain(100, clock.monotonic),
        clock=clock.monotonic,
        alive=pulse.beat,
    )
    clock.now += 10
    beating._try_to_beat(1)
    assert (beats, pulse.age_seconds) == ([0.0], 10)
    beating.report(0.5, 30, None)
    assert pulse.age_seconds == 0
    clock.now += 10
    beating.report(0.5, 30, None)
    assert pulse.age_seconds == 10
    beating.check()
    assert pulse.age_seconds == 0


def test_a_job_shows_life_through_its_whole_work(world: World):
    world.send()
    worker = world.worker()
    signs: list[float] = []
    worker.processor._alive = lambda: signs.append(world.clock.now)
    message = worker.receive()
    assert worker.processor.process(message) == Delete()
    assert len(signs) >= 3


def check(**environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "worker.health"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_the_check_exits_with_1_and_says_why_when_nothing_listens(tmp_path: Path):
    done = check(HTTP_PORT="1")
    assert done.returncode == 1
    assert "no answer (ConnectionRefusedError)" in done.stderr
    assert check().returncode == 1
    assert check(HTTP_PORT="0", TMPDIR=str(tmp_path)).returncode == 1


def test_the_check_exits_with_0_for_a_sound_worker_on_whatever_port_and_is_cheap(tmp_path: Path):
    with serving(Web(lambda: Health("ok", 1.0), None), tmp_path):
        done = check(HTTP_PORT="0", TMPDIR=str(tmp_path))
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert loaded.isdisjoint({"boto3", "botocore", "pydantic", "waitress", "urllib3", "jobs", "logging"})


@pytest.mark.parametrize("status", ["stuck", "ending"])
def test_a_worker_that_is_not_to_be_used_is_told_from_one_that_does_not_answer(status: str, tmp_path: Path):
    with serving(Web(lambda: Health(status, 400.0), None), tmp_path) as port:
        told = ask(port)
    assert told is not None
    assert told.startswith("503: ")
    assert status in told
