"""Whether this worker is sound, and `python -m worker.health`, which asks it: the container's health check.

The check runs every few seconds for as long as the task lives, so this module imports nothing but a little of Python.
"""

import os
import sys
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

STALE_AFTER_SECONDS = 300.0
"""The age of the last sign of life from which a worker is taken for stuck. A poll with its retries and back-off ends
within two minutes, and a render that makes no progress, or texts that cannot be set, are ended after one."""

ANSWER_SECONDS = 4.0
"""What the worker may take to answer: less than the 5 s that ECS gives a health check unless told otherwise."""

PORT_FILE = "http-port"
"""In TMPDIR: the port that is listened on, for those who asked for a free one."""


@dataclass(frozen=True)
class Health:
    """The judgement in a word (`ok`, `stuck`, `ending`), and what it rests on."""

    status: str
    age_seconds: float

    @property
    def is_sound(self) -> bool:
        """Whether the task should be kept, and sent calls."""
        return self.status == "ok"


def judge(age_seconds: float, *, is_ending: bool) -> Health:
    """The health of a worker whose last sign of life (poll or render progress) is so old.

    A worker that was told to end is sound, but must be sent nothing any more.
    """
    if is_ending:
        return Health("ending", age_seconds)
    return Health("ok" if age_seconds < STALE_AFTER_SECONDS else "stuck", age_seconds)


def ask(port: int) -> str | None:
    """What is wrong with the worker that listens on this loopback port; None if nothing is."""
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        said = answer.read(1000).decode("utf-8", "replace")
    except (OSError, HTTPException) as error:
        return f"no answer ({type(error).__name__})"
    finally:
        connection.close()
    return None if answer.status == 200 else f"{answer.status}: {said}"  # noqa: PLR2004 - http.HTTPStatus would be one more import


def main() -> int:
    """Ask the worker of this container; the exit code is 0 if it is sound, 1 if not, with the reason on stderr."""
    try:
        port = int(os.environ.get("HTTP_PORT") or "")
        port = port or int((Path(os.environ.get("TMPDIR") or "") / PORT_FILE).read_text("ascii"))
    except (ValueError, OSError):
        wrong = "HTTP_PORT names no port: this worker does not listen"
    else:
        wrong = ask(port)
    if wrong is not None:
        sys.stderr.write(wrong + "\n")
    return 0 if wrong is None else 1


if __name__ == "__main__":
    sys.exit(main())
