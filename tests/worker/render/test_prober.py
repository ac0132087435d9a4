"""What a look at files tells, and how many looks it takes."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from jobs.spec import Material
from worker.render import ffmpeg
from worker.render.ffmpeg import Outcome
from worker.render.limits import Limits
from worker.render.probe import Media
from worker.render.prober import Prober


class Looks:
    """A prober of files, and the looks that it took."""

    def __init__(self, folder: Path, *paths: Path, limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        self.taken: list[Sequence[str]] = []
        self._folder, self._limits = folder, limits
        self.paths = {Material(f"clips[{index}]", str(path), "video"): path for index, path in enumerate(paths)}
        names = {str(path): f"source-{index}" for index, path in enumerate(paths)}
        self._prober = Prober(folder, names, limits, self._run)

    def _run(self, arguments: Sequence[str]) -> Outcome:
        self.taken.append(arguments)
        stop = threading.Event()
        return ffmpeg.run(arguments, folder=self._folder, limits=self._limits, wall_seconds=20, stop=stop)

    def at_all(self) -> list[Media | str]:
        return list(self._prober.look_at_all(self.paths).values())

    def at_each(self) -> list[Media | str]:
        return [self._prober.look_at(material, path) for material, path in self.paths.items()]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no film")
    return path


def test_one_look_tells_of_several_files_what_a_look_at_each_would(tmp_path: Path, red: Path, thirds: Path):
    looks = Looks(tmp_path, red, thirds)

    together = looks.at_all()

    assert len(looks.taken) == 1
    assert together == looks.at_each()
    assert [isinstance(found, Media) and found.audio_index for found in together] == [1, None]


def test_beside_a_broken_file_the_others_are_known_still(tmp_path: Path, red: Path, broken: Path, blue: Path):
    found = Looks(tmp_path, red, broken, blue).at_all()

    assert [isinstance(each, Media) for each in found] == [True, False, True]


def test_a_file_that_is_too_large_is_not_looked_at(tmp_path: Path, red: Path, broken: Path):
    limits = Limits(max_source_bytes=broken.stat().st_size)
    looks = Looks(tmp_path, broken, red, limits=limits)

    assert looks.at_all()[1] == f"has {red.stat().st_size} bytes, more than {limits.max_source_bytes}"
    assert all("file:source-1" not in arguments for arguments in looks.taken)
