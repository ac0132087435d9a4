"""The api's surroundings in moto: a sleeping fleet, its table, its tokens; and requests as AWS puts them."""

import base64
import importlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from fleet.table import FleetTable
from tests.fleet.tables import create_fleet_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CLIENT, OPERATOR = "client-0b1c2d3e4f", "operator-9f8e7d6c5b"
SERVICES = ("dynamodb", "sqs", "ecs", "secretsmanager", "lambda")


def alb_event(method: str, path: str, headers: dict[str, str], body: bytes, *, encoded: bool) -> dict[str, Any]:
    """A request as a load balancer puts it."""
    group = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/api/1"
    return {
        "requestContext": {"elb": {"targetGroupArn": group}},
        "httpMethod": method,
        "path": path,
        "queryStringParameters": {},
        "headers": {"host": "fleet.example.com", **headers},
        "body": base64.b64encode(body).decode() if encoded else body.decode(),
        "isBase64Encoded": encoded,
    }


def multi_value_alb_event(method: str, path: str, headers: dict[str, str], body: bytes, *, encoded: bool) -> Any:
    """The same where the target group asks for multi-value headers."""
    event = alb_event(method, path, {}, body, encoded=encoded)
    event["multiValueHeaders"] = {name: [value] for name, value in (event.pop("headers") | headers).items()}
    event["multiValueQueryStringParameters"] = event.pop("queryStringParameters")
    return event


def url_event(method: str, path: str, headers: dict[str, str], body: bytes, *, encoded: bool) -> dict[str, Any]:
    """A request as a function URL puts it."""
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "abc.lambda-url.eu-west-1.on.aws", **headers},
        "requestContext": {
            "accountId": "anonymous",
            "domainName": "abc.lambda-url.eu-west-1.on.aws",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            "stage": "$default",
        },
        "isBase64Encoded": encoded,
    }
    if body:
        event["body"] = base64.b64encode(body).decode() if encoded else body.decode()
    return event


Shape = Callable[..., dict[str, Any]]
SHAPES: dict[str, Shape] = {"alb": alb_event, "alb-multi-value": multi_value_alb_event, "url": url_event}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Surroundings:
    """The fleet behind the api; `invoked` has the events that the warmkeeper was sent."""

    handler: ModuleType
    clients: dict[str, Any]
    queue_url: str
    shape: Shape = alb_event
    invoked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def dynamodb(self) -> "DynamoDBClient":
        return self.clients["dynamodb"]

    @property
    def table(self) -> FleetTable:
        return FleetTable(self.dynamodb, "fleet")

    def ask(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: bytes = b"",
        *,
        encoded: bool = False,
        **headers: str,
    ) -> Answer:
        """Send one request."""
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        event = self.shape(method, path, headers, body, encoded=encoded)
        answer = self.handler.handle(event, LambdaContext())
        found = answer.get("headers") or {
            name: ", ".join(values) for name, values in answer["multiValueHeaders"].items()
        }
        return Answer(int(answer["statusCode"]), {name.lower(): value for name, value in found.items()}, answer["body"])

    def scale(self, desired: int) -> None:
        self.clients["ecs"].update_service(cluster="pool", service="worker", desiredCount=desired)


@pytest.fixture(scope="session")
def made_clients() -> dict[str, Any]:
    """One client a service for all tests: making one takes longer than a test. Each test's moto starts empty."""
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="eu-west-1")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        return {name: session.client(name) for name in SERVICES}


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch, made_clients: dict[str, Any]) -> Iterator[Surroundings]:
    """A sleeping fleet behind a load balancer, in an environment like a deployment's."""
    with mock_aws():
        clients = made_clients
        queue_url = clients["sqs"].create_queue(QueueName="jobs")["QueueUrl"]
        tokens = json.dumps({"client": [CLIENT], "operator": [OPERATOR]})
        secret_arn = clients["secretsmanager"].create_secret(Name="tokens", SecretString=tokens)["ARN"]
        clients["ecs"].create_cluster(clusterName="pool")
        clients["ecs"].register_task_definition(
            family="worker", containerDefinitions=[{"name": "worker", "image": "worker", "memory": 4096}]
        )
        clients["ecs"].create_service(cluster="pool", serviceName="worker", taskDefinition="worker", desiredCount=0)
        create_fleet_table(clients["dynamodb"])
        for name, value in {
            "POWERTOOLS_SERVICE_NAME": "pool",
            "POWERTOOLS_METRICS_NAMESPACE": "WarmPool",
            "FLEET_TABLE": "fleet",
            "CLUSTER": "pool",
            "SERVICE": "worker",
            "JOBS_QUEUE_URL": queue_url,
            "WARMKEEPER_FUNCTION": "warmkeeper",
            "TOKENS_SECRET_ARN": secret_arn,
            "FRONT_DOOR": "alb",
            "RATE_PER_SECOND": "1000",
        }.items():
            monkeypatch.setenv(name, value)
        # Powertools reads its environment when a logger is made, at import: here that has to be after the lines above.
        handler = importlib.import_module("lambdas.api.handler")
        monkeypatch.setattr(handler.boto3, "client", lambda name, config: clients[name])
        caches: tuple[Any, ...] = handler.api, handler.application
        for cached in caches:
            cached.cache_clear()
        surroundings = Surroundings(handler, clients, queue_url)

        def invoke(**asked: Any) -> dict[str, Any]:
            assert (asked["FunctionName"], asked["InvocationType"]) == ("warmkeeper", "Event")
            surroundings.invoked.append(json.loads(asked["Payload"]))
            return {"StatusCode": 202}

        monkeypatch.setattr(clients["lambda"], "invoke", invoke)
        yield surroundings
        for cached in caches:
            cached.cache_clear()
