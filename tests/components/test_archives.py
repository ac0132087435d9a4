"""An archive is made of the files that were written, and of nothing that happens to lie beside them."""

from pathlib import Path

import pulumi
import pytest

from components import archives


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def test_a_layer_that_was_not_set_up_is_refused_with_the_command_that_does(tmp_path: Path):
    with pytest.raises(pulumi.RunError, match="make setup"):
        archives.layer_archive(tmp_path)


def test_byte_code_and_hidden_files_stay_out(tmp_path: Path):
    write(
        tmp_path, "a.py", "__pycache__/a.cpython-313.pyc", "b/stray.pyc", "b/__pycache__/c", ".DS_Store", ".cache/d.py"
    )
    assert archives.files(tmp_path) == [tmp_path / "a.py"]


def test_data_beside_code_goes_along(tmp_path: Path):
    write(tmp_path, "schema/v1.json", "a.py")
    assert [path.name for path in archives.files(tmp_path)] == ["a.py", "v1.json"]


def test_a_functions_files_have_the_paths_of_the_repository(tmp_path: Path):
    write(
        tmp_path, "jobs/record.py", "fleet/level.py", "lambdas/__init__.py", "lambdas/api/handler.py", "lambdas/x/y.py"
    )
    assert list(archives.function_archive("api", tmp_path).assets) == [
        "lambdas/__init__.py",
        "jobs/record.py",
        "fleet/level.py",
        "lambdas/api/handler.py",
    ]


def test_a_layers_files_begin_at_its_content(tmp_path: Path):
    write(tmp_path, "build/layer/content/python/package/__init__.py", "build/layer/.ready")
    assert list(archives.layer_archive(tmp_path).assets) == ["python/package/__init__.py"]
