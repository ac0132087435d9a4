"""DynamoDB tables, with their indexes, time to live, recovery and protection."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

from collections.abc import Mapping, Sequence
from typing import Any

from local.realisers.drift import drifted
from local.realisers.inputs import Reader, UnfitInputError, fit
from local.realisers.realiser import Name, Properties, Realiser, if_there, pairs


class Table(Realiser):
    """A table. Its id is its name."""

    pulumi_type = "aws:dynamodb/table:Table"
    service = "dynamodb"
    name = Name("name", 255)
    replaced_by = frozenset({"name", "hashKey", "rangeKey"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            time_to_live, recovery = _time_to_live(given), _recovery(given)
            definition = self._definition(given)
        self.aws.create_table(**definition)
        table = definition["TableName"]
        if time_to_live:
            self.aws.update_time_to_live(TableName=table, TimeToLiveSpecification=time_to_live)
        if recovery["PointInTimeRecoveryEnabled"]:
            self.aws.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
        return table

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.describe_table, TableName=resource_id)
        if found is None:
            return None
        table = found["Table"]
        stream = {"streamArn": table["LatestStreamArn"]} if "LatestStreamArn" in table else {}
        return {"arn": table["TableArn"], **stream}

    def drift(self, resource_id: str, known: Properties) -> Properties:
        """Of its protection, its time to live and its recovery; not of its indexes."""
        table = self.aws.describe_table(TableName=resource_id)["Table"]
        found = drifted(known, {"deletionProtectionEnabled": "DeletionProtectionEnabled"}, table)
        to_live = self.aws.describe_time_to_live(TableName=resource_id)["TimeToLiveDescription"]
        backups = self.aws.describe_continuous_backups(TableName=resource_id)["ContinuousBackupsDescription"]
        recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        for name, status in (("ttl", to_live["TimeToLiveStatus"]), ("pointInTimeRecovery", recovery)):
            enabled = status in {"ENABLED", "ENABLING"}
            if name in known and known[name].get("enabled", False) != enabled:
                found[name] = {**known[name], "enabled": enabled}
        return found

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            time_to_live, recovery = _time_to_live(given), _recovery(given)
            definition = self._definition(given)
        was = self.reading(old)
        time_to_live_before, recovery_before = _time_to_live(was), _recovery(was)
        before = self._definition(was)
        attributes = definition.pop("AttributeDefinitions")
        indexes, indexes_before = (each.pop("GlobalSecondaryIndexes", []) for each in (definition, before))
        changed = {member: value for member, value in definition.items() if before.get(member) != value}
        if changed:
            self.aws.update_table(TableName=resource_id, **changed)
        self._change_indexes(resource_id, attributes, indexes_before, indexes)
        if recovery != recovery_before:
            self.aws.update_continuous_backups(TableName=resource_id, PointInTimeRecoverySpecification=recovery)
        if time_to_live != time_to_live_before:
            off = {**time_to_live_before, "Enabled": False}
            self.aws.update_time_to_live(TableName=resource_id, TimeToLiveSpecification=time_to_live or off)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_table, TableName=resource_id)

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.tag_resource(ResourceArn=known["arn"], Tags=pairs(tags))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.untag_resource(ResourceArn=known["arn"], TagKeys=list(keys))

    def _definition(self, given: Reader) -> dict[str, Any]:
        """CreateTable's request. UpdateTable takes the same members, but for indexes, one at a time."""
        encryption = given.part("serverSideEncryption")
        key = encryption.take("kmsKeyArn")
        encrypted = {"Enabled": encryption.take("enabled", False), **({"KMSMasterKeyId": key} if key else {})}
        throughput = given.take_all("readCapacity", "writeCapacity")
        indexes = [_index(index) for index in given.parts("globalSecondaryIndexes")]
        rest = {
            "tableName": given.take("name"),
            "billingMode": given.take("billingMode", "PROVISIONED"),
            "deletionProtectionEnabled": given.take("deletionProtectionEnabled", False),
            **given.take_all("tableClass"),
        }
        return {
            **fit(self.request("CreateTable"), rest, where=self.pulumi_type, renames={}),
            "AttributeDefinitions": [
                {"AttributeName": attribute.take("name"), "AttributeType": attribute.take("type")}
                for attribute in given.parts("attributes")
            ],
            "KeySchema": _key_schema(given),
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
            "SSESpecification": encrypted,
            **({"ProvisionedThroughput": _throughput(throughput)} if throughput else {}),
        } | _stream(given)

    def _change_indexes(
        self, table: str, attributes: list[Any], before: list[dict[str, Any]], indexes: list[dict[str, Any]]
    ) -> None:
        gone = [index for index in before if index not in indexes]
        new = [index for index in indexes if index not in before]
        changes = [{"Delete": {"IndexName": index["IndexName"]}} for index in gone]
        changes += [{"Create": index} for index in new]
        for change in changes:
            self.aws.update_table(
                TableName=table, AttributeDefinitions=attributes, GlobalSecondaryIndexUpdates=[change]
            )


def _key_schema(given: Reader) -> list[dict[str, str]]:
    hash_key, range_key = given.take("hashKey"), given.take("rangeKey")
    schema = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return [*schema, {"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else schema


def _index(index: Reader) -> dict[str, Any]:
    others = index.take("nonKeyAttributes")
    throughput = index.take_all("readCapacity", "writeCapacity")
    return {
        "IndexName": index.take("name"),
        "KeySchema": _key_schema(index),
        "Projection": {
            "ProjectionType": index.take("projectionType"),
            **({"NonKeyAttributes": others} if others else {}),
        },
        **({"ProvisionedThroughput": _throughput(throughput)} if throughput else {}),
    }


def _throughput(capacity: Mapping[str, int]) -> dict[str, int]:
    return {"ReadCapacityUnits": capacity["readCapacity"], "WriteCapacityUnits": capacity["writeCapacity"]}


def _stream(given: Reader) -> dict[str, Any]:
    enabled, view = given.take("streamEnabled", False), given.take("streamViewType")
    if view and not enabled:
        raise UnfitInputError("streamViewType needs streamEnabled")
    return {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view}} if enabled else {}


def _time_to_live(given: Reader) -> dict[str, Any]:
    part = given.part("ttl")
    attribute, enabled = part.take("attributeName"), part.take("enabled", False)
    return {"AttributeName": attribute, "Enabled": enabled} if attribute else {}


def _recovery(given: Reader) -> dict[str, Any]:
    part = given.part("pointInTimeRecovery")
    days = part.take("recoveryPeriodInDays")
    return {
        "PointInTimeRecoveryEnabled": part.take("enabled", False),
        **({"RecoveryPeriodInDays": days} if days else {}),
    }
