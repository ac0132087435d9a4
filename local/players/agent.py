"""The ECS agent's endpoint as a task sees it: task protection and task metadata, one path a task, on loopback.

Shapes: ECS's developer guide on the task scale-in protection endpoint and on the task metadata endpoint version 4.
The protection endpoint answers 200 with `protection` or with `failure`, and other statuses with `error`.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_pascal
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local.players.task import Status, Task

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOOPBACK = "127.0.0.1"
DEFAULT_PROTECTION_MINUTES = 120
PROTECTION_MINUTES = range(1, 2880 + 1)
POLL_SECONDS = 0.05
CONTAINER_SUFFIX = "-0"
"""What a container's id adds to its task's."""


class TaskBoard(Protocol):
    """What the agent needs of the player."""

    def find(self, task_id: str) -> Task | None:
        """The task of that id or ARN, stopped ones included."""
        ...

    def protect(self, task: Task, minutes: int | None) -> str | None:
        """Protect a task for so many minutes, or unprotect it (None); answers ECS's reason if that is refused."""
        ...


class ProtectionRequest(BaseModel):
    """The body of PUT /task-protection/v1/state."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_pascal)

    protection_enabled: bool
    expires_in_minutes: int | None = None


class Agent:
    """The endpoint's server; a context manager. `uris(task_id)` are the variables that ECS gives a container."""

    def __init__(self, board: TaskBoard) -> None:
        self._board = board
        self._routes = Map(
            [
                Rule("/api/<container_id>/task-protection/v1/state", endpoint=self._protection, methods=["GET", "PUT"]),
                Rule("/v4/<container_id>", endpoint=self._container_metadata, methods=["GET"]),
                Rule("/v4/<container_id>/task", endpoint=self._task_metadata, methods=["GET"]),
            ]
        )
        self._url = ""
        self._open = ExitStack()

    def __enter__(self) -> Self:
        server = make_server(LOOPBACK, 0, self._serve, threaded=True, request_handler=_QuietHandler)
        thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), name="ecs-agent", daemon=True)
        thread.start()
        self._url = f"http://{LOOPBACK}:{server.server_port}"
        self._open.callback(thread.join)
        self._open.callback(server.server_close)
        self._open.callback(server.shutdown)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._open.close()

    def uris(self, task_id: str) -> dict[str, str]:
        """ECS_AGENT_URI and ECS_CONTAINER_METADATA_URI_V4 of one task, which end in its container's id as on ECS."""
        container_id = f"{task_id}{CONTAINER_SUFFIX}"
        return {
            "ECS_AGENT_URI": f"{self._url}/api/{container_id}",
            "ECS_CONTAINER_METADATA_URI_V4": f"{self._url}/v4/{container_id}",
        }

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response | HTTPException:
        try:
            endpoint, arguments = self._routes.bind_to_environ(request.environ).match()
            task = self._board.find(arguments["container_id"].removesuffix(CONTAINER_SUFFIX))
            if task is None or task.status is Status.STOPPED:
                return NotFound("no such task")
            return endpoint(request, task)
        except HTTPException as error:
            return error

    def _protection(self, request: Request, task: Task) -> Response:
        if request.method == "GET":
            return _json({"protection": protection_of(task)})
        try:
            wanted = ProtectionRequest.model_validate_json(request.get_data())
        except ValidationError as error:
            what = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
            return _invalid(task, f"UpdateTaskProtection: failed to decode request: {what}")
        minutes = wanted.expires_in_minutes or DEFAULT_PROTECTION_MINUTES
        if wanted.expires_in_minutes is not None and wanted.expires_in_minutes not in PROTECTION_MINUTES:
            return _invalid(task, "Invalid expiresInMinutes: it must be between 1 and 2880")
        refusal = self._board.protect(task, minutes if wanted.protection_enabled else None)
        if refusal is not None:
            return _json({"failure": {"Arn": task.arn, "Detail": None, "Reason": refusal}})
        return _json({"protection": protection_of(task)})

    def _task_metadata(self, _request: Request, task: Task) -> Response:
        return _json(
            {
                "Cluster": task.cluster_arn,
                "TaskARN": task.arn,
                "Family": task.definition.family,
                "Revision": str(task.definition.revision),
                "ServiceName": task.service,
                "DesiredStatus": "RUNNING" if task.is_wanted else "STOPPED",
                "KnownStatus": task.status,
                "Limits": _limits(task),
                "AvailabilityZone": f"{_region(task)}a",
                "LaunchType": "FARGATE",
                "Containers": [_container(task)],
            }
        )

    def _container_metadata(self, _request: Request, task: Task) -> Response:
        return _json(_container(task))


def protection_of(task: Task) -> dict[str, Any]:
    """The task's protection as the endpoint writes it."""
    until = task.protected_until
    return {
        "ExpirationDate": None if until is None else _instant(until),
        "ProtectionEnabled": until is not None,
        "TaskArn": task.arn,
    }


def _container(task: Task) -> dict[str, Any]:
    container = task.definition.container
    return {
        "DockerId": f"{task.id}{CONTAINER_SUFFIX}",
        "Name": container["name"],
        "Image": container.get("image", ""),
        "Labels": {
            "com.amazonaws.ecs.cluster": task.cluster_arn,
            "com.amazonaws.ecs.container-name": container["name"],
            "com.amazonaws.ecs.task-arn": task.arn,
            "com.amazonaws.ecs.task-definition-family": task.definition.family,
            "com.amazonaws.ecs.task-definition-version": str(task.definition.revision),
        },
        "DesiredStatus": "RUNNING" if task.is_wanted else "STOPPED",
        "KnownStatus": task.status,
        "CreatedAt": _instant(task.created_at),
        "StartedAt": None if task.started_at is None else _instant(task.started_at),
        "Type": "NORMAL",
    }


def _limits(task: Task) -> dict[str, float]:
    cpu, memory = task.definition.cpu, task.definition.memory
    return {"CPU": int(cpu or 0) / 1024, "Memory": int(memory or 0)}


def _region(task: Task) -> str:
    return task.arn.split(":")[3]


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")


def _invalid(task: Task, message: str) -> Response:
    return _json({"error": {"Arn": task.arn, "Code": "InvalidParameterException", "Message": message}}, status=400)


class _QuietHandler(WSGIRequestHandler):
    """Without a line on the terminal for every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""
