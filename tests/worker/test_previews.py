"""Previews over real HTTP, from real video, with a fleet table and a secret of moto's."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import numpy as np
import pytest
import urllib3
from moto import mock_aws

from fleet.rate_limit import RateLimit
from fleet.table import FleetTable
from tests.jobs.tables import REGION
from tests.waiting import wait_until
from tests.worker.render.studio import Studio, decode_picture, film, spec_of, words
from tests.worker.web_server import serving
from tests.worker.world import BUCKET, Clock, ScriptedProtection, media_store
from worker.access import KEPT_SECONDS, RETRY_SECONDS, AccessTokens
from worker.drain import Drain
from worker.health import judge
from worker.preview import PreviewStudio
from worker.preview_desk import Desk
from worker.render.engine import RenderEngine
from worker.web import Web

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

TOKEN = "a-client-of-the-tests"
SPEC = spec_of(
    {"source": "sources/clip.mp4", "trim": {"start": 0.2, "end": 1.4}},
    {"source": "sources/clip.mp4", "trim": {"start": 1, "end": 2}, "fit": "contain"},
    texts=(words("Hello", start=1.5),),
)


@dataclass(frozen=True)
class Aws:
    """Moto's clients, made once: each takes a while."""

    s3: "S3Client"
    dynamodb: "DynamoDBClient"
    secrets: "SecretsManagerClient"
    secret_arn: str


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("footage") / "clip.mp4"
    return film(path, "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=2", "-pix_fmt", "yuv420p", "-crf", "16")


@pytest.fixture(scope="module")
def aws(clip: Path) -> Iterator[Aws]:
    with mock_aws():
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        s3, dynamodb = session.client("s3"), session.client("dynamodb")
        secrets = session.client("secretsmanager")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.upload_file(str(clip), BUCKET, "sources/clip.mp4")
        s3.put_object(Bucket=BUCKET, Key="sources/broken.mp4", Body=b"this is no video")
        s3.put_object(Bucket=BUCKET, Key="secrets/clip.mp4", Body=b"not for clips")
        value = json.dumps({"client": [TOKEN], "operator": []})
        yield Aws(s3, dynamodb, secrets, secrets.create_secret(Name="tokens", SecretString=value)["ARN"])


class Renderer(RenderEngine):
    """The engine, which the test may hold up."""

    def __init__(self) -> None:
        super().__init__(threads=2)
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.stills = 0

    def still(self, *arguments: Any, **options: Any) -> Path:
        self.stills += 1
        assert self.may_go_on.wait(10)
        return super().still(*arguments, **options)


