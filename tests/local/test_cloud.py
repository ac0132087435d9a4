import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.aws import client_on, hermetic_session
from local.cloud import REGION, AwsAnswer, AwsRequest, Cloud
from tests.local.alive import is_listened_to

ROOT = Path(__file__).parents[2]


def accepts_connections(url: str) -> bool:
    address = urlsplit(url)
    assert address.hostname == "127.0.0.1"
    return is_listened_to(address.port or 80)


def test_nothing_listens_after_exit() -> None:
    with Cloud() as cloud:
        urls = [cloud.endpoint_url, cloud.moto_url]
        assert [accepts_connections(url) for url in urls] == [True, True]
    assert [accepts_connections(url) for url in urls] == [False, False]


def test_nothing_listens_after_a_failure_inside() -> None:
    cloud = Cloud()
    with pytest.raises(RuntimeError, match="inside"), cloud:
        raise RuntimeError("inside")
    assert [accepts_connections(url) for url in (cloud.endpoint_url, cloud.moto_url)] == [False, False]


def test_state_begins_empty_each_time() -> None:
    with Cloud() as cloud:
        cloud.client("sqs").create_queue(QueueName="left-behind")
    with Cloud() as cloud:
        assert cloud.client("sqs").list_queues().get("QueueUrls", []) == []


def test_the_users_aws_environment_is_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-does-not-exist")
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with Cloud() as cloud:
        client = cloud.client("sqs")
        client.create_queue(QueueName="here")
        assert client.meta.region_name == REGION
        assert cloud.environment()["AWS_ENDPOINT_URL"] == cloud.endpoint_url


