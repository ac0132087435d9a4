"""The engine is built once, and where it cannot be built the reason is said."""

import os
from importlib import metadata
from pathlib import Path

import pytest

from local.engine import installation
from local.engine.installation import NoEngineError, go_version, install


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, with nothing built yet."""
    path = tmp_path / "path"
    path.mkdir()
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setattr(installation, "BUILT_CLI", tmp_path / "engine" / "pulumi")
    monkeypatch.setattr(installation, "HOME_FOLDER", tmp_path / "home")
    monkeypatch.setattr(installation, "BUILT_FROM", tmp_path / "engine" / "built-from")
    return path


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_without_a_cli_and_without_go_it_says_so(bare_machine: Path):
    with pytest.raises(NoEngineError, match=r"nor Go 1\.24 or newer"):
        install()


def test_a_go_that_is_too_old_is_named(bare_machine: Path):
    script(bare_machine / "go", "echo go1.19.8")
    with pytest.raises(NoEngineError, match=r"must be 1\.24, not go1\.19\.8"):
        install()


def test_a_cli_on_the_path_is_taken_as_it_is(bare_machine: Path):
    script(bare_machine / "pulumi", "exit 1")
    assert str(bare_machine / "pulumi") in install()


def test_the_pulumi_of_a_stack_in_the_background_is_not_taken_for_a_cli(
    bare_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    wrappers = tmp_path / "wrappers"
    wrappers.mkdir()
    script(wrappers / "pulumi", f"{installation.WRAPPER_MARK}: words")
    monkeypatch.setenv("PATH", f"{wrappers}{os.pathsep}{bare_machine}")
    assert installation.cli() is None
    script(bare_machine / "pulumi", "exit 1")
    assert installation.cli() == bare_machine / "pulumi"


def test_what_is_built_is_not_built_again_until_the_modules_change(
    bare_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    runs = tmp_path / "runs"
    to = installation.BUILT_CLI
    build = f"if [ $1 = env ]; then echo go1.26.1; else echo built >>{runs}; mkdir -p {to.parent}; : >{to}; fi"
    script(bare_machine / "go", f"PATH=/usr/bin:/bin\n{build}")
    assert "is built" in install()
    assert "built already" in install()
    assert runs.read_text() == "built\n"
    changed = tmp_path / "cli"
    changed.mkdir()
    for name in ("go.mod", "go.sum"):
        (changed / name).write_text((installation.MODULE_FOLDER / name).read_text() + "\n")
    monkeypatch.setattr(installation, "MODULE_FOLDER", changed)
    install()
    assert runs.read_text() == "built\nbuilt\n"


def test_the_local_providers_lie_where_the_cli_looks_for_the_versions_of_their_sdks(bare_machine: Path):
    script(bare_machine / "pulumi", "exit 1")
    install()
    found = sorted((installation.HOME_FOLDER / "plugins").glob("*/*"))
    assert [path.name for path in found] == ["pulumi-resource-aws", "pulumi-resource-docker-build"]
    assert found[0].parent.name == f"resource-aws-v{metadata.version('pulumi_aws')}"
    assert all(os.access(path, os.X_OK) for path in found)


def test_a_build_that_fails_is_an_error(bare_machine: Path):
    script(bare_machine / "go", "if [ $1 = env ]; then echo go1.26.1; else exit 3; fi")
    with pytest.raises(NoEngineError, match="ended with 3"):
        install()
    assert installation.cli() is None


@pytest.mark.parametrize(("said", "version"), [("go1.24.3\n", (1, 24)), ("go1.26rc1", (1, 26)), ("devel", (0, 0))])
def test_go_tells_its_version(said: str, version: tuple[int, int]):
    assert go_version(said) == version