@dataclass
class Shop:
    """A worker's interface on a port, with each part within reach."""

    aws: Aws
    folder: Path
    renderer: Renderer
    clock: Clock = field(default_factory=Clock)
    port: int = 0

    def __post_init__(self) -> None:
        dynamodb = self.aws.dynamodb
        dynamodb.create_table(
            TableName="fleet",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        self.fleet = FleetTable(dynamodb, "fleet")
        self.drain = Drain(100)
        self.protection = ScriptedProtection()
        self.web = Web(
            lambda: judge(0, is_ending=self.drain.requested),
            Desk(
                PreviewStudio(self.renderer, media_store(self.aws.s3), self.folder),
                access=AccessTokens(lambda: self.aws.secrets, self.aws.secret_arn, self.clock.monotonic),
                limit=RateLimit(dynamodb, "fleet", 3),
                fleet=self.fleet,
                protection=self.protection,
                drain=self.drain,
                wall_clock=self.clock.wall,
            ),
        )

    def ask(self, body: object = None, *, token: str | None = TOKEN, **headers: str) -> urllib3.BaseHTTPResponse:
        """Ask for a preview; 0.5 s into SPEC unless `body` says otherwise."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        content = body if isinstance(body, bytes) else json.dumps(body or {"spec": SPEC, "at": 0.5}).encode()
        url = f"http://127.0.0.1:{self.port}/previews"
        return urllib3.request("POST", url, body=content, headers=headers, timeout=30, retries=False)

    def rows(self) -> list[Any]:
        return self.aws.dynamodb.scan(TableName="fleet")["Items"]


@pytest.fixture
def shop(aws: Aws, tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(aws, tmp_path, Renderer())
    with serving(shop.web, tmp_path) as shop.port:
        yield shop
        shop.renderer.may_go_on.set()
    aws.dynamodb.delete_table(TableName="fleet")


def problems(answer: urllib3.BaseHTTPResponse) -> Mapping[str, str]:
    """What is wrong, by field."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    return {problem["field"]: problem["message"] for problem in json.loads(answer.data)["problems"]}


def test_callers_without_a_token_in_force_all_get_one_answer_and_leave_no_trace(shop: Shop):
    answers = [
        shop.ask(token=None),
        shop.ask(token="wrong"),
        shop.ask(token=None, Authorization="Basic Og=="),
        shop.ask(token=TOKEN + "x"),
        shop.ask(b"no json", token=None),
        shop.ask({"spec": {}, "at": -1}, token="wrong"),
    ]
    assert {answer.status for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert len({tuple(sorted((k, v) for k, v in answer.headers.items() if k != "Date")) for answer in answers}) == 1
    assert answers[0].headers["WWW-Authenticate"].startswith("Bearer")
    assert shop.rows() == []
    assert shop.protection.calls == []
    assert shop.renderer.stills == 0


def test_a_flood_of_unknown_tokens_reads_the_secret_once(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    read = shop.aws.secrets.get_secret_value
    reads: list[str] = []
    monkeypatch.setattr(
        shop.aws.secrets, "get_secret_value", lambda **asked: reads.append(asked["SecretId"]) or read(**asked)
    )
    for number in range(20):
        assert shop.ask(token=f"guess-{number}").status == 401
    assert len(reads) == 1
    shop.clock.now += KEPT_SECONDS
    shop.ask(token="guess")
    assert len(reads) == 2


def test_tokens_outlive_a_secret_that_cannot_be_read_and_without_any_callers_are_told_to_come_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    good = shop.aws.secret_arn
    access = AccessTokens(lambda: shop.aws.secrets, good + "-gone", shop.clock.monotonic)
    shop.web._previews._access = access  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - the desk's own
    answer = shop.ask()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    access._arn = good
    assert shop.ask().status == 503
    shop.clock.now += RETRY_SECONDS
    assert shop.ask({"spec": SPEC, "at": 99}).status == 422
    access._arn = good + "-gone"
    shop.clock.now += KEPT_SECONDS
    assert shop.ask({"spec": SPEC, "at": 99}).status == 422


def test_everything_that_is_wrong_with_a_request_is_told_at_once(shop: Shop):
    wrong = {"spec": {**SPEC, "clips": [], "tracks": [{"text": 7}]}, "at": -1, "quality": 3}
    answer = shop.ask(wrong)
    assert answer.status == 422
    assert set(problems(answer)) >= {"at", "quality", "spec.clips", "spec.tracks[0].text"}
    assert set(problems(shop.ask([1]))) == {"body"}
    shop.clock.now += 1
    assert set(problems(shop.ask({"at": 1}))) == {"spec"}
    assert shop.ask(b"{").status == 400
    assert shop.ask(b"[" * 200_000).status == 400


def test_a_preview_reads_nothing_that_a_job_may_not_read(shop: Shop):
    clips = [
        {"source": "secrets/clip.mp4"},
        {"source": "s3://another/clip.mp4"},
        {"source": "https://169.254.170.2/credentials"},
        {"source": "file:///etc/passwd"},
    ]
    answer = shop.ask({"spec": {**SPEC, "clips": clips}, "at": 0})
    assert answer.status == 422
    assert set(problems(answer)) == {f"spec.clips[{index}].source" for index in range(4)}
    assert shop.renderer.stills == 0


@pytest.mark.parametrize(
    ("source", "message"), [("sources/broken.mp4", "not a video"), ("sources/none.mp4", "does not exist")]
)
def test_a_source_that_cannot_be_used_is_named_by_its_place_in_the_spec(shop: Shop, source: str, message: str):
    spec = {**SPEC, "clips": [SPEC["clips"][0], {"source": source}]}
    answer = shop.ask({"spec": spec, "at": 1.3})
    assert message in problems(answer)["spec.clips[1].source"]
    assert shop.protection.calls == ["protect", "unprotect"]


def test_a_token_that_calls_too_often_is_told_to_wait_and_makes_no_work(shop: Shop):
    beyond = {"spec": SPEC, "at": 99}
    assert [shop.ask(beyond).status for _ in range(4)] == [422, 422, 422, 429]
    answer = shop.ask()
    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    shop.clock.now += 1
    assert shop.ask(beyond).status == 422


def test_a_fleet_table_that_does_not_answer_costs_nobody_a_preview(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shop.fleet, "_name", "gone")
    assert shop.ask().status == 200


def test_a_second_preview_at_once_is_turned_away_and_so_is_any_before_the_tasks_end(shop: Shop):
    shop.renderer.may_go_on.clear()
    answers: list[urllib3.BaseHTTPResponse] = []
    first = threading.Thread(target=lambda: answers.append(shop.ask()))
    first.start()
    wait_until(lambda: shop.renderer.stills == 1, what="the first preview's beginning")
    second = shop.ask()
    assert (second.status, second.headers["Retry-After"]) == (503, "1")
    shop.drain.begin()
    third = shop.ask()
    assert (third.status, json.loads(third.data)["detail"]) == (503, "this worker is ending")
    assert urllib3.request("GET", f"http://127.0.0.1:{shop.port}/health").status == 503
    shop.renderer.may_go_on.set()
    first.join(20)
    assert [answer.status for answer in answers] == [200]
    assert shop.renderer.stills == 1


def test_a_deployment_that_waits_for_this_task_gets_no_preview_in_its_way(shop: Shop):
    shop.protection.allowed = False
    assert shop.ask().status == 503
    assert shop.renderer.stills == 0


def test_a_preview_that_takes_too_long_is_ended_and_leaves_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("worker.preview.PREVIEW_SECONDS", 0.0)
    answer = shop.ask()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert list(shop.folder.glob("preview-*")) == []


def test_a_preview_is_the_renders_own_frame_and_counts_as_activity(shop: Shop, clip: Path, tmp_path: Path):
    rendered = Studio(tmp_path / "whole").render(SPEC, {"sources/clip.mp4": clip}).frames
    for at, frame in ((0.5, 12), (1.7, 42)):
        answer = shop.ask({"spec": SPEC, "at": at})
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
        (tmp_path / "answer.jpg").write_bytes(answer.data)
        picture = decode_picture(tmp_path / "answer.jpg", 160, 90)
        far = np.abs(rendered.astype(int) - picture.astype(int)).mean(axis=(1, 2, 3))
        assert (int(far.argmin()), bool(far.min() < 6)) == (frame, True)
    activity = shop.fleet.activity()
    assert activity is not None
    assert (activity.at, activity.reason) == (shop.clock.wall(), "preview")
    assert shop.protection.calls == ["protect", "unprotect"] * 2
    assert list(shop.folder.glob("preview-*")) == []
