"""A function tells all that is wrong with its environment at once, and never a value."""

import pytest
from pydantic import Field, model_validator

from fleet.environment import ConfigurationError, FunctionConfig


class Example(FunctionConfig):
    called = "the example"
    as_a_whole = "both"
    queue_url: str
    floor: int = Field(ge=1)

    @model_validator(mode="after")
    def _agree(self) -> "Example":
        if self.queue_url == "none":
            raise ValueError("do not go together")
        return self


def test_fields_are_read_from_variables_in_upper_case_and_others_are_not_looked_at():
    config = Example.from_environment({"QUEUE_URL": "q", "FLOOR": "2", "PATH": "/bin"})
    assert (config.queue_url, config.floor) == ("q", 2)


def test_every_problem_is_told_by_its_variable_and_no_value_is():
    with pytest.raises(ConfigurationError) as caught:
        Example.from_environment({"FLOOR": "a-secret"})
    assert str(caught.value).startswith("the example's environment is wrong: QUEUE_URL: ")
    assert "; FLOOR: " in str(caught.value)
    assert "a-secret" not in str(caught.value)


def test_what_several_variables_get_wrong_together_has_a_name_too():
    with pytest.raises(ConfigurationError, match=r"both: .*do not go together"):
        Example.from_environment({"QUEUE_URL": "none", "FLOOR": "1"})
