from collections.abc import Iterator

import pytest

from local.cloud import Cloud
from tests.local.realisers.sample import Stack


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def deployed(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The sample, deployed once. Tests that change it put it back, or change what no other test looks at."""
    stack = Stack(cloud, tmp_path_factory.mktemp("stack"))
    stack.deploy()
    return stack
