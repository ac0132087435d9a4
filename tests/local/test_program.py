import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cloud import Cloud
from local.configuration import Secret
from local.program import DeployError, deploy, destroy
from local.resource_state import ResourceState

SMALL = """
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
class Pair(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("warmpool:index:Pair", name)
        child = pulumi.ResourceOptions(parent=self)
        self.dead = aws.sqs.Queue(f"{name}-dead", opts=child)
        self.queue = aws.sqs.Queue(
            f"{name}-queue", visibility_timeout_seconds=config.require_int("seconds"), opts=child
        )
        self.register_outputs({})

jobs = Pair("jobs")
drawn = aws.secretsmanager.get_random_password_output(password_length=32, exclude_punctuation=True)
secret = aws.secretsmanager.Secret("secret")
aws.secretsmanager.SecretVersion(
    "secret", secret_id=secret.id, secret_string=pulumi.Output.secret(drawn.random_password),
    opts=pulumi.ResourceOptions(ignore_changes=["secret_string"]),
)
own = aws.secretsmanager.Secret("own")
aws.secretsmanager.SecretVersion("own", secret_id=own.id, secret_string=config.require_secret("own"))
print("what a program prints is no output")
pulumi.export("url", jobs.queue.url)
pulumi.export("secret", secret.arn)
pulumi.export("own", own.arn)
pulumi.export("about", {
    "account": aws.get_caller_identity_output().account_id,
    "region": aws.get_region_output().region,
    "partition": aws.get_partition_output().partition,
    "zones": aws.get_availability_zones_output(state="available").names,
})
"""
BASE = "name: small\nruntime: python\nconfig: {seconds: {type: integer, default: 30}, own: {type: string}}"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


class Program:
    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud, self.folder, self.state = cloud, folder, folder / "state"
        (folder / "Pulumi.yaml").write_text(BASE)
        (folder / "Pulumi.local.yaml").write_text("config: {aws:defaultTags: {tags: {stack: local}}}")

    def deploy(self, source: str, **config: object) -> dict[str, Any]:
        (self.folder / "__main__.py").write_text(textwrap.dedent(source))
        return deploy(
            endpoint_url=self.cloud.endpoint_url,
            stack="local",
            config=config,
            state_folder=self.state,
            program_folder=self.folder,
        )


@pytest.fixture
def program(cloud: Cloud, tmp_path: Path) -> Program:
    return Program(cloud, tmp_path)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("import pulumi; raise pulumi.RunError('maxWorkers = 1: the ceiling is below the floor')", "maxWorkers = 1"),
        (
            "import pulumi_aws as aws; aws.sqs.Queue('jobs', fifo_throughput_limit='x', region='eu-west-1')",
            "aws:sqs/queue:Queue jobs: unknown input region of aws:sqs/queue:Queue",
        ),
        (
            "import pulumi_aws as aws; aws.get_billing_service_account()",
            "the data source aws:index/getBillingServiceAccount:getBillingServiceAccount is not answered here",
        ),
        ("raise ZeroDivisionError('a bug')", "line 1, in <module>\n    raise ZeroDivisionError('a bug')"),
    ],
)
def test_a_program_that_fails_says_why(program: Program, source: str, complaint: str) -> None:
    with pytest.raises(DeployError) as failed:
        program.deploy(source)
    assert complaint in str(failed.value)
    assert ("Traceback" in str(failed.value)) == ("bug" in complaint)


def test_a_small_program_is_deployed_and_taken_down(program: Program, cloud: Cloud) -> None:
    outputs = program.deploy(SMALL, own=Secret("whsec_own"), seconds=60)
    sqs, manager = cloud.client("sqs"), cloud.client("secretsmanager")
    drawn = manager.get_secret_value(SecretId=outputs["secret"])["SecretString"]
    assert outputs["url"].startswith(f"{cloud.endpoint_url}/123456789012/jobs-queue-")
    assert outputs["about"] == {
        "account": "123456789012",
        "region": "eu-west-1",
        "partition": "aws",
        "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    }
    assert manager.get_secret_value(SecretId=outputs["own"])["SecretString"] == "whsec_own"
    got = sqs.get_queue_attributes(QueueUrl=outputs["url"], AttributeNames=["VisibilityTimeout"])
    assert got["Attributes"] == {"VisibilityTimeout": "60"}
    assert sqs.list_queue_tags(QueueUrl=outputs["url"])["Tags"] == {"stack": "local"}
    stored = (program.state / "resources.json").read_text()
    assert "whsec_own" not in stored
    assert drawn not in stored

    destroy(endpoint_url=cloud.endpoint_url, stack="local", state_folder=program.state, program_folder=program.folder)
    assert sqs.list_queues().get("QueueUrls", []) == []
    assert ResourceState(program.state / "resources.json").records == {}


def test_a_resize_of_the_real_program_changes_the_warmkeepers_environment_alone(cloud: Cloud, tmp_path: Path) -> None:
    def resources() -> dict[str, Any]:
        return json.loads((tmp_path / "resources.json").read_text())["resources"]

    outputs = deploy(endpoint_url=cloud.endpoint_url, stack="local", config={}, state_folder=tmp_path)
    secret = cloud.client("secretsmanager").get_secret_value(SecretId=outputs["webhookSecretArn"])["SecretString"]
    before, where = resources(), {"cluster": outputs["cluster"], "service": outputs["service"]}
    cloud.client("ecs").update_service(**where, desiredCount=2)
    again = deploy(endpoint_url=cloud.endpoint_url, stack="local", config={"warmPoolSize": 3}, state_folder=tmp_path)
    after = resources()

    assert {**again, "monthlyCost": outputs["monthlyCost"]} == outputs
    kept = cloud.client("secretsmanager").get_secret_value(SecretId=outputs["webhookSecretArn"])["SecretString"]
    assert kept == secret, "every run draws another password, and the first is kept"
    assert list(after) == list(before)
    changed = [urn for urn in after if after[urn] != before[urn]]
    assert [urn.rpartition("::")[2] for urn in changed] == ["warmkeeper-function"]
    old, new = (each[changed[0]]["inputs"]["environment"]["variables"] for each in (before, after))
    assert {name: (old[name], new[name]) for name in new if old[name] != new[name]} == {"FLOOR": ("1", "3")}
    function = cloud.client("lambda").get_function_configuration(FunctionName=outputs["warmkeeperFunction"])
    assert function["Environment"]["Variables"] == new
    [service] = cloud.moto_client("ecs").describe_services(cluster=where["cluster"], services=[where["service"]])[
        "services"
    ]
    assert service["desiredCount"] == 2
