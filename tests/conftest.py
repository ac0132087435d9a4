"""What holds for every test."""

import pytest
from hypothesis import settings

# Machines are noisy: an example that takes long says nothing about the code. Speed is a matter of benchmarks.
settings.register_profile("warm-pool", deadline=None)
settings.load_profile("warm-pool")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the whole stack first: they are the longest, and no processor should wait for them at the end.

    They share one stack, so they go to one process (`--dist loadgroup`).
    """
    for item in items:
        if item.path.name == "test_stack.py":
            item.add_marker(pytest.mark.xdist_group("stack"))
    items.sort(key=lambda item: item.path.name not in {"test_stack.py", "test_demo.py"})
