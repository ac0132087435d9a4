"""What may wake the warmkeeper, by shape. An event is a hint to look; only a call and a command say anything more."""

from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from fleet.command import CommandName

Words = Annotated[str, Field(max_length=500)]


class UnknownEventError(ValueError):
    """The event is none that the warmkeeper takes; the message says which it takes, or what is wrong with it."""


class AlarmState(BaseModel):
    """The new state of an alarm; AWS may add fields."""

    value: str
    reason: str = ""


class AlarmData(BaseModel):
    """The alarm that changed."""

    model_config = ConfigDict(populate_by_name=True)

    name: Annotated[str, Field(alias="alarmName")]
    state: AlarmState


class Alarm(BaseModel):
    """CloudWatch's payload when an alarm's action invokes a function."""

    model_config = ConfigDict(populate_by_name=True)

    source: Literal["aws.cloudwatch"]
    alarm: Annotated[AlarmData, Field(alias="alarmData")]

    def __str__(self) -> str:
        """The alarm's name and new state."""
        return f"alarm {self.alarm.name} {self.alarm.state.value}"


class Tick(BaseModel):
    """The minute's schedule."""

    source: Literal["tick"]

    def __str__(self) -> str:
        """The word for it."""
        return "tick"


class Poke(BaseModel):
    """An authenticated request or heartbeat: whoever sends it is about to work."""

    model_config = ConfigDict(extra="forbid")

    source: Literal["poke"]
    reason: Words = ""

    def __str__(self) -> str:
        """The word for it, with its reason."""
        return f"poke: {self.reason}" if self.reason else "poke"


class Operator(BaseModel):
    """An operator's command. A field that is not known is refused: a mistyped `count` must not hold the wrong size."""

    model_config = ConfigDict(extra="forbid")

    source: Literal["operator"]
    command: CommandName
    count: Annotated[int, Field(ge=0)] | None = None
    until: AwareDatetime | None = None
    reason: Words = ""
    by: Words = ""

    @model_validator(mode="after")
    def _only_a_hold_is_measured(self) -> Self:
        if self.command != "hold" and (self.count is not None or self.until is not None):
            raise ValueError(f"count and until go with hold, not with {self.command}")
        return self

    def __str__(self) -> str:
        """The command's name."""
        return f"operator: {self.command}"


Event = Annotated[Alarm | Tick | Poke | Operator, Field(discriminator="source")]
_EVENTS: TypeAdapter[Alarm | Tick | Poke | Operator] = TypeAdapter(Event)


def parse_event(event: Any) -> Alarm | Tick | Poke | Operator:
    """The event as one of those above.

    Raises:
        UnknownEventError: it is none of them.
    """
    try:
        return _EVENTS.validate_python(event)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'event'}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise UnknownEventError(f"no event that the warmkeeper takes: {problems}") from None
