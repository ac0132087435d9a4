"""What may have changed in the cloud, told from the requests to it: who has read all need not read it again."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qsl

_SERVICE = re.compile(r"Credential=[^/,]+/[^/]+/[^/]+/([a-z0-9-]+)/aws4_request")
_READS = ("Describe", "List", "Get", "Head", "BatchGet", "Query", "Scan", "Receive")
INVOCATION = re.compile(r"/2015-03-31/functions/[^/]+/invocations")


class Changes:
    """Counts, for each service, the requests that were no mere questions. Services have their names for signing."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def note(self, service: str) -> None:
        """Count one change of a service."""
        with self._lock:
            self._counts[service] += 1

    def count(self, service: str) -> int:
        """How many there have been; who reads should ask before, so that what comes meanwhile is read again."""
        return self._counts[service]


class Follower:
    """Reads what is deployed of a service: the first time, and when it may have changed since a reading went well."""

    def __init__(self, changes: Changes, service: str, read: Callable[[], None]) -> None:
        self._changes = changes
        self._service = service
        self._read = read
        self._read_at: int | None = None

    def look(self) -> None:
        """Read, unless nothing can have changed. Raises what reading does; the next look then reads again."""
        change = self._changes.count(self._service)
        if change != self._read_at:
            self._read()
            self._read_at = change


def service_of(authorization: str) -> str:
    """The service that a request is signed for; "" for one that is not signed."""
    found = _SERVICE.search(authorization)
    return found[1] if found else ""


def is_question(method: str, path: str, target: str, form: bytes) -> bool:
    """Whether a request changes nothing of what is deployed: by its operation's name, or its method where it has none.

    `target` is the JSON protocol's operation, `form` the query protocol's body.
    """
    operation = target.rpartition(".")[2] or dict(parse_qsl(form.decode(errors="replace"))).get("Action", "")
    if operation:
        return operation.startswith(_READS)
    return method in {"GET", "HEAD"} or INVOCATION.fullmatch(path) is not None
