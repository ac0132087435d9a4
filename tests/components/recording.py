"""What the program asked for, case by case: recorded once, by `record.py` in a process of its own."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".pytest_cache" / "program.json"
PLACE = "eu-west-1:123456789012"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/worker:1.0"
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"

OWN_VPC = "vpc-0123456789abcdef0"
OWN_SUBNETS = ["subnet-0123456789abcdef0", "subnet-1123456789abcdef0"]

CERTIFICATE = f"arn:aws:acm:{PLACE}:certificate/12345678-1234-1234-1234-123456789012"
TOKENS = '{"client": ["the-token-of-the-editor-1"], "operator": ["the-token-of-the-operator"]}'

IMAGE_URI = {"ffmpeg-warm-pool:imageUri": IMAGE}
EXAMPLES = ROOT / "examples" / "stacks"


def example(name: str) -> dict[str, Any]:
    """A shipped example in the place of the stack's own file, with an image that is there."""
    return {**yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text())["config"], **IMAGE_URI}


CASES: dict[str, dict[str, Any]] = {
    **{
        f"{stack}{'-preview' if preview else ''}": {"stack": stack, "preview": preview, "config": config}
        for stack, config in (("local", {}), ("staging", IMAGE_URI), ("prod", IMAGE_URI))
        for preview in (False, True)
    },
    **{
        f"{stack}-as-shipped{'-preview' if preview else ''}": {"stack": stack, "preview": preview, "config": {}}
        for stack in ("staging", "prod")
        for preview in (False, True)
    },
    "in-clear": {"stack": "prod", "preview": False, "config": {"ffmpeg-warm-pool:allowPlainHttp": False}},
    "own-network": {
        "stack": "prod",
        "preview": False,
        "config": {**IMAGE_URI, "ffmpeg-warm-pool:vpcId": OWN_VPC, "ffmpeg-warm-pool:subnetIds": OWN_SUBNETS},
    },
    "nat": {"stack": "prod", "preview": False, "config": {**IMAGE_URI, "ffmpeg-warm-pool:egress": "nat"}},
    "own-buckets": {
        "stack": "prod",
        "preview": False,
        "config": {
            **IMAGE_URI,
            "ffmpeg-warm-pool:bucket": "our-videos",
            "ffmpeg-warm-pool:sourceBuckets": ["s3://our-clips/2026/", "s3://stock-footage/"],
        },
    },
    "load-low": {"stack": "staging", "preview": False, "config": example("load-low")},
    "load-low-preview": {"stack": "staging", "preview": True, "config": example("load-low")},
    "phase-4-peak": {"stack": "staging", "preview": False, "config": example("phase-4-peak")},
    "arm": {"stack": "prod", "preview": False, "config": {"ffmpeg-warm-pool:architecture": "ARM64"}},
    "https": {
        "stack": "prod",
        "preview": False,
        "config": {
            **IMAGE_URI,
            "ffmpeg-warm-pool:certificateArn": CERTIFICATE,
            "ffmpeg-warm-pool:domainName": "render.example.com",
            "ffmpeg-warm-pool:allowPlainHttp": False,
            "ffmpeg-warm-pool:apiTokens": TOKENS,
        },
    },
    "no-load-balancer": {
        "stack": "prod",
        "preview": False,
        "config": {**IMAGE_URI, "ffmpeg-warm-pool:frontDoor": "none"},
    },
    "own-webhook": {
        "stack": "prod",
        "preview": False,
        "config": {
            **IMAGE_URI,
            "ffmpeg-warm-pool:webhookUrl": "https://example.com/renders",
            "ffmpeg-warm-pool:webhookSecret": SECRET,
        },
    },
}
STACKS = ("local", "staging", "prod")


@dataclass(frozen=True)
class Resource:
    """One registration: `name` is logical, `inputs` are in Pulumi's camel case, secrets as `{"secret": …}`.

    `identity` has the id, arn, name, … that it is called by; `depends_on` the URNs that each input was made from.
    """

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: dict[str, Any]
    identity: dict[str, str]
    depends_on: dict[str, list[str]]
    ignore_changes: list[str]
    retain_on_delete: bool


@dataclass(frozen=True)
class Recording:
    resources: list[Resource]
    exports: dict[str, str]
    export_names: list[str]
    warnings: list[str]

    def all(self, kind: str) -> list[Resource]:
        """The resources whose type ends so: "Queue" for aws:sqs/queue:Queue."""
        return [resource for resource in self.resources if resource.type.rpartition(":")[2] == kind]

    def one(self, kind: str, name: str | None = None) -> Resource:
        [found] = [resource for resource in self.all(kind) if name in {None, resource.name}]
        return found

    def statements(self, role: str) -> list[dict[str, Any]]:
        """What the role of this logical name may do."""
        return json.loads(self.one("RolePolicy", role).inputs["policy"])["Statement"]

    def environment(self, function: str) -> dict[str, str]:
        return self.one("Function", function).inputs["environment"]["variables"]

    def container(self) -> dict[str, Any]:
        [container] = json.loads(self.one("TaskDefinition").inputs["containerDefinitions"])
        return container

    def container_environment(self) -> dict[str, str]:
        return {entry["name"]: entry["value"] for entry in self.container()["environment"]}


@cache
def _answers() -> dict[str, dict[str, Any]]:
    """Recorded once for all processes of a test run: the first one that asks does the work, the others wait for it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    KEPT.parent.mkdir(exist_ok=True)
    with KEPT.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        kept = json.loads(file.read() or "{}")
        if kept.get("run") != run:
            kept = {"run": run, "answers": record(CASES)}
            file.truncate(0)
            file.write(json.dumps(kept))
    return kept["answers"]


def record(cases: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Run the program of these cases now, whatever is kept: the answers of `record.py`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.components.record"],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@cache
def recorded(case: str) -> Recording:
    return recording_of(_answers()[case])


def recording_of(answer: dict[str, Any]) -> Recording:
    assert "error" not in answer, answer["error"]
    resources = [Resource(**row) for row in answer["resources"]]
    return Recording(resources, answer["exports"], answer["export_names"], answer["warnings"])


def refusal(case: str) -> str:
    """The error that the program ended with."""
    return _answers()[case]["error"]


def granted(statements: Iterable[dict[str, Any]]) -> dict[tuple[str, ...], list[str]]:
    """Actions by the resources that they are allowed on; nothing else may be in a role's policy."""
    found: dict[tuple[str, ...], list[str]] = {}
    for statement in statements:
        found.setdefault(tuple(statement["Resource"]), []).extend(statement["Action"])
    return found
