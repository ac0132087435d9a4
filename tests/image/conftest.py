"""Podman, with the worker's image built once for all tests of a run."""

import os

import pytest

from image import base
from image.podman import REPOSITORY, Podman, missing
from tests.image.built import WORKER


@pytest.fixture(scope="session")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Podman:
    """Podman with the worker's image of this tree; skips where there is none, and fails in CI."""
    reason = missing()
    if reason is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and CI must build and run the image")
        pytest.skip(reason)
    podman = Podman(tmp_path_factory.mktemp("podman"))
    base.provide(podman)
    podman.build(WORKER, REPOSITORY / "Dockerfile")
    return podman
