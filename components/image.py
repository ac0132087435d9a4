"""WorkerImage: the worker's container image, built from the Dockerfile at the top and kept in a repository of its own.

Included: the ECR repository (tags that never change, scanned on push, encrypted), what becomes of old images, the
build.
Optional: nothing.
Required on input: the processor that it is for.

It is made where `imageUri` names no image. Docker with buildx does the building, on the machine that runs Pulumi.
"""

import hashlib
import json
from pathlib import Path
from typing import TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

from components import archives

PLATFORMS = {"X86_64": docker_build.Platform.LINUX_AMD64, "ARM64": docker_build.Platform.LINUX_ARM64}
CONTEXT_FILES = ("Dockerfile", ".dockerignore", "requirements/worker.txt", "image/trim.py", "image/root.py")
CONTEXT_FOLDERS = ("jobs", "fleet", "worker")
"""What the build reads, as .dockerignore has it."""

PUSHED: docker_build.ExportRegistryArgsDict = {
    "push": True,
    "compression": docker_build.CompressionType.ZSTD,
    "compression_level": 19,
    "force_compression": True,
    "oci_media_types": True,
}
"""How the layers lie in the registry, under the image's tags: fewer bytes to pull than BuildKit's gzip has, and sooner
unpacked (docs/explanation/image.md). Forced, or a layer that the builder has in another form already stays in it; OCI's
media types, since Docker's know no zstd."""

IMAGES_KEPT = 20
"""So many releases back can a service be rolled."""
UNTAGGED_DAYS = 1


class WorkerImageArgs(TypedDict):
    """Inputs of `WorkerImage`."""

    architecture: str
    """X86_64 or ARM64, as the workers run on. No default."""


class WorkerImage(pulumi.ComponentResource):
    """An image in ECR, referred to by its digest: another build is another task definition, which rolls the service."""

    uri: pulumi.Output[str]
    repository_url: pulumi.Output[str]

    def __init__(self, name: str, args: WorkerImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:WorkerImage", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        repository = aws.ecr.Repository(
            f"{name}-repository",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "AES256"}],
            # What is in it can be built again from the repository's history; a destroy must not stop over it.
            force_delete=True,
            opts=child,
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-repository",
            repository=repository.name,
            policy=json.dumps({"rules": lifecycle_rules()}),
            opts=child,
        )
        login = aws.ecr.get_authorization_token_output(registry_id=repository.registry_id)
        image = docker_build.Image(
            f"{name}-worker",
            context={"location": "."},
            dockerfile={"location": "Dockerfile"},
            platforms=[PLATFORMS[args["architecture"]]],
            # The tag is told by what the image is built from: the same tag is never pushed with other content.
            tags=[pulumi.Output.concat(repository.repository_url, f":{context_hash(args['architecture'])}")],
            push=False,  # this would be one more export, by BuildKit's defaults
            exports=[{"registry": PUSHED}],
            build_on_preview=False,
            registries=[
                {
                    "address": repository.repository_url,
                    "username": login.user_name,
                    "password": pulumi.Output.secret(login.password),
                }
            ],
            opts=child,
        )

        self.uri = image.ref
        self.repository_url = repository.repository_url
        self.register_outputs({"uri": self.uri, "repository_url": self.repository_url})


def context_hash(architecture: str, root: Path = Path()) -> str:
    """16 hexadecimal digits that tell one content of the build, for one processor, from another."""
    digest = hashlib.sha256(architecture.encode())
    files = [
        *(root / name for name in CONTEXT_FILES),
        *(file for folder in CONTEXT_FOLDERS for file in archives.files(root / folder)),
    ]
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def lifecycle_rules() -> list[dict[str, object]]:
    """What ECR deletes by itself: what lost its tag, and all but the last images."""
    return [
        {
            "rulePriority": 1,
            "description": f"Untagged images go after {UNTAGGED_DAYS} day",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": f"The last {IMAGES_KEPT} images stay",
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": IMAGES_KEPT},
            "action": {"type": "expire"},
        },
    ]
