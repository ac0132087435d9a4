import json

import pytest
from pydantic import ValidationError

from fleet.command import Command
from fleet.level import Level
from fleet.state import Breaker, Demand, FleetState, from_json, to_json

FULL = FleetState(
    desired=3,
    level=Level.BURST,
    kind="steady",
    demand=Demand(samples=((1.5, 2), (3.25, 0)), need=2, quick=1.5, steady=0.5, read_at=12.0, rises=4.5),
    busy_at=1.0,
    empty_since=2.0,
    order=Command(id="a", name="hold", at=3.0, count=3, until=9.0),
    breaker=Breaker(tripped_at=4.0, least_load=7),
)


def test_what_is_no_state_is_refused():
    with pytest.raises(ValidationError):
        from_json('{"desired": "many"}')


@pytest.mark.parametrize("state", [FleetState(), FULL])
def test_a_state_comes_back_as_it_was_stored(state: FleetState):
    assert from_json(to_json(state)) == state


def test_fields_of_a_newer_version_are_left_out_and_missing_ones_have_their_defaults():
    assert from_json(json.dumps({"desired": 4, "mood": "bright"})) == FleetState(desired=4)
