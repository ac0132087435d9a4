import base64
import hashlib
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from local.code_store import CodeStore
from local.players.layers import LayerStore, closure
from tests.local.players.archives import zip_of


@pytest.fixture
def code_store(tmp_path: Path) -> CodeStore:
    return CodeStore(tmp_path / "code")


@pytest.fixture
def layers(tmp_path: Path, code_store: CodeStore) -> LayerStore:
    return LayerStore(tmp_path / "layers", code_store)


def code_sha256(archive: bytes) -> str:
    return base64.b64encode(hashlib.sha256(archive).digest()).decode()


def can_import(module: str, *folders: Path) -> bool:
    code = f"import sys; sys.path += {[str(folder) for folder in folders]!r}; import {module}"
    return subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, check=False).returncode == 0


def test_code_that_was_never_deployed_is_an_error_and_leaves_nothing(layers: LayerStore, tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        layers.archive(code_sha256(b"nothing"))
    assert not list((tmp_path / "layers").rglob("*.*"))


def test_a_broken_archive_leaves_no_half_made_folder(layers: LayerStore, code_store: CodeStore, tmp_path: Path):
    code_store.put(b"not a zip file")
    with pytest.raises(zipfile.BadZipFile):
        layers.archive(code_sha256(b"not a zip file"))
    assert not [path for path in (tmp_path / "layers").rglob("*") if path.name != "archives"]


def test_an_archive_is_unzipped_once(layers: LayerStore, code_store: CodeStore):
    archive = zip_of({"lambdas/handler.py": "x = 1", "python/own.py": ""})
    code_store.put(archive)
    folder = layers.archive(code_sha256(archive))
    assert (folder / "lambdas/handler.py").read_text() == "x = 1"
    (folder / "kept").touch()
    assert (layers.archive(code_sha256(archive)) / "kept").exists()
    assert layers.layer(code_sha256(archive)) == folder / "python"


def test_a_closure_names_what_is_required_and_nothing_else():
    names = {member.name for member in closure("boto3")}
    assert names == {"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"}


def test_extras_of_a_requirement_are_honoured():
    plain = {member.name for member in closure("aws-lambda-powertools")}
    parser = {member.name for member in closure("aws-lambda-powertools[parser]")}
    assert "pydantic" not in plain
    assert {"pydantic", "pydantic_core", "annotated-types"} <= parser


def test_a_distribution_that_is_not_installed_is_named():
    with pytest.raises(PackageNotFoundError, match="no-such-distribution"):
        closure("no-such-distribution")


def test_the_powertools_stand_in_carries_pydantic_and_neither_boto3_nor_test_tools(layers: LayerStore):
    folder = layers.powertools()
    assert can_import("aws_lambda_powertools.utilities.parser", folder)
    assert not can_import("boto3", folder)
    assert not can_import("pytest", folder)


def test_the_runtime_stand_in_carries_boto3_only(layers: LayerStore):
    folder = layers.runtime()
    assert can_import("boto3", folder)
    assert not can_import("pydantic", folder)
    assert layers.runtime() == folder
