"""compose.yaml, really started: a person scales the workers, and they take as many jobs at the same time."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from image.podman import REPOSITORY, Podman
from local.demo import footage
from tests.image.built import CLOUD
from tests.image.composed import STOP_SECONDS, Composed
from tests.image.person import Person
from tests.image.slow_clips import SlowClips, slow_clips
from tests.waiting import wait_until

pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]

HELD_SECONDS = 25.0
"""As long as a source may keep a worker waiting for a byte, and a little less."""
JOBS = 6
WAIT_SECONDS = 2.5
"""What each of these jobs waits for its source: more than its render takes, so that waiting is what counts."""
TOOK_SECONDS: dict[int, float] = {}
"""By workers, what so many jobs took."""


@pytest.fixture(scope="module")
def clips() -> Iterator[SlowClips]:
    with slow_clips(dict(footage.real_clips())["sources/carphone.mp4"]) as clips:
        yield clips


@pytest.fixture(scope="module")
def composed(podman: Podman, clips: SlowClips) -> Iterator[Composed]:
    """The cloud and one worker."""
    podman.build(CLOUD, REPOSITORY / "local" / "compose" / "Dockerfile")
    composed = Composed(podman, clips.target)
    try:
        composed.run("up", "--detach", "--no-build")
        composed.await_cloud()
        yield composed
    finally:
        composed.remove()


def sends(composed: Composed, clips: SlowClips, *job_ids: str) -> None:
    for job_id in job_ids:
        composed.send(job_id, f"http://{clips.target}/{job_id}.mp4")


def take_their_time(composed: Composed, clips: SlowClips, workers: int) -> None:
    """Have `workers` workers do JOBS jobs that wait for their sources, and note how long it takes."""
    jobs = [f"{workers}-{number}" for number in range(JOBS)]
    clips.holds(WAIT_SECONDS)
    began_at = time.monotonic()
    sends(composed, clips, *jobs)
    composed.ended(*jobs)
    TOOK_SECONDS[workers] = time.monotonic() - began_at


def test_a_worker_renders_out_of_the_bucket_that_the_program_made(composed: Composed):
    composed.send("bucket", "sources/carphone.mp4")
    composed.ended("bucket")
    record = composed.record("bucket")
    assert record is not None
    assert record.rendered is not None
    head = composed.client("s3").head_object(Bucket=record.rendered.bucket, Key=record.rendered.video_key)
    assert head["ContentLength"] == record.rendered.size_bytes
    assert record.cost_usd == 0, "no task of Fargate's is paid for"


def test_one_worker_takes_one_job_at_a_time(composed: Composed, clips: SlowClips):
    take_their_time(composed, clips, workers=1)
    assert clips.most_held == 1


def test_a_worker_that_is_told_to_end_gives_back_the_job_that_waits_and_takes_no_other(
    composed: Composed, clips: SlowClips
):
    clips.holds(HELD_SECONDS)
    sends(composed, clips, "last")
    wait_until(lambda: clips.held == 1, 60, "the worker to ask for its source")
    stopping = composed.begin("stop", "worker")
    wait_until(lambda: "told to end" in composed.log("worker", 1), 60, "the worker to hear SIGTERM")
    sends(composed, clips, "next")
    clips.gate.set()
    said, _ = stopping.communicate(timeout=STOP_SECONDS)
    assert stopping.returncode == 0, said
    assert composed.inspect("worker", 1)["State"]["ExitCode"] == 0
    last = composed.record("last")
    assert last is not None
    assert last.state == "queued", composed.log("worker", 1)
    assert composed.record("next") is None


def test_three_workers_take_three_jobs_at_a_time(
    composed: Composed, clips: SlowClips, capsys: pytest.CaptureFixture[str]
):
    composed.run("up", "--detach", "--no-build", "--scale", "worker=3")
    composed.ended("last", "next")
    clips.holds(HELD_SECONDS)
    sends(composed, clips, "a", "b", "c", "d")
    wait_until(lambda: clips.held == 3, HELD_SECONDS, "three workers to ask for their sources")
    clips.gate.set()
    composed.ended("a", "b", "c", "d")
    assert clips.most_held == 3, "the fourth job had to wait for a worker"

    take_their_time(composed, clips, workers=3)
    ratio = TOOK_SECONDS[1] / TOOK_SECONDS[3]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{JOBS} jobs that wait {WAIT_SECONDS} s each: {TOOK_SECONDS[1]:.1f} s by one worker, "
            f"{TOOK_SECONDS[3]:.1f} s by three: {ratio:.2f} times as many\n"
        )


def test_the_api_answers_through_the_load_balancer_and_knows_the_workers(composed: Composed):
    token = composed.environment["API_TOKEN"]
    assert composed.api("/health").status == 200
    assert composed.api("/fleet").status == 401
    fleet = composed.api("/fleet", token=token).json()
    # The one that was stopped is heard no more, but for a minute it may be.
    assert fleet["running"] in {3, 4}
    assert fleet["queue"] == {"visible": 0, "in_flight": 0, "delayed": 0}
    assert fleet["problems"] == []


def test_whoever_wants_to_wake_it_is_told_that_nobody_here_can(composed: Composed):
    answer = composed.api("/fleet/heartbeat", "POST", token=composed.environment["API_TOKEN"])
    assert (answer.status, answer.json()["detail"]) == (503, "The warmkeeper cannot be reached: nothing was done")


def test_workers_are_bounded_and_share_no_scratch(composed: Composed):
    found = [composed.inspect("worker", number) for number in (1, 2, 3)]
    for one in found:
        host = one["HostConfig"]
        assert host["ReadonlyRootfs"] is True
        assert host["Memory"] == 4096 * 1024 * 1024
        assert host["CapDrop"], "none is left"
        assert one["Config"]["User"] == "10001:10001"
        assert "no-new-privileges" in host["SecurityOpt"]
    scratch = [mount["Name"] for one in found for mount in one["Mounts"] if mount["Destination"] == "/scratch"]
    assert len(scratch) == len(set(scratch)) == 3


def test_the_pages_commands_send_a_job_and_fetch_its_video(composed: Composed, tmp_path: Path):
    person = Person(composed, tmp_path)
    clip = dict(footage.real_clips())["sources/carphone.mp4"]
    (tmp_path / "clip.mp4").symlink_to(clip)
    into = person.page("this shell into the cloud")
    person.runs(into + person.page("a clip of your own"))
    person.runs(into + person.page("a job with a spec"))
    composed.ended("first")
    assert '"done"' in person.runs(into + person.page("how far it is"))
    assert '"running": ' in person.runs(into + person.page("what the API says"))
    person.runs(into + person.page("its video"))
    [video] = tmp_path.glob("first/*/video.mp4")
    assert b"ftyp" in video.read_bytes()[:12]


def test_workers_of_ones_own_take_the_jobs_of_a_stack_elsewhere(composed: Composed, tmp_path: Path):
    # The cloud of compose is the AWS; nobody else takes jobs.
    composed.run("stop", "worker", timeout_seconds=STOP_SECONDS)
    person = Person(composed, tmp_path)
    person.runs(person.page("this shell into the cloud") + person.page("the environment that ECS would give a worker"))
    assert "JOBS_QUEUE_URL=http" in (tmp_path / "worker.env").read_text()
    composed.send("elsewhere", "sources/carphone.mp4")
    elsewhere = composed.elsewhere(tmp_path)
    try:
        elsewhere.run("up", "--detach", "--no-build")
        composed.ended("elsewhere")
        elsewhere.down()
        assert elsewhere.containers() == []
    finally:
        elsewhere.remove()


def test_down_leaves_no_container(composed: Composed):
    assert sorted(composed.containers()) == sorted(
        [composed.name("cloud", 1), *(composed.name("worker", number) for number in (1, 2, 3))]
    )
    composed.down()
    assert composed.containers() == []
    assert composed.lines() is None
