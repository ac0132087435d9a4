"""What the api answers on which path, the same behind a load balancer and behind a function URL."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import get_args

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from fleet.command import CommandName
from lambdas.api import page
from lambdas.api.answers import Refusal, document, problem
from lambdas.api.callers import Doorman
from lambdas.api.commands import parse_order
from lambdas.api.fleet_view import FleetView
from lambdas.api.warmkeeper import Warmkeeper

PREVIEW_RETRY_SECONDS = 5
"""When a caller of `/previews` should ask again; each time wakes and looks, so it is also how soon the door opens."""
COMMANDS: tuple[CommandName, ...] = get_args(CommandName)
METHODS = {
    "/": ("GET", "HEAD"),
    "/health": ("GET", "HEAD"),
    "/fleet": ("GET",),
    "/fleet/heartbeat": ("POST",),
    **{f"/fleet/{command}": ("POST",) for command in COMMANDS},
    "/previews": ("POST",),
}
logger = Logger()


@dataclass(frozen=True)
class Api:
    """The routes and what they need; `clock` answers in seconds of the epoch."""

    doorman: Doorman
    fleet: FleetView
    warmkeeper: Warmkeeper
    has_front_door: bool
    clock: Callable[[], float]

    def serve(self, app: ApiGatewayResolver) -> None:
        """Register the routes, and what becomes of requests that are refused."""
        app.route("/", METHODS["/"])(lambda: page.answer(with_body=app.current_event.http_method == "GET"))
        app.route("/health", METHODS["/health"])(lambda: document({"status": "ok"}))
        app.get("/fleet")(lambda: self._show(app))
        app.post("/fleet/heartbeat")(lambda: self._heartbeat(app))
        for command in COMMANDS:
            app.post(f"/fleet/{command}")(self._passing_on(app, command))
        app.post("/previews")(lambda: self._preview(app))
        app.not_found(lambda _: _lost(app))
        app.exception_handler(Refusal)(problem)
        app.exception_handler([ClientError, BotoCoreError])(_unread)
        app.exception_handler(Exception)(_failed)

    def _show(self, app: ApiGatewayResolver) -> Response[str]:
        self.doorman.admit(_authorization(app))
        return document(self.fleet.document())

    def _heartbeat(self, app: ApiGatewayResolver) -> Response[str]:
        """Wake the fleet and keep it awake."""
        role = self.doorman.admit(_authorization(app))
        try:
            needed = self.fleet.needs_a_poke(self.clock())
        except (ClientError, BotoCoreError, ValidationError):
            logger.exception("the fleet's state cannot be read: the heartbeat is passed on unseen")
            needed = True
        if needed:
            self.warmkeeper.poke(f"heartbeat of a {role}")
        return document({"passed_on": needed}, HTTPStatus.ACCEPTED)

    def _passing_on(self, app: ApiGatewayResolver, command: CommandName) -> Callable[[], Response[str]]:
        """Make the route that passes a command on; what becomes of it is in the decisions of `GET /fleet`."""

        def pass_on() -> Response[str]:
            self.doorman.admit(_authorization(app), operators_only=True)
            order = parse_order(command, _body(app)).model_dump(mode="json", exclude_none=True)
            self.warmkeeper.command(command, order)
            logger.info("passed on", extra={"command": command, "order": order})
            return document({"command": command, **order}, HTTPStatus.ACCEPTED)

        return pass_on

    def _preview(self, app: ApiGatewayResolver) -> Response[str]:
        """Answer for the workers while none is there: wake them, and ask the caller to come back."""
        role = self.doorman.admit(_authorization(app))
        if not self.has_front_door:
            raise Refusal(
                HTTPStatus.NOT_IMPLEMENTED,
                'Previews need a load balancer in front of the workers: set frontDoor to "alb" and deploy',
                more={"setting": "frontDoor"},
            )
        self.warmkeeper.poke(f"preview asked for by a {role}")
        raise Refusal(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The fleet is waking: ask again",
            headers={"Retry-After": str(PREVIEW_RETRY_SECONDS)},
        )


def _lost(app: ApiGatewayResolver) -> Response[str]:
    event = app.current_event
    allowed = METHODS.get(event.path)
    if allowed is None:
        return problem(Refusal(HTTPStatus.NOT_FOUND, "Nothing is here"))
    headers = {"Allow": ", ".join(allowed)}
    return problem(Refusal(HTTPStatus.METHOD_NOT_ALLOWED, f"This takes {' and '.join(allowed)}", headers=headers))


def _unread(error: Exception) -> Response[str]:
    logger.error("AWS did not answer: %s", error)
    headers = {"Retry-After": "5"}
    return problem(Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "The fleet's state cannot be read now", headers=headers))


def _failed(error: Exception) -> Response[str]:
    logger.error("the api itself failed", exc_info=error)
    return problem(Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "The api failed; its log says why"))


def _authorization(app: ApiGatewayResolver) -> str | None:
    """The one Authorization header; two of them are none."""
    value = app.current_event.resolved_headers_field.get("authorization")
    if isinstance(value, list):
        return value[0] if len(value) == 1 else None
    return value


def _body(app: ApiGatewayResolver) -> bytes:
    event = app.current_event
    if not event.is_base64_encoded:
        return (event.body or "").encode(errors="surrogatepass")
    try:
        return base64.b64decode(event.body or "", validate=True)
    except binascii.Error:
        raise Refusal(HTTPStatus.BAD_REQUEST, "The body cannot be decoded") from None
