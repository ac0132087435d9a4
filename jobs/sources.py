"""Which sources a clip may be read from: S3 keys under allowed prefixes, or web addresses (see jobs/addresses.py)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SCHEME = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*)://")
_BUCKET = re.compile(r"\A[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KEY_BYTES = 1024  # S3's own limit


@dataclass(frozen=True)
class S3Source:
    """An object that may be read."""

    bucket: str
    key: str


@dataclass(frozen=True)
class WebSource:
    """An http or https URL, still to be judged by `jobs.addresses`."""

    url: str


class ForbiddenSourceError(ValueError):
    """The source is outside of what this stack reads from. `message` says why, `remedy` what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message}; {remedy}")


class AllowedSources:
    """The prefixes that clips may be read from, and how a source is read against them.

    `bucket` is the stack's own: a source without a scheme is a key in it. `prefixes` look like `s3://bucket/path/`;
    the slash at the end keeps `sources/` from allowing `sources-of-others/`. Raises ValueError for any other form.
    """

    def __init__(self, bucket: str, prefixes: Iterable[str]) -> None:
        self._bucket = bucket
        self._prefixes = tuple(prefixes)
        for prefix in self._prefixes:
            if not re.match(r"\As3://[a-z0-9][a-z0-9.-]+/(.*/)?\Z", prefix):
                raise ValueError(f"{prefix!r} is no prefix of sources: write s3://bucket/ or s3://bucket/path/")

    def resolve(self, source: str) -> S3Source | WebSource:
        """What `source` names. Raises ForbiddenSourceError; an object's existence is not looked at."""
        if _CONTROL.search(source):
            raise ForbiddenSourceError("the source holds a control character", "remove it")
        scheme = _SCHEME.match(source)
        match scheme.group(1).lower() if scheme else None:
            case "http" | "https":
                return WebSource(source)
            case "s3":
                bucket, _, key = source[len("s3://") :].partition("/")
            case None:
                bucket, key = self._bucket, source
            case name:
                raise ForbiddenSourceError(
                    f"{name}:// is no scheme that sources are read by",
                    "use s3://bucket/key, a key in the stack's bucket, or an https URL",
                )
        return self._allowed(bucket, key)

    def _allowed(self, bucket: str, key: str) -> S3Source:
        if not _BUCKET.match(bucket):
            raise ForbiddenSourceError(f"{bucket[:80]!r} is no bucket's name", "write s3://bucket/key")
        if not key or key.endswith("/") or len(key.encode()) > _KEY_BYTES:
            raise ForbiddenSourceError("the source names no object", "write the object's whole key")
        # HTTP clients fold these away when they build the URL, so that another object would be read than was allowed.
        if any(segment in {".", ".."} for segment in key.split("/")):
            raise ForbiddenSourceError("the key has a . or .. between its slashes", "write the object's own key")
        if not f"s3://{bucket}/{key}".startswith(self._prefixes):
            raise ForbiddenSourceError(
                f"s3://{bucket}/{key} is outside of what this stack reads from",
                "put the file under " + (" or ".join(self._prefixes) or "a prefix that the stack's operator allows"),
            )
        return S3Source(bucket, key)
