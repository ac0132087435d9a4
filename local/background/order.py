"""What a person asks of the stack in the background."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from local import configuration
from local.pace import Pace
from local.program import REPOSITORY

MINUTE_SECONDS = 10
"""Short enough to see the fleet fall asleep (after 50 s), long enough to type a command before it does."""
REAL_MINUTE_SECONDS = 60
COLD_START_SECONDS = 2.0
FLOOR, CEILING = 1, 3
OPTIONS = {"minuteSeconds": "--minute-seconds", "warmPoolSize": "--floor", "maxWorkers": "--ceiling"}
"""Keys of the program that have an option of their own, because the players go by it or people often change it."""
TARGETS = "loopbackTargets"


class Order(BaseModel):
    """How fast time runs, how large the fleet is, and any other key of Pulumi.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minute_seconds: Annotated[int, Field(ge=1, le=REAL_MINUTE_SECONDS)] = MINUTE_SECONDS
    cold_start_seconds: Annotated[float, Field(ge=0)] = COLD_START_SECONDS
    """From the order to start a task to its process (Fargate: 30 to 60 s)."""
    floor: int = FLOOR
    ceiling: int = CEILING
    engine: bool = True
    """Whether a Pulumi engine deploys where there is one; else, and where there is none, Pulumi's mocks do."""
    config: Mapping[str, str] = Field(default_factory=dict, repr=False)
    """Further keys with their values, as `pulumi up --config` takes them: text, lists as JSON."""

    @field_validator("config")
    @classmethod
    def _no_key_is_set_twice(cls, config: Mapping[str, str]) -> Mapping[str, str]:
        for key, option in OPTIONS.items():
            if key in config:
                raise ValueError(f"{key} has an option of its own, {option}")
        if not isinstance(json.loads(config.get(TARGETS, "[]")), list):
            raise ValueError(f'{TARGETS} is a list such as ["127.0.0.1:8000"]')  # noqa: TRY004 - Pydantic's rule
        return config

    @property
    def pace(self) -> Pace:
        """How the players play; what AWS measures in minutes shrinks with the minute."""
        return Pace(
            minute_seconds=self.minute_seconds,
            cold_start_seconds=self.cold_start_seconds,
            spot_notice_seconds=2 * self.minute_seconds,
        )

    def configuration(self, webhook_url: str, webhook_target: str) -> dict[str, Any]:
        """What is set over Pulumi.local.yaml, for a stack whose webhooks go to `webhook_url` unless told otherwise.

        There is a load balancer, because a fleet behind a function's own address has no previews. `webhook_target` is
        the "host:port" of that address: it joins the loopback addresses that the order lets through.
        """
        return {
            "frontDoor": "alb",
            "allowPlainHttp": True,
            "webhookUrl": webhook_url,
            **self.config,
            "minuteSeconds": self.minute_seconds,
            "warmPoolSize": self.floor,
            "maxWorkers": self.ceiling,
            TARGETS: [webhook_target, *json.loads(self.config.get(TARGETS, "[]"))],
        }

    def sleep_after_seconds(self) -> int | None:
        """Seconds without load or call after which the fleet sleeps, by this order and Pulumi.local.yaml; None: never.

        Raises:
            local.configuration.InvalidConfigurationError: the order sets a key that Pulumi.yaml does not declare.
        """
        loaded = configuration.load(REPOSITORY, "local", self.configuration("", ""))
        values = {key.partition(":")[2]: value for key, value in loaded.values.items()}
        return int(values["sleepAfterMinutes"]) * self.minute_seconds if values["scaleToZero"] == "true" else None
