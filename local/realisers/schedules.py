"""EventBridge Scheduler's schedules."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

from typing import Any

from local.realisers.drift import drifted
from local.realisers.realiser import Name, Properties, Realiser, if_there

DEFAULTS = {"GroupName": "default", "ScheduleExpressionTimezone": "UTC", "State": "ENABLED"}
"""An update replaces a schedule whole: what it does not say goes back to these (moto would forget the state)."""


class Schedule(Realiser):
    """Its id is `<group>/<name>`."""

    pulumi_type = "aws:scheduler/schedule:Schedule"
    service = "scheduler"
    name = Name("name", 64)
    replaced_by = frozenset({"name", "groupName"})

    def create(self, inputs: Properties) -> str:
        request = self._request(inputs)
        self.aws.create_schedule(**request)
        return f"{request['GroupName']}/{request['Name']}"

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_schedule, **_named(resource_id))
        return {"arn": found["Arn"], "groupName": found["GroupName"], "state": found["State"]} if found else None

    def drift(self, resource_id: str, known: Properties) -> Properties:
        """Of when it fires, and whether it does."""
        members = {"scheduleExpression": "ScheduleExpression", "state": "State"}
        return drifted(known, members, self.aws.get_schedule(**_named(resource_id)))

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        self.aws.update_schedule(**self._request(inputs))

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_schedule, **_named(resource_id))

    def _request(self, inputs: Properties) -> dict[str, Any]:
        with self.reading(inputs) as given:
            return {**DEFAULTS, **given.fit(self.request("CreateSchedule"))}


def _named(resource_id: str) -> dict[str, str]:
    group, _, name = resource_id.partition("/")
    return {"GroupName": group, "Name": name}
