"""A layer is told by what made it."""

import pytest

from image.size import instruction_of


@pytest.mark.parametrize(
    ("created_by", "told"),
    [
        ("/bin/sh -c #(nop) COPY dir:0123 in /app ", "COPY dir:0123 in /app"),
        ("/bin/sh -c apt-get update  -qq     && apt-get install", "apt-get update -qq && apt-get install"),
        ("|1 PIP_CERT=/authorities.crt /bin/sh -c pip install it", "pip install it"),
        ("COPY . /app # buildkit", "COPY . /app # buildkit"),
        ("/bin/sh -c " + "x" * 70, "x" * 59 + "…"),
    ],
)
def test_a_layer_is_told_by_its_instruction(created_by: str, told: str):
    assert instruction_of(created_by) == told
