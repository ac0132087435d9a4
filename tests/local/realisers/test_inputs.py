from typing import Any

import pytest
from botocore.model import Shape, ShapeResolver
from hypothesis import given, settings
from hypothesis import strategies as st

from local.realisers.inputs import Reader, UnfitInputError, UnknownInputError, fit, whole
from tests.thoroughness import examples


def shapes(**models: Any) -> ShapeResolver:
    # Any, because the stubs want shapes where botocore resolves their models.
    return ShapeResolver(models)


def shape_of(kind: str) -> Shape:
    return shapes(It={"type": kind}).get_shape_by_name("It")


STRATEGY = {"type": "structure", "members": {"weight": {"shape": "Number"}, "on": {"shape": "Flag"}}}
MEMBERS = {"taskName": "Text", "Strategy": "Strategies", "Policies": "Strategies", "Tags": "Tags"}
REQUEST = shapes(
    Request={"type": "structure", "members": {name: {"shape": shape} for name, shape in MEMBERS.items()}},
    Strategies={"type": "list", "member": {"shape": "Strategy"}},
    Strategy=STRATEGY,
    Tags={"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
    Text={"type": "string"},
    Number={"type": "integer"},
    Flag={"type": "boolean"},
).get_shape_by_name("Request")


def test_what_nobody_took_is_an_error_that_names_type_and_input() -> None:
    with (
        pytest.raises(UnknownInputError, match=r"unknown inputs color, size of aws:sqs/queue:Queue$"),
        Reader("aws:sqs/queue:Queue", {"name": "jobs", "size": 1, "color": "red"}) as given_,
    ):
        given_.take("name")


def test_what_nobody_took_of_an_object_within_is_an_error_with_its_path() -> None:
    with (
        pytest.raises(UnknownInputError, match=r"unknown input weigth of a:b:C\.rules\[1\]$"),
        Reader("a:b:C", {"rules": [{"weight": 1}, {"weight": 1, "weigth": 2}]}) as given_,
    ):
        assert [rule.take("weight") for rule in given_.parts("rules")] == [1, 1]


def test_an_error_while_reading_is_not_hidden_by_leftovers() -> None:
    with pytest.raises(KeyError, match="real"), Reader("a:b:C", {"left": 1}):
        raise KeyError("real")


def test_a_misspelt_key_within_is_an_error_with_its_path() -> None:
    with pytest.raises(UnknownInputError, match=r"unknown input strategy\.wieght of a:b:C"):
        fit(REQUEST, {"strategy": [{"wieght": 1}]}, where="a:b:C", renames={})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", 1.5),
        ("integer", True),
        ("integer", "one"),
        ("boolean", 1),
        ("string", []),
        ("float", "1"),
        ("blob", ""),
    ],
)
def test_a_value_that_cannot_be_what_aws_wants_is_an_error(kind: str, value: Any) -> None:
    with pytest.raises(UnfitInputError, match=r"a:b:C"):
        fit(shape_of(kind), value, where="a:b:C", renames={})


@pytest.mark.parametrize(
    ("kind", "value", "fitted"),
    [
        ("integer", 3.0, 3),
        ("integer", "-3", -3),
        ("string", 60.0, "60"),
        ("string", True, "true"),
        ("boolean", "false", False),
        ("double", 0, 0.0),
    ],
)
def test_values_become_what_aws_wants(kind: str, value: Any, fitted: Any) -> None:
    result = fit(shape_of(kind), value, where="a:b:C", renames={})
    assert (result, type(result)) == (fitted, type(fitted))


def test_keys_find_members_in_any_case_and_as_plurals_and_by_renames() -> None:
    value = {
        "name": "render",
        "strategies": {"weight": 1.0, "ON": "true"},
        "policy": None,
        "tags": {"stack": 1.0},
    }
    assert fit(REQUEST, value, where="a:b:C", renames={"name": "taskName"}) == {
        "taskName": "render",
        "Strategy": [{"weight": 1, "on": True}],
        "Tags": {"stack": "1"},
    }


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
    max_leaves=10,
)


@settings(max_examples=examples(50))
@given(plain)
def test_making_numbers_whole_changes_no_value(value: Any) -> None:
    assert whole(value) == value


@given(st.dictionaries(st.text(), st.none() | st.integers()))
def test_a_reader_never_lets_an_input_go_unread(values: dict[str, Any]) -> None:
    present = {name for name, value in values.items() if value is not None}
    try:
        with Reader("a:b:C", values):
            pass
    except UnknownInputError:
        assert present
    else:
        assert not present
