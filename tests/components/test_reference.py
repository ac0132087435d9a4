"""The reference pages say what the code does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from components.reference import CONFIGURATION_FILE, OUTPUTS_FILE, configuration_page, outputs_page
from components.settings import Settings


@pytest.mark.parametrize(
    ("file", "page"),
    [(CONFIGURATION_FILE, configuration_page), (OUTPUTS_FILE, outputs_page)],
    ids=["configuration", "outputs"],
)
def test_the_page_is_what_the_code_says(file: Path, page: Callable[[], str]):
    assert file.read_text("utf-8") == page(), "write it anew: python -m components.reference"


def test_every_key_that_is_read_has_a_row():
    rows = [line for line in configuration_page().splitlines() if line.startswith("| `")]
    keys = [field.alias for field in Settings.model_fields.values() if field.alias != "aws:region"]
    assert sorted(row.split("`")[1] for row in rows) == sorted(map(str, keys))
