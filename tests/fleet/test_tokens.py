import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.tokens import InvalidTokens, Tokens, bearer_of, fingerprint

CLIENT, OPERATOR, BOTH = "client-7f3a", "operator-91bc", "both-55d0"
TOKENS = Tokens.parse(json.dumps({"client": [CLIENT, BOTH], "operator": [OPERATOR, BOTH]}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tok-secret",
        '["tok-secret"]',
        '{"client": "tok-secret"}',
        '{"client": [""]}',
        '{"client": ["tok-secret with spaces"]}',
        '{"client": ["tok-secret\\n"]}',
        '{"admin": ["tok-secret"]}',
    ],
)
def test_a_secret_that_holds_no_tokens_is_refused_without_being_shown(text: str):
    with pytest.raises(InvalidTokens, match="the API's tokens are wrong: ") as refusal:
        Tokens.parse(text)
    assert "tok-secret" not in str(refusal.value)


def test_no_tokens_let_nobody_in():
    assert Tokens.parse("{}").role_of("") is None


@given(st.text())
def test_an_unknown_token_has_no_role(token: str):
    assert TOKENS.role_of(token) is None


def test_each_token_has_its_role_and_the_higher_one_counts():
    assert [TOKENS.role_of(token) for token in (CLIENT, OPERATOR, BOTH)] == ["client", "operator", "operator"]
    assert [TOKENS.role_of(CLIENT[:-1]), TOKENS.role_of(CLIENT + " ")] == [None, None]


def test_tokens_do_not_show():
    assert CLIENT not in repr(TOKENS)
    assert len(fingerprint(CLIENT)) == 32
    assert fingerprint(CLIENT) != fingerprint(OPERATOR)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b", "Bearer ä", "Bearer a,b\n", "Bearera"]
)
def test_a_header_without_one_bearer_token_has_none(header: str | None):
    assert bearer_of(header) is None


@pytest.mark.parametrize("header", ["Bearer abc.~+/=", "bearer abc.~+/=", " Bearer   abc.~+/= "])
def test_a_bearer_token_is_found_in_the_header(header: str):
    assert bearer_of(header) == "abc.~+/="
