"""The image is built from what it needs, kept safely, and referred to by its digest."""

import json
import re
from pathlib import Path

import pytest

from components.image import CONTEXT_FILES, CONTEXT_FOLDERS, context_hash
from components.worker_service import HEALTH_CHECK
from tests.components.recording import IMAGE, ROOT, recorded

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_a_stack_as_it_is_shipped_builds_its_image_and_runs_it_by_digest(stack: str):
    program = recorded(f"{stack}-as-shipped")
    image = program.container()["image"]
    assert image.startswith("123456789012.dkr.ecr.eu-west-1.amazonaws.com/image-repository-1a2b3c4:")
    assert image.endswith(f"@{DIGEST}")
    assert program.exports["ecrUri"] == image.partition(":")[0]


def test_it_is_pushed_once_in_the_form_that_is_pulled_fastest():
    inputs = recorded("prod-as-shipped").one("Image").inputs
    [export] = inputs["exports"]
    assert inputs["push"] is False
    assert export == {
        "registry": {
            "push": True,
            "compression": "zstd",
            "compressionLevel": 19,
            "forceCompression": True,
            "ociMediaTypes": True,
        }
    }


def test_an_image_of_ones_own_is_neither_built_nor_stored():
    program = recorded("prod")
    assert program.container()["image"] == IMAGE
    assert not [resource for kind in ("Image", "Repository", "WorkerImage") for resource in program.all(kind)]
    assert program.exports["ecrUri"] == ""


def test_tags_never_change_and_every_push_is_scanned():
    repository = recorded("prod-as-shipped").one("Repository").inputs
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}


def test_old_images_go_and_the_last_ones_stay():
    policy = json.loads(recorded("prod-as-shipped").one("LifecyclePolicy").inputs["policy"])
    untagged, others = (rule["selection"] for rule in policy["rules"])
    assert (untagged["tagStatus"], untagged["countNumber"]) == ("untagged", 1)
    assert (others["countType"], others["countNumber"]) == ("imageCountMoreThan", 20)


def test_the_password_of_the_registry_is_kept_as_a_secret():
    [registry] = recorded("prod-as-shipped").one("Image").inputs["registries"]["secret"]
    assert registry["password"] == "registry-password"


def test_the_task_may_pull_from_the_one_repository():
    statements = {s["Sid"]: s for s in recorded("prod-as-shipped").statements("worker-execution")}
    assert statements["PullImage"]["Resource"] == [
        "arn:aws:ecr:eu-west-1:123456789012:repository/image-repository-1a2b3c4"
    ]


def test_what_is_copied_into_the_image_is_what_its_tag_is_told_by():
    copied = re.findall(r"^COPY (?!--from=)(\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    built_from = [*CONTEXT_FILES[2:], *CONTEXT_FOLDERS]
    assert copied == allowed == built_from


def test_dependencies_are_installed_by_their_hashes_only():
    installs = re.findall(r"pip install .*", (ROOT / "Dockerfile").read_text())
    assert len(installs) == 1
    assert "--require-hashes " in installs[0]
    assert installs[0].endswith(" -r requirements/worker.txt")


def test_the_image_asks_for_health_as_the_task_does():
    [instruction] = re.findall(r"^HEALTHCHECK (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    times, _, command = instruction.partition(" CMD ")
    assert ["CMD", *json.loads(command)] == HEALTH_CHECK["command"]
    assert dict(re.findall(r"--(\S+)=(\S+)", times)) == {
        "interval": f"{HEALTH_CHECK['interval']}s",
        "timeout": f"{HEALTH_CHECK['timeout']}s",
        "retries": str(HEALTH_CHECK["retries"]),
        "start-period": f"{HEALTH_CHECK['startPeriod']}s",
    }


def test_the_tag_changes_with_the_code_and_the_processor_and_with_nothing_else(tmp_path: Path):
    for name in CONTEXT_FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    for folder in CONTEXT_FOLDERS:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "module.py").write_text("print(1)")
    before = context_hash("X86_64", tmp_path)
    (tmp_path / "README.md").write_text("other words")
    (tmp_path / "worker" / "__pycache__").mkdir()
    (tmp_path / "worker" / "__pycache__" / "module.pyc").write_bytes(b"code")
    assert context_hash("X86_64", tmp_path) == before
    assert context_hash("ARM64", tmp_path) != before
    (tmp_path / "worker" / "module.py").write_text("print(2)")
    assert context_hash("X86_64", tmp_path) != before
    assert re.fullmatch(r"[0-9a-f]{16}", before)