def test_motos_own_questions_to_botocore_are_answered_without_the_users_environment() -> None:
    """In a process of its own: moto asks for the regions of a service once, when its first request comes."""
    script = """
import os
from local.cloud import Cloud
with Cloud() as cloud:
    cloud.client("secretsmanager").list_secrets()
    cloud.client("ec2").describe_availability_zones()
print(os.environ["AWS_PROFILE"], "AWS_CONFIG_FILE" in os.environ)
"""
    environment = {"PATH": os.environ["PATH"], "AWS_PROFILE": "a-profile-that-does-not-exist"}
    argv = [sys.executable, "-c", script]
    asked = subprocess.run(argv, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert (asked.returncode, asked.stdout) == (0, "a-profile-that-does-not-exist False\n"), asked.stderr[-2000:]


def test_the_first_interceptor_that_answers_wins_and_moto_itself_stays_reachable() -> None:
    seen: list[AwsRequest] = []

    def watch(request: AwsRequest) -> None:
        seen.append(request)

    def answer(request: AwsRequest) -> AwsAnswer | None:
        if request.target.endswith(".DescribeServices"):
            asked = json.loads(request.body)["services"]
            body = json.dumps({"services": [{"serviceName": name, "runningCount": 7} for name in asked]})
            return AwsAnswer(200, body.encode(), {"Content-Type": "application/x-amz-json-1.1"})
        return None

    with Cloud() as cloud:
        cloud.answer_with(watch)
        cloud.answer_with(answer)
        cloud.client("ecs").create_cluster(clusterName="fleet")
        through = cloud.client("ecs").describe_services(cluster="fleet", services=["worker"])
        alone = cloud.moto_client("ecs").describe_services(cluster="fleet", services=["worker"])
    assert [service["runningCount"] for service in through["services"]] == [7]
    assert alone["services"] == []
    assert [request.target for request in seen] == [
        "AmazonEC2ContainerServiceV20141113.CreateCluster",
        "AmazonEC2ContainerServiceV20141113.DescribeServices",
    ]


def test_watchers_are_told_of_each_request_and_the_status_of_its_answer_whoever_gave_it() -> None:
    seen: list[tuple[str, str, int]] = []
    with Cloud() as cloud:
        cloud.answer_with(lambda request: AwsAnswer(418) if request.method == "PUT" else None)
        cloud.watch_with(lambda request, status: seen.append((request.method, request.query, status)))
        s3 = cloud.client("s3")
        with pytest.raises(ClientError):
            s3.get_object(Bucket="nowhere", Key="clip.mp4", VersionId="7")
        with pytest.raises(ClientError):
            s3.put_object(Bucket="nowhere", Key="clip.mp4")
    assert seen == [("GET", "versionId=7", 404), ("PUT", "", 418)]


def test_a_session_acts_in_its_roles_name_and_its_requests_tell_which() -> None:
    requests: list[AwsRequest] = []
    with Cloud() as cloud:
        role = cloud.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        given = cloud.environment(role, session="task-1")
        in_its_name = hermetic_session(
            {name: given[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
        )
        cloud.watch_with(lambda request, _status: requests.append(request))
        whoever = client_on(in_its_name, "sts", cloud.endpoint_url).get_caller_identity()["Arn"]
        signing = in_its_name.client("s3", endpoint_url=cloud.endpoint_url, config=Config(signature_version="s3v4"))
        address = signing.generate_presigned_url("get_object", Params={"Bucket": "media", "Key": "clip.mp4"})
        urllib3.request("GET", address)
        cloud.client("sts").get_caller_identity()
        assert whoever == "arn:aws:sts::123456789012:assumed-role/worker/task-1"
        assert [cloud.sessions.role_of(request.access_key) for request in requests] == [role, role, None]


def test_an_interceptor_answers_lambda_invocations_with_the_payload_it_was_given() -> None:
    def echo(request: AwsRequest) -> AwsAnswer | None:
        if request.path == "/2015-03-31/functions/echo/invocations":
            return AwsAnswer(200, request.body)
        return None

    with Cloud() as cloud:
        cloud.answer_with(echo)
        answer = cloud.client("lambda").invoke(FunctionName="echo", Payload=b'{"source": "tick"}')
        assert json.loads(answer["Payload"].read()) == {"source": "tick"}


def test_a_five_megabyte_object_round_trips_while_interceptors_see_no_body() -> None:
    content = bytes(range(256)) * (5 * 1024 * 4)
    bodies: list[bytes] = []

    def watch(request: AwsRequest) -> None:
        bodies.append(request.body)

    with Cloud() as cloud:
        cloud.answer_with(watch)
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="media", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket="media", Key="clip.mp4", Body=content)
        assert s3.get_object(Bucket="media", Key="clip.mp4")["Body"].read() == content
    assert bodies == [b"", b"", b""]


def test_a_layer_of_another_account_is_known_by_its_true_arn() -> None:
    arn = f"arn:aws:lambda:{REGION}:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:27"
    with Cloud() as cloud:
        role = cloud.client("iam").create_role(
            RoleName="runs-functions",
            AssumeRolePolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
        )["Role"]["Arn"]
        functions = cloud.client("lambda")
        functions.create_function(
            FunctionName="f", Role=role, Runtime="python3.13", Handler="f.handle", Code={"ZipFile": b"x"}, Layers=[arn]
        )
        layers = functions.get_function(FunctionName="f")["Configuration"]["Layers"]
        assert [layer["Arn"] for layer in layers] == [arn]


def test_a_policy_that_demands_tls_denies_nothing_here() -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::media", "arn:aws:s3:::media/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    without_condition = {name: value for name, value in statement.items() if name != "Condition"}
    with Cloud() as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="media", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_policy(Bucket="media", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        s3.put_object(Bucket="media", Key="clip.mp4", Body=b"frames")
        assert s3.get_object(Bucket="media", Key="clip.mp4")["Body"].read() == b"frames"
        s3.put_bucket_policy(
            Bucket="media", Policy=json.dumps({"Version": "2012-10-17", "Statement": [without_condition]})
        )
        with pytest.raises(ClientError, match="403"):
            s3.get_object(Bucket="media", Key="clip.mp4")


def test_a_function_tells_the_log_group_that_it_was_given_and_lambdas_own_otherwise() -> None:
    with Cloud() as cloud:
        cloud.client("iam").create_role(RoleName="runs-functions", AssumeRolePolicyDocument="{}")
        functions = cloud.client("lambda")
        for name, given in (("given", {"LoggingConfig": {"LogGroup": "its-own"}}), ("plain", {})):
            functions.create_function(
                FunctionName=name,
                Role="arn:aws:iam::123456789012:role/runs-functions",
                Runtime="python3.13",
                Handler="f.handle",
                Code={"ZipFile": b"x"},
                **given,
            )
        told = {
            name: functions.get_function_configuration(FunctionName=name)["LoggingConfig"]
            for name in ("given", "plain")
        }
        assert told["given"] == {"LogFormat": "Text", "LogGroup": "its-own"}
        assert told["plain"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/plain"}
        functions.update_function_configuration(FunctionName="given", Timeout=7)
        assert functions.get_function_configuration(FunctionName="given")["LoggingConfig"]["LogGroup"] == "its-own"
        functions.update_function_configuration(FunctionName="given", LoggingConfig={"LogGroup": "another"})
        assert functions.get_function_configuration(FunctionName="given")["LoggingConfig"]["LogGroup"] == "another"
