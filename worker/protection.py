"""Task scale-in protection, by ECS's agent: a busy worker is not the one that a smaller fleet loses.

It is a courtesy that the platform may refuse, so no answer of the agent ever fails a job. Only DEPLOYMENT_BLOCKED
means something: ECS must end this task and cannot, so a job that it starts now would be in the way.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Literal

import urllib3
from urllib3.exceptions import HTTPError

log = logging.getLogger(__name__)

EXPIRES_MINUTES = 60
"""Short, since a protection that a broken worker left on blocks deployments; renewed at half-time while busy."""

TIMEOUT_SECONDS = 5.0
"""What the agent may take at most: it calls ECS, usually within some 100 ms."""


Work = Literal["job", "preview"]


class TaskProtection:
    """Protects this task while it is busy: called on the edges between idle and busy, and now and then in between.

    A job and a preview, which have threads of their own, may want it at once: it ends with the last of them. Without
    an agent (`agent_uri` None: not on ECS) there is nothing to do.
    """

    def __init__(self, agent_uri: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = f"{agent_uri}/task-protection/v1/state" if agent_uri else None
        self._clock = clock
        self._http = urllib3.PoolManager(timeout=TIMEOUT_SECONDS, retries=False)
        self._lock = threading.Lock()
        self._works: set[Work] = set()
        self._renew_at = 0.0

    def protect(self, work: Work = "job") -> bool:
        """Protect the task before it renders. False says that ECS waits for this task to end: take no work."""
        with self._lock:
            self._works.add(work)
            return self._protect() != "DEPLOYMENT_BLOCKED"

    def renew(self) -> None:
        """Protect the task for longer if half of the time has passed."""
        with self._lock:
            if self._works and self._clock() >= self._renew_at:
                self._protect()

    def unprotect(self, work: Work = "job") -> None:
        """Let the task be ended, unless other work needs it. Asks nothing if this work did not protect it."""
        with self._lock:
            if work not in self._works:
                return
            self._works.discard(work)
            if not self._works:
                self._put({"ProtectionEnabled": False})

    def _protect(self) -> str | None:
        self._renew_at = self._clock() + EXPIRES_MINUTES * 60 / 2
        return self._put({"ProtectionEnabled": True, "ExpiresInMinutes": EXPIRES_MINUTES})

    def _put(self, state: dict[str, Any]) -> str | None:
        """Ask the agent; the reason of a failure, or None. The agent tells some failures with a status of 200."""
        if self._url is None:
            return None
        try:
            answer = self._http.request("PUT", self._url, json=state)
            told = json.loads(answer.data)
        except (HTTPError, ValueError) as error:
            reason = type(error).__name__
        else:
            reason = _failure(answer.status, told)
        if reason is not None:
            log.warning("the task's protection was not changed", extra={"wanted": state, "cause": reason})
        return reason


def _failure(status: int, told: object) -> str | None:
    answer = told if isinstance(told, dict) else {}
    for name in ("failure", "error"):
        details = answer.get(name)
        if isinstance(details, dict):
            return str(details.get("Reason") or details.get("Code") or name)
    return None if status == HTTPStatus.OK else f"status {status}"
