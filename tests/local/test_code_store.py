import hashlib
from pathlib import Path

import pytest

from local.code_store import CodeStore


def test_an_archive_that_was_never_put_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="0000"):
        CodeStore(tmp_path).path("0" * 64)


def test_a_name_that_is_no_hash_reaches_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a hex"):
        CodeStore(tmp_path).path("../secret")


def test_an_archive_is_found_by_the_hash_of_its_bytes(tmp_path: Path) -> None:
    store = CodeStore(tmp_path / "code")
    sha256_hex = store.put(b"zip bytes")
    assert sha256_hex == hashlib.sha256(b"zip bytes").hexdigest()
    assert store.path(sha256_hex).read_bytes() == b"zip bytes"
    assert store.put(b"zip bytes") == sha256_hex
    assert [file.name for file in (tmp_path / "code").iterdir()] == [f"{sha256_hex}.zip"]
