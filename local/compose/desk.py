"""Where the containers of compose.yaml, and a person's shell, are told what they need to use the cloud.

The cloud's address has room for it: no bucket's name begins with an underscore. Whoever reaches that address may do
anything in this AWS anyway, so nothing is asked for.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local.aws import aws_environment
from local.background.words import STRANGERS
from local.cloud import AwsAnswer, AwsRequest, Cloud
from local.players.task import Definition

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

PREFIX = "/_compose/"
TASKS = f"{PREFIX}tasks/"
ENVIRONMENT = f"{PREFIX}environment"
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
"""What STS takes for a session's name, which a task's is."""


class Desk:
    """The cloud's interceptor for what is not AWS's.

    `outputs` are the stack's; `api_port` is the load balancer's on this machine, `tokens` those of the API, a list
    each for `client` and `operator`.
    """

    def __init__(
        self, cloud: Cloud, outputs: Mapping[str, Any], *, api_port: int, tokens: Mapping[str, list[str]]
    ) -> None:
        self._cloud = cloud
        self._outputs = outputs
        self._api_port = api_port
        self._tokens = tokens

    def __call__(self, request: AwsRequest) -> AwsAnswer | None:
        """Answer what is asked of the desk; None for all that is AWS's."""
        if request.method != "GET" or not request.path.startswith(PREFIX):
            return None
        base = f"http://{request.headers['host']}"
        if request.path == ENVIRONMENT:
            return _text("".join(f"{line}\n" for line in self.shell_lines(base)))
        if request.path.startswith(TASKS):
            name = request.path.removeprefix(TASKS)
            if SESSION_NAME.fullmatch(name):
                return _json(self.task_environment(name, base))
            return _json({"message": "a task's name is 2 to 64 letters, digits or +=,.@-_"}, HTTPStatus.BAD_REQUEST)
        return _json({"message": "nothing is here"}, HTTPStatus.NOT_FOUND)

    def task_environment(self, name: str, base: str) -> dict[str, str]:
        """The environment of a new task of this name, as the task definition of the service says it now.

        Its credentials are a session of the task's role. `base` is where the task finds AWS.
        """
        definition = worker_definition(self._cloud, self._outputs)
        platform = self._cloud.environment(definition.role_arn, session=name)
        return self._seen_from(base, {**definition.environment, **platform})

    def environment(self, base: str) -> dict[str, str]:
        """The variables for a person's programs: AWS's own, those of a backend, and the API's."""
        backend = dict(line.split("=", 1) for line in self._outputs["backendEnvironment"].splitlines())
        api = {
            "API_URL": f"http://{urlsplit(base).hostname}:{self._api_port}",
            "API_TOKEN": self._tokens["client"][0],
            "OPERATOR_TOKEN": self._tokens["operator"][0],
        }
        return self._seen_from(base, {**backend, **aws_environment(self._cloud.endpoint_url), **api})

    def shell_lines(self, base: str) -> Iterator[str]:
        """The lines that a POSIX shell evaluates to have that environment, past a profile or a proxy of the user's."""
        yield f"unset {' '.join(STRANGERS)}"
        for name, value in self.environment(base).items():
            yield f"export {name}={shlex.quote(value)}"
        yield f'export no_proxy="{urlsplit(base).hostname},${{no_proxy:-${{NO_PROXY:-}}}}"'
        yield 'export NO_PROXY="$no_proxy"'

    def _seen_from(self, base: str, variables: Mapping[str, str]) -> dict[str, str]:
        """The same with the cloud at the address by which it was asked: for another container loopback is its own."""
        return {name: value.replace(self._cloud.endpoint_url, base) for name, value in variables.items()}


def worker_definition(cloud: Cloud, outputs: Mapping[str, Any]) -> Definition:
    """The task definition of the service that the stack's outputs name."""
    ecs: ECSClient = cloud.moto_client("ecs")
    [service] = ecs.describe_services(cluster=outputs["cluster"], services=[outputs["service"]])["services"]
    arn = service.get("taskDefinition", "")
    return Definition.of(ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"])


def _text(body: str) -> AwsAnswer:
    return AwsAnswer(HTTPStatus.OK, body.encode(), {"Content-Type": "text/plain; charset=utf-8"})


def _json(body: Mapping[str, Any], status: int = HTTPStatus.OK) -> AwsAnswer:
    return AwsAnswer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
