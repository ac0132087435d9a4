"""What the api is told by its environment, checked as a whole before the first request."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Name = Annotated[str, Field(min_length=1)]


class ConfigurationError(ValueError):
    """The environment is not one that the api can run in; the message lists all that is wrong with it."""


class Config(BaseModel):
    """The environment of the api, each field under the name of its variable in upper case."""

    model_config = ConfigDict(frozen=True, alias_generator=str.upper)

    fleet_table: Name
    cluster: Name
    service: Name
    jobs_queue_url: Name
    warmkeeper_function: Name
    tokens_secret_arn: Name
    """A Secrets Manager secret, see `fleet.tokens`."""
    front_door: Literal["alb", "none"]
    """Whether a load balancer brings requests for previews to the workers."""
    rate_per_second: Annotated[int, Field(ge=1)] = 10
    """Calls of one token that are let through each second."""
    minute_seconds: Annotated[int, Field(ge=1)] = 60
    """Seconds in a minute of the warmkeeper's decisions; fewer in the local stack."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `environment`.

        Raises:
            ConfigurationError: one or more variables are missing or wrong.
        """
        try:
            return cls.model_validate(dict(environment))
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
                for problem in error.errors(include_url=False, include_input=False)
            )
            raise ConfigurationError(f"the api's environment is wrong: {problems}") from None
