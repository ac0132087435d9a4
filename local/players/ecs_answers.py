"""ECS's answers about what runs: the player's truth in place of moto's, which says that all that is desired runs.

Services are moto's answer with counts, deployments and events corrected; tasks and their protection are the player's
alone. Everything else of ECS is left to moto. Timestamps are seconds since 1970, as ECS's JSON protocol writes them.
"""

import json
from typing import TYPE_CHECKING, Any

import urllib3

from local.cloud import AwsAnswer, AwsRequest
from local.players.agent import DEFAULT_PROTECTION_MINUTES, PROTECTION_MINUTES
from local.players.service import Deployment, Service
from local.players.task import Task, state_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.players.fargate import FargatePlayer

TARGET_PREFIX = "AmazonEC2ContainerServiceV20141113."
CONTENT_TYPE = "application/x-amz-json-1.1"
Answer = dict[str, Any]


class RefusedError(Exception):
    """An error that ECS would answer; `code` is its type."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class EcsAnswers:
    """The cloud's interceptor for ECS."""

    def __init__(self, player: "FargatePlayer", moto_url: str) -> None:
        self._player = player
        self._moto_url = moto_url
        self._moto = urllib3.PoolManager()
        self._tasks_operations: Mapping[str, Callable[[Answer], Answer]] = {
            "ListTasks": self._list_tasks,
            "DescribeTasks": self._describe_tasks,
            "StopTask": self._stop_task,
            "GetTaskProtection": self._get_task_protection,
            "UpdateTaskProtection": self._update_task_protection,
        }

    def __call__(self, request: AwsRequest) -> AwsAnswer | None:
        """Answer in moto's stead, or None."""
        if not request.target.startswith(TARGET_PREFIX) or not self._player.is_playing:
            return None
        operation = request.target.removeprefix(TARGET_PREFIX)
        if operation in {"DescribeServices", "CreateService", "UpdateService", "DeleteService"}:
            return self._corrected(request)
        if operation not in self._tasks_operations:
            return None
        try:
            return _answer(200, self._tasks_operations[operation](json.loads(request.body or b"{}")))
        except RefusedError as error:
            return _answer(400, {"__type": error.code, "message": str(error)})

    def _corrected(self, request: AwsRequest) -> AwsAnswer:
        """Ask moto, then put the player's figures into each service of its answer."""
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        moto = self._moto.request(
            request.method, self._moto_url + request.path, body=request.body, headers=headers, retries=False
        )
        if moto.status != 200:  # noqa: PLR2004 - OK
            return AwsAnswer(moto.status, moto.data, {"Content-Type": CONTENT_TYPE})
        if not request.target.endswith("DescribeServices"):
            self._player.look()
        answer = moto.json()
        described = answer["services"] if "services" in answer else [answer["service"]]
        with self._player.lock:
            for description in described:
                service = self._player.service(description["clusterArn"], description["serviceName"])
                description.update(_truth(service, description))
        return _answer(200, answer)

    def _list_tasks(self, wanted: Answer) -> Answer:
        cluster = _last_part(wanted.get("cluster", "default"))
        service = wanted.get("serviceName")
        if service is not None and self._player.service(cluster, service) is None:
            raise RefusedError("ServiceNotFoundException", "Service not found.")
        desired_status = wanted.get("desiredStatus", "RUNNING")
        chosen = [
            task.arn
            for task in (*self._player.tasks(), *self._player.stopped_tasks())
            if _last_part(task.cluster_arn) == cluster
            and service in {None, task.service, _service_arn(task)}
            and wanted.get("family") in {None, task.definition.family}
            and wanted.get("startedBy") in {None, task.deployment_id}
            and wanted.get("launchType") in {None, "FARGATE"}
            and desired_status == _desired_status(task)
        ]
        first = int(wanted.get("nextToken") or 0)
        page = first + int(wanted.get("maxResults") or 100)
        return {"taskArns": chosen[first:page]} | ({"nextToken": str(page)} if page < len(chosen) else {})

    def _describe_tasks(self, wanted: Answer) -> Answer:
        found, missing = self._find(wanted)
        with self._player.lock:
            return {"tasks": [_task(task) for task in found], "failures": missing}

    def _stop_task(self, wanted: Answer) -> Answer:
        found, missing = self._find({**wanted, "tasks": [wanted.get("task", "")]})
        if missing:
            raise RefusedError("InvalidParameterException", "The referenced task was not found.")
        self._player.stop_task(found[0], wanted.get("reason") or "Task stopped by user")
        return {"task": _task(found[0])}

    def _get_task_protection(self, wanted: Answer) -> Answer:
        found, missing = self._find(wanted)
        return {"protectedTasks": [_protection(task) for task in found], "failures": missing}

    def _update_task_protection(self, wanted: Answer) -> Answer:
        minutes = wanted.get("expiresInMinutes", DEFAULT_PROTECTION_MINUTES)
        if minutes not in PROTECTION_MINUTES:
            raise RefusedError("InvalidParameterException", "expiresInMinutes must be between 1 and 2880")
        found, failures = self._find(wanted)
        protected: list[Task] = []
        for task in found:
            refusal = self._player.protect(task, minutes if wanted.get("protectionEnabled") else None)
            if refusal is None:
                protected.append(task)
            else:
                failures.append({"arn": task.arn, "reason": refusal})
        return {"protectedTasks": [_protection(task) for task in protected], "failures": failures}

    def _find(self, wanted: Answer) -> tuple[list[Task], list[Answer]]:
        """The tasks that a request names in its cluster, and a failure for each that is not there."""
        cluster = _last_part(wanted.get("cluster", "default"))
        found: list[Task] = []
        missing: list[Answer] = []
        for name in wanted.get("tasks", []):
            task = self._player.find(name)
            if task is None or _last_part(task.cluster_arn) != cluster:
                missing.append({"arn": name, "reason": "MISSING"})
            else:
                found.append(task)
        return found, missing


