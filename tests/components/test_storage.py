"""The bucket is private, encrypted and swept; the tables cost by the request and forget by themselves."""

import json

import pytest

from components.storage import lifecycle_rules
from tests.components.recording import Recording, recorded


def test_no_door_of_the_bucket_is_open_to_the_public(program: Recording):
    block = program.one("BucketPublicAccessBlock", "storage-media").inputs
    assert {key for key, value in block.items() if value is True} == {
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    }
    assert program.one("BucketOwnershipControls", "storage-media").inputs["rule"] == {
        "objectOwnership": "BucketOwnerEnforced"
    }


def test_the_bucket_is_spoken_to_over_tls_only(program: Recording):
    [statement] = json.loads(program.one("BucketPolicy", "storage-media").inputs["policy"])["Statement"]
    arn = "arn:aws:s3:::storage-media-1a2b3c4"
    assert statement["Effect"] == "Deny"
    assert statement["Resource"] == [arn, f"{arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_objects_are_encrypted(program: Recording):
    [rule] = program.one("BucketServerSideEncryptionConfiguration", "storage-media").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "AES256"


def test_only_a_stack_that_need_not_retain_its_data_takes_the_videos_with_it(stack: str):
    program, kept = recorded(stack), stack == "prod"
    bucket = program.one("Bucket", "storage-media")
    assert bucket.inputs["forceDestroy"] is not kept
    of_data = [bucket, program.one("BucketPolicy", "storage-media"), *program.all("Table")]
    assert {resource.retain_on_delete for resource in of_data} == {kept}
    assert program.one("Table", "storage-jobs").inputs["pointInTimeRecovery"] == {"enabled": kept}


def test_a_bucket_of_ones_own_stays_as_it_is():
    program = recorded("own-buckets")
    assert not [resource for resource in program.resources if resource.name == "storage-media"]
    assert program.exports["bucket"] == "our-videos"
    assert program.container_environment()["BUCKET"] == "our-videos"


def test_unfinished_uploads_go_after_a_day_and_renders_with_their_records(program: Recording):
    unfinished, renders = program.one("BucketLifecycleConfiguration", "storage-media").inputs["rules"]
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


def test_jobs_are_listed_by_state_and_age(program: Recording):
    inputs = program.one("Table", "storage-jobs").inputs
    [index] = inputs["globalSecondaryIndexes"]
    assert (index["name"], index["hashKey"], index["rangeKey"]) == ("state-created_at", "state", "created_at")


def test_a_table_declares_the_attributes_of_its_keys_and_no_other(program: Recording):
    for table in program.all("Table"):
        indexes = table.inputs.get("globalSecondaryIndexes", [])
        keyed = [keys.get(part) for keys in (table.inputs, *indexes) for part in ("hashKey", "rangeKey")]
        assert {attribute["name"] for attribute in table.inputs["attributes"]} == set(filter(None, keyed))
