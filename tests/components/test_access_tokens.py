"""Tokens are drawn once, kept, and lie nowhere but in their store."""

import json

import pytest

from fleet.tokens import Tokens
from tests.components.recording import TOKENS, Recording, recorded


def test_generated_tokens_are_kept_over_all_later_updates(program: Recording):
    version = program.one("SecretVersion", "tokens-secret")
    assert version.ignore_changes == ["secretString"]


def test_generated_tokens_open_the_door_of_their_role(program: Recording):
    text = program.one("SecretVersion", "tokens-secret").inputs["secretString"]["secret"]
    tokens = Tokens.parse(text)
    for role, of_role in json.loads(text).items():
        assert [tokens.role_of(token) for token in of_role] == [role]


def test_tokens_of_ones_own_are_stored_and_may_change():
    version = recorded("https").one("SecretVersion", "tokens-secret")
    assert version.inputs["secretString"] == {"secret": TOKENS}
    assert version.ignore_changes == []


@pytest.mark.parametrize(
    ("case", "tokens"),
    [
        ("prod", ["warmpool_client_", "warmpool_operator_"]),
        ("local", ["warmpool_client_", "warmpool_operator_"]),
        ("https", ["the-token-of-the-editor-1", "the-token-of-the-operator"]),
    ],
)
def test_no_token_is_anywhere_but_in_its_store_and_wrapped_there(case: str, tokens: list[str]):
    program = recorded(case)
    store = program.one("SecretVersion", "tokens-secret")
    assert store.inputs["secretString"].keys() == {"secret"}
    elsewhere = json.dumps([resource.inputs for resource in program.resources if resource is not store])
    for token in tokens:
        assert token in store.inputs["secretString"]["secret"]
        assert token not in elsewhere
        assert token not in json.dumps(program.exports)
