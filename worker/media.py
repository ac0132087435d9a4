"""Sources down to scratch, results up to the bucket: streamed both ways, bounded, and never half a file."""

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError, ResponseStreamingError
from urllib3.exceptions import HTTPError

from jobs.addresses import ForbiddenAddress, GuardedClient, UnresolvableAddress, check_target
from jobs.problem import Problem
from jobs.sources import AllowedSources, ForbiddenSourceError, S3Source, WebSource
from worker.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = logging.getLogger(__name__)

CHUNK_BYTES = 1024 * 1024
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one job may bring in: sized for the 20 GiB that Fargate gives a task, results included."""

    source_bytes: int = 4 * 1024 * _MIB
    job_bytes: int = 10 * 1024 * _MIB
    spare_bytes: int = 512 * _MIB
    """What must stay free on the scratch disk for the render's results."""


class Closable(Protocol):
    """An answer with a connection behind it."""

    def close(self) -> None:
        """Give the connection up."""
        ...


class Material(Protocol):
    """What matters here of a file that a spec names (jobs/spec/material.py)."""

    @property
    def field(self) -> str:
        """The place in the spec that names it."""
        ...

    @property
    def source(self) -> str:
        """Where it is."""
        ...


class MediaStore:
    """Reads allowed sources and writes renders. `check` arguments are called between chunks and may raise."""

    def __init__(
        self,
        s3: "S3Client",
        bucket: str,
        allowed: AllowedSources,
        web: GuardedClient,
        *,
        loopback_targets: frozenset[str],
        limits: Limits | None = None,
    ) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._allowed = allowed
        self._web = web
        self._loopback_targets = loopback_targets
        self._limits = limits or Limits()

    def problems(self, materials: Sequence[Material]) -> tuple[Problem, ...]:
        """What is forbidden about the files' addresses, as far as it can be told without the network."""
        found: list[Problem] = []
        for material in materials:
            try:
                source = self._allowed.resolve(material.source)
                if isinstance(source, WebSource):
                    check_target(source.url, self._loopback_targets)
            except ForbiddenSourceError as error:
                found.append(Problem(field=material.field, message=error.message, remedy=error.remedy))
            except ForbiddenAddress as error:
                found.append(_forbidden_address(material.field, error))
        return tuple(found)

    def etags(self, names: Iterable[str], check: Callable[[], None]) -> Mapping[str, str] | None:
        """The strong ETag of each source by its name; None if any has none, or cannot be asked now."""
        found: dict[str, str] = {}
        for name in names:
            check()
            etag = self._etag(name)
            # A weak one says of a server's files that they are as good as equal, which is not the same.
            if etag is None or not etag.startswith('"'):
                return None
            found[name] = etag
        return found

    def _etag(self, name: str) -> str | None:
        source = self._allowed.resolve(name)
        try:
            if isinstance(source, S3Source):
                return self._s3.head_object(Bucket=source.bucket, Key=source.key)["ETag"]
            answer = self._web.request("HEAD", source.url, preload_content=False)
        except (ClientError, BotoCoreError, HTTPError, ForbiddenAddress, UnresolvableAddress):
            # What is wrong is told when it is downloaded.
            return None
        answer.close()
        return answer.headers.get("ETag") if answer.status == HTTPStatus.OK else None

    def copy(self, key: str, to_key: str) -> bool:
        """Copy an object of the stack's bucket within it; False if it is not there (any more) or cannot be copied."""
        try:
            self._s3.head_object(Bucket=self._bucket, Key=key)
            self._s3.copy_object(Bucket=self._bucket, Key=to_key, CopySource={"Bucket": self._bucket, "Key": key})
        except (ClientError, BotoCoreError) as error:
            log.info("an earlier render was not to be copied", extra={"key": key, "cause": type(error).__name__})
            return False
        return True

    def download(
        self,
        materials: Sequence[Material],
        folder: Path,
        check: Callable[[], None],
        etags: Mapping[str, str] | None = None,
    ) -> Mapping[str, Path]:
        """Every distinct source as a file in `folder`; of that version, where `etags` has the source's.

        Raises PermanentError (forbidden, missing, too large; each field names the first place that uses the source),
        TransientError (cut off, unreachable, refused for now, of another version), and what `check` raises. After the
        first that is wrong, the others are only looked for, so that all that are missing are told at once.
        """
        paths: dict[str, Path] = {}
        problems: list[Problem] = []
        left_bytes = self._limits.job_bytes
        for index, material in enumerate(materials):
            if material.source in paths:
                continue
            path = paths[material.source] = folder / f"source-{index}"
            try:
                if problems:
                    check()
                    self._look(material)
                    continue
                left_bytes -= self._fetch(
                    material.source,
                    material.field,
                    path,
                    min(left_bytes, self._limits.source_bytes),
                    check,
                    etag=(etags or {}).get(material.source),
                )
            except PermanentError as error:
                problems += error.problems
        if problems:
            raise PermanentError(problems)
        return paths

    def _look(self, material: Material) -> None:
        """Raise PermanentError if a source is not there; of what cannot be told now, nothing is said."""
        with suppress(TransientError, ClientError, BotoCoreError, HTTPError):
            self._opened(material.source, material.field).answer.close()

    def download_one(self, material: Material, path: Path, check: Callable[[], None]) -> Path:
        """One source as the file `path`. Raises as `download` does."""
        self._fetch(material.source, material.field, path, self._limits.source_bytes, check)
        return path

    def _fetch(
        self, name: str, field: str, path: Path, limit_bytes: int, check: Callable[[], None], *, etag: str | None = None
    ) -> int:
        try:
            body = self._opened(name, field)
            with closing(body.answer):
                if etag is not None and body.etag != etag:
                    raise TransientError(f"{field}: the source was replaced just now")
                return self._write(body, path, limit_bytes, check)
        except (IncompleteReadError, ResponseStreamingError, HTTPClientError, HTTPError) as error:
            raise TransientError(
                f"{field}: the source was cut off or not to be reached ({type(error).__name__})"
            ) from error

    def _opened(self, name: str, field: str) -> "_Body":
        source = self._allowed.resolve(name)
        return self._open_object(source, field) if isinstance(source, S3Source) else self._open_url(source.url, field)

    def _open_object(self, source: S3Source, field: str) -> "_Body":
        try:
            answer = self._s3.get_object(Bucket=source.bucket, Key=source.key)
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            name = f"s3://{source.bucket}/{source.key}"
            if status == HTTPStatus.NOT_FOUND:
                raise _missing(field, f"{name} does not exist") from None
            if status == HTTPStatus.FORBIDDEN:
                # Without the right to list, S3 says of a missing key too that access is denied.
                raise _missing(field, f"{name} does not exist, or may not be read by this stack") from None
            raise
        body = answer["Body"]
        return _Body(field, answer["ContentLength"], body.iter_chunks(CHUNK_BYTES), body, answer.get("ETag"))

    def _open_url(self, url: str, field: str) -> "_Body":
        try:
            answer = self._web.request("GET", url, preload_content=False)
        except ForbiddenAddress as error:
            raise PermanentError(_forbidden_address(field, error)) from None
        except UnresolvableAddress as error:
            raise TransientError(f"{field}: {error}") from error
        if answer.status != HTTPStatus.OK:
            answer.close()
            raise _refused(field, answer.status)
        length = answer.headers.get("Content-Length")
        return _Body(
            field,
            int(length) if length and length.isdecimal() else None,
            answer.stream(CHUNK_BYTES, decode_content=False),
            answer,
            answer.headers.get("ETag"),
        )

    def _write(self, body: "_Body", path: Path, limit_bytes: int, check: Callable[[], None]) -> int:
        """Write a body to `path` and return its size. Raises as `download` says, leaving the folder to the caller."""
        if body.length is not None and body.length > limit_bytes:
            raise _too_large(body.field, limit_bytes)
        written = 0
        with path.open("wb") as file:
            for chunk in body.chunks:
                check()
                written += len(chunk)
                if written > limit_bytes:
                    raise _too_large(body.field, limit_bytes)
                if shutil.disk_usage(path.parent).free < self._limits.spare_bytes:
                    raise TransientError(f"{body.field}: the worker's disk has no room for the source")
                file.write(chunk)
        if body.length is not None and written != body.length:
            raise TransientError(f"{body.field}: the source was cut off after {written} of {body.length} bytes")
        if written == 0:
            raise PermanentError(
                Problem(field=body.field, message="the source is empty", remedy="upload the file again")
            )
        return written

    def upload(self, path: Path, key: str, content_type: str, check: Callable[[], None]) -> None:
        """Put a result into the stack's bucket, in parts when it is large; an upload that fails leaves no parts.

        Raises TransientError, and what `check` raises.
        """
        stopped: list[BaseException] = []

        def between_chunks(_sent_bytes: int) -> None:
            try:
                check()
            except BaseException as error:
                stopped.append(error)
                raise

        try:
            self._s3.upload_file(
                str(path),
                self._bucket,
                key,
                ExtraArgs={"ContentType": content_type},
                Callback=between_chunks,
                Config=_IN_THIS_THREAD,
            )
        except (S3UploadFailedError, ClientError, HTTPClientError) as error:
            if stopped:
                raise stopped[0] from None
            raise TransientError(f"the upload failed ({type(error).__name__})") from error


