"""What the api is told by its environment, checked as a whole before the first request."""

from typing import Annotated, Literal

from pydantic import Field

from fleet.environment import FunctionConfig

Name = Annotated[str, Field(min_length=1)]


class Config(FunctionConfig):
    """The environment of the api, each field under the name of its variable in upper case."""

    called = "the api"

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
