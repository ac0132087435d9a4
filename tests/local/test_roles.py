"""Roles, proven both ways: what runs is allowed to do all that it does, and does all that it is allowed to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from components.iam_reference import UNSEEN
from local.aws import ACCOUNT_ID
from local.webhook_sink import Reply
from tests.local.door import Door
from tests.local.errands import Errands, acting, copy_of_role, in_a_font_of_ones_own, put_a_font, runtime_of
from tests.local.grants import grants_of
from tests.local.recorder import Call, Recorder, played
from tests.local.whole import Whole, short_spec, still_stack
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(170)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("stack")
    with still_stack(folder, warmPoolSize=1, maxWorkers=2, frontDoor="alb", allowPlainHttp=True) as whole:
        yield whole


@dataclass(frozen=True)
class Case:
    """A grant on a queue or a bucket, and the errand that cannot be run without it."""

    runtime: str
    sid: str
    action: str
    errand: Callable[[Errands], None]
    denied: str = ""
    """The action that is denied, where it is another."""

    def __str__(self) -> str:
        return f"{self.runtime} {self.action} of {self.sid}"


CASES = (
    Case("worker", "TakeJobs", "sqs:ReceiveMessage", Errands.render),
    Case("worker", "TakeJobs", "sqs:DeleteMessage", Errands.render),
    Case("worker", "TakeJobs", "sqs:ChangeMessageVisibility", Errands.give_back),
    Case("worker", "TellOfTheEnd", "sqs:SendMessage", Errands.render),
    Case("worker", "ReadSources", "s3:GetObject", Errands.render),
    Case("worker", "TellMissingSources", "s3:ListBucket", Errands.tell_what_is_missing, denied="s3:GetObject"),
    Case("worker", "ReadFonts", "s3:GetObject", Errands.write_in_a_font_of_ones_own),
    Case("worker", "WriteRenders", "s3:PutObject", Errands.render),
    Case("worker", "WriteRenders", "s3:AbortMultipartUpload", Errands.stop_an_upload),
    Case("warmkeeper", "CountJobs", "sqs:GetQueueAttributes", Errands.wake),
    Case("api", "CountJobs", "sqs:GetQueueAttributes", Errands.count),
    Case("notifier", "TakeNotifications", "sqs:ReceiveMessage", Errands.deliver),
    Case("notifier", "TakeNotifications", "sqs:DeleteMessage", Errands.deliver),
    Case("notifier", "TakeNotifications", "sqs:ChangeMessageVisibility", Errands.put_off),
    Case("notifier", "PresignRenders", "s3:GetObject", Errands.deliver),
)
ERRANDS = tuple({(case.runtime, case.errand): None for case in CASES})


@pytest.fixture
def errands(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[frozenset[Call], Exception | None]]:
    """Run an errand in the name of a copy of its runtime's role; what was denied, and the error that it ended with."""
    # Moto lets a queue be purged once a minute, as SQS does, unless it is told not to.
    monkeypatch.setenv("MOTO_SQS_ENFORCE_STRICT_QUEUE_PURGE_BEHAVIOUR", "false")

    def run(runtime: str, errand: Callable[[Errands], None], without: tuple[str, str] | None = None) -> Any:
        cloud, outputs = whole.stack.cloud, whole.stack.outputs
        for queue in ("jobsQueueUrl", "notificationsQueueUrl"):
            cloud.client("sqs").purge_queue(QueueUrl=outputs[queue])
        deployed = runtime_of(whole, runtime)
        role_arn = copy_of_role(whole, deployed.role, without=without)
        recorder = Recorder(cloud)
        failure: Exception | None = None
        with acting(whole, deployed.variables, role_arn):
            try:
                errand(Errands(whole, deployed.variables, role_arn, tmp_path))
            except (AssertionError, ClientError) as error:
                failure = error
        return recorder.denied, failure

    return run


@pytest.mark.parametrize(("runtime", "errand"), ERRANDS, ids=lambda each: getattr(each, "__name__", each))
def test_an_errand_at_queues_and_buckets_is_run_with_the_deployed_role(
    errands: Callable[..., tuple[frozenset[Call], Exception | None]], runtime: str, errand: Callable[[Errands], None]
) -> None:
    assert errands(runtime, errand) == (frozenset(), None)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_fails_without_any_one_of_the_grants_since_that_is_denied(
    errands: Callable[..., tuple[frozenset[Call], Exception | None]], case: Case
) -> None:
    denied, failure = errands(case.runtime, case.errand, without=(case.sid, case.action))
    assert failure is not None
    assert {call.action for call in denied} == {case.denied or case.action}


