"""The fonts of one's own: what lies under `fonts/` in the stack's bucket, beside the installed ones."""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from jobs.font_file import FontFile
from jobs.fonts import FontCatalogue, FontFamily
from worker.errors import TransientError
from worker.render import confined_module

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = logging.getLogger(__name__)

PREFIX = "fonts/"
SUFFIXES = (".ttf", ".otf", ".ttc")
MAX_FONTS = 200
MAX_FONT_BYTES = 32 * 1024**2
FRESH_SECONDS = 30.0
"""How long a look into the bucket counts: a family that is asked for in vain is looked for again after it."""


@dataclass(frozen=True)
class _Stored:
    key: str
    etag: str
    size_bytes: int


class FontShelf:
    """A catalogue that grows with the bucket. It looks there only when a text names a family that is not installed.

    `folder` keeps fonts between jobs; its files have names of ours. `clock` is monotonic, in seconds.
    """

    def __init__(
        self, s3: "S3Client", bucket: str, folder: Path, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._folder = folder
        self._clock = clock
        self._catalogue = FontCatalogue.installed()
        self._looked_at: float | None = None

    def catalogue(self, families: Iterable[str]) -> FontCatalogue:
        """All fonts, looked for anew where one of `families` is not installed.

        Raises:
            TransientError: the bucket could not be read.
        """
        installed = FontCatalogue.installed()
        if all(installed.find(name) for name in families):
            return self._catalogue
        now = self._clock()
        if self._looked_at is None or now - self._looked_at > FRESH_SECONDS:
            self._catalogue = installed.with_families(self._families())
            self._looked_at = now
        return self._catalogue

    def _families(self) -> list[FontFamily]:
        files: dict[str, list[FontFile]] = {}
        for stored in self._stored():
            for name, file in self._fonts(stored):
                files.setdefault(name, []).append(file)
        return [FontFamily(name, tuple(found)) for name, found in files.items()]

    def _stored(self) -> list[_Stored]:
        """The fonts in the bucket, the first `MAX_FONTS` by name."""
        try:
            answer = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=PREFIX, MaxKeys=1000)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 403:  # noqa: PLR2004 - forbidden
                log.warning("the worker may not list the bucket's fonts")
                return []
            raise TransientError(f"the bucket's fonts could not be listed ({type(error).__name__})") from error
        except BotoCoreError as error:
            raise TransientError(f"the bucket's fonts could not be listed ({type(error).__name__})") from error
        found = [
            _Stored(key, entry.get("ETag", ""), entry.get("Size", 0))
            for entry in answer.get("Contents", [])
            if (key := entry.get("Key", "")).lower().endswith(SUFFIXES)
        ]
        for stored in found:
            if stored.size_bytes > MAX_FONT_BYTES:
                log.warning("a font is too large", extra={"key": stored.key, "bytes": stored.size_bytes})
        return [stored for stored in found if 0 < stored.size_bytes <= MAX_FONT_BYTES][:MAX_FONTS]

    def _fonts(self, stored: _Stored) -> list[tuple[str, FontFile]]:
        """The fonts of one file, brought and surveyed once; none where it is no font."""
        name = hashlib.sha256(f"{stored.key}\0{stored.etag}".encode()).hexdigest()[:32]
        path, survey = self._folder / f"{name}.font", self._folder / f"{name}.json"
        if not survey.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._bring(stored, path)
            try:
                confined_module.run(
                    "worker.render.font_survey",
                    path.name,
                    f"{name}.partial",
                    folder=self._folder,
                    what=f"{stored.key} is no font that can be read",
                )
                (self._folder / f"{name}.partial").replace(survey)
            except TransientError as error:
                log.warning("a font could not be read", extra={"key": stored.key, "cause": str(error)})
                survey.write_text("[]", "utf-8")
        raw: list[Any] = json.loads(survey.read_text("utf-8"))
        return [
            (family, FontFile(path, lightest, boldest, italic, index, _points(ranges)))
            for family, lightest, boldest, italic, index, ranges in raw
        ]

    def _bring(self, stored: _Stored, path: Path) -> None:
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=stored.key)["Body"].read(MAX_FONT_BYTES)
        except (ClientError, BotoCoreError) as error:
            raise TransientError(f"{stored.key} could not be read ({type(error).__name__})") from error
        path.write_bytes(body)


def _points(ranges: Iterable[tuple[int, int]]) -> frozenset[int]:
    return frozenset(point for first, last in ranges for point in range(first, last + 1))
