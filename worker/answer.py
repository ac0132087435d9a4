"""What the worker answers over HTTP: pictures, and problems as documents that programs can read (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from jobs.problem import Problem


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. `headers` come on top of the content's type and length."""

    status: HTTPStatus
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


def document(status: HTTPStatus, content: Mapping[str, object]) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(content).encode(), "application/json")


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    problems: Sequence[Problem] = (),
    retry_after_seconds: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A problem document; `problems` names each thing that is wrong with the request's own content."""
    content: dict[str, object] = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    if problems:
        content["problems"] = [found.model_dump() for found in problems]
    extra = dict(headers or {})
    if retry_after_seconds is not None:
        extra["Retry-After"] = str(retry_after_seconds)
    return Answer(status, json.dumps(content).encode(), "application/problem+json", extra)
