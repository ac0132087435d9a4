"""The provider, asked as the engine asks it: errors name the resource, secrets stay marked, nothing unknown passes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2 as messages

from local.cloud import ACCOUNT_ID, REGION, Cloud
from local.code_store import CodeStore
from local.engine import provider_process
from local.engine.provider import RealisingProvider
from local.engine.provider_process import NoPlaceError
from local.engine.wire import secret, struct_of, wire_of
from local.realisers.inputs import UNKNOWN
from local.realisers.realiser import Place

URN = "urn:pulumi:local::ffmpeg-warm-pool::warmpool:index:MessageQueue$"
QUEUE = URN + "aws:sqs/queue:Queue::jobs"
SECRET = URN + "aws:secretsmanager/secret:Secret::tokens"
VERSION = URN + "aws:secretsmanager/secretVersion:SecretVersion::tokens"
ALARM = URN + "aws:cloudwatch/metricAlarm:MetricAlarm::backlog"
KEY_PAIR = URN + "aws:ec2/keyPair:KeyPair::door"


class AbortedError(Exception):
    pass


class Context:
    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise AbortedError(details)


CONTEXT: Any = Context()


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealisingProvider]:
    with Cloud() as cloud:
        code = CodeStore(tmp_path_factory.mktemp("code"))
        provider = RealisingProvider("aws", Place(cloud.client, code, REGION, ACCOUNT_ID))
        tags = {"aws:config:defaultTags": '{"tags": {"stack": "local"}}'}
        provider.Configure(messages.ConfigureRequest(variables=tags), CONTEXT)
        yield provider


def checked(provider: RealisingProvider, urn: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
    return provider.Check(messages.CheckRequest(urn=urn, news=struct_of(news), olds=struct_of(olds or {})), CONTEXT)


def made(provider: RealisingProvider, urn: str, inputs: dict[str, Any]) -> Any:
    properties = checked(provider, urn, inputs).inputs
    return provider.Create(messages.CreateRequest(urn=urn, properties=properties), CONTEXT)


def test_a_name_is_given_once_and_kept_and_default_tags_are_added(provider: RealisingProvider):
    first = wire_of(checked(provider, QUEUE, {}).inputs)
    again = wire_of(checked(provider, QUEUE, {}, first).inputs)
    replacement = wire_of(checked(provider, QUEUE, {}).inputs)
    assert first["name"].startswith("jobs-")
    assert first["tagsAll"] == {"stack": "local"}
    assert again == first
    assert replacement["name"] != first["name"]


def test_a_type_that_is_not_known_is_refused_by_name_with_what_to_do(provider: RealisingProvider):
    [failure] = checked(provider, KEY_PAIR, {}).failures
    assert "aws:ec2/keyPair:KeyPair" in failure.reason
    assert "local/realisers/catalogue.py" in failure.reason


@pytest.mark.parametrize("beside", [{}, {"redrivePolicy": UNKNOWN, "delaySeconds": UNKNOWN}])
def test_an_input_that_is_not_known_is_refused_by_name_with_what_to_do(
    provider: RealisingProvider, beside: dict[str, Any]
):
    [failure] = checked(provider, QUEUE, {"colour": "red", **beside}).failures
    assert "unknown input colour of aws:sqs/queue:Queue: " in failure.reason
    assert "local/realisers/queues.py" in failure.reason


def test_tags_of_what_takes_none_are_refused(provider: RealisingProvider):
    [failure] = checked(provider, VERSION, {"tags": {"colour": "red"}, "secretId": UNKNOWN}).failures
    assert "unknown input tags of aws:secretsmanager/secretVersion:SecretVersion: " in failure.reason


def test_a_value_that_aws_could_not_take_is_refused_before_it_is_asked(provider: RealisingProvider):
    [failure] = checked(provider, ALARM, {"evaluationPeriods": "many", "threshold": UNKNOWN}).failures
    assert "evaluationPeriods is 'many'" in failure.reason


def test_a_preview_makes_nothing_and_adds_no_outputs(provider: RealisingProvider):
    inputs = checked(provider, QUEUE, {"redrivePolicy": UNKNOWN}).inputs
    answer = provider.Create(messages.CreateRequest(urn=QUEUE, properties=inputs, preview=True), CONTEXT)
    assert not answer.id
    assert answer.properties == inputs


def test_secrets_stay_marked(provider: RealisingProvider):
    holder = made(provider, SECRET, {})
    version = made(provider, VERSION, {"secretId": holder.id, "secretString": secret("hush")})
    assert wire_of(version.properties)["secretString"] == secret("hush")
    read = provider.Read(
        messages.ReadRequest(urn=VERSION, id=version.id, properties=struct_of({"secretId": holder.id})), CONTEXT
    )
    assert wire_of(read.properties)["secretString"] == secret("hush")


def test_an_update_sends_what_changed_and_a_read_tells_of_drift_and_of_the_end(provider: RealisingProvider):
    inputs = checked(provider, QUEUE, {"visibilityTimeoutSeconds": 30, "delaySeconds": 1}).inputs
    queue = provider.Create(messages.CreateRequest(urn=QUEUE, properties=inputs), CONTEXT)
    before = queue.properties
    news = struct_of(wire_of(inputs) | {"visibilityTimeoutSeconds": 60})
    provider.Update(messages.UpdateRequest(urn=QUEUE, id=queue.id, olds=before, old_inputs=inputs, news=news), CONTEXT)
    stale = provider.Read(messages.ReadRequest(urn=QUEUE, id=queue.id, properties=before, inputs=inputs), CONTEXT)
    assert wire_of(stale.inputs)["visibilityTimeoutSeconds"] == 60
    assert wire_of(stale.inputs)["delaySeconds"] == 1
    provider.Delete(messages.DeleteRequest(urn=QUEUE, id=queue.id, properties=before), CONTEXT)
    gone = provider.Read(messages.ReadRequest(urn=QUEUE, id=queue.id, properties=before, inputs=inputs), CONTEXT)
    assert not gone.id


def test_an_import_is_refused(provider: RealisingProvider):
    with pytest.raises(AbortedError, match=r"aws:sqs/queue:Queue jobs: .*cannot be imported"):
        provider.Read(messages.ReadRequest(urn=QUEUE, id="somewhere"), CONTEXT)


def test_questions_are_answered_and_unknown_ones_named(provider: RealisingProvider):
    answer = provider.Invoke(messages.InvokeRequest(tok="aws:index/getRegion:getRegion"), CONTEXT)
    assert wire_of(getattr(answer, "return"))["region"] == REGION
    with pytest.raises(AbortedError, match="getWeather"):
        provider.Invoke(messages.InvokeRequest(tok="aws:index/getWeather:getWeather"), CONTEXT)


def test_its_version_is_that_of_the_sdk(provider: RealisingProvider):
    assert provider.GetPluginInfo(Empty(), CONTEXT).version.startswith("7.")


@pytest.mark.parametrize("endpoint", ["", "https://sqs.eu-west-1.amazonaws.com", "http://127.0.0.1.example.com"])
def test_it_never_speaks_to_the_real_aws(endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("LOCAL_CODE_FOLDER", str(tmp_path))
    with pytest.raises(NoPlaceError, match="loopback"):
        provider_process.place()