def test_no_grant_on_a_queue_or_a_bucket_is_without_such_an_errand(whole: Whole) -> None:
    roles = {runtime_of(whole, name).role: name for name in ("worker", "warmkeeper", "api", "notifier")}
    granted = {
        (roles[role], grant.sid, grant.action)
        for grant in grants_of(whole.stack.cloud)
        if (role := grant.role_arn.rpartition("/")[2]) in roles and grant.action.startswith(("sqs:", "s3:"))
    }
    assert granted - {(case.runtime, case.sid, case.action) for case in CASES} == {
        ("notifier", "TakeNotifications", "sqs:GetQueueAttributes")
    }


def job(job_id: str, source: str = "sources/clip.mp4") -> dict[str, Any]:
    clips = [{"source": source, "trim": {"start": 0, "end": 0.4}}]
    return {"version": 1, "id": job_id, "spec": short_spec() | {"clips": clips}}


def run_everything(whole: Whole) -> None:
    """Wake by a request, jobs that are done, fail and are tried again, a webhook that fails, a preview, sleep."""
    door, sink = Door(whole), whole.sink
    preview = {"spec": short_spec(), "at": 0.1}
    assert door.ask("POST", "/fleet/heartbeat", token=door.token).status == 202
    assert door.ask("POST", "/previews", preview, token=door.token).status == 503
    sink.reply_next(Reply(503))
    whole.send(job("done"))
    whole.send(job("missing", "sources/nowhere.mp4"))
    put_a_font(whole)
    whole.send(in_a_font_of_ones_own("lettered"))
    whole.send(job("again", f"{sink.url}/nobody-serves-this.mp4"))
    assert whole.ended("done").state == "done"
    assert whole.ended("missing").state == "failed"
    assert whole.ended("lettered").state == "done"

    def given_back() -> bool:
        record = whole.record("again")
        return record is not None and (record.state, record.attempts) == ("queued", 1)

    wait_until(given_back, 60, "an attempt that failed for now")
    [news] = wait_until(lambda: whole.news("done"), 60, "the webhook, told again")
    assert urllib3.request("GET", news["video"]["url"]).status == 200
    wait_until(lambda: door.ask("POST", "/previews", preview, token=door.token).status == 200, 60, "a picture")
    assert door.ask("GET", "/fleet", token=door.token).json()["problems"] == []
    whole.stack.cloud.client("sqs").purge_queue(QueueUrl=whole.stack.outputs["jobsQueueUrl"])  # of what backs off
    assert door.ask("POST", "/fleet/sleep", {"reason": "enough"}, token=door.operator_token).status == 202
    wait_until(lambda: whole.counts() == (0, 0, 0), 60, "sleep")


def test_all_that_roles_do_in_a_whole_run_is_allowed_and_all_that_is_allowed_is_done(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_SQS_ENFORCE_STRICT_QUEUE_PURGE_BEHAVIOUR", "false")
    stack = whole.stack
    recorder = Recorder(stack.cloud)
    deployed = runtime_of(whole, "worker")
    role_arn = f"arn:aws:iam::{ACCOUNT_ID}:role/{deployed.role}"
    with acting(whole, deployed.variables, role_arn):
        Errands(whole, deployed.variables, role_arn, tmp_path).stop_an_upload()  # which no short render meets
    stack.start_players()
    run_everything(whole)

    calls = recorder.calls | played(stack)
    grants = [grant for grant in grants_of(stack.cloud) if not grant.is_of_a_copy]
    assert recorder.denied == frozenset()
    assert [call for call in sorted(calls) if not any(grant.permits(call) for grant in grants)] == []
    conditions = {grant.condition for grant in grants} - {"{}"}
    assert conditions == {'{"StringLikeIfExists": {"s3:prefix": ["sources/*", "fonts/*"]}}'}, (
        "moto takes a condition as met: see to it"
    )
    unused = {(grant.role, grant.sid, grant.action) for grant in grants if not any(map(grant.permits, calls))}
    granted = {(grant.role, grant.sid, grant.action) for grant in grants}
    assert unused == granted & {(one.role, one.sid, action) for one in UNSEEN for action in one.actions}
