"""One recording for the tests of single components: what holds for every stack is asked of all three."""

import pytest

from tests.components.recording import STACKS, Recording, recorded


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def program(stack: str) -> Recording:
    return recorded(stack)
