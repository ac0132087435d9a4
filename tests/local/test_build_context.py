import os
from pathlib import Path

import pytest

from local.build_context import context_files

FILES = (
    "Dockerfile",
    "README.md",
    "worker/loop.py",
    "worker/__pycache__/loop.pyc",
    "worker/deep/er/notes.md",
    ".venv/bin/python",
    "docs/guide.md",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ("", set(FILES)),
        ("# nothing\n\n", set(FILES)),
        (".venv\ndocs/\n", {name for name in FILES if not name.startswith((".venv", "docs"))}),
        ("**/__pycache__\n**/*.md\n", {"Dockerfile", "worker/loop.py", ".venv/bin/python"}),
        ("*.md\n", {name for name in FILES if name != "README.md"}),
        ("*\n!worker\nworker/deep\n", {"worker/loop.py", "worker/__pycache__/loop.pyc"}),
        ("*\n!worker/loop.p?\n", {"worker/loop.py"}),
        ("*\n!worker/deep/er/notes.md\n", {"worker/deep/er/notes.md"}),
        ("*\n!**/*.md\n", {"README.md", "worker/deep/er/notes.md", "docs/guide.md"}),
        ("*\n!w*/deep\n", {"worker/deep/er/notes.md"}),
    ],
)
def test_a_build_is_given_what_its_dockerignore_leaves(folder: Path, ignore: str, left: set[str]) -> None:
    (folder / ".dockerignore").write_text(ignore)
    found = dict(context_files(folder, folder / "Dockerfile"))
    assert found.keys() - {".dockerignore"} == left
    assert all(found[name].read_text() == name for name in left)


def test_a_folder_in_which_nothing_can_be_taken_back_is_not_looked_into(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".dockerignore").write_text("*\n!worker\n**/__pycache__\n")
    looked_into: list[str] = []
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: looked_into.append(Path(path).name) or scan(path))
    assert [name for name, _ in context_files(folder, folder / "Dockerfile")]
    assert set(looked_into) == {folder.name, "worker", "deep", "er"}


def test_the_dockerfiles_own_ignore_file_wins(folder: Path) -> None:
    (folder / ".dockerignore").write_text("worker\n")
    (folder / "Dockerfile.dockerignore").write_text("*\n!worker/loop.py\n")
    assert [name for name, _ in context_files(folder, folder / "Dockerfile")] == ["worker/loop.py"]
