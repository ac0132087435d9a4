"""Clips that are filmed once, and a studio for each test."""

from pathlib import Path

import pytest

from tests.worker.render.studio import SILENCE, TONE, Studio, film, film_colour


@pytest.fixture(scope="session")
def reels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what is filmed once and used by many tests."""
    return tmp_path_factory.mktemp("reels")


@pytest.fixture(scope="session")
def red(reels: Path) -> Path:
    """Red for 1 s, with a sound stream in which nothing is heard."""
    return film_colour(reels / "red.mp4", "red", seconds=1, sound=SILENCE)


@pytest.fixture(scope="session")
def toned(reels: Path) -> Path:
    """Red for 1 s, with a tone."""
    return film_colour(reels / "toned.mp4", "red", seconds=1, sound=TONE)


@pytest.fixture(scope="session")
def black(reels: Path) -> Path:
    """Black for 1 s, without sound."""
    return film_colour(reels / "black.mp4", "black", seconds=1)


@pytest.fixture(scope="session")
def blue(reels: Path) -> Path:
    """Blue for 1 s, without sound."""
    return film_colour(reels / "blue.mp4", "blue", seconds=1)


@pytest.fixture(scope="session")
def thirds(reels: Path) -> Path:
    """240x80: a red, a green and a blue third from left to right, for 1 s."""
    colours = [
        argument for name in ("red", "lime", "blue") for argument in ("-f", "lavfi", "-i", f"color={name}:s=80x80:d=1")
    ]
    return film(reels / "thirds.mp4", *colours, "-filter_complex", "hstack=inputs=3", "-pix_fmt", "yuv420p")


@pytest.fixture(scope="session")
def long_clip(reels: Path) -> Path:
    """A moving test picture of 8 s: long enough to be stopped in the middle."""
    source = "testsrc2=size=640x360:rate=25:duration=8"
    return film(reels / "long.mp4", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-preset", "ultrafast")


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    """A studio of its own."""
    return Studio(tmp_path / "scratch")
