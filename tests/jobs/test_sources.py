import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.sources import AllowedSources, ForbiddenSourceError, S3Source, WebSource

ALLOWED = AllowedSources("own", ["s3://own/sources/", "s3://shared-media/"])


@pytest.mark.parametrize(
    ("source", "bucket", "key"),
    [
        ("sources/a.mp4", "own", "sources/a.mp4"),
        ("s3://own/sources/deep/a b.mp4", "own", "sources/deep/a b.mp4"),
        ("S3://own/sources/a.mp4", "own", "sources/a.mp4"),
        ("s3://shared-media/x", "shared-media", "x"),
        ("sources/..a/b..mp4", "own", "sources/..a/b..mp4"),
        ("sources/100%/é?#.mp4", "own", "sources/100%/é?#.mp4"),
    ],
)
def test_a_key_under_an_allowed_prefix_is_an_object(source: str, bucket: str, key: str):
    assert ALLOWED.resolve(source) == S3Source(bucket, key)


@pytest.mark.parametrize("url", ["https://example.com/a.mp4", "HTTPS://example.com/a", "http://127.0.0.1:9/a"])
def test_a_web_address_is_recognised_and_left_to_the_address_rules(url: str):
    assert ALLOWED.resolve(url) == WebSource(url)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "a.mp4",
        "/sources/a.mp4",
        "sources",
        "sources/",
        "sources-of-others/a.mp4",
        "renders/other-job/1/video.mp4",
        "sources/../renders/a/1/video.mp4",
        "sources/./a.mp4",
        "sources/a/..",
        "s3://own/renders/a",
        "s3://own",
        "s3://own/",
        "s3:///sources/a.mp4",
        "s3://other/sources/a.mp4",
        "s3://OWN/sources/a.mp4",
        "s3://shared-media",
        "s3://shared-media.evil/x",
        "s3://user@own/sources/a.mp4",
        "file:///etc/passwd",
        "file:/etc/passwd",
        "ftp://example.com/a",
        "concat:sources/a|sources/b",
        "data:video/mp4;base64,AAAA",
        "sources/a\x00.mp4",
        "sources/a\nb",
        "sources/" + "a" * 1020,
    ],
)
def test_anything_else_is_forbidden_with_a_remedy(source: str):
    with pytest.raises(ForbiddenSourceError) as caught:
        ALLOWED.resolve(source)
    assert caught.value.message
    assert caught.value.remedy


def test_the_refusal_names_the_prefixes_that_are_allowed():
    with pytest.raises(ForbiddenSourceError, match="s3://own/sources/ or s3://shared-media/"):
        ALLOWED.resolve("s3://own/else/a.mp4")


def test_nothing_of_s3_is_allowed_without_a_prefix():
    with pytest.raises(ForbiddenSourceError, match="operator"):
        AllowedSources("own", []).resolve("sources/a.mp4")


@pytest.mark.parametrize("prefix", ["s3://own/sources", "s3://", "own/sources/", "https://x/", "s3:///a/", ""])
def test_a_prefix_that_would_allow_more_than_it_says_is_refused(prefix: str):
    with pytest.raises(ValueError, match="no prefix"):
        AllowedSources("own", [prefix])


@given(st.text() | st.text().map("sources/".__add__) | st.text().map("s3://".__add__))
def test_whatever_is_allowed_lies_under_an_allowed_prefix(source: str):
    try:
        resolved = ALLOWED.resolve(source)
    except ForbiddenSourceError:
        return
    if isinstance(resolved, S3Source):
        assert f"s3://{resolved.bucket}/{resolved.key}".startswith(("s3://own/sources/", "s3://shared-media/"))
        assert not {".", ".."} & set(resolved.key.split("/"))
    else:
        assert resolved.url.lower().startswith(("http://", "https://"))
