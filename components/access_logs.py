"""AccessLogs: the bucket into which the load balancer writes who asked for what.

Included: a private, encrypted, TLS-only bucket that forgets, and the grant to Elastic Load Balancing.
Optional: nothing.
Required on input: what `AccessLogsArgs` says.

A bucket of its own: the stack's bucket may be one that somebody brought, and workers may write to it. Its encryption is
S3's own key, the only one that Elastic Load Balancing writes with.
"""

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import iam
from components.settings import Settings

MULTIPART_ABORT_DAYS = 1


class AccessLogsArgs(TypedDict):
    """Inputs of `AccessLogs`."""

    settings: Settings
    """The stack's settings: how long logs are kept, whether they outlive the stack. No default."""


class AccessLogs(pulumi.ComponentResource):
    """A bucket for one load balancer's access logs."""

    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:AccessLogs", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings = args["settings"]

        bucket = aws.s3.Bucket(name, force_destroy=not settings.retain_data, opts=child)
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
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[
                {
                    "id": "forget",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": settings.log_retention_days},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": MULTIPART_ABORT_DAYS},
                }
            ],
            opts=child,
        )
        # S3 refuses two changes of a bucket's access at once, so the policy waits for the block.
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.bucket,
            policy=iam.resolved(
                iam.access_logs_bucket,
                bucket_arn=bucket.arn,
                account_id=aws.get_caller_identity_output().account_id,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[public_access]),
        )

        # A load balancer tries the bucket when it is told of it: whoever is given the name finds the grant in place.
        self.bucket_name = pulumi.Output.all(bucket.bucket, policy.id).apply(lambda known: str(known[0]))
        self.register_outputs({"bucket_name": self.bucket_name})
