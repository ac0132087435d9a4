"""Storage: the bucket of sources and renders, and the two tables.

Included: a private, encrypted, TLS-only bucket with its lifecycle; the jobs table with its index; the fleet table.
Optional: how long renders are kept; a bucket that is there already, which stays as it is; what outlives the stack.
Required on input: the settings.

The bucket has no versions: every render is written once under a key of its own epoch, so a version would only keep
what the lifecycle meant to delete.
"""

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import iam
from components.private_bucket import MULTIPART_ABORT_DAYS, private_bucket
from components.settings import Settings

JOBS_INDEX = "state-created_at"
TTL_ATTRIBUTE = "expires_at"


class StorageArgs(TypedDict):
    """Inputs of `Storage`."""

    settings: Settings
    """The stack's settings. No default.

    `renders_expire_after_days`: a dead worker's upload (a stray) lies under the same prefix as a published render and
    S3 cannot tell them apart, so age sweeps both, once the job's record is gone too. Whoever is told of a render
    copies what is to be kept longer. `bucket`: used as it is; its lifecycle, encryption and policy are its owner's.
    `retain_data`: bucket and tables outlive the stack, and the jobs table can be restored to any second; without it the
    bucket goes with the stack, whatever is in it.
    """


class Storage(pulumi.ComponentResource):
    """A bucket and two tables."""

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    jobs_table_name: pulumi.Output[str]
    jobs_table_arn: pulumi.Output[str]
    fleet_table_name: pulumi.Output[str]
    fleet_table_arn: pulumi.Output[str]

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:Storage", name, {}, opts)
        settings = args["settings"]
        retain_data = settings.retain_data
        kept = pulumi.ResourceOptions(parent=self, retain_on_delete=retain_data)

        jobs = aws.dynamodb.Table(
            f"{name}-jobs",
            billing_mode="PAY_PER_REQUEST",
            hash_key="id",
            attributes=[
                {"name": "id", "type": "S"},
                {"name": "state", "type": "S"},
                {"name": "created_at", "type": "S"},
            ],
            global_secondary_indexes=[
                {
                    "name": JOBS_INDEX,
                    "hash_key": "state",
                    "range_key": "created_at",
                    # A listing shows whole records, and a job is written a few times only.
                    "projection_type": "ALL",
                }
            ],
            ttl={"attribute_name": TTL_ATTRIBUTE, "enabled": True},
            point_in_time_recovery={"enabled": retain_data},
            opts=kept,
        )
        # No recovery for the fleet's table: the next minute's reading rebuilds all that decides anything.
        fleet = aws.dynamodb.Table(
            f"{name}-fleet",
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            ttl={"attribute_name": TTL_ATTRIBUTE, "enabled": True},
            opts=kept,
        )

        if settings.bucket:
            self.bucket_name = pulumi.Output.from_input(settings.bucket)
            self.bucket_arn = jobs.arn.apply(lambda arn: f"arn:{arn.split(':')[1]}:s3:::{settings.bucket}")
        else:
            bucket = private_bucket(
                f"{name}-media",
                lifecycle_rules=lifecycle_rules(settings.renders_expire_after_days),
                policy=lambda bucket: bucket.arn.apply(lambda arn: iam.tls_only("s3", [arn, f"{arn}/*"])),
                parent=self,
                retain_data=retain_data,
            ).bucket
            self.bucket_name = bucket.bucket
            self.bucket_arn = bucket.arn
        self.jobs_table_name = jobs.name
        self.jobs_table_arn = jobs.arn
        self.fleet_table_name = fleet.name
        self.fleet_table_arn = fleet.arn
        self.register_outputs(
            {
                "bucket_name": self.bucket_name,
                "bucket_arn": self.bucket_arn,
                "jobs_table_name": self.jobs_table_name,
                "jobs_table_arn": self.jobs_table_arn,
                "fleet_table_name": self.fleet_table_name,
                "fleet_table_arn": self.fleet_table_arn,
            }
        )


def lifecycle_rules(
    renders_expire_after_days: int,
) -> "list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]":
    """What S3 deletes by itself: unfinished uploads after a day, renders after the days given (0: never)."""
    unfinished: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "abort-unfinished-uploads",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": MULTIPART_ABORT_DAYS},
    }
    renders: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "expire-renders",
        "status": "Enabled",
        "filter": {"prefix": "renders/"},
        "expiration": {"days": renders_expire_after_days},
    }
    return [unfinished, renders] if renders_expire_after_days else [unfinished]
