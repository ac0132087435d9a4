"""What the warmkeeper is told by its environment, checked as a whole before the first look."""

from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from fleet.environment import FunctionConfig
from lambdas.warmkeeper.hours import parse_warm_hours
from lambdas.warmkeeper.rules import Rules

Name = Annotated[str, Field(min_length=1)]


class Config(FunctionConfig):
    """The environment of the warmkeeper, each field under the name of its variable in upper case."""

    called = "the warmkeeper"
    as_a_whole = "front door"

    cluster: Name
    service: Name
    jobs_queue_url: Name
    fleet_table: Name
    floor: Annotated[int, Field(ge=1)]
    """Tasks while awake. A fleet that should cost nothing while idle scales to zero; its floor is still 1 or more."""
    ceiling: Annotated[int, Field(ge=1)]
    jobs_per_worker: Annotated[float, Field(ge=1)]
    warm_spares: Annotated[int, Field(ge=0)] = 0
    scale_to_zero: bool
    sleep_after_seconds: Annotated[float, Field(gt=0)]
    warm_hours: str = ""
    """Hours in which the fleet stays awake though it scales to zero, as `parse_warm_hours` reads them; empty: none."""
    minute_seconds: Annotated[float, Field(gt=0)] = 60.0
    """What every "minute" of the decision lasts; less than 60 where time is compressed."""
    history_days: Annotated[int, Field(ge=1)] = 30
    preview_rule_arn: str = ""
    """The load balancer's rule whose weights are flipped; empty, as the two below, where there is none."""
    worker_target_group_arn: str = ""
    api_target_group_arn: str = ""

    @field_validator("ceiling")
    @classmethod
    def _not_below_the_floor(cls, ceiling: int, info: ValidationInfo) -> int:
        floor = info.data.get("floor")
        if floor is not None and ceiling < floor:
            raise ValueError(f"{ceiling} is below FLOOR, which is {floor}")
        return ceiling

    @field_validator("warm_hours")
    @classmethod
    def _hours_of_a_week(cls, warm_hours: str) -> str:
        if warm_hours:
            parse_warm_hours(warm_hours)
        return warm_hours

    @model_validator(mode="after")
    def _a_whole_front_door(self) -> Self:
        arns = (self.preview_rule_arn, self.worker_target_group_arn, self.api_target_group_arn)
        if any(arns) and not all(arns):
            raise ValueError("PREVIEW_RULE_ARN, WORKER_TARGET_GROUP_ARN and API_TARGET_GROUP_ARN go together")
        return self

    @property
    def rules(self) -> Rules:
        """The part that the decision follows."""
        return Rules(
            floor=self.floor,
            ceiling=self.ceiling,
            jobs_per_worker=self.jobs_per_worker,
            scale_to_zero=self.scale_to_zero,
            sleep_after_seconds=self.sleep_after_seconds,
            minute_seconds=self.minute_seconds,
            warm_hours=parse_warm_hours(self.warm_hours) if self.warm_hours else None,
            spares=self.warm_spares,
        )
