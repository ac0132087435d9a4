"""What users type, at the real Pulumi engine: stacks are made, changed, mended and taken down in the local AWS.

The tests of this file share one cloud and go on from one another in their order, as a stack's life does.
"""

import itertools
import json
import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.cloud import AwsAnswer, AwsRequest, Cloud
from local.engine.installation import REPOSITORY
from tests.local.engine import deploy_page
from tests.local.engine.engine_shell import COMMAND_SECONDS, EngineShell, needs_linux, provider_pids
from tests.local.engine.inventory import inventory

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900), needs_linux]

WEBHOOK_SECRET = "whsec_bWFkZSB1cCBmb3IgdGhlIHRlc3RzIG9mIHRoZSBlbmdpbmU="


@dataclass
class Account:
    """The cloud, a shell in it, what it had before there was a stack, and what was said when there was one."""

    cloud: Cloud
    shell: EngineShell
    empty: set[tuple[str, str]]
    said: dict[str, str] = field(default_factory=dict)

    def changes(self, command: str) -> set[tuple[str, str]]:
        """What a preview would do to which resource, by its logical name."""
        steps = self.shell.json(f"{command} --json")["steps"]
        return {
            (step["op"], step["urn"].rpartition("::")[2]) for step in steps if step["op"] not in {"same", "refresh"}
        }

    def service(self) -> dict[str, Any]:
        """The workers' service of the stack that is selected, as ECS has it."""
        outputs = self.shell.outputs()
        return self.cloud.client("ecs").describe_services(cluster=outputs["cluster"], services=[outputs["service"]])[
            "services"
        ][0]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with Cloud() as cloud:
        account = Account(cloud, EngineShell(tmp_path_factory.mktemp("engine"), cloud.endpoint_url), inventory(cloud))
        account.shell("pulumi stack init staging")
        account.said["preview"] = account.shell("pulumi preview")
        nothing_yet = inventory(cloud)
        account.said["up"] = account.shell("pulumi up --yes --skip-preview")
        assert nothing_yet == account.empty
        yield account


def test_a_new_stack_is_previewed_and_then_made_as_previewed(account: Account):
    [previewed] = re.findall(r"\+ (\d+) to create", account.said["preview"])
    assert f"+ {previewed} created" in account.said["up"]
    assert "jobsQueueUrl" in account.shell("pulumi stack output")
    assert account.service()["desiredCount"] == 0


def test_up_again_changes_nothing(account: Account):
    said = account.shell("pulumi up --yes --skip-preview --expect-no-changes")
    assert re.search(r"Resources:\n +\d+ unchanged\n", said)


def test_the_adviser_sizes_a_pool_by_what_cloudwatch_kept_of_a_stacks_queue(account: Account):
    queue = account.shell.outputs()["jobsQueueUrl"].rpartition("/")[2]
    began_at = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=2)
    a_minute = {
        "NumberOfMessagesSent": 2.0,
        "NumberOfMessagesDeleted": 2.0,
        "ApproximateNumberOfMessagesNotVisible": 1.5,
    }
    account.cloud.client("cloudwatch").put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": "QueueName", "Value": queue}],
                "Timestamp": began_at + timedelta(minutes=minute),
                "Value": value,
            }
            for minute in range(60)
            for name, value in a_minute.items()
        ],
    )
    said = account.shell(
        f"PYTHONPATH={REPOSITORY} .venv/bin/python -m simulator advise "
        "--target-p95 2m --from-stack staging --history-days 1 --ceiling 5"
    )
    assert f"{queue}: 120 jobs" in said
    assert "p95 of 120 s: met" in said
    assert "pulumi config set warmPoolSize 1" in said


def test_another_floor_touches_the_warmkeeper_alone_and_not_the_fleet(account: Account):
    outputs = account.shell.outputs()
    # The warmkeeper owns the count. Whatever it has made of it, a deployment leaves it there.
    account.cloud.client("ecs").update_service(cluster=outputs["cluster"], service=outputs["service"], desiredCount=3)
    account.shell("pulumi config set warmPoolSize 2")
    assert account.changes("pulumi preview") == {("update", "warmkeeper-function")}
    account.shell("pulumi up --yes --skip-preview")
    keeper = account.cloud.client("lambda").get_function_configuration(FunctionName=outputs["warmkeeperFunction"])
    assert keeper["Environment"]["Variables"]["FLOOR"] == "2"
    assert account.service()["desiredCount"] == 3


def test_another_worker_is_another_task_definition_which_rolls_the_service(account: Account):
    before = account.service()["taskDefinition"]
    account.shell("pulumi config set cpu 1024")
    said = account.shell("pulumi up --yes --skip-preview")
    after = account.service()
    tasks = account.cloud.client("ecs").describe_task_definition(taskDefinition=after["taskDefinition"])
    assert after["taskDefinition"] != before
    assert tasks["taskDefinition"]["cpu"] == "1024"
    assert after["desiredCount"] == 3
    assert "worker-task created replacement" in said


