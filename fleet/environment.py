"""FunctionConfig: what a Lambda function is told by its environment, checked as a whole before its first event."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError


class ConfigurationError(ValueError):
    """The environment is not one that the function can run in; the message lists all that is wrong with it."""


class FunctionConfig(BaseModel):
    """The environment of a function, each field under the name of its variable in upper case."""

    model_config = ConfigDict(frozen=True, alias_generator=str.upper)

    called: ClassVar[str]
    """What the function is called in its errors: "the api"."""
    as_a_whole: ClassVar[str] = "environment"
    """What a rule over several variables is about."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `environment`.

        Raises:
            ConfigurationError: one or more variables are missing or wrong. No value is told: some are secrets.
        """
        try:
            return cls.model_validate(dict(environment))
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, problem['loc'])) or cls.as_a_whole}: {problem['msg']}"
                for problem in error.errors(include_url=False, include_input=False)
            )
            raise ConfigurationError(f"{cls.called}'s environment is wrong: {problems}") from None
