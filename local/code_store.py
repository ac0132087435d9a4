"""Archives of Lambda functions and layers, by what is in them: where whoever plays Lambda finds the deployed code."""

import hashlib
import re
from pathlib import Path

_SHA256_HEX = re.compile(r"[0-9a-f]{64}")


class CodeStore:
    """Zip files in `folder`, named by the hex SHA-256 of their bytes (Lambda's CodeSha256 is the same in base64)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, archive: bytes) -> str:
        """Keep a zip file's bytes; returns their hex SHA-256. Putting the same bytes again changes nothing."""
        sha256_hex = hashlib.sha256(archive).hexdigest()
        kept = self._file(sha256_hex)
        if not kept.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = kept.with_suffix(".part")
            unfinished.write_bytes(archive)
            unfinished.replace(kept)
        return sha256_hex

    def path(self, sha256_hex: str) -> Path:
        """The zip file of that hash. Raises FileNotFoundError if it was never put."""
        kept = self._file(sha256_hex)
        if not kept.is_file():
            raise FileNotFoundError(f"no archive {sha256_hex} in {self._folder}")
        return kept

    def _file(self, sha256_hex: str) -> Path:
        if not _SHA256_HEX.fullmatch(sha256_hex):
            raise ValueError(f"not a hex SHA-256: {sha256_hex!r}")
        return self._folder / f"{sha256_hex}.zip"
