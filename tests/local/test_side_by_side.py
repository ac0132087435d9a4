"""Two stacks of different names in one account: neither touches, names or takes down what is the other's."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.aws import ACCOUNT_ID, REGION
from local.cloud import Cloud
from local.code_store import CodeStore
from local.program import CODE_FOLDER, STATE_FILE, deploy, destroy
from local.realisers.catalogue import realiser_of
from local.realisers.realiser import Place, Properties
from local.resource_state import Record, ResourceState

STACKS = ("staging", "prod")
"""As they are shipped."""

pytestmark = pytest.mark.timeout(170)

ACCOUNTS = f"arn:aws:{{}}:{REGION}:{ACCOUNT_ID}:{{}}"
SHARED_ARNS = {
    f"arn:aws:lambda:{REGION}:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:27": "public, of AWS",
    ACCOUNTS.format("scheduler", "schedule-group/default"): "what Scheduler presents: a group, never the schedule",
    ACCOUNTS.format("ecs", "*"): "what ECS presents when a task begins: the task's ARN, not known before",
    ACCOUNTS.format("cloudwatch", "alarm:*"): "who may publish: alarms name the topic, so it cannot name them as well",
}
"""What both name, and why."""


WITHOUT_A_RESOURCE = (
    "ecr:GetAuthorizationToken",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetHealth",
)
"""Actions that IAM lets nobody narrow to a resource: signing in to a registry, and looking at load balancers."""


@dataclass(frozen=True)
class Deployed:
    """One stack: its records by URN, as they were when it was deployed."""

    name: str
    folder: Path
    records: Mapping[str, Record]

    @property
    def physical(self) -> dict[str, set[str]]:
        """Ids and names, by type: what AWS tells the resources of a type apart by."""
        found: dict[str, set[str]] = {}
        for record in self.records.values():
            name = realiser_of(record.type).name
            names = {record.inputs[name.input]} if name else set()
            found.setdefault(record.type, set()).update({record.id, *names})
        return found

    @property
    def arns(self) -> set[str]:
        """Every ARN that its resources are, name or are named by, policies included."""
        said = [[record.inputs, record.outputs] for record in self.records.values()]
        return {text for text in texts(said) if text.startswith("arn:")}

    def live(self, cloud: Cloud) -> dict[str, Properties | None]:
        """What AWS has of each resource now, by URN; None for what is not there."""
        place = Place(cloud.client, CodeStore(self.folder / CODE_FOLDER), REGION, ACCOUNT_ID)
        return {
            urn: realiser_of(record.type)(place).read(record.id, record.known) for urn, record in self.records.items()
        }


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def both(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> tuple[Deployed, Deployed]:
    def deployed(stack: str) -> Deployed:
        folder = tmp_path_factory.mktemp(stack)
        deploy(endpoint_url=cloud.endpoint_url, stack=stack, config={}, state_folder=folder)
        return Deployed(stack, folder, ResourceState(folder / STATE_FILE).records)

    first, second = (deployed(stack) for stack in STACKS)
    return first, second


def test_nothing_physical_is_of_both(both: tuple[Deployed, Deployed]) -> None:
    staging, prod = both
    assert staging.physical.keys() == prod.physical.keys()
    common = {kind: staging.physical[kind] & prod.physical[kind] for kind in staging.physical}
    # An image's id is the digest of its content, which is the same; each lies in its stack's own repository.
    [digest] = common.pop("docker-build:index:Image")
    assert {kind: ids for kind, ids in common.items() if ids} == {}
    images = [text for stack in both for text in set(texts(task_definitions(stack))) if text.endswith(f"@{digest}")]
    assert len(set(images)) == len(STACKS)


def test_each_names_its_own_resources_alone(both: tuple[Deployed, Deployed]) -> None:
    staging, prod = both
    assert staging.arns & prod.arns == SHARED_ARNS.keys()
    for stack, other in ((staging, prod), (prod, staging)):
        others = {name for names in other.physical.values() for name in names if not name.startswith("sha256:")}
        said = set(texts([[record.inputs, record.outputs] for record in stack.records.values()]))
        assert [text for text in said if any(name in text for name in others)] == []


def test_each_roles_policy_grants_what_the_stack_made(both: tuple[Deployed, Deployed]) -> None:
    for stack in both:
        own = {name for names in stack.physical.values() for name in names}
        granted = list(grants(stack))
        roles = {record.id for record in stack.records.values() if record.type == "aws:iam/role:Role"}
        assert {policy.id.partition(":")[0] for policy, _, _ in granted} == roles, "each role has its policy"
        strange = {
            (action, arn) for _, actions, arn in granted if not any(name in arn for name in own) for action in actions
        }
        assert strange == {(action, "*") for action in WITHOUT_A_RESOURCE}


def test_taking_one_down_leaves_the_other_whole(cloud: Cloud, both: tuple[Deployed, Deployed]) -> None:
    staging, prod = both
    before = prod.live(cloud)
    assert None not in [*before.values(), *staging.live(cloud).values()]

    destroy(endpoint_url=cloud.endpoint_url, stack=staging.name, state_folder=staging.folder)

    assert ResourceState(staging.folder / STATE_FILE).records == {}
    left = {urn.rpartition("$")[2] for urn, properties in staging.live(cloud).items() if properties is not None}
    assert left == {"docker-build:index:Image::image-worker"}, "an image is its content; where it lay is gone"
    assert prod.live(cloud) == before


def grants(stack: Deployed) -> Iterator[tuple[Record, list[str], str]]:
    """Every resource that a statement of a role's policy names, with the policy and the statement's actions."""
    for record in stack.records.values():
        if record.type == "aws:iam/rolePolicy:RolePolicy":
            for statement in json.loads(record.inputs["policy"])["Statement"]:
                yield from ((record, statement["Action"], resource) for resource in statement["Resource"])


def task_definitions(stack: Deployed) -> list[Properties]:
    return [record.inputs for record in stack.records.values() if record.type.endswith(":TaskDefinition")]


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, those of JSON documents in it included."""
    match value:
        case str():
            yield value
            if value[:1] in {"{", "["}:
                yield from texts(json.loads(value))
        case Mapping():
            yield from texts([*value.keys(), *value.values()])
        case list() | tuple():
            for each in value:
                yield from texts(each)
        case _:
            pass
