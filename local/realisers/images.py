"""Where images lie, and how they get there."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.build_context import context_files
from local.realisers.realiser import Name, Properties, Realiser, if_there, pairs


class Repository(Realiser):
    """A repository of images. Its id is its name."""

    pulumi_type = "aws:ecr/repository:Repository"
    service = "ecr"
    name = Name("name", 256, lower_case=True)
    replaced_by = frozenset({"name", "encryptionConfigurations"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            given.take("forceDelete")
            encryption = given.parts("encryptionConfigurations")
            request = given.fit(self.request("CreateRepository"), {"name": "repositoryName"})
            if encryption:
                request["encryptionConfiguration"] = encryption[0].fit(
                    self.aws.meta.service_model.shape_for("EncryptionConfiguration")
                )
        return self.aws.create_repository(**request)["repository"]["repositoryName"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_repositories, repositoryNames=[resource_id])
        if found is None:
            return None
        [repository] = found["repositories"]
        return {
            "arn": repository["repositoryArn"],
            "registryId": repository["registryId"],
            "repositoryUrl": repository["repositoryUri"],
        }

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            given.take_all("forceDelete", "name", "encryptionConfigurations")
            mutability = given.take("imageTagMutability", "MUTABLE")
            scanning = given.take("imageScanningConfiguration", {"scanOnPush": False})
        self.aws.put_image_tag_mutability(repositoryName=resource_id, imageTagMutability=mutability)
        self.aws.put_image_scanning_configuration(repositoryName=resource_id, imageScanningConfiguration=scanning)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_repository, repositoryName=resource_id, force=bool(known.get("forceDelete")))

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.tag_resource(resourceArn=known["arn"], tags=pairs(tags))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.untag_resource(resourceArn=known["arn"], tagKeys=list(keys))


class LifecyclePolicy(Realiser):
    """Which images a repository lets go. Its id is the repository's name."""

    pulumi_type = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
    service = "ecr"
    replaced_by = frozenset({"repository"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            repository, policy = given.take("repository"), given.take("policy")
        text = policy if isinstance(policy, str) else json.dumps(policy)
        self.aws.put_lifecycle_policy(repositoryName=repository, lifecyclePolicyText=text)
        return repository

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_lifecycle_policy, repositoryName=resource_id)
        return {"registryId": found["registryId"]} if found else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        self.create(inputs)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_lifecycle_policy, repositoryName=resource_id)


class Image(Realiser):
    """An image, which nobody builds here: its digest is that of all that a build would be given.

    So another file, argument or Dockerfile is another digest and another image, as with a build. It is recorded in
    its repository under its tags. Its id is its digest.
    """

    pulumi_type = "docker-build:index:Image"
    service = "ecr"
    has_tags_of_its_own = True
    secrets = frozenset({"registries"})

    def create(self, inputs: Properties) -> str:
        digest = self._digest(inputs)
        manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"})
        for tag in inputs.get("tags", []):
            repository, _, version = tag.partition("/")[2].rpartition(":")
            found = repository and if_there(self.aws.list_images, repositoryName=repository)
            if found and {"imageDigest": digest, "imageTag": version} not in found["imageIds"]:
                self.aws.put_image(
                    repositoryName=repository, imageTag=version, imageDigest=digest, imageManifest=manifest
                )
        return digest

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        """Gone, where a build would make another image now."""
        if resource_id != self._digest({name: known[name] for name in _OF_CONTENT if name in known}):
            return None
        tags = known.get("tags", [])
        ref = f"{tags[0]}@{resource_id}" if tags else resource_id
        return {"digest": resource_id, "contextHash": resource_id.removeprefix("sha256:"), "ref": ref}

    def delete(self, resource_id: str, known: Properties) -> None:
        """An image stays in its registry, as the provider leaves it there."""

    def _digest(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            given.take_all(*_OF_THE_BUILD)
            for export in given.parts("exports"):
                export.part("registry").take_all(*_OF_THE_PUSH)
            content = given.take_all("buildArgs", "labels", "platforms", "target")
            folder = Path(given.part("context").take("location", "."))
            file = given.part("dockerfile")
            inline = file.take("inline")
            path = Path(file.take("location", folder / "Dockerfile"))
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
        digest.update((path.read_text() if inline is None else inline).encode())
        for name, file_path in context_files(folder, path):
            digest.update(f"{name}\0".encode() + hashlib.sha256(file_path.read_bytes()).digest())
        return f"sha256:{digest.hexdigest()}"


_OF_CONTENT = ("buildArgs", "context", "dockerfile", "labels", "platforms", "target")
"""The inputs that make an image what it is."""
_OF_THE_BUILD = (
    *("buildOnPreview", "builder", "cacheFrom", "cacheTo", "load", "network", "noCache"),
    *("pull", "push", "registries", "tags"),
)
"""The inputs that say how and where to, beside `exports`."""
_OF_THE_PUSH = ("compression", "compressionLevel", "forceCompression", "ociMediaTypes", "push")
"""What an export to a registry may say."""
