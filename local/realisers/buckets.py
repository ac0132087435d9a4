"""S3: the bucket, and what Pulumi configures of it by resources of their own."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from local.realisers.drift import drifted
from local.realisers.inputs import fit
from local.realisers.realiser import Name, Properties, Realiser, if_there, pairs

if TYPE_CHECKING:
    from botocore.model import StructureShape

HOSTED_ZONE_IDS = {"eu-west-1": "Z1BKCTXD74EZPE"}
"""Of S3's website endpoints, by region (AWS General Reference, "Amazon S3 endpoints and quotas")."""


class Bucket(Realiser):
    """A bucket. Its id is its name."""

    pulumi_type = "aws:s3/bucket:Bucket"
    service = "s3"
    name = Name("bucket", 63, lower_case=True)
    replaced_by = frozenset({"bucket", "objectLockEnabled"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            given.take("forceDestroy")
            bucket = self.fixed(given, "CreateBucket", {"objectLockEnabled": "ObjectLockEnabledForBucket"})
        self.aws.create_bucket(**bucket, CreateBucketConfiguration={"LocationConstraint": self.place.region})
        return bucket["Bucket"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        if if_there(self.aws.head_bucket, Bucket=resource_id) is None:
            return None
        region = self.place.region
        return {
            "arn": f"arn:{self.place.partition}:s3:::{resource_id}",
            "bucketDomainName": f"{resource_id}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{resource_id}.s3.{region}.amazonaws.com",
            "bucketRegion": region,
            "hostedZoneId": HOSTED_ZONE_IDS.get(region, ""),
        }

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            given.take("forceDestroy")
            self.fixed(given, "CreateBucket", {"objectLockEnabled": "ObjectLockEnabledForBucket"})

    def delete(self, resource_id: str, known: Properties) -> None:
        if known.get("forceDestroy"):
            for page in self.aws.get_paginator("list_object_versions").paginate(Bucket=resource_id):
                for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                    self.aws.delete_object(Bucket=resource_id, Key=version["Key"], VersionId=version["VersionId"])
        if_there(self.aws.delete_bucket, Bucket=resource_id)

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self._put_tags(known["bucket"], {**self._tags(known["bucket"]), **tags})

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        tags = self._tags(known["bucket"])
        self._put_tags(known["bucket"], {key: value for key, value in tags.items() if key not in keys})

    def _tags(self, bucket: str) -> dict[str, str]:
        found = if_there(self.aws.get_bucket_tagging, Bucket=bucket)
        return {tag["Key"]: tag["Value"] for tag in found["TagSet"]} if found else {}

    def _put_tags(self, bucket: str, tags: Mapping[str, str]) -> None:
        self.aws.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": pairs(tags)})


class OfBucket(Realiser):
    """One aspect of a bucket: put whole, whether for the first time or again. Its id is the bucket's name.

    `put`, `get` and `remove` name S3's operations. The inputs beside `bucket` are fitted to the put's request, at
    `member` of it.
    """

    service = "s3"
    replaced_by = frozenset({"bucket"})
    put: ClassVar[str]
    get: ClassVar[str]
    remove: ClassVar[str]
    member: ClassVar[str]
    renames: ClassVar[Mapping[str, str]] = {}

    def create(self, inputs: Properties) -> str:
        shape = cast("StructureShape", self.request(_operation(self.put))).members[self.member]
        with self.reading(inputs) as given:
            bucket = given.take("bucket")
            aspect = self.shaped(given.take_all(*set(inputs) - {"bucket"}))
        fitted = fit(shape, aspect, where=self.pulumi_type, renames=self.renames)
        getattr(self.aws, self.put)(Bucket=bucket, **{self.member: fitted})
        return bucket

    def shaped(self, inputs: Properties) -> Any:
        """The inputs as S3 nests them."""
        return inputs

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        return {} if if_there(getattr(self.aws, self.get), Bucket=resource_id) else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        self.create(inputs)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(getattr(self.aws, self.remove), Bucket=resource_id)


def _operation(method: str) -> str:
    return "".join(word.capitalize() for word in method.split("_"))


class BucketPublicAccessBlock(OfBucket):
    """What public access a bucket refuses."""

    pulumi_type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    put, get, remove = "put_public_access_block", "get_public_access_block", "delete_public_access_block"
    member = "PublicAccessBlockConfiguration"

    def drift(self, resource_id: str, known: Properties) -> Properties:
        live = self.aws.get_public_access_block(Bucket=resource_id)[self.member]
        return drifted(known, {f"{member[0].lower()}{member[1:]}": member for member in live}, live)


class BucketServerSideEncryptionConfiguration(OfBucket):
    """How a bucket encrypts."""

    pulumi_type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    put, get, remove = "put_bucket_encryption", "get_bucket_encryption", "delete_bucket_encryption"
    member = "ServerSideEncryptionConfiguration"


class BucketLifecycleConfiguration(OfBucket):
    """What a bucket deletes by itself."""

    pulumi_type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    put, get = "put_bucket_lifecycle_configuration", "get_bucket_lifecycle_configuration"
    remove = "delete_bucket_lifecycle"
    member = "LifecycleConfiguration"


class BucketOwnershipControls(OfBucket):
    """Who owns what others put into a bucket."""

    pulumi_type = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    put, get, remove = (
        "put_bucket_ownership_controls",
        "get_bucket_ownership_controls",
        "delete_bucket_ownership_controls",
    )
    member = "OwnershipControls"
    renames: ClassVar[Mapping[str, str]] = {"rule": "Rules"}


class BucketPolicy(OfBucket):
    """A bucket's policy."""

    pulumi_type = "aws:s3/bucketPolicy:BucketPolicy"
    put, get, remove = "put_bucket_policy", "get_bucket_policy", "delete_bucket_policy"
    member = "Policy"

    def drift(self, resource_id: str, known: Properties) -> Properties:
        return drifted(known, {"policy": "Policy"}, self.aws.get_bucket_policy(Bucket=resource_id))

    def shaped(self, inputs: Properties) -> Any:
        with self.reading(inputs) as given:
            return given.take("policy")


class BucketVersioning(OfBucket):
    """S3 cannot forget that a bucket was versioned: deleting this suspends it, as Pulumi does."""

    pulumi_type = "aws:s3/bucketVersioning:BucketVersioning"
    put, get = "put_bucket_versioning", "get_bucket_versioning"
    member = "VersioningConfiguration"

    def shaped(self, inputs: Properties) -> Any:
        with self.reading(inputs) as given:
            return given.take("versioningConfiguration")

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.put_bucket_versioning, Bucket=resource_id, VersioningConfiguration={"Status": "Suspended"})


class BucketLogging(OfBucket):
    """Where a bucket's access logs go."""

    pulumi_type = "aws:s3/bucketLogging:BucketLogging"
    put, get, remove = "put_bucket_logging", "get_bucket_logging", "put_bucket_logging"
    member = "BucketLoggingStatus"

    def shaped(self, inputs: Properties) -> Any:
        with self.reading(inputs) as given:
            return {"loggingEnabled": given.take_all("targetBucket", "targetPrefix")}

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_bucket_logging, Bucket=resource_id)
        return {} if found and "LoggingEnabled" in found else None

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.put_bucket_logging, Bucket=resource_id, BucketLoggingStatus={})
