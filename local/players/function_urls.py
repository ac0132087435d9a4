"""Function URLs, each served on a free loopback port. One that asks for IAM's signatures refuses everybody."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.changes import Follower
from local.cloud import Cloud
from local.pace import Pace
from local.players.beat import Beat
from local.players.http_events import url_answer, url_event
from local.players.http_exchange import Answer, Door, Request, said
from local.players.lambdas import LambdaPlayer, UnknownFunctionError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_JSON = "application/json"


class FunctionUrlPlayer:
    """Plays the URL of every function of `cloud` that has one, between `start` and `stop`."""

    def __init__(self, cloud: Cloud, pace: Pace, lambdas: LambdaPlayer) -> None:
        self._client: LambdaClient = cloud.moto_client("lambda")
        self._deployed = Follower(cloud.changes, "lambda", self._follow)
        self._pace = pace
        self._lambdas = lambdas
        self._doors: dict[str, Door] = {}
        self._beat = Beat("function-urls", self._step, interval_seconds=1.0)

    def start(self) -> None:
        """Begin to play: what is deployed already is served when this returns."""
        self._step()
        self._beat.start()

    def stop(self) -> None:
        """Close every port."""
        self._beat.stop()
        for door in self._doors.values():
            door.close()
        self._doors.clear()

    def url(self, host: str) -> str | None:
        """Where the function URL of that host is served."""
        door = self._doors.get(host)
        return door.url if door else None

    def _step(self) -> float:
        self._deployed.look()
        return self._pace.scan_seconds

    def _follow(self) -> None:
        """Open the ports of new addresses, close those of gone ones."""
        found: dict[str, tuple[str, str]] = {}
        for function in self._client.list_functions()["Functions"]:
            try:
                config = self._client.get_function_url_config(FunctionName=function.get("FunctionName", ""))
            except self._client.exceptions.ResourceNotFoundException:
                continue
            host = config["FunctionUrl"].partition("://")[2].rstrip("/")
            found[host] = config["FunctionArn"], config["AuthType"]
        for host in self._doors.keys() - found.keys():
            self._doors.pop(host).close()
        for host in found.keys() - self._doors.keys():
            function, auth_type = found[host]
            self._doors[host] = Door(f"url {host}", self._answerer(host, function, auth_type)).open()

    def _answerer(self, host: str, function: str, auth_type: str) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            if auth_type != "NONE":
                return said(HTTPStatus.FORBIDDEN, '{"Message":"Forbidden"}', _JSON)
            try:
                outcome = self._lambdas.run(function, url_event(request, host), source="url")
            except UnknownFunctionError:
                return said(HTTPStatus.NOT_FOUND, '{"Message":null}', _JSON)
            if outcome.failed:
                return said(HTTPStatus.BAD_GATEWAY, "Internal Server Error", "text/plain")
            return url_answer(outcome.payload)

        return answer
