"""The slice as a whole: real program, real Lambdas, real workers, real video, over one local cloud."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from local.stack import LocalStack
from tests.local.alive import is_alive
from tests.local.whole import Whole, long_spec, short_spec, whole_stack
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(170)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory):
    with whole_stack(tmp_path_factory.mktemp("stack"), warmPoolSize=1, maxWorkers=3, sleepAfterMinutes=20) as whole:
        yield whole


def test_its_folder_is_absolute_since_its_processes_have_working_directories_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert LocalStack(Path("relative")).folder == tmp_path / "relative"


def test_bad_input_is_refused_by_name_and_the_next_job_is_rendered(whole: Whole):
    def job(job_id: str, **changes: Any) -> dict[str, Any]:
        return {"version": 1, "id": job_id, "spec": short_spec(), **changes}

    def spec(**changes: Any) -> dict[str, Any]:
        return short_spec() | changes

    def clip(source: str) -> list[dict[str, Any]]:
        return [{"source": source, "trim": {"start": 0, "end": 0.4}}]

    text = {"content": "hello", "font": {"family": "Robotto", "weight": 400, "size": 20}, "color": "#ffffff"}
    unparsable = whole.send("{ this is no JSON")
    bad = {
        "bad-spec": (job("bad-spec", spec=spec(output={"width": 161, "height": 90, "fps": 25})), "spec.output.width"),
        "bad-file": (job("bad-file", spec=spec(clips=clip("sources/broken.mp4"))), "spec.clips[0].source"),
        "bad-key": (job("bad-key", spec=spec(clips=clip("sources/nowhere.mp4"))), "spec.clips[0].source"),
        "bad-place": (job("bad-place", spec=spec(clips=clip("renders/x/1/video.mp4"))), "spec.clips[0].source"),
        "bad-host": (job("bad-host", spec=spec(clips=clip("https://169.254.170.2/v2"))), "spec.clips[0].source"),
        "bad-font": (job("bad-font", spec=spec(tracks=[{"text": text}])), "spec.tracks[0].text.font.family"),
        "bad-webhook": (job("bad-webhook", webhook="https://10.0.0.1/hook"), "webhook"),
    }
    for message, _ in bad.values():
        whole.send(message)
    whole.send(job("good-after-bad"))

    good = whole.ended("good-after-bad")
    assert good.state == "done"
    assert len(wait_until(lambda: whole.news("good-after-bad"), 10, "the webhook of good-after-bad")) == 1
    for job_id, (_, field) in bad.items():
        record = whole.ended(job_id)
        assert (job_id, record.state) == (job_id, "failed")
        assert record.error is not None
        assert (job_id, record.error.field) == (job_id, field)
        assert record.error.remedy
        news = wait_until(lambda job_id=job_id: whole.news(job_id), 10, f"the webhook of {job_id}")
        assert [each["error"]["field"] for each in news] == [field]
    nameless = whole.ended(f"message-{unparsable}")
    assert nameless.state == "failed"
    wait_until(whole.queue_is_empty, 10, "an empty queue")
    assert whole.queue_is_empty("jobsDeadLetterQueueUrl")


def test_the_same_id_with_another_spec_is_refused_by_name_and_leaves_the_first_as_it_is(whole: Whole):
    whole.send({"version": 1, "id": "twice", "spec": short_spec()})
    first = whole.ended("twice")
    other = short_spec() | {"output": {"width": 90, "height": 160, "fps": 25}}

    refused = whole.send({"version": 1, "id": "twice", "spec": other})

    refusal = whole.ended(f"message-{refused}")
    assert refusal.state == "failed"
    assert refusal.error is not None
    assert refusal.error.field == "id"
    assert refusal.error.remedy
    assert len(wait_until(lambda: whole.news(f"message-{refused}"), 10, "the webhook of the refusal")) == 1
    wait_until(whole.queue_is_empty, 10, "an empty queue")
    assert whole.record("twice") == first
    assert len({key.split("/")[2] for key in whole.renders("twice")}) == 1


def test_a_worker_that_is_killed_in_mid_render_costs_an_attempt_and_no_job(whole: Whole):
    names = ["survivor-0", "survivor-1"]
    for name in names:
        whole.send({"version": 1, "id": name, "spec": long_spec()})
    victim = wait_until(lambda: whole.paused(names), 40, "a render", longest_pause_seconds=0.02)
    before = whole.record(victim.job_id)
    assert before is not None
    assert victim.task.pid is not None

    os.kill(victim.task.pid, signal.SIGKILL)

    wait_until(lambda: not is_alive(victim.ffmpeg), 10, "the end of the dead worker's FFmpeg")
    records = {name: whole.ended(name, timeout_seconds=90) for name in names}
    assert {name: record.state for name, record in records.items()} == dict.fromkeys(names, "done")
    assert records[victim.job_id].attempts == 2
    assert records[victim.job_id].epoch > before.epoch
    for name in names:
        assert len(wait_until(lambda name=name: whole.news(name), 10, f"the webhook of {name}")) == 1
        published = whole.ended(name).rendered
        assert published is not None
        assert published.video_key in whole.renders(name)


def test_resizing_the_running_fleet_changes_the_floor_alone_and_kills_nobody(whole: Whole):
    whole.send({"version": 1, "id": "opener", "spec": short_spec()})
    whole.ended("opener")
    outputs, secret, before = whole.stack.outputs, whole.webhook_secret(), whole.deployed()
    failed_before = whole.failures()

    again = whole.stack.deploy({"warmPoolSize": 3})

    changed_outputs = {name: (outputs[name], again[name]) for name in outputs if again[name] != outputs[name]}
    assert changed_outputs.keys() == {"monthlyCost"}
    assert again["monthlyCost"]["floor"] > outputs["monthlyCost"]["floor"]
    assert whole.webhook_secret() == secret, "every run of the program draws another secret, and the first is kept"
    after = whole.deployed()
    assert list(after) == list(before)
    [changed] = [urn for urn in after if after[urn] != before[urn]]
    old, new = (each[changed]["inputs"]["environment"]["variables"] for each in (before, after))
    assert {name: (old[name], new[name]) for name in new if old[name] != new[name]} == {"FLOOR": ("1", "3")}

    # A machine that is slow to deploy finds the fleet asleep after that. This wakes it, or has it stay awake: a job
    # that is done between two ticks would do neither.
    whole.send({"version": 1, "id": "busy", "spec": long_spec()})
    busy = wait_until(lambda: whole.paused(["busy"]), 40, "a busy worker", longest_pause_seconds=0.02)
    wait_until(lambda: whole.counts()[:2] == (3, 3), 40, "the raised floor")

    whole.stack.deploy({"warmPoolSize": 1})
    wait_until(lambda: whole.counts()[1] < 3, 40, "a smaller fleet around the busy worker")
    busy.resume()

    record = whole.ended("busy")
    assert (record.state, record.attempts) == ("done", 1)
    wait_until(lambda: whole.counts()[:2] == (1, 1), 40, "the lowered floor")
    assert whole.failures() == failed_before
    tasks = whole.stack.folder / "tasks"
    wait_until(
        lambda: len([path for path in tasks.iterdir() if path.is_dir()]) == 1, 20, "the scratch of one task only"
    )
    assert len(list(tasks.glob("*.log"))) >= 3
