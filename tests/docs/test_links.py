"""What the pages link to is there."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
LINK = re.compile(r"\]\(([^)\s:#]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The headings of a page, as they are linked to."""
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(page.read_text("utf-8")))
    return {text.strip().replace(" ", "-") for text in words}


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS)))
def test_every_file_and_heading_that_a_page_links_to_is_there(page: Path):
    missing = [
        f"{name}#{anchor}"
        for name, anchor in LINK.findall(page.read_text("utf-8"))
        if not (target := page.parent / name if name else page).exists()
        or (anchor and target.suffix == ".md" and anchor not in anchors(target))
    ]
    assert missing == []
