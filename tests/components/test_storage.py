"""The bucket is private, encrypted and swept; the tables cost by the request and forget by themselves."""

import json

import pytest

from components.storage import lifecycle_rules
from tests.components.recording import Recording


def test_no_door_of_the_bucket_is_open_to_the_public(program: Recording):
    block = program.one("BucketPublicAccessBlock").inputs
    assert {key for key, value in block.items() if value is True} == {
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    }
    assert program.one("BucketOwnershipControls").inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_the_bucket_is_spoken_to_over_tls_only(program: Recording):
    [statement] = json.loads(program.one("BucketPolicy").inputs["policy"])["Statement"]
    arn = "arn:aws:s3:::storage-media-1a2b3c4"
    assert statement["Effect"] == "Deny"
    assert statement["Resource"] == [arn, f"{arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_objects_are_encrypted(program: Recording):
    [rule] = program.one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "AES256"


def test_destroying_a_stack_never_takes_the_videos_with_it(program: Recording):
    assert "forceDestroy" not in program.one("Bucket").inputs


def test_unfinished_uploads_go_after_a_day_and_renders_with_their_records(program: Recording):
    unfinished, renders = program.one("BucketLifecycleConfiguration").inputs["rules"]
    assert unfinished["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 1}
    assert "expiration" not in unfinished
    assert (renders["filter"], renders["expiration"]) == ({"prefix": "renders/"}, {"days": 90})


def test_renders_are_kept_for_ever_when_asked_to():
    assert [rule["id"] for rule in lifecycle_rules(0)] == ["abort-unfinished-uploads"]


@pytest.mark.parametrize(
    ("table", "keys"), [("storage-jobs", ("id", None)), ("storage-fleet", ("pk", "sk"))], ids=["jobs", "fleet"]
)
def test_a_table_is_paid_by_the_request_and_forgets_what_has_expired(
    program: Recording, table: str, keys: tuple[str, str | None]
):
    inputs = program.one("Table", table).inputs
    assert (inputs["hashKey"], inputs.get("rangeKey")) == keys
    assert inputs["billingMode"] == "PAY_PER_REQUEST"
    assert inputs["ttl"] == {"attributeName": "expires_at", "enabled": True}


def test_jobs_are_listed_by_state_and_age_and_can_be_recovered(program: Recording):
    inputs = program.one("Table", "storage-jobs").inputs
    [index] = inputs["globalSecondaryIndexes"]
    assert (index["name"], index["hashKey"], index["rangeKey"]) == ("state-created_at", "state", "created_at")
    assert inputs["pointInTimeRecovery"] == {"enabled": True}


def test_a_table_declares_the_attributes_of_its_keys_and_no_other(program: Recording):
    for table in program.all("Table"):
        indexes = table.inputs.get("globalSecondaryIndexes", [])
        keyed = [keys.get(part) for keys in (table.inputs, *indexes) for part in ("hashKey", "rangeKey")]
        assert {attribute["name"] for attribute in table.inputs["attributes"]} == set(filter(None, keyed))
