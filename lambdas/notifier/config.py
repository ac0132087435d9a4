"""What the notifier is told by its environment, checked as a whole before the first notification is read."""

from typing import Annotated, Self

from pydantic import Field, Json, model_validator

from fleet.environment import FunctionConfig
from jobs.addresses import check_target

MAX_VISIBILITY_SECONDS = 12 * 3600
"""SQS hides a message for twelve hours at most, counted from its receive."""
MAX_PRESIGNED_SECONDS = 7 * 24 * 3600
"""Signature version 4 allows a week."""

DelaySeconds = Annotated[int, Field(ge=1, le=MAX_VISIBILITY_SECONDS)]


class Config(FunctionConfig):
    """The environment of the notifier, each field under the name of its variable in lower case."""

    called = "the notifier"
    as_a_whole = "WEBHOOK_URL"

    notifications_queue_url: Annotated[str, Field(min_length=1)]
    webhook_secret_arn: Annotated[str, Field(min_length=1)]
    """A Secrets Manager secret whose value is `whsec_` and base64."""
    webhook_url: str = ""
    """Where jobs without a webhook of their own are told of; empty for nowhere."""
    url_expires_seconds: Annotated[int, Field(ge=1, le=MAX_PRESIGNED_SECONDS)] = 3600
    retry_seconds: Json[tuple[DelaySeconds, ...]] = (5, 30, 120, 300, 600, 900, 1800)
    """The delays between attempts; the default's sum is above an hour. The queue's maxReceiveCount is one more."""
    loopback_targets: Json[frozenset[str]] = frozenset()
    """"host:port" of loopback services that may be called; empty in a deployment."""

    @model_validator(mode="after")
    def _webhook_may_be_called(self) -> Self:
        if self.webhook_url:
            check_target(self.webhook_url, self.loopback_targets)
        return self
