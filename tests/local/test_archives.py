import io
import os
import zipfile
from pathlib import Path

import pulumi
import pytest

from local.archives import UnreadableArchiveError, zip_of


def contents(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        return {entry.filename: zipped.read(entry) for entry in zipped.infolist()}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "jobs"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "spec.py").write_text("spec")
    (folder / "__init__.py").write_text("")
    (folder / "__pycache__" / "spec.cpython-313.pyc").write_bytes(b"byte code")
    return folder


@pytest.mark.parametrize(
    "archive",
    [
        pulumi.AssetArchive({"missing.py": pulumi.FileAsset("missing.py")}),
        pulumi.FileArchive("missing"),
        pulumi.RemoteArchive("https://example.com/code.zip"),
        pulumi.AssetArchive({"code.py": pulumi.RemoteAsset("https://example.com/code.py")}),
        pulumi.AssetArchive({}),
    ],
)
def test_what_cannot_be_read_is_an_error(archive: pulumi.Archive) -> None:
    with pytest.raises(UnreadableArchiveError):
        zip_of(archive)


def test_a_folder_is_zipped_sorted_and_without_byte_code(package: Path) -> None:
    archive = pulumi.AssetArchive(
        {"jobs": pulumi.FileArchive(str(package)), "a.txt": pulumi.StringAsset("text"), "z": pulumi.AssetArchive({})}
    )
    assert list(contents(zip_of(archive)).items()) == [
        ("a.txt", b"text"),
        ("jobs/__init__.py", b""),
        ("jobs/spec.py", b"spec"),
    ]


def test_the_same_files_are_the_same_bytes_whenever_they_were_written(package: Path) -> None:
    first = zip_of(pulumi.FileArchive(str(package)))
    (package / "spec.py").chmod(0o600)
    os.utime(package / "spec.py", (1_000_000_000, 1_000_000_000))
    (package / "__pycache__" / "more.pyc").write_bytes(b"more")
    assert zip_of(pulumi.FileArchive(str(package))) == first
    (package / "spec.py").write_text("another")
    assert zip_of(pulumi.FileArchive(str(package))) != first


def test_a_zip_file_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "ready.zip").write_bytes(b"PK and so on")
    assert zip_of(pulumi.FileArchive(str(tmp_path / "ready.zip"))) == b"PK and so on"
