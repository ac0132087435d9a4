"""What a role may not do to queues and buckets is denied; nobody else is asked."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3.s3.transfer
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud import REGION, Cloud

BUCKET = "arn:aws:s3:::media"
QUEUE = f"arn:aws:sqs:{REGION}:123456789012:jobs"


class Stage:
    """A cloud with a queue, a bucket with one object, and a role."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.queue_url = cloud.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="media", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket="media", Key="sources/clip.mp4", Body=b"film")
        self.role = cloud.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        self.sqs = cloud.role_client("sqs", self.role, session="sqs")
        self.s3 = cloud.role_client("s3", self.role, session="s3")

    def allow(self, *grants: tuple[str, str]) -> None:
        """Let the role do these (action, resource) and nothing else."""
        statements = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in grants]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self.cloud.client("iam").put_role_policy(RoleName="worker", PolicyName="all", PolicyDocument=policy)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Cloud() as cloud:
        yield Stage(cloud)


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """The code of the error that a call ends with; "" if it succeeds."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response.get("Error", {}).get("Code", "")
    return ""


def test_a_queue_takes_from_a_role_what_its_policy_allows(stage: Stage):
    stage.allow(("sqs:SendMessage", QUEUE))
    assert refusal(stage.sqs.send_message, QueueUrl=stage.queue_url, MessageBody="job") == ""
    assert refusal(stage.sqs.receive_message, QueueUrl=stage.queue_url) == "AccessDenied"
    stage.allow(("sqs:ReceiveMessage", QUEUE.replace("jobs", "other")))
    assert refusal(stage.sqs.receive_message, QueueUrl=stage.queue_url) == "AccessDenied"


def test_a_batch_of_messages_needs_the_right_to_one(stage: Stage):
    batch: dict[str, Any] = {"QueueUrl": stage.queue_url, "Entries": [{"Id": "1", "MessageBody": "job"}]}
    stage.allow(("sqs:DeleteMessage", QUEUE))
    assert refusal(stage.sqs.send_message_batch, **batch) == "AccessDenied"
    stage.allow(("sqs:SendMessage", QUEUE))
    assert refusal(stage.sqs.send_message_batch, **batch) == ""


def test_a_bucket_gives_and_takes_under_the_prefixes_that_a_policy_allows(stage: Stage):
    stage.allow(("s3:GetObject", f"{BUCKET}/sources/*"), ("s3:PutObject", f"{BUCKET}/renders/*"))
    assert refusal(stage.s3.get_object, Bucket="media", Key="sources/clip.mp4") == ""
    assert refusal(stage.s3.put_object, Bucket="media", Key="renders/one two.mp4", Body=b"film") == ""
    assert refusal(stage.s3.get_object, Bucket="media", Key="renders/one two.mp4") == "AccessDenied"
    assert refusal(stage.s3.put_object, Bucket="media", Key="sources/clip.mp4", Body=b"spoilt") == "AccessDenied"


def test_an_upload_in_parts_is_a_put(stage: Stage, tmp_path: Path):
    large = tmp_path / "large.mp4"
    large.write_bytes(b"film" * 2**21)
    in_parts = boto3.s3.transfer.TransferConfig(multipart_threshold=5 * 2**20, multipart_chunksize=5 * 2**20)
    stage.allow(("s3:PutObject", f"{BUCKET}/renders/*"))
    stage.s3.upload_file(str(large), "media", "renders/large.mp4", Config=in_parts)
    upload = stage.s3.create_multipart_upload(Bucket="media", Key="renders/large.mp4")
    abort = {"Bucket": "media", "Key": "renders/large.mp4", "UploadId": upload["UploadId"]}
    assert refusal(stage.s3.abort_multipart_upload, **abort) == "AccessDenied"
    stage.allow(("s3:AbortMultipartUpload", f"{BUCKET}/renders/*"))
    assert refusal(stage.s3.abort_multipart_upload, **abort) == ""


def test_that_an_object_is_missing_is_told_to_whoever_may_list_the_bucket(stage: Stage):
    stage.allow(("s3:GetObject", f"{BUCKET}/sources/*"))
    assert refusal(stage.s3.get_object, Bucket="media", Key="sources/none.mp4") == "AccessDenied"
    stage.allow(("s3:GetObject", f"{BUCKET}/sources/*"), ("s3:ListBucket", BUCKET))
    assert refusal(stage.s3.get_object, Bucket="media", Key="sources/none.mp4") == "NoSuchKey"


def test_an_address_opens_what_its_signer_may_read(stage: Stage):
    by_version_4 = Config(signature_version="s3v4")
    signing = boto3.client("s3", **session(stage), endpoint_url=stage.cloud.endpoint_url, config=by_version_4)
    address = signing.generate_presigned_url("get_object", Params={"Bucket": "media", "Key": "sources/clip.mp4"})
    stage.allow(("s3:GetObject", f"{BUCKET}/sources/*"))
    assert urllib3.request("GET", address).data == b"film"
    stage.allow(("s3:GetObject", f"{BUCKET}/renders/*"))
    assert urllib3.request("GET", address).status == 403


def test_a_session_that_signs_with_another_secret_is_refused(stage: Stage):
    stage.allow(("sqs:SendMessage", QUEUE))
    forged = {**session(stage), "aws_secret_access_key": "guessed"}
    sqs = boto3.client("sqs", **forged, endpoint_url=stage.cloud.endpoint_url)
    assert refusal(sqs.send_message, QueueUrl=stage.queue_url, MessageBody="job") != ""


def test_who_has_no_role_may_do_anything_and_other_services_are_not_asked(stage: Stage):
    stage.allow(("sqs:SendMessage", QUEUE))
    assert refusal(stage.cloud.client("sqs").receive_message, QueueUrl=stage.queue_url) == ""
    tables = stage.cloud.role_client("dynamodb", stage.role, session="tables")
    assert refusal(tables.list_tables) == ""


def session(stage: Stage) -> dict[str, Any]:
    """What a client is given to act in the role's name."""
    opened = stage.cloud.sessions.open(stage.role, "signer")
    return {**{name.lower(): value for name, value in opened.items()}, "region_name": REGION}
