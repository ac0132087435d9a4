"""Secrets Manager: secrets and their values."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

from collections.abc import Mapping, Sequence

from local.realisers.inputs import Reader
from local.realisers.realiser import Name, Properties, Realiser, if_there, pairs

DEFAULT_RECOVERY_DAYS = 30


class Secret(Realiser):
    """A secret without a value yet. Its id is its ARN."""

    pulumi_type = "aws:secretsmanager/secret:Secret"
    service = "secretsmanager"
    name = Name("name", 512)
    replaced_by = frozenset({"name"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            about = _about(given)
            identity = self.fixed(given, "CreateSecret")
        return self.aws.create_secret(**identity, **about)["ARN"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_secret, SecretId=resource_id)
        return {"arn": resource_id} if found and "DeletedDate" not in found else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            about = _about(given)
            self.fixed(given, "CreateSecret")
        self.aws.update_secret(SecretId=resource_id, **{"Description": "", **about})

    def delete(self, resource_id: str, known: Properties) -> None:
        days = known.get("recoveryWindowInDays", DEFAULT_RECOVERY_DAYS)
        how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        if_there(self.aws.delete_secret, SecretId=resource_id, **how)

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.tag_resource(SecretId=known["arn"], Tags=pairs(tags))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.untag_resource(SecretId=known["arn"], TagKeys=list(keys))


def _about(given: Reader) -> dict[str, str]:
    given.take("recoveryWindowInDays")  # matters when it is deleted
    names = {"description": "Description", "kmsKeyId": "KmsKeyId"}
    return {names[name]: value for name, value in given.take_all(*names).items()}


class SecretVersion(Realiser):
    """A value of a secret. Its id is `<secret's ARN>|<version>`; a new value is a new version."""

    pulumi_type = "aws:secretsmanager/secretVersion:SecretVersion"
    service = "secretsmanager"
    secrets = frozenset({"secretString", "secretBinary"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            stored = self.aws.put_secret_value(**given.fit(self.request("PutSecretValue")))
        return f"{stored['ARN']}|{stored['VersionId']}"

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        arn, _, version_id = resource_id.partition("|")
        # The values of a secret that is marked for deletion cannot be had: for the program they are gone with it.
        if "DeletedDate" in (if_there(self.aws.describe_secret, SecretId=arn) or {}):
            return None
        found = if_there(self.aws.get_secret_value, SecretId=arn, VersionId=version_id)
        if found is None:
            return None
        return {"arn": arn, "secretArn": arn, "versionId": version_id, "secretString": found.get("SecretString")}

    def delete(self, resource_id: str, known: Properties) -> None:
        """Nothing: AWS keeps the current version as long as its secret, and forgets older ones by itself."""