def test_a_wrong_configuration_is_refused_at_preview_with_all_that_is_wrong(account: Account):
    before = inventory(account.cloud)
    account.shell("pulumi config set maxWorkers 0 && pulumi config set cpu 1000")
    said = account.shell.run("pulumi up --yes")
    account.shell("pulumi config set maxWorkers 5 && pulumi config set cpu 1024")
    assert said.status != 0
    assert "maxWorkers = 0" in said.text
    assert "cpu = 1000" in said.text
    assert "pulumi config set cpu 2048" in said.text
    assert "unhandled" not in said.text
    assert inventory(account.cloud) == before


def test_secrets_are_encrypted_where_they_are_kept_and_masked_where_they_are_shown(account: Account):
    account.shell(f"pulumi config set --secret webhookSecret {WEBHOOK_SECRET}")
    said = account.shell("pulumi up --yes --skip-preview --diff")
    outputs = account.shell.outputs()
    manager = account.cloud.client("secretsmanager")
    tokens = manager.get_secret_value(SecretId=outputs["apiTokensSecretArn"])["SecretString"]
    kept = manager.get_secret_value(SecretId=outputs["webhookSecretArn"])["SecretString"]
    files = [path.read_text() for path in account.shell.state.rglob("*") if path.is_file()]
    files.append((account.shell.repository / "Pulumi.staging.yaml").read_text())
    shown = [said, account.said["up"], account.shell("pulumi stack export")]
    assert WEBHOOK_SECRET in kept
    for secret in (WEBHOOK_SECRET, *(token for each in json.loads(tokens).values() for token in each)):
        assert not [text for text in [*files, *shown] if secret in text]
    assert "[secret]" in said
    assert any("ciphertext" in text for text in files)


def test_what_others_changed_shows_in_a_refresh_and_is_put_right_by_an_up(account: Account):
    cloud, outputs = account.cloud, account.shell.outputs()
    queue, function = outputs["jobsQueueUrl"], outputs["apiFunction"]
    cloud.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "7"})
    memory = cloud.client("lambda").get_function_configuration(FunctionName=function)["MemorySize"]
    cloud.client("lambda").update_function_configuration(FunctionName=function, MemorySize=memory * 2)
    iam, [role] = cloud.client("iam"), roles_of(cloud, "notifier-role")
    [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    granted = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    less = {**granted, "Statement": granted["Statement"][1:]}
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(less))
    alarms = cloud.client("cloudwatch")
    [gone] = alarms.describe_alarms(AlarmNamePrefix="people-no-progress")["MetricAlarms"]
    alarms.delete_alarms(AlarmNames=[gone["AlarmName"]])

    assert account.changes("pulumi refresh --preview-only") == {
        ("update", "jobs-queue"),
        ("delete", "jobs-queue"),  # its policy: in moto it goes with any change of a queue that does not repeat it
        ("update", "api-function"),
        ("update", "notifier-role"),
        ("delete", "people-no-progress"),
    }
    account.shell("pulumi up --refresh --yes --skip-preview")

    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "120"
    assert "Policy" in attributes
    assert cloud.client("lambda").get_function_configuration(FunctionName=function)["MemorySize"] == memory
    assert iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"] == granted
    assert alarms.describe_alarms(AlarmNamePrefix="people-no-progress")["MetricAlarms"]
    account.shell("pulumi preview --refresh --expect-no-changes")
    # The engine has learnt of the count that the warmkeeper set, and leaves it there all the same.
    assert account.service()["desiredCount"] == 3


def roles_of(cloud: Cloud, logical_name: str) -> list[str]:
    names = [role["RoleName"] for role in cloud.client("iam").list_roles()["Roles"]]
    return [name for name in names if name.startswith(f"{logical_name}-")]


def test_two_stacks_side_by_side_do_not_meet_and_a_destroyed_one_leaves_nothing(account: Account):
    staging = inventory(account.cloud) - account.empty
    account.shell("pulumi stack init prod")
    account.shell("pulumi up --yes --skip-preview")
    both = inventory(account.cloud)
    assert both > staging
    account.shell("pulumi destroy --yes --stack staging")
    assert inventory(account.cloud) == both - staging
    account.shell("pulumi preview --stack prod --refresh --expect-no-changes")


def test_a_destroyed_stack_that_keeps_its_data_leaves_the_data_and_nothing_else(account: Account):
    outputs = account.shell.outputs()
    account.shell("pulumi destroy --yes --stack prod")
    left = inventory(account.cloud) - account.empty
    assert {("bucket", outputs["bucket"])} | {
        ("table", outputs[table]) for table in ("jobsTable", "fleetTable")
    } <= left
    assert {kind for kind, _ in left} <= {"bucket", "table"}
    kept = account.shell(WHAT_WAS_KEPT)
    assert {arn.rpartition(":")[2].rpartition("/")[2] for arn in kept.split()} == {name for _, name in left}
    for kind, name in left:
        account.shell(f"aws s3 rb s3://{name} --force" if kind == "bucket" else DELETE_TABLE.replace("TABLE", name))
    assert inventory(account.cloud) == account.empty
    account.shell("pulumi stack rm prod --yes --preserve-config")


