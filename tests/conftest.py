"""What holds for every test."""

import pytest
from hypothesis import settings

# Machines are noisy: an example that takes long says nothing about the code. Speed is a matter of benchmarks.
settings.register_profile("warm-pool", deadline=None, max_examples=30)
settings.load_profile("warm-pool")


LONGEST = (
    "test_stack.py",
    "test_operate.py",
    "test_demo.py",
    "players",
    "render",
    "realisers",
    "lambdas",
    "components",
)
"""Files and folders whose tests take longest: begun first, so that no processor waits for them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order them. `make unit` keeps a file's tests in one process, since they share fixtures that are costly.

    (Marks of xdist_group do nothing: pytest-xdist 3.8 writes them where pytest 9.2 does not read them.)
    """
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, name in enumerate(LONGEST) if name in item.path.parts), len(LONGEST))
