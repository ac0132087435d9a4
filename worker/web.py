"""The worker's HTTP interface as a WSGI application: `GET /health`, and `POST /previews` where it is offered."""

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from worker.answer import Answer, document, problem
from worker.health import Health

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 256 * 1024
"""As much as a message on the jobs queue carries: what is no job is no preview either."""


class PreviewDesk(Protocol):
    """Who answers a call for a preview (worker/preview_desk.py)."""

    def answer(self, authorization: str | None, read: Callable[[], bytes]) -> Answer:
        """The answer to a call with this Authorization header; `read` brings its body, once the caller is known."""
        ...


class Web:
    """Answers each call; what it does not know is 404. `previews` None: this worker makes none."""

    def __init__(self, health: Callable[[], Health], previews: PreviewDesk | None) -> None:
        self._health = health
        self._previews = previews

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one call, as WSGI has it."""
        try:
            answer = self._answer(environ)
        except Exception:
            log.exception("a call was not answered")
            answer = problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the worker failed")
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            **answer.headers,
        }
        start_response(f"{answer.status.value} {answer.status.phrase}", list(headers.items()))
        return [answer.body]

    def _answer(self, environ: "WSGIEnvironment") -> Answer:
        match environ["PATH_INFO"], environ["REQUEST_METHOD"]:
            case "/health", "GET":
                return _told(self._health())
            case "/previews", "POST" if self._previews is not None:
                return self._previews.answer(environ.get("HTTP_AUTHORIZATION"), lambda: _body(environ))
            case "/health", _:
                return _only("GET")
            case "/previews", _ if self._previews is not None:
                return _only("POST")
            case _:
                return problem(HTTPStatus.NOT_FOUND, "there is nothing at this address")


def _told(health: Health) -> Answer:
    status = HTTPStatus.OK if health.is_sound else HTTPStatus.SERVICE_UNAVAILABLE
    return document(status, {"status": health.status, "last_progress_seconds": round(health.age_seconds, 1)})


def _only(method: str) -> Answer:
    return problem(HTTPStatus.METHOD_NOT_ALLOWED, f"only {method} is answered here", headers={"Allow": method})


def _body(environ: "WSGIEnvironment") -> bytes:
    """The whole body: the server has read it before, and bounded it."""
    return environ["wsgi.input"].read(MAX_BODY_BYTES)
