"""A bucket that nobody reaches from outside: private, encrypted, spoken to as its policy says."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

MULTIPART_ABORT_DAYS = 1
"""Nothing uploads for a day: what is unfinished then belongs to a dead writer."""


class PrivateBucket(NamedTuple):
    """The bucket and its policy, for those who have to wait until it is in force."""

    bucket: "aws.s3.Bucket"
    policy: "aws.s3.BucketPolicy"


def private_bucket(
    name: str,
    *,
    lifecycle_rules: Sequence["aws.s3.BucketLifecycleConfigurationRuleArgsDict"],
    policy: Callable[["aws.s3.Bucket"], pulumi.Input[str]],
    parent: pulumi.Resource,
    retain_data: bool,
) -> PrivateBucket:
    """A bucket with all that makes it private, each called `name`, as children of `parent`.

    Args:
        name: logical name of every part; AWS's is generated.
        lifecycle_rules: what S3 deletes by itself.
        policy: the bucket's policy as JSON.
        parent: the component that it is a part of.
        retain_data: whether bucket and policy outlive the stack; the bucket goes with all that is in it otherwise.
    """
    # What makes the bucket private stays with it.
    child = pulumi.ResourceOptions(parent=parent, retain_on_delete=retain_data)
    bucket = aws.s3.Bucket(name, force_destroy=not retain_data, opts=child)
    public_access = aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    aws.s3.BucketOwnershipControls(
        name, bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket.bucket,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        opts=child,
    )
    aws.s3.BucketLifecycleConfiguration(name, bucket=bucket.bucket, rules=list(lifecycle_rules), opts=child)
    # S3 refuses two changes of a bucket's access at once, so the policy waits for the block.
    in_force = aws.s3.BucketPolicy(
        name,
        bucket=bucket.bucket,
        policy=policy(bucket),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[public_access], retain_on_delete=retain_data),
    )
    return PrivateBucket(bucket, in_force)
