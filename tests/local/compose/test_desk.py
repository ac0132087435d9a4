"""The desk gives a worker what ECS would give its task, and a person's shell what it needs."""

import json
import subprocess
from collections.abc import Iterator

import pytest
import urllib3

from local.aws import client_on, hermetic_session
from local.cloud import Cloud
from local.compose.desk import Desk

API_PORT = 8000
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        ecs, queue_url = cloud.client("ecs"), f"{cloud.endpoint_url}/123456789012/jobs"
        role = cloud.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))
        ecs.create_cluster(clusterName="fleet")
        ecs.register_task_definition(
            family="worker",
            taskRoleArn=role["Role"]["Arn"],
            containerDefinitions=[
                {
                    "name": "worker",
                    "image": "worker:1",
                    "memory": 512,
                    "environment": [
                        {"name": "JOBS_QUEUE_URL", "value": queue_url},
                        {"name": "BUCKET", "value": "videos"},
                    ],
                }
            ],
        )
        ecs.create_service(cluster="fleet", serviceName="workers", taskDefinition="worker", desiredCount=0)
        outputs = {
            "cluster": "fleet",
            "service": "workers",
            "backendEnvironment": f"JOBS_QUEUE_URL={queue_url}\nBUCKET=my videos",
        }
        tokens = {"client": ["a client's"], "operator": ["an operator's"]}
        cloud.answer_with(Desk(cloud, outputs, api_port=API_PORT, tokens=tokens))
        yield cloud


def ask(cloud: Cloud, path: str, method: str = "GET") -> "urllib3.BaseHTTPResponse":
    # As a container on another network asks: by the address that it knows the cloud by.
    headers = {"Host": "172.18.0.2:4566"}
    return urllib3.request(method, f"{cloud.endpoint_url}{path}", headers=headers, retries=False, timeout=30)


def test_a_worker_gets_the_environment_of_the_task_definition_with_the_cloud_where_it_asked_for_it(cloud: Cloud):
    given = ask(cloud, "/_compose/tasks/3f2a7c").json()
    assert (given["BUCKET"], given["AWS_REGION"]) == ("videos", "eu-west-1")
    assert given["AWS_ENDPOINT_URL"] == "http://172.18.0.2:4566"
    assert given["JOBS_QUEUE_URL"] == "http://172.18.0.2:4566/123456789012/jobs"


def test_each_worker_acts_in_a_session_of_its_own_of_the_tasks_role(cloud: Cloud):
    names = []
    for name in ("one", "two"):
        given = ask(cloud, f"/_compose/tasks/{name}").json()
        credentials = {key: given[key] for key in given if key.startswith("AWS_S") or key == "AWS_ACCESS_KEY_ID"}
        credentials.pop("AWS_SHARED_CREDENTIALS_FILE")
        sts = client_on(hermetic_session(credentials), "sts", cloud.endpoint_url)
        names.append(sts.get_caller_identity()["Arn"].rpartition(":")[2])
    assert names == ["assumed-role/worker/one", "assumed-role/worker/two"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/_compose/tasks/-", 400), ("/_compose/tasks/a%20b", 400), ("/_compose/tasks/", 400), ("/_compose/else", 404)],
)
def test_what_is_no_task_or_no_question_is_refused(cloud: Cloud, path: str, status: int):
    assert ask(cloud, path).status == status


def test_what_is_not_asked_of_the_desk_is_answered_by_aws(cloud: Cloud):
    cloud.client("s3").create_bucket(
        Bucket="videos", CreateBucketConfiguration={"LocationConstraint": cloud.client("s3").meta.region_name}
    )
    assert ask(cloud, "/videos", "HEAD").status != 404
    assert ask(cloud, "/_compose/environment", "PUT").status != 200


def test_a_shell_that_evaluates_the_lines_has_the_environment_and_nothing_of_another_aws(cloud: Cloud):
    lines = ask(cloud, "/_compose/environment").data.decode()
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    done = subprocess.run(
        ["sh", "-euc", f"{lines}\npython3 -c '{show}'"],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "AWS_PROFILE": "production", "no_proxy": "intranet"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    shown = json.loads(done.stdout)
    assert "AWS_PROFILE" not in shown
    assert (shown["BUCKET"], shown["API_URL"]) == ("my videos", "http://172.18.0.2:8000")
    assert (shown["API_TOKEN"], shown["OPERATOR_TOKEN"]) == ("a client's", "an operator's")
    assert shown["JOBS_QUEUE_URL"].startswith("http://172.18.0.2:4566/")
    assert shown["NO_PROXY"] == "172.18.0.2,intranet"
