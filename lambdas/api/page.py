"""The public page at `/`: static, allowed to run its own script and style and to call its own origin, nothing else."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from lambdas.api.answers import HEADERS

_FILE = Path(__file__).with_name("wake.html")


@cache
def page() -> str:
    """The page's HTML."""
    return _FILE.read_text(encoding="utf-8")


@cache
def policy() -> str:
    """The Content-Security-Policy of the page: inline code only by its hash, and no form that is sent anywhere."""
    sources = {tag: " ".join(_hashes(tag)) for tag in ("script", "style")}
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {sources['script']}",
            f"style-src {sources['style']}",
            # The empty icon in the page, without which browsers ask for /favicon.ico.
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def answer(*, with_body: bool) -> Response[str]:
    """The page, or its headers alone for HEAD. It stays the same for as long as the function does."""
    headers = {
        **HEADERS,
        "Content-Security-Policy": policy(),
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return Response(200, "text/html; charset=utf-8", page() if with_body else "", headers)


def _hashes(tag: str) -> list[str]:
    contents = re.findall(rf"<{tag}>(.*?)</{tag}>", page(), re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in contents]