WHAT_WAS_KEPT = (
    "aws resourcegroupstaggingapi get-resources --resource-type-filters s3 dynamodb "
    "--tag-filters Key=stack,Values=prod "
    '--query "ResourceTagMappingList[].[ResourceARN]" --output text'
)
DELETE_TABLE = "aws dynamodb delete-table --table-name TABLE"


@dataclass
class Killer:
    """Kills the provider when it asks for a cluster, which it does about half-way through a new stack."""

    engine: int = 0
    killed: list[int] = field(default_factory=list)

    def __call__(self, request: AwsRequest) -> AwsAnswer | None:
        if self.killed or not self.engine or not request.target.endswith(".CreateCluster"):
            return None
        self.killed = provider_pids("aws", self.engine)
        for pid in self.killed:
            os.kill(pid, signal.SIGKILL)
        return AwsAnswer(503)


def test_an_up_whose_provider_was_killed_half_way_is_refreshed_and_finished(account: Account):
    killer = Killer()
    account.cloud.answer_with(killer)
    account.shell("pulumi stack select staging && pulumi config set frontDoor none")
    running = account.shell.start("exec pulumi up --yes --skip-preview")
    killer.engine = running.pid
    said, _ = running.communicate(timeout=COMMAND_SECONDS)
    assert killer.killed, said
    assert running.returncode != 0
    assert inventory(account.cloud) > account.empty
    account.shell("pulumi refresh --yes --clear-pending-creates --skip-preview")
    account.shell("pulumi up --yes --skip-preview")
    account.shell("pulumi preview --refresh --expect-no-changes")
    assert account.service()["status"] == "ACTIVE"


STRANGE = """
import pulumi_aws as aws
aws.sqs.Queue("odd", name_prefix="odd")
"""


def test_what_is_not_known_here_is_refused_by_a_preview_of_what_stands_where_the_command_is_typed(account: Account):
    main = account.shell.repository / "__main__.py"
    text = main.read_text()
    main.write_text(STRANGE)
    said = account.shell.run("pulumi preview --stack staging")
    main.write_text(text)
    assert said.status != 0
    assert "unknown input namePrefix of aws:sqs/queue:Queue: " in said.text


def test_an_image_makes_room_for_another_build_of_its_content(account: Account):
    ecr, name = account.cloud.client("ecr"), account.shell.outputs()["ecrUri"].partition("/")[2]
    [image] = ecr.list_images(repositoryName=name)["imageIds"]
    repository = '"$(pulumi stack output ecrUri | cut -d / -f 2-)"'
    account.shell(f"aws ecr batch-delete-image --repository-name {repository} --image-ids imageTag={image['imageTag']}")
    assert ecr.list_images(repositoryName=name)["imageIds"] == []


def test_states_lie_in_a_bucket_with_versions_and_their_secrets_under_a_key(account: Account, tmp_path: Path):
    team = EngineShell(tmp_path, account.cloud.endpoint_url, logged_in=False)
    for command in itertools.takewhile(lambda command: not command.startswith("aws iam"), deploy_page.commands()):
        team(command)
    team(f"pulumi config set --secret webhookSecret {WEBHOOK_SECRET}")
    assert team("pulumi config get webhookSecret").strip() == WEBHOOK_SECRET
    file = (team.repository / "Pulumi.staging.yaml").read_text()
    states = account.cloud.client("s3").list_object_versions(Bucket="acme-pulumi-state")["Versions"]
    assert "encryptedkey" in file
    assert WEBHOOK_SECRET not in file
    assert len([state for state in states if state["Key"].endswith("/staging.json")]) > 1
    account.shell.typed.extend(team.typed)


def test_the_policy_of_the_page_goes_into_a_role_as_it_is(account: Account):
    iam = account.cloud.client("iam")
    iam.create_role(RoleName="deployers", AssumeRolePolicyDocument="{}")
    command = next(command for command in deploy_page.commands() if command.startswith("aws iam"))
    account.shell(command.replace("DEPLOYERS", "deployers"))
    granted = iam.get_role_policy(RoleName="deployers", PolicyName="ffmpeg-warm-pool")["PolicyDocument"]
    assert granted == json.loads((REPOSITORY / "docs" / "reference" / "deploying-policy.json").read_text())


def test_every_command_of_the_page_on_deploying_was_typed_or_says_what_it_needs(account: Account):
    assert deploy_page.untyped(account.shell.typed) == []


def test_nothing_of_the_engine_outlives_a_command(account: Account):
    home = str(account.shell.folder).encode()
    assert not [
        pid
        for pid in Path("/proc").iterdir()
        if pid.name.isdecimal() and pid.name != str(os.getpid()) and home in _environment_of(pid)
    ]


def _environment_of(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""
