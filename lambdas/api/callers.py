"""Who calls: tokens checked against the secret, roles, and the limit of each token."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.exceptions import BotoCoreError, ClientError

from fleet.rate_limit import RateLimit
from fleet.tokens import InvalidTokens, Role, Tokens, bearer_of
from lambdas.api.answers import Refusal

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SECRET_MAX_AGE_SECONDS = 300
"""How long a token that was taken away may go on working, and a new one may not yet."""
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="fleet"'}
_logger = Logger(child=True)


class TokenSecret:
    """The tokens in force, read when they are first needed and again when SECRET_MAX_AGE_SECONDS old."""

    def __init__(self, client: "SecretsManagerClient", arn: str) -> None:
        self._provider = SecretsProvider(boto3_client=client)
        self._arn = arn

    def tokens(self) -> Tokens:
        """Read and parse them.

        Raises:
            GetParameterError: Secrets Manager did not answer; nothing is kept of that.
            InvalidTokens: the secret holds something else.
        """
        value = self._provider.get(self._arn, max_age=SECRET_MAX_AGE_SECONDS)
        assert isinstance(value, str), "the secret is stored as text"
        return Tokens.parse(value)


@dataclass(frozen=True)
class Doorman:
    """Lets callers in, or refuses them; `clock` answers in seconds of the epoch."""

    secret: TokenSecret
    limit: RateLimit
    clock: Callable[[], float]

    def admit(self, authorization: str | None, *, operators_only: bool = False) -> Role:
        """The role of whoever sent this Authorization header; only then is the request counted as authenticated.

        The limit is an act of thrift, not of protection: where its table does not answer, callers are let in.

        Raises:
            Refusal: 401 without a token in force, 403 for a client where an operator is needed, 429 above the limit,
                503 where the tokens cannot be read.
        """
        token = bearer_of(authorization)
        if token is None:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "Send a token: Authorization: Bearer <token>", headers=CHALLENGE)
        try:
            role = self.secret.tokens().role_of(token)
        except (GetParameterError, InvalidTokens) as error:
            _logger.exception("no token can be checked")
            raise Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE, "No token can be checked now", headers={"Retry-After": "30"}
            ) from error
        if role is None:
            challenge = {"WWW-Authenticate": f'{CHALLENGE["WWW-Authenticate"]}, error="invalid_token"'}
            raise Refusal(HTTPStatus.UNAUTHORIZED, "This token is not in force", headers=challenge)
        _count()
        self._hold_back(token)
        if operators_only and role != "operator":
            raise Refusal(HTTPStatus.FORBIDDEN, "This needs an operator's token; the one that was sent is a client's")
        return role

    def _hold_back(self, token: str) -> None:
        try:
            wait_seconds = self.limit.allow(token, self.clock())
        except (ClientError, BotoCoreError):
            _logger.exception("calls are not limited: the fleet table does not answer")
            return
        if wait_seconds is not None:
            headers = {"Retry-After": str(wait_seconds)}
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too many calls with this token in a second", headers=headers)


def _count() -> None:
    metrics = EphemeralMetrics()
    metrics.add_metric("AuthenticatedRequests", MetricUnit.Count, 1)
    metrics.flush_metrics()
