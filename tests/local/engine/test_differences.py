"""What the engine is told of a change: which inputs, and whether it takes a new resource."""

from typing import Any

import pytest

from local.engine.differences import difference
from local.engine.wire import secret
from local.realisers.catalogue import realiser_of
from local.realisers.inputs import UNKNOWN
from local.realisers.realiser import Place

QUEUE = {"name": "jobs-1", "visibilityTimeoutSeconds": 120, "tagsAll": {"stack": "local"}, "__defaults": ["name"]}


@pytest.fixture
def queue(tmp_path: Any) -> Any:
    place = Place(client=lambda service: None, code_store=tmp_path, region="eu-west-1", account_id="1")
    return realiser_of("aws:sqs/queue:Queue")(place)


def changed(queue: Any, news: dict[str, Any], state: dict[str, Any] | None = None, **more: Any) -> set[str]:
    found = difference(queue, news={**QUEUE, **news}, state={**QUEUE, **(state or {})}, old_inputs=QUEUE, **more)
    assert found.replaced <= found.changed
    return set(found.changed)


def test_the_same_is_no_change_whether_it_is_marked_as_secret_or_not(queue: Any):
    assert changed(queue, {"visibilityTimeoutSeconds": secret(120.0)}) == set()


def test_drift_in_the_state_is_a_change(queue: Any):
    assert changed(queue, {}, {"visibilityTimeoutSeconds": 7}) == {"visibilityTimeoutSeconds"}


def test_what_is_not_known_yet_is_a_change(queue: Any):
    assert changed(queue, {"visibilityTimeoutSeconds": UNKNOWN}) == {"visibilityTimeoutSeconds"}


def test_outputs_are_no_inputs_that_were_dropped(queue: Any):
    assert changed(queue, {}, {"arn": "arn:aws:sqs:eu-west-1:1:jobs-1"}) == set()


def test_an_input_that_is_dropped_is_a_change(queue: Any):
    news = {name: value for name, value in QUEUE.items() if name != "visibilityTimeoutSeconds"}
    found = difference(queue, news=news, state=QUEUE, old_inputs=QUEUE)
    assert found.changed == {"visibilityTimeoutSeconds"}


def test_ignored_changes_are_none(queue: Any):
    assert changed(queue, {"visibilityTimeoutSeconds": 1}, ignored=["visibilityTimeoutSeconds"]) == set()


def test_other_default_tags_are_a_change_of_tags(queue: Any):
    assert changed(queue, {"tagsAll": {"stack": "other"}}) == {"tags"}


def test_a_new_name_takes_a_new_resource(queue: Any):
    found = difference(queue, news={**QUEUE, "name": "jobs-2"}, state=QUEUE, old_inputs=QUEUE)
    assert found.replaced == {"name"}
    assert not found.name_is_taken


def test_a_name_of_the_programs_own_has_to_be_free_before_it_is_given_again(queue: Any):
    own = {**QUEUE, "name": "jobs", "fifoQueue": False, "__defaults": []}
    found = difference(queue, news={**own, "fifoQueue": True}, state=own, old_inputs=own)
    assert found.replaced == {"fifoQueue"}
    assert found.name_is_taken
