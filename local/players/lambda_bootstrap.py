"""Lambda's Python runtime, as a child process: it imports the handler and calls it with each event that comes.

Run as a script, isolated (`python -I -S`): `lambda_bootstrap.py <JSON {"before": [...], "after": [...]}>`, where the
lists are what lies on the import path before and after the standard library (on AWS: /var/task and /opt/python, and
the runtime's own packages). Everything else comes from the variables that Lambda sets (`_HANDLER`, ...). Events come
and answers go as messages of JSON over the socket that is its standard input; what the handler prints is its log.

Messages in: {"id", "event", "arn", "timeout_seconds"}. Messages out: {"ready": true} once the handler is imported,
then one {"result": ...} or {"error": {"errorType", "errorMessage", "requestId", "stackTrace"}} an event; an error
before "ready" means that the import failed, and the process ends. It imports nothing of ours.
"""

import importlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any


class Context:
    """What a handler is told about its run, under the names that Lambda gives."""

    def __init__(self, request_id: str, arn: str, timeout_seconds: float) -> None:
        self.aws_request_id = request_id
        self.invoked_function_arn = arn
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline_seconds = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""
        return max(0, int((self._deadline_seconds - time.monotonic()) * 1000))


class _RequestIds(logging.Filter):
    """Adds the request's id to every record, for the format that Lambda logs in."""

    current = ""

    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self.current
        return True


def describe(error: BaseException, request_id: str, *, kind: str | None = None, message: str | None = None) -> Any:
    """Say an error as Lambda does."""
    frames: Sequence[str] = [] if kind else traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    return {
        "errorMessage": message or str(error),
        "errorType": kind or type(error).__name__,
        "requestId": request_id,
        "stackTrace": list(frames),
    }


def find(name: str) -> Callable[[Any, Context], Any]:
    """Import the handler `package.module.function`."""
    module_name, _, function_name = name.rpartition(".")
    module = importlib.import_module(module_name.replace("/", "."))
    return getattr(module, function_name)


def init_error(error: Exception, name: str) -> Any:
    """Say why the handler could not be imported, as Lambda does."""
    module_name, _, function_name = name.rpartition(".")
    if isinstance(error, ImportError):
        message = f"Unable to import module '{module_name}': {error}"
        return describe(error, "", kind="Runtime.ImportModuleError", message=message)
    if isinstance(error, AttributeError) and getattr(error, "name", None) == function_name:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        return describe(error, "", kind="Runtime.HandlerNotFound", message=message)
    return describe(error, "")


def answer(handler: Callable[[Any, Context], Any], request: Any) -> Any:
    """Run the handler on one request; the message to send back, as JSON can write it."""
    request_id = request["id"]
    try:
        result = handler(request["event"], Context(request_id, request["arn"], request["timeout_seconds"]))
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is its answer
        traceback.print_exc(file=sys.stdout)
        return {"error": describe(error, request_id)}
    try:
        return {"result": json.loads(json.dumps(result))}
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        return {"error": describe(error, request_id, kind="Runtime.MarshalError", message=message)}


def log_as_lambda_does() -> _RequestIds:
    """Send the root logger's warnings and worse to the log, as the runtime does before it imports a handler."""
    request_ids = _RequestIds()
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(request_ids)
    layout = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    formatter = logging.Formatter(layout, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    return request_ids


def take_stdin() -> Connection:
    """Make the socket that came as standard input a connection, and leave the handler an empty standard input."""
    connection = Connection(os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return connection


def main() -> None:
    """Serve requests until the parent hangs up."""
    connection = take_stdin()
    paths = json.loads(sys.argv[1])
    sys.argv[1:] = []
    sys.path[:] = [*paths["before"], *sys.path, *paths["after"]]
    request_ids = log_as_lambda_does()
    name = os.environ["_HANDLER"]
    try:
        handler = find(name)
    except Exception as error:  # noqa: BLE001 - whatever an import raises is its answer
        traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
        connection.send_bytes(json.dumps({"error": init_error(error, name)}).encode())
        return
    connection.send_bytes(b'{"ready": true}')
    while True:
        try:
            request = json.loads(connection.recv_bytes())
        except EOFError:
            return
        request_ids.current = request["id"]
        message = answer(handler, request)
        sys.stdout.flush()
        connection.send_bytes(json.dumps(message).encode())


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue] - a text stream is one
    main()
