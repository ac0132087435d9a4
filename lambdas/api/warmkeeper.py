"""How the api reaches the warmkeeper: by an asynchronous invoke, and in no other way.

The alternative was to leave calls and commands in the fleet table and to nudge the warmkeeper. One writer is the
simpler contract: the warmkeeper notes a call or a command before it decides, by its own clock, and the api may not
write either. Lambda keeps an asynchronous event until the function has run, and tries three times; whoever could not
hand one over is told 503, and calls again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.api.answers import Refusal

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_logger = Logger(child=True)


@dataclass(frozen=True)
class Warmkeeper:
    """The function `name`."""

    client: "LambdaClient"
    name: str

    def poke(self, reason: str) -> None:
        """Say that an authenticated caller is about to need the fleet."""
        self._send({"source": "poke", "reason": reason})

    def command(self, command: str, order: Mapping[str, Any]) -> None:
        """Pass an operator's command on; `order` has the fields of its body that were given."""
        self._send({"source": "operator", "command": command, **order})

    def _send(self, event: dict[str, Any]) -> None:
        try:
            self.client.invoke(FunctionName=self.name, InvocationType="Event", Payload=json.dumps(event).encode())
        except (ClientError, BotoCoreError) as error:
            _logger.exception("the warmkeeper was not reached")
            raise Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The warmkeeper cannot be reached: nothing was done",
                headers={"Retry-After": "5"},
            ) from error
