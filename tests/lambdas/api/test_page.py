"""The page at `/`: what can be said of it without a browser."""

import base64
import hashlib
import re

import pytest

from lambdas.api.page import page, policy
from tests.lambdas.api.conftest import SHAPES, Surroundings


@pytest.mark.parametrize("shape", SHAPES)
def test_the_page_is_public_and_wakes_nothing_by_itself(fleet: Surroundings, shape: str):
    fleet.shape = SHAPES[shape]
    answer = fleet.ask("GET", "/")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text == page()
    assert fleet.ask("HEAD", "/").text == ""
    assert fleet.invoked == []
    assert answer.headers["content-security-policy"] == policy()
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_policy_lets_in_the_pages_own_code_and_nothing_else():
    directives = dict(part.strip().split(" ", 1) for part in policy().split(";"))
    assert directives["default-src"] == directives["base-uri"] == directives["form-action"] == "'none'"
    assert (directives["frame-ancestors"], directives["connect-src"]) == ("'none'", "'self'")
    assert directives["img-src"] == "data:"
    for tag in ("script", "style"):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", page(), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert directives[f"{tag}-src"] == f"'sha256-{digest}'"
    assert "unsafe" not in policy()


def test_the_page_takes_nothing_from_elsewhere_and_has_no_code_in_attributes():
    assert re.findall(r"""(?:src|href|action)\s*=\s*["']?([^"'\s>]+)""", page()) == ["data:,"]
    assert not re.search(r"""https?://|\son\w+\s*=|\sstyle\s*=|innerHTML|document\.write|localStorage|cookie""", page())
