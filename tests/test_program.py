"""The whole program, under mocks: every stack builds, previewed or deployed, and what must not be there is not."""

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from jobs.sources import S3Source
from lambdas.notifier.config import Config as NotifierConfig
from lambdas.warmkeeper.config import Config as WarmkeeperConfig
from tests.components.recording import ROOT, SECRET, STACKS, recorded, refusal
from tests.logical_names import NAMES_FILE, logical_names
from worker.config import read_config

MAIN_LINES_MAX = 80
AS_SHIPPED = ("staging-as-shipped", "prod-as-shipped")
BOTH_WAYS = [f"{case}{way}" for case in (*STACKS, *AS_SHIPPED) for way in ("", "-preview")]
EXPORTS = {
    "alarmsTopicArn",
    "apiFunction",
    "apiTokensSecretArn",
    "apiUrl",
    "backendEnvironment",
    "bucket",
    "cluster",
    "dashboardUrl",
    "ecrUri",
    "fleetTable",
    "jobsDeadLetterQueueUrl",
    "jobsQueueArn",
    "jobsQueueUrl",
    "jobsTable",
    "monthlyCost",
    "notificationsDeadLetterQueueUrl",
    "notificationsQueueUrl",
    "notifierFunction",
    "region",
    "service",
    "warmkeeperFunction",
    "webhookSecretArn",
    "workerLogGroup",
}


def test_a_configuration_that_is_refused_ends_the_program_with_the_command_that_mends_it():
    assert "certificateArn" in refusal("in-clear")
    assert "pulumi config set certificateArn arn:aws:acm:" in refusal("in-clear")


@pytest.mark.parametrize("case", BOTH_WAYS)
def test_every_stack_builds_and_exports_what_its_users_need(case: str):
    assert set(recorded(case).export_names) == EXPORTS


@pytest.mark.parametrize("stack", STACKS)
def test_every_export_is_known_after_a_deployment(stack: str):
    assert set(recorded(stack).exports) == EXPORTS


@pytest.mark.parametrize("stack", STACKS)
def test_a_preview_shows_the_resources_that_a_deployment_makes(stack: str):
    def urns(case: str) -> set[str]:
        return {resource.urn for resource in recorded(case).resources}

    assert urns(f"{stack}-preview") == urns(stack)


@pytest.mark.parametrize("case", BOTH_WAYS)
def test_no_two_resources_share_a_name(case: str):
    counted = Counter(resource.urn for resource in recorded(case).resources)
    assert [urn for urn, count in counted.items() if count > 1] == []


def test_logical_names_are_the_same_in_every_stack_and_carry_none():
    alike = {"staging": "prod", "local": "no-load-balancer"}
    names = {
        case: sorted((r.type, r.name) for r in recorded(case).resources) for pair in alike.items() for case in pair
    }
    assert [case for case, other in alike.items() if names[case] != names[other]] == []
    assert not [name for _, name in names["prod"] if any(stack in name for stack in STACKS)]


def test_no_resource_has_another_name_than_it_had():
    """What is renamed is deleted and made anew: give it an alias, then run `python -m tests.logical_names`."""
    assert sorted(logical_names()) == NAMES_FILE.read_text("utf-8").splitlines()


def test_physical_names_are_left_to_pulumi():
    """A name of one's own clashes with its replacement; what has no autoname, or is found by its name, borrows one."""
    named = [r for r in recorded("prod").resources if {"name", "bucketPrefix", "namePrefix"} & r.inputs.keys()]
    assert {r.type for r in named} == {"aws:cloudwatch/queryDefinition:QueryDefinition"}
    assert {r.inputs["name"].partition("/")[0] for r in named} == {"worker-cluster-1a2b3c4"}
    assert recorded("prod").one("Dashboard", "dashboard-dashboard").inputs["dashboardName"] == "worker-cluster-1a2b3c4"
    assert recorded("prod").one("TaskDefinition").inputs["family"] == "worker-cluster-1a2b3c4"
    assert recorded("prod").one("LayerVersion").inputs["layerName"] == "worker-cluster-1a2b3c4-dependencies"


def test_every_resource_belongs_to_a_component():
    parents = {r.name: r.parent for r in recorded("prod").resources if r.custom}
    assert [name for name, parent in parents.items() if "warmpool:index:" not in parent] == []


@pytest.mark.parametrize("case", ["local", "prod", "own-webhook"])
def test_the_signing_secret_is_nowhere_but_in_its_store(case: str):
    program = recorded(case)
    [elsewhere] = [json.dumps(r.inputs) for r in program.resources if "whsec_" in json.dumps(r.inputs)]
    assert json.loads(elsewhere)["secretString"].keys() == {"secret"}
    assert "whsec_" not in json.dumps(program.exports)


def test_a_secret_of_ones_own_is_stored_and_may_change():
    version = recorded("own-webhook").one("SecretVersion", "notifier-secret")
    assert version.inputs["secretString"] == {"secret": SECRET}
    assert version.ignore_changes == []


def test_the_composition_root_stays_readable():
    assert len((ROOT / "__main__.py").read_text().splitlines()) <= MAIN_LINES_MAX


def test_every_stack_is_tagged_with_the_project_and_its_own_name():
    for stack in STACKS:
        config = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
        assert config["aws:defaultTags"]["tags"] == {"project": "ffmpeg-warm-pool", "stack": stack}


@pytest.mark.parametrize("stack", STACKS)
def test_every_runtime_accepts_the_environment_that_it_is_given(stack: str, tmp_path: Path):
    program = recorded(stack)
    set_by_ecs = {"AWS_REGION": "eu-west-1"}
    worker = read_config(program.container_environment() | set_by_ecs | {"TMPDIR": str(tmp_path)})
    warmkeeper = WarmkeeperConfig.from_environment(program.environment("warmkeeper-function"))
    notifier = NotifierConfig.from_environment(program.environment("notifier-function"))
    assert worker.jobs_queue_url == warmkeeper.jobs_queue_url
    assert worker.notifications_queue_url == notifier.notifications_queue_url
    clip = S3Source("storage-media-1a2b3c4", "sources/clip.mp4")
    assert worker.allowed_sources.resolve("sources/clip.mp4") == clip