@dataclass(frozen=True)
class _Body:
    """A source that has been opened; `length` is None where the server does not say."""

    field: str
    length: int | None
    chunks: Iterator[bytes]
    answer: Closable
    etag: str | None


_IN_THIS_THREAD = TransferConfig(multipart_threshold=16 * _MIB, multipart_chunksize=16 * _MIB, use_threads=False)
"""In the caller's thread, so that what `check` raises ends the upload and its parts are removed at once."""


def _missing(field: str, message: str) -> PermanentError:
    return PermanentError(
        Problem(field=field, message=message, remedy="upload the file first, and check its bucket and key")
    )


def _forbidden_address(field: str, error: ForbiddenAddress) -> Problem:
    return Problem(field=field, message=f"{error.target} is not allowed: {error.reason}", remedy=error.remedy)


def _too_large(field: str, limit_bytes: int) -> PermanentError:
    return PermanentError(
        Problem(
            field=field,
            message=f"the source is larger than the {limit_bytes // _MIB} MiB that are left for it",
            remedy="send a smaller file, or fewer of them in one job",
        )
    )


def _refused(field: str, status: int) -> PermanentError | TransientError:
    """What an answer other than 200 means: our own doing and the server's troubles pass, the rest does not."""
    told = f"the source's server answered {status}"
    if status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS} or status >= 500:  # noqa: PLR2004 - 5xx is the server's trouble
        return TransientError(f"{field}: {told}")
    if 300 <= status < 400:  # noqa: PLR2004 - 3xx
        return PermanentError(
            Problem(field=field, message=f"{told}, a redirect", remedy="give the address that it leads to")
        )
    return PermanentError(
        Problem(field=field, message=told, remedy="give an address that answers 200 with the file to anyone who has it")
    )
