"""Every bucket of every stack is private, whoever made it."""

import pytest

from tests.components.recording import Recording, Resource, recorded

PARTS = (
    "BucketPublicAccessBlock",
    "BucketOwnershipControls",
    "BucketServerSideEncryptionConfiguration",
    "BucketLifecycleConfiguration",
    "BucketPolicy",
)


def parts_of(program: Recording, bucket: Resource) -> list[Resource]:
    return [program.one(kind, bucket.name) for kind in PARTS]


@pytest.mark.parametrize("case", ["staging-as-shipped", "prod-as-shipped"])
def test_every_bucket_has_all_that_makes_it_private(case: str):
    program = recorded(case)
    assert len(program.all("Bucket")) == 2
    for bucket in program.all("Bucket"):
        block = program.one("BucketPublicAccessBlock", bucket.name).inputs
        assert [value for value in block.values() if isinstance(value, bool)] == [True] * 4
        assert {part.inputs["bucket"] for part in parts_of(program, bucket)} == {f"{bucket.name}-1a2b3c4"}


@pytest.mark.parametrize(("case", "is_kept"), [("staging-as-shipped", False), ("prod-as-shipped", True)])
def test_a_bucket_goes_with_all_that_is_in_it_or_stays_with_all_that_guards_it(case: str, is_kept: bool):  # noqa: FBT001 - a parameter
    program = recorded(case)
    for bucket in program.all("Bucket"):
        assert bucket.inputs["forceDestroy"] is not is_kept, "a destroy would end at a bucket that is not empty"
        assert {part.retain_on_delete for part in (bucket, *parts_of(program, bucket))} == {is_kept}
