from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local.aws import client_on, hermetic_session
from local.cloud import AwsRequest, Cloud
from local.shortcut import Shortcut

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NOWHERE = "http://127.0.0.1:9"
ODD_KEYS = ("a b+c&d=e", "per%cent/%2F", "Ünïcode/日本語", "a//b/./c", "question?mark#hash", "semi;colon:at@")


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        cloud.moto_client("s3").create_bucket(
            Bucket="media", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield cloud


@pytest.fixture
def by_socket(cloud: Cloud) -> Any:
    """S3 as a child process reaches it."""
    return client_on(hermetic_session(), "s3", cloud.endpoint_url)


def list_of_one(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"QueueUrls": ["it"]}']


def test_it_needs_no_socket_and_leads_nowhere_once_it_is_closed():
    sqs, shortcut = client_on(hermetic_session(), "sqs", NOWHERE), Shortcut()
    shortcut.take(sqs)
    with shortcut.opened(NOWHERE, list_of_one):
        assert sqs.list_queues()["QueueUrls"] == ["it"]
    with pytest.raises(EndpointConnectionError):
        sqs.list_queues()


def test_a_cloud_that_has_ended_does_not_answer_for_the_next():
    with Cloud() as former:
        sqs = former.client("sqs")
        sqs.create_queue(QueueName="jobs")
    with Cloud(), pytest.raises(EndpointConnectionError):
        sqs.list_queues()


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys_are_the_same_by_either_way(cloud: Cloud, by_socket: Any, key: str):
    shortly = cloud.client("s3")
    shortly.put_object(Bucket="media", Key=key, Body=b"as it is", Metadata={"kind": "odd"})
    for s3 in (shortly, by_socket):
        assert [found["Key"] for found in s3.list_objects_v2(Bucket="media")["Contents"]] == [key]
        got = s3.get_object(Bucket="media", Key=key)
        assert (got["Body"].read(), got["Metadata"]) == (b"as it is", {"kind": "odd"})
        assert s3.head_object(Bucket="media", Key=key)["ContentLength"] == len(b"as it is")


def test_a_file_is_stored_too(cloud: Cloud, by_socket: Any):
    cloud.client("s3").upload_fileobj(BytesIO(content := b"0123456789" * 1_000_000), "media", "file")
    assert by_socket.get_object(Bucket="media", Key="file")["Body"].read() == content


@pytest.mark.parametrize("way", ["shortly", "by_socket"])
def test_what_is_refused_is_refused_alike(cloud: Cloud, by_socket: Any, way: str):
    s3 = by_socket if way == "by_socket" else cloud.client("s3")
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket="media", Key="missing")
    answer: Any = refused.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("NoSuchKey", 404)


def test_interceptors_see_the_same_request_by_either_way(cloud: Cloud):
    seen: list[AwsRequest] = []
    cloud.watch_with(lambda request, _: seen.append(request))
    for ecs in (cloud.client("ecs"), client_on(hermetic_session(), "ecs", cloud.endpoint_url)):
        ecs.list_clusters(maxResults=7)
    shortly, by_socket = seen
    differing = {"authorization", "x-amz-date", "amz-sdk-invocation-id", "accept-encoding"}  # connections add one
    kept = [{name: value for name, value in each.headers.items() if name not in differing} for each in seen]
    assert kept[0] == kept[1]
    assert (shortly.method, shortly.path, shortly.query, shortly.target, shortly.body, shortly.access_key) == (
        by_socket.method,
        by_socket.path,
        by_socket.query,
        by_socket.target,
        by_socket.body,
        by_socket.access_key,
    )
