"""Who may have a preview, and when: tokens, the rate limit, one at a time, none from a worker that is ending."""

import logging
import threading
import time
from collections.abc import Callable
from http import HTTPStatus

from botocore.exceptions import BotoCoreError, ClientError

from fleet.activity import Activity
from fleet.rate_limit import RateLimit
from fleet.table import FleetTable
from fleet.tokens import bearer_of
from worker.access import AccessTokens, UncheckableError
from worker.answer import Answer, problem
from worker.drain import Drain
from worker.errors import PermanentError, TransientError
from worker.preview import NotJsonError, PreviewStudio
from worker.protection import TaskProtection

log = logging.getLogger(__name__)

_BUSY_RETRY_SECONDS = 1
_ENDING_RETRY_SECONDS = 5
"""By then the load balancer has taken this worker off its list."""
_FAILED_RETRY_SECONDS = 10


class Desk:
    """Answers calls for previews. Without a token in force a call does nothing, and all such calls get one answer."""

    def __init__(
        self,
        studio: PreviewStudio,
        *,
        access: AccessTokens,
        limit: RateLimit,
        fleet: FleetTable,
        protection: TaskProtection,
        drain: Drain,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._studio = studio
        self._access = access
        self._limit = limit
        self._fleet = fleet
        self._protection = protection
        self._drain = drain
        self._wall_clock = wall_clock
        self._at_work = threading.Lock()

    def answer(self, authorization: str | None, read: Callable[[], bytes]) -> Answer:
        """The answer to a call with this Authorization header; `read` brings its body."""
        token = bearer_of(authorization)
        try:
            if token is None or self._access.tokens().role_of(token) is None:
                return _UNKNOWN_CALLER
        except UncheckableError:
            return _unavailable("no token can be checked now", _FAILED_RETRY_SECONDS)
        if self._drain.requested:
            return _unavailable("this worker is ending", _ENDING_RETRY_SECONDS)
        return self._hold_back(token) or self._serve(read)

    def _hold_back(self, token: str) -> Answer | None:
        """Count the call, and note it as activity if it is not one too many.

        Both are for the fleet's good alone: if its table does not answer, the preview is made all the same.
        """
        now = self._wall_clock()
        try:
            retry_after_seconds = self._limit.allow(token, now)
            if retry_after_seconds is not None:
                return problem(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    "too many calls with this token in a second",
                    retry_after_seconds=retry_after_seconds,
                )
            self._fleet.record_activity(Activity(at=now, reason="preview"))
        except (ClientError, BotoCoreError) as error:
            log.warning("a call was not counted", extra={"cause": type(error).__name__})
        return None

    def _serve(self, read: Callable[[], bytes]) -> Answer:
        if not self._at_work.acquire(blocking=False):
            return _unavailable("another preview is being made", _BUSY_RETRY_SECONDS)
        try:
            return self._make(read())
        except NotJsonError:
            return problem(HTTPStatus.BAD_REQUEST, "the body is no JSON")
        except PermanentError as error:
            detail = "no frame can be made of this: each problem says why"
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, problems=error.problems)
        except TransientError as error:
            log.warning("a preview failed", extra={"cause": str(error)})
            return _unavailable("the preview could not be made in time", _FAILED_RETRY_SECONDS)
        except (ClientError, BotoCoreError) as error:
            log.warning("a preview failed", extra={"cause": type(error).__name__})
            return _unavailable("a source could not be read now", _FAILED_RETRY_SECONDS)
        finally:
            self._at_work.release()

    def _make(self, body: bytes) -> Answer:
        request = self._studio.read(body)
        began = time.monotonic()
        try:
            if not self._protection.protect("preview"):
                return _unavailable("a deployment waits for this worker to end", _ENDING_RETRY_SECONDS)
            picture = self._studio.make(request)
        finally:
            self._protection.unprotect("preview")
        log.info("made a preview", extra={"seconds": round(time.monotonic() - began, 3), "bytes": len(picture)})
        return Answer(HTTPStatus.OK, picture, "image/jpeg")


def _unavailable(detail: str, retry_after_seconds: int) -> Answer:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_seconds=retry_after_seconds)


_UNKNOWN_CALLER = problem(
    HTTPStatus.UNAUTHORIZED,
    "send a token that is in force: Authorization: Bearer <token>",
    headers={"WWW-Authenticate": 'Bearer realm="fleet"'},
)
