"""A job whose content was rendered before is answered from that, and only then."""

from pathlib import Path

import pytest

from jobs.font_file import FontFile
from jobs.fonts import FontCatalogue, FontFamily
from jobs.problem import Problem
from jobs.record import JobState
from jobs.spec import parse_spec
from tests.worker.test_processor import raising
from tests.worker.world import SPEC, Worker, World
from worker.errors import PermanentError
from worker.render.version import look_of

VERSION = {"sources/a.mp4": '"one"'}
DAY_SECONDS = 24 * 3600


@pytest.fixture
def worker(world: World) -> Worker:
    worker = world.worker()
    worker.no_media.versions = VERSION
    return worker


def work_on(world: World, worker: Worker, job_id: str, **changes: object) -> str | None:
    """The job that a new job with this spec was answered from."""
    world.send(id=job_id, spec={**SPEC, **changes})
    assert worker.work_once()
    record = world.record(job_id)
    assert record.state == JobState.DONE
    return record.cached_from


def test_the_same_content_is_rendered_once_and_the_second_job_has_files_of_its_own(world: World, worker: Worker):
    assert work_on(world, worker, "first") is None
    world.clock.now += 60
    # Defaults are the same content, whether they are written down or not.
    clips = [{**SPEC["clips"][0], "fit": "cover"}]
    assert work_on(world, worker, "second", clips=clips) == "first"
    assert worker.renderer.rendered == 1
    first, second = world.record("first").rendered, world.record("second").rendered
    assert first is not None
    assert second is not None
    assert second.video_key == "renders/second/1/video.mp4"
    assert {second.video_key, second.poster_key} < worker.no_media.objects
    assert second.model_copy(update={"video_key": first.video_key, "poster_key": first.poster_key}) == first
    told = world.notifications()[-1]
    assert (told.job_id, told.cached_from, told.rendered) == ("second", "first", second)
    assert told.cost_usd == 0


@pytest.mark.parametrize("change", ["spec", "source", "look"])
def test_another_spec_source_or_look_is_another_content(world: World, worker: Worker, change: str):
    work_on(world, worker, "first")
    changes = {}
    if change == "spec":
        changes = {"output": {**SPEC["output"], "fps": 25}}
    elif change == "source":
        worker.no_media.versions = {"sources/a.mp4": '"two"'}
    else:
        worker.renderer.looks = "2"
    assert work_on(world, worker, "second", **changes) is None
    assert worker.renderer.rendered == 2


def test_sources_without_a_version_are_rendered_each_time(world: World, worker: Worker):
    worker.no_media.versions = None
    work_on(world, worker, "first")
    assert work_on(world, worker, "second") is None


def test_files_that_are_gone_are_rendered_anew_and_the_next_job_finds_the_new_ones(world: World, worker: Worker):
    work_on(world, worker, "first")
    worker.no_media.objects.clear()
    world.clock.now += 1
    assert work_on(world, worker, "second") is None
    world.clock.now += 1
    assert work_on(world, worker, "third") == "second"


def test_a_result_is_forgotten_after_its_days_and_kept_by_those_who_ask_for_it(world: World, worker: Worker):
    work_on(world, worker, "first")
    world.clock.now += 29 * DAY_SECONDS
    assert work_on(world, worker, "second") == "first"
    world.clock.now += 29 * DAY_SECONDS
    assert work_on(world, worker, "third") == "second"
    world.clock.now += 31 * DAY_SECONDS
    assert work_on(world, worker, "fourth") is None


def test_a_render_that_failed_answers_nobody(world: World, worker: Worker):
    worker.renderer.during = raising(PermanentError(Problem(field="spec", message="m", remedy="r")))
    world.send(id="first")
    assert worker.work_once()
    worker.renderer.during = lambda _report, _stop: None
    assert work_on(world, worker, "second") is None


def test_the_result_of_a_worker_that_lost_its_job_answers_nobody(world: World, worker: Worker):
    def lose(_report: object, _stop: object) -> None:
        world.dynamodb.update_item(
            TableName="jobs",
            Key={"id": {"S": "first"}},
            UpdateExpression="SET epoch = :other",
            ExpressionAttributeValues={":other": {"N": "7"}},
        )

    world.send(id="first")
    worker.renderer.during = lose
    assert worker.work_once()
    assert world.record("first").state == JobState.RENDERING
    worker.renderer.during = lambda _report, _stop: None
    assert work_on(world, worker, "second") is None


def test_the_look_changes_with_what_is_in_a_font(tmp_path: Path):
    text = {"text": {"content": "a", "font": {"family": "Own", "size": 20}}}
    spec = parse_spec({**SPEC, "tracks": [text]})

    def look(content: bytes) -> str:
        file = tmp_path / content.decode()
        file.write_bytes(content)
        return look_of(spec, FontCatalogue([FontFamily("Own", (FontFile(file, 100, 900),))]))

    assert look(b"old") != look(b"new")
    assert look(b"old") == look(b"old")
