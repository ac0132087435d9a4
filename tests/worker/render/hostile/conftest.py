"""What the whole suite watches."""

from collections.abc import Iterator

import pytest

from tests.worker.render.hostile.canary import Canary


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canary]:
    """Nobody may touch it."""
    watched = Canary(tmp_path_factory.mktemp("canary"))
    yield watched
    watched.close()
