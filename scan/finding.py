"""Finding: one check that failed on one resource of one stack."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """`check` is the checker's id (CKV_AWS_18), `resource` Terraform's address (aws_s3_bucket.storage-media).

    `looked_at` are the attributes, in Terraform's words, that the check judged by; where it judges by what belongs to
    the resource, there are none.
    """

    stack: str
    check: str
    resource: str
    title: str
    looked_at: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The resource's logical name."""
        return self.resource.partition(".")[2]
