"""The tokens that may ask for previews: read from their secret when first needed, kept for a while."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from fleet.tokens import InvalidTokens, Tokens

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

log = logging.getLogger(__name__)

KEPT_SECONDS = 300.0
"""How long a token that was taken away may go on working, and a new one may not yet: as at the API."""

RETRY_SECONDS = 5.0
"""How long Secrets Manager is left alone after it did not answer: callers must not be able to make this worker ask."""

WAIT_SECONDS = 2.0
"""How long a call waits for the one that is reading the secret."""


class UncheckableError(Exception):
    """No token can be checked now."""


class AccessTokens:
    """The tokens in the secret `arn`; `client` is called when they are first needed: an idle worker does not pay."""

    def __init__(
        self, client: "Callable[[], SecretsManagerClient]", arn: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make_client = client
        self._client: SecretsManagerClient | None = None
        self._arn = arn
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: Tokens | None = None
        self._read_again_at = float("-inf")

    def tokens(self) -> Tokens:
        """The tokens in force, older ones while the secret cannot be read. Raises UncheckableError without any."""
        if self._clock() >= self._read_again_at and self._lock.acquire(timeout=0 if self._tokens else WAIT_SECONDS):
            try:
                if self._clock() >= self._read_again_at:
                    self._read()
            finally:
                self._lock.release()
        if self._tokens is None:
            raise UncheckableError
        return self._tokens

    def _read(self) -> None:
        try:
            if self._client is None:
                self._client = self._make_client()
            self._tokens = Tokens.parse(self._client.get_secret_value(SecretId=self._arn)["SecretString"])
        except (ClientError, BotoCoreError, InvalidTokens, KeyError) as error:
            log.warning("the tokens cannot be read", extra={"cause": f"{type(error).__name__}: {error}"})
            self._read_again_at = self._clock() + RETRY_SECONDS
        else:
            self._read_again_at = self._clock() + KEPT_SECONDS
