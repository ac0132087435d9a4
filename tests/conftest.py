"""What holds for every test."""

import pytest
from hypothesis import settings

# Machines are noisy: an example that takes long says nothing about the code. Speed is a matter of benchmarks.
settings.register_profile("warm-pool", deadline=None, max_examples=30)
settings.load_profile("warm-pool")


LONGEST_FIRST = (
    *("test_stack.py", "test_wake_by_http.py", "test_wake_page.py", "test_demo.py", "test_side_by_side.py"),
    *("players", "render", "realisers", "lambdas", "components"),
)
"""Files and folders whose tests take longest: begun first, so that no processor waits for them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each folder's tests in one process (`--dist loadgroup`), since they share imports and costly fixtures."""
    for item in items:
        is_whole = item.path.name in LONGEST_FIRST
        item.add_marker(pytest.mark.xdist_group(str(item.path if is_whole else item.path.parent)))
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, name in enumerate(LONGEST_FIRST) if name in item.path.parts), len(LONGEST_FIRST))
