"""The first program of a worker's container under compose: asks for a task's environment, then is the worker.

`python start.py <program> <argument>...`, with the cloud's address in CLOUD_URL. ECS puts the environment into a task
before its process begins; compose cannot know it, so the process asks. It runs in the worker's image, beside which
nothing of this room is there: it imports the standard library alone. What the container was given by compose wins.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

CLOUD_URL = "CLOUD_URL"
ANSWER_SECONDS = 10.0
PAUSE_SECONDS = 0.5
"""Between two attempts: the cloud takes some ten seconds to come up, and the worker some tenths."""
COMMAND_NOT_FOUND = 127


def ask(host: str, port: int, name: str) -> dict[str, str]:
    """The environment of a new task of this name, from the cloud at this address.

    Raises OSError or HTTPException where nobody answers, ValueError where the answer is none (the cloud is not up yet).
    """
    connection = HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", f"/_compose/tasks/{name}")
        answer = connection.getresponse()
        said = answer.read()
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise ValueError(f"it answers {answer.status}")
    return json.loads(said)


def environment(given: Mapping[str, str], own: Mapping[str, str], host: str) -> dict[str, str]:
    """What the worker runs with: what the cloud gave, and over it the container's own; no proxy before the cloud."""
    direct = {name: ",".join(filter(None, [host, own.get(name)])) for name in ("no_proxy", "NO_PROXY")}
    return {**given, **own, **direct}


def wait_for(url: str, name: str) -> dict[str, str]:
    """The environment of a worker of this name, however long its cloud takes to come up.

    The cloud is asked by its number: under a host name S3's clients would look for each bucket at a host of its own.
    """
    parts = urlsplit(url)
    complaint = ""
    while True:
        try:
            host = socket.gethostbyname(parts.hostname or "")
            return environment(ask(host, parts.port or 80, name), os.environ, host)
        except (OSError, HTTPException, ValueError) as error:
            if str(error) != complaint:
                complaint = str(error)
                sys.stderr.write(f"waiting for the cloud at {url}: {complaint}\n")
        time.sleep(PAUSE_SECONDS)


def main(argv: list[str]) -> int:
    """Become the program of `argv`; comes back only where there is none, with the exit code of a shell."""
    whole = wait_for(os.environ[CLOUD_URL], socket.gethostname())
    try:
        os.execvpe(argv[0], argv, whole)  # noqa: S606 - the argv is the compose file's list; no shell is wanted
    except OSError as error:
        sys.stderr.write(f"cannot start {argv[0]}: {error.strerror}\n")
    return COMMAND_NOT_FOUND


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