_FORWARDED = ("authorization", "content-type", "x-amz-target", "x-amz-date", "host")


def _truth(service: Service | None, description: Answer) -> Answer:
    """What replaces moto's figures in one service's description; a service that was not seen yet runs nothing."""
    if service is None:
        nothing = {"runningCount": 0, "pendingCount": 0}
        deployments = description.get("deployments", [])
        in_progress = [{**one, **nothing, "rolloutState": "IN_PROGRESS"} for one in deployments]
        return {**nothing, "deployments": in_progress, "events": []}
    running, pending = state_counts(service.tasks)
    template = (description.get("deployments") or [{}])[0]
    desired = description["desiredCount"]
    return {
        "runningCount": running,
        "pendingCount": pending,
        "taskDefinition": service.deployments[0].definition.arn,
        "deployments": [{**template, **_deployment(service, one, desired)} for one in service.deployments],
        "events": [
            {"id": event.id, "createdAt": event.at.timestamp(), "message": event.message} for event in service.events
        ],
    }


def _deployment(service: Service, deployment: Deployment, desired: int) -> Answer:
    tasks = service.tasks_of(deployment)
    running, pending = state_counts(tasks)
    is_primary = deployment is service.deployments[0]
    state = "COMPLETED" if deployment.is_completed else "IN_PROGRESS"
    return {
        "id": deployment.id,
        "status": "PRIMARY" if is_primary else "ACTIVE",
        "taskDefinition": deployment.definition.arn,
        "desiredCount": desired if is_primary else running + pending,
        "runningCount": running,
        "pendingCount": pending,
        "failedTasks": deployment.failed_tasks,
        "createdAt": deployment.created_at.timestamp(),
        "updatedAt": deployment.created_at.timestamp(),
        "rolloutState": state,
        "rolloutStateReason": f"ECS deployment {deployment.id} {state.lower().replace('_', ' ')}.",
    }


def _task(task: Task) -> Answer:
    container = task.definition.container
    moments = {
        "createdAt": task.created_at,
        "startedAt": task.started_at,
        "stoppingAt": task.stopping_at,
        "stoppedAt": task.stopped_at,
    }
    reasons = {"stopCode": task.stop_code, "stoppedReason": task.stopped_reason}
    return {
        "taskArn": task.arn,
        "clusterArn": task.cluster_arn,
        "taskDefinitionArn": task.definition.arn,
        "group": f"service:{task.service}",
        "startedBy": task.deployment_id,
        "launchType": "FARGATE",
        "lastStatus": task.status,
        "desiredStatus": _desired_status(task),
        "cpu": task.definition.cpu,
        "memory": task.definition.memory,
        "containers": [
            {
                "containerArn": f"{task.arn.replace(':task/', ':container/')}/0",
                "taskArn": task.arn,
                "name": container["name"],
                "image": container.get("image", ""),
                "lastStatus": task.status,
            }
            | ({} if task.exit_code is None else {"exitCode": task.exit_code})
        ],
        **{name: moment.timestamp() for name, moment in moments.items() if moment is not None},
        **{name: text for name, text in reasons.items() if text},
    }


def _protection(task: Task) -> Answer:
    until = task.protected_until
    expiry = {} if until is None else {"expirationDate": until.timestamp()}
    return {"taskArn": task.arn, "protectionEnabled": until is not None} | expiry


def _desired_status(task: Task) -> str:
    return "RUNNING" if task.is_wanted else "STOPPED"


def _service_arn(task: Task) -> str:
    return f"{task.cluster_arn.replace(':cluster/', ':service/')}/{task.service}"


def _last_part(name_or_arn: str) -> str:
    return name_or_arn.rpartition("/")[2]


def _answer(status: int, body: Answer) -> AwsAnswer:
    return AwsAnswer(status, json.dumps(body).encode(), {"Content-Type": CONTENT_TYPE})
