"""Who may deploy may make all that the program makes, and little else."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from components.deploying_actions import ROWS, actions_of
from components.deploying_policy import NAMED, policy
from components.reference import deploying_policy
from tests.components.recording import CASES, Resource, recorded

BY_MAIL_ONLY = {"aws:sns/topicSubscription:TopicSubscription"}
"""Made where `alertEmail` names an address, which no recording does."""
LONGEST = 10_240
"""Characters of all policies in a role, but for white space (IAM's quotas)."""
REFUSED = {"in-clear"}


def made() -> Iterator[Resource]:
    for case in CASES.keys() - REFUSED:
        yield from (resource for resource in recorded(case).resources if resource.custom)


def statements() -> list[dict[str, Any]]:
    found: Any = policy()["Statement"]
    return found


def test_every_type_that_the_program_makes_has_a_row_and_no_other_has():
    assert {resource.type for resource in made()} | BY_MAIL_ONLY == set(ROWS)


def test_what_is_named_in_the_policy_is_what_the_program_makes():
    seen = set[str]()
    for resource in made():
        arn = resource.identity.get("arn", "")
        service = arn.split(":")[2] if arn.startswith("arn:") else ""
        if service in NAMED:
            matching = [name for name in NAMED[service] if fnmatchcase(arn, name)]
            assert matching, f"who deploys may not make {arn}"
            seen.update(matching)
    assert seen == {name for names in NAMED.values() for name in names}


@pytest.mark.parametrize("kind", sorted(ROWS))
def test_every_action_of_a_row_is_granted(kind: str):
    assert actions_of(ROWS[kind]) <= {action for statement in statements() for action in statement["Action"]}


def test_no_action_is_granted_by_a_wildcard_and_whatever_holds_data_is_named():
    for statement in statements():
        assert not [action for action in statement["Action"] if "*" in action]
        services = {action.partition(":")[0] for action in statement["Action"]}
        if services & NAMED.keys() and statement["Sid"] != "Anywhere":
            assert "*" not in statement["Resource"]


def test_only_the_programs_roles_are_handed_on_and_only_to_the_services_that_take_them():
    [statement] = [one for one in statements() if one["Action"] == ["iam:PassRole"]]
    takers = statement["Condition"]["StringEquals"]["iam:PassedToService"]
    assert takers == ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com", "scheduler.amazonaws.com"]


def test_a_role_can_hold_it():
    assert len(re.sub(r"\s", "", deploying_policy())) <= LONGEST
