"""The reference pages say what the code does."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.iam_reference import UNSEEN, WHY, roles
from components.reference import (
    CONFIGURATION_FILE,
    DEPLOYING_FILE,
    IAM_FILE,
    OUTPUTS_FILE,
    configuration_page,
    deploying_policy,
    iam_page,
    outputs_page,
)
from components.settings import Settings
from tests.components.recording import recorded


@pytest.mark.parametrize(
    ("file", "page"),
    [
        (CONFIGURATION_FILE, configuration_page),
        (OUTPUTS_FILE, outputs_page),
        (IAM_FILE, iam_page),
        (DEPLOYING_FILE, deploying_policy),
    ],
    ids=["configuration", "outputs", "iam", "deploying"],
)
def test_the_page_is_what_the_code_says(file: Path, page: Callable[[], str]):
    assert file.read_text("utf-8") == page(), "write it anew: python -m components.reference"


def test_every_key_that_is_read_has_a_row():
    rows = [line for line in configuration_page().splitlines() if line.startswith("| `")]
    keys = [field.alias for field in Settings.model_fields.values() if field.alias != "aws:region"]
    assert sorted(row.split("`")[1] for row in rows) == sorted(map(str, keys))


def test_the_roles_of_the_page_are_those_of_the_program():
    program = recorded("prod")
    told = {role.name: (role.assumed_by, [_shape(one) for one in role.statements]) for role in roles()}
    made = {
        role.name: (
            json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]["Principal"]["Service"],
            [_shape(one) for one in program.statements(role.name)],
        )
        for role in program.all("Role")
    }
    assert told == made


def test_what_the_page_says_of_configuration_is_what_is_left_without_door_registry_and_reuse():
    bare = {role.name: role.always for role in roles()}
    for case, changed in (("no-load-balancer", ("warmkeeper-role",)), ("local", ("worker-task", "worker-execution"))):
        for role in changed:
            assert {one["Sid"] for one in recorded(case).statements(role)} == bare[role]


def test_every_reason_is_given_for_something_that_is_granted():
    granted = {
        (role.name, statement["Sid"], action)
        for role in roles()
        for statement in role.statements
        for action in statement["Action"]
    }
    assert {(role, sid) for role, sid, _ in granted} == set(WHY)
    assert {(one.role, one.sid, action) for one in UNSEEN for action in one.actions} <= granted


def _shape(statement: dict[str, Any]) -> tuple[Any, ...]:
    """A statement without the names of its resources."""
    services = [resource.split(":")[2] if resource != "*" else "*" for resource in statement["Resource"]]
    return statement["Sid"], statement["Action"], services, statement.get("Condition")
