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
from components.private_bucket import MULTIPART_ABORT_DAYS, private_bucket
from components.settings import Settings


class AccessLogsArgs(TypedDict):
    """Inputs of `AccessLogs`."""

    settings: Settings
    """The stack's settings: how long logs are kept, whether they outlive the stack. No default."""


class AccessLogs(pulumi.ComponentResource):
    """A bucket for one load balancer's access logs."""

    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:AccessLogs", name, {}, opts)
        settings = args["settings"]

        def policy(bucket: "aws.s3.Bucket") -> pulumi.Output[str]:
            account_id = aws.get_caller_identity_output().account_id
            return iam.resolved(iam.access_logs_bucket, bucket_arn=bucket.arn, account_id=account_id)

        bucket, in_force = private_bucket(
            name,
            lifecycle_rules=[
                {
                    "id": "forget",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": settings.log_retention_days},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": MULTIPART_ABORT_DAYS},
                }
            ],
            policy=policy,
            parent=self,
            retain_data=settings.retain_data,
        )

        # A load balancer tries the bucket when it is told of it: whoever is given the name finds the grant in place.
        self.bucket_name = pulumi.Output.all(bucket.bucket, in_force.id).apply(lambda known: str(known[0]))
        self.register_outputs({"bucket_name": self.bucket_name})
