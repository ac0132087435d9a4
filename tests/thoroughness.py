"""How many examples a property is tried on: in CI as many as its test says, elsewhere a third, for an answer soon."""

import os

_OF_THEM = 1 if os.environ.get("CI") == "true" else 3


def examples(in_ci: int) -> int:
    """Hypothesis's `max_examples` for a property that CI tries on so many."""
    return max(1, in_ci // _OF_THEM)
