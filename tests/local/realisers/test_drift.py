"""What AWS says now beside what was asked of it."""

import pytest

from local.realisers.drift import drifted

MEMBERS = {"days": "Days", "on": "On", "policy": "Policy", "actions": "Actions", "text": "Text"}


@pytest.mark.parametrize(
    ("known", "live"),
    [
        ({"days": 3}, {"Days": "3"}),
        ({"days": 3}, {"Days": 3.0}),
        ({"on": True}, {"On": "true"}),
        ({"policy": '{"a": 1, "b": [2]}'}, {"Policy": '{"b":[2],"a":1}'}),
        ({"actions": ["a", "b"]}, {"Actions": ["b", "a"]}),
        ({"text": "3"}, {"Text": 3}),
        ({"days": 3}, {}),
        ({}, {"Days": 3}),
    ],
)
def test_what_is_only_spelled_otherwise_or_not_looked_at_is_no_drift(known: dict[str, object], live: dict[str, object]):
    assert drifted(known, MEMBERS, live) == {}


@pytest.mark.parametrize(
    ("known", "live", "found"),
    [
        ({"days": 3}, {"Days": "4"}, {"days": 4}),
        ({"on": True}, {"On": "false"}, {"on": False}),
        ({"policy": '{"a": 1}'}, {"Policy": '{"a": 2}'}, {"policy": '{"a": 2}'}),
        ({"actions": ["a"]}, {"Actions": []}, {"actions": []}),
        ({"text": "a"}, {"Text": "b"}, {"text": "b"}),
    ],
)
def test_drift_is_told_in_the_inputs_own_type(
    known: dict[str, object], live: dict[str, object], found: dict[str, object]
):
    assert drifted(known, MEMBERS, live) == found
