"""What the api answers with: JSON documents, and problem documents (RFC 9457) for whatever it refuses."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Every answer is of this moment, and is what its content type says."""


class Refusal(Exception):  # noqa: N818 - what the caller is told, right or wrong
    """A request that is answered by a problem document.

    `detail` and what is in `more` are for the caller to read and act on; they carry no secret.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = dict(more or {})


def document(body: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """A JSON answer."""
    return Response(status, "application/json", json.dumps(body), HEADERS)


def problem(refusal: Refusal) -> Response[str]:
    """The problem document of a refusal. Its type is `about:blank`: the status says what kind it is."""
    body = {
        "type": "about:blank",
        "title": refusal.status.phrase,
        "status": int(refusal.status),
        "detail": refusal.detail,
        **refusal.more,
    }
    return Response(refusal.status, "application/problem+json", json.dumps(body), {**HEADERS, **refusal.headers})
