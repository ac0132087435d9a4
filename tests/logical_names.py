"""The logical names that deployments have by now: `python -m tests.logical_names` writes them down anew."""

from pathlib import Path

from tests.components.recording import recorded

NAMES_FILE = Path(__file__).with_name("logical_names.txt")
CASES = ("prod-as-shipped", "https", "no-load-balancer", "nat")
"""Together they have every resource that a configuration can bring."""


def logical_names() -> set[str]:
    """Type and name of each resource of each case."""
    return {f"{resource.type} {resource.name}" for case in CASES for resource in recorded(case).resources}


if __name__ == "__main__":
    NAMES_FILE.write_text("\n".join(sorted(logical_names())) + "\n", "utf-8")
