"""What roles did in a run of the local stack: each call as IAM names it, and the resource that it was about."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from local.aws import ACCOUNT_ID, REGION
from local.cloud import AwsRequest, Cloud
from local.players.lambdas import INVOKE_PATH
from local.stack import LocalStack

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

PLACE = f"{REGION}:{ACCOUNT_ID}"
_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/(?P<service>[^/]+)/aws4_request")
_OBJECT_ACTIONS = {
    ("GET", False): "s3:GetObject",
    ("HEAD", False): "s3:GetObject",
    ("PUT", False): "s3:PutObject",
    ("POST", False): "s3:PutObject",  # ?uploads begins an upload in parts
    ("PUT", True): "s3:PutObject",
    ("POST", True): "s3:PutObject",
    ("DELETE", True): "s3:AbortMultipartUpload",
}
"""By method, and whether the query names an upload in parts."""


@dataclass(frozen=True, order=True)
class Call:
    """What one role did to one resource."""

    role_arn: str
    action: str
    resource: str
    """The resource's ARN, "*" for an action that knows none, "?" where it is not known here."""


class Recorder:
    """Watches a cloud; `calls` is what was done so far in roles' names, `denied` what of it was answered 403."""

    def __init__(self, cloud: Cloud) -> None:
        self._role_of = cloud.sessions.role_of
        self._lock = threading.Lock()
        self._calls: set[Call] = set()
        self._denied: set[Call] = set()
        cloud.watch_with(self._take)

    @property
    def calls(self) -> frozenset[Call]:
        with self._lock:
            return frozenset(self._calls)

    @property
    def denied(self) -> frozenset[Call]:
        with self._lock:
            return frozenset(self._denied)

    def _take(self, request: AwsRequest, status: int) -> None:
        role_arn = self._role_of(request.access_key)
        if role_arn is None:
            return
        calls = {Call(role_arn, action, resource) for action, resource in asked_for(request, status)}
        with self._lock:
            self._calls |= calls
            self._denied |= calls if status == 403 else set()


def played(stack: LocalStack) -> set[Call]:
    """What AWS itself does in roles' names and the players do without asking anyone, by the stack's history."""
    scheduler: EventBridgeSchedulerClient = stack.cloud.moto_client("scheduler")
    calls: set[Call] = set()
    for fired in stack.history.entries("schedule.fired"):
        target = scheduler.get_schedule(Name=fired.fields["name"])["Target"]
        calls.add(Call(target["RoleArn"], "lambda:InvokeFunction", fired.fields["target"]))
    for protected in stack.history.entries("task.protected"):
        task = stack.fargate.find(protected.fields["task"])
        assert task is not None
        calls.add(Call(task.definition.role_arn, "ecs:UpdateTaskProtection", task.arn))
    return calls


def asked_for(request: AwsRequest, status: int) -> Iterator[tuple[str, str]]:
    """The actions that a request needs, each with its resource."""
    scope = _SCOPE.search(request.headers.get("authorization", ""))
    service = scope["service"] if scope else "s3"  # what has no header is a signed address of S3
    invoked = INVOKE_PATH.fullmatch(request.path)
    if service == "s3":
        yield from _of_bucket(request, status)
    elif invoked:
        name = unquote(invoked["name"])
        yield "lambda:InvokeFunction", name if name.startswith("arn:") else f"arn:aws:lambda:{PLACE}:function:{name}"
    elif request.target:
        operation = request.target.rpartition(".")[2]
        # IAM knows no action of a batch: who may delete a message may delete several.
        action = operation.removesuffix("Batch") if service == "sqs" else operation
        yield f"{service}:{action}", _of_json(service, json.loads(request.body or b"{}"))
    else:
        form = dict(parse_qsl(request.body.decode()))
        yield f"{service}:{form.get('Action', '?')}", _of_form(form)


def _of_bucket(request: AwsRequest, status: int) -> Iterator[tuple[str, str]]:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    bucket, _, key = request.path.lstrip("/").partition("/")
    bucket_arn = f"arn:aws:s3:::{bucket}"
    if not key:
        yield "s3:ListBucket" if request.method == "GET" else f"s3:{request.method}", bucket_arn
        return
    action = _OBJECT_ACTIONS.get((request.method, "uploadId" in query), f"s3:{request.method}")
    yield action, f"{bucket_arn}/{key}"
    if action == "s3:GetObject" and status == 404:
        yield "s3:ListBucket", bucket_arn  # that it is missing is told to whoever may list, and to nobody else


def _of_json(service: str, body: dict[str, Any]) -> str:
    match service, body:
        case "sqs", {"QueueUrl": url}:
            return f"arn:aws:sqs:{PLACE}:{url.rpartition('/')[2]}"
        case "dynamodb", {"TableName": name, **rest}:
            table = name if name.startswith("arn:") else f"arn:aws:dynamodb:{PLACE}:table/{name}"
            return f"{table}/index/{rest['IndexName']}" if "IndexName" in rest else table
        case "secretsmanager", {"SecretId": secret}:
            return secret
        case "ecs", {"cluster": cluster, "services": [name]} | {"cluster": cluster, "service": name}:
            return f"arn:aws:ecs:{PLACE}:service/{cluster.rpartition('/')[2]}/{name.rpartition('/')[2]}"
        case _:
            return "?"


def _of_form(form: dict[str, str]) -> str:
    match form:
        case {"Action": "ModifyRule", "RuleArn": rule}:
            return rule
        case {"Action": "DescribeRules" | "DescribeTargetHealth"}:
            return "*"
        case _:
            return "?"
