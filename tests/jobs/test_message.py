import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.message import (
    METADATA_BYTES,
    InvalidEnvelopeError,
    NewerVersionError,
    UnparsableBodyError,
    canonical_json,
    parse_envelope,
    spec_hash,
)

VALID: dict[str, Any] = {"version": 1, "id": "job-1", "spec": {"clips": []}}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        '"text"',
        "null",
        '{"version": 1',
        '{"version": NaN}',
        '{"metadata": {"x": 1e999}}',
        '{"id": "\\ud800"}',
        "[" * 100_000,
        '{"a":' * 50_000,
    ],
)
def test_a_body_that_is_no_json_object_is_unparsable_and_says_what_to_send(body: str):
    with pytest.raises(UnparsableBodyError) as caught:
        parse_envelope(body)
    assert caught.value.problem.field == "message"
    assert "JSON object" in caught.value.problem.remedy


@pytest.mark.parametrize("version", [2, 3, 10**30])
def test_a_newer_version_is_told_apart_whatever_else_it_holds(version: Any):
    with pytest.raises(NewerVersionError) as caught:
        parse_envelope(json.dumps({"version": version, "something": "new"}))
    assert caught.value.version == version


@pytest.mark.parametrize("version", [0, -1, True, "1", 1.0, 1.5, None, [2]])
def test_a_version_that_never_was_is_invalid_and_not_newer(version: Any):
    with pytest.raises(InvalidEnvelopeError) as caught:
        parse_envelope(json.dumps(VALID | {"version": version}))
    assert [problem.field for problem in caught.value.problems] == ["version"]
    assert caught.value.id == "job-1"


def test_an_invalid_envelope_names_every_problem_with_its_remedy():
    body = {"version": 1, "id": "a/b", "spec": [], "webhook": 7, "metadata": "x", "webook": "typo"}
    with pytest.raises(InvalidEnvelopeError) as caught:
        parse_envelope(json.dumps(body))
    assert {problem.field for problem in caught.value.problems} == {"id", "spec", "webhook", "metadata", "webook"}
    assert all(problem.remedy for problem in caught.value.problems)


@pytest.mark.parametrize("id_", ["", " ", "-a", ".a", "a/b", "a b", "a\n", "ä", "a" * 129, 5, None, ["a"]])
def test_an_id_that_would_not_do_everywhere_is_refused_and_not_trusted(id_: Any):
    with pytest.raises(InvalidEnvelopeError) as caught:
        parse_envelope(json.dumps(VALID | {"id": id_, "webhook": "https://example.com/hook"}))
    assert caught.value.id is None
    assert caught.value.webhook == "https://example.com/hook"


@pytest.mark.parametrize("id_", ["a", "A.b_c-9", "0", "a" * 128])
def test_an_id_of_letters_digits_dots_underscores_and_hyphens_is_taken(id_: Any):
    assert parse_envelope(json.dumps(VALID | {"id": id_})).id == id_


def test_metadata_is_bounded_by_its_size_in_bytes():
    fitting = {"k": "é" * ((METADATA_BYTES - len('{"k":""}')) // 2)}
    assert parse_envelope(json.dumps(VALID | {"metadata": fitting})).metadata == fitting
    with pytest.raises(InvalidEnvelopeError, match="metadata"):
        parse_envelope(json.dumps(VALID | {"metadata": {"k": fitting["k"] + "é"}}))


def test_a_valid_envelope_leaves_the_spec_as_it_came():
    envelope = parse_envelope(json.dumps(VALID | {"spec": {"anything": [1, 2.5, None]}}))
    assert envelope.spec == {"anything": [1, 2.5, None]}
    assert (envelope.webhook, envelope.metadata) == (None, {})


def test_a_spec_is_told_by_its_content_and_not_by_its_spelling():
    assert spec_hash(json.loads('{"a": 1, "b": [true, "é"]}')) == spec_hash(json.loads('{"b":[true,"\\u00e9"],"a":1}'))
    assert spec_hash({"a": 1}) != spec_hash({"a": 2})
    assert spec_hash([1, 2]) != spec_hash([2, 1])


@given(json_values)
def test_canonical_json_is_json_of_the_same_value(value: Any):
    assert json.loads(canonical_json(value)) == value


@given(
    st.text()
    | json_values.map(json.dumps)
    | st.dictionaries(st.sampled_from([*VALID, "x"]), json_values).map(json.dumps)
)
def test_every_body_is_an_envelope_or_one_of_three_refusals(body: str):
    with suppress(UnparsableBodyError, NewerVersionError, InvalidEnvelopeError):
        assert parse_envelope(body).version == 1
