from pathlib import Path

import pytest

from worker.render.log_file import LAST_LINES, LOG_FILE, LogFile


def said(folder: Path) -> list[str]:
    return (folder / LOG_FILE).read_text("utf-8", "replace").splitlines()


def test_a_log_has_every_line_of_every_process_with_its_arguments_and_end(tmp_path: Path):
    for number in (1, 2):
        log = LogFile(tmp_path, ["-i", f"source-{number}"])
        log.add(b"one\n")
        log.add(b"cut off at its bound")
        log.close(number)
    assert said(tmp_path) == [
        *("$ ffmpeg -i source-1", "one", "cut off at its bound", "(ended with 1)"),
        *("$ ffmpeg -i source-2", "one", "cut off at its bound", "(ended with 2)"),
    ]


def test_a_log_is_bounded_and_keeps_how_it_began_and_how_it_ended(tmp_path: Path):
    log = LogFile(tmp_path, [], max_bytes=1000)
    for number in range(1000):
        log.add(b"line %d\n" % number)
    log.close(1)
    lines = said(tmp_path)
    assert lines[:2] == ["$ ffmpeg ", "line 0"]
    [gap] = [index for index, line in enumerate(lines) if line.startswith("(") and "left out" in line]
    kept = len(lines) - 3
    assert lines[gap] == f"({1000 - kept} lines are left out here)"
    assert len(lines) - gap - 2 == LAST_LINES
    assert lines[-2:] == ["line 999", "(ended with 1)"]


@pytest.mark.parametrize("folder", ["nowhere", "file"])
def test_a_disk_that_refuses_the_log_is_no_trouble(tmp_path: Path, folder: str):
    (tmp_path / "file").write_bytes(b"")
    log = LogFile(tmp_path / folder, [])
    log.add(b"one\n")
    log.close(None)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
