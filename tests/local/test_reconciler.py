"""How a run treats its resources, on one made-up type that keeps a diary."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from local.code_store import CodeStore
from local.realisers import catalogue
from local.realisers.inputs import UnknownInputError
from local.realisers.realiser import Name, Place, Properties, Realiser
from local.reconciler import Changes, RealisationError, Reconciler, Wanted
from local.resource_state import Record, ResourceState

DIARY: list[str] = []
THINGS: dict[str, Properties] = {}


class Thing(Realiser):
    pulumi_type = "test:Thing"
    service = "test"
    name = Name("name", 40)
    replaced_by = frozenset({"name", "kind"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        if inputs.get("kind") == "impossible":
            raise ValueError("AWS refuses it")
        THINGS[inputs["name"]] = dict(inputs)
        DIARY.append(f"create {inputs['name'].rpartition('-')[0]}")
        return inputs["name"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        return {"arn": f"arn:{resource_id}"} if resource_id in THINGS else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        assert "tags" not in inputs
        DIARY.append(f"update {resource_id.rpartition('-')[0]}")
        THINGS[resource_id].update(inputs)

    def delete(self, resource_id: str, known: Properties) -> None:
        DIARY.append(f"delete {resource_id.rpartition('-')[0]}")
        del THINGS[resource_id]

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        THINGS[known["id"]].setdefault("tags", {}).update(tags)

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        for key in keys:
            del THINGS[known["id"]]["tags"][key]


@pytest.fixture(autouse=True)
def only_things(monkeypatch: pytest.MonkeyPatch) -> None:
    DIARY.clear()
    THINGS.clear()
    monkeypatch.setattr(catalogue, "REALISERS", {"test:Thing": Thing})


class Runs:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.json"
        self.folder = folder

    def run(self, *wanted: Wanted, tags: Mapping[str, str] | None = None) -> Changes:
        DIARY.clear()
        place = Place(lambda _service: None, CodeStore(self.folder / "code"), "eu-west-1", "1")
        reconciler = Reconciler(place, ResourceState(self.path), tags)
        self.outputs = [reconciler.register(one).known for one in wanted]
        reconciler.finish()
        return reconciler.changes

    def stored(self) -> list[Record]:
        return list(ResourceState(self.path).records.values())


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def thing(name: str, inputs: Properties | None = None, **options: Any) -> Wanted:
    return Wanted(f"urn:pulumi:test::p::test:Thing::{name}", "test:Thing", name, inputs or {}, **options)


def test_two_resources_of_one_name_are_an_error(runs: Runs) -> None:
    with pytest.raises(RealisationError, match="test:Thing a is registered twice"):
        runs.run(thing("a"), thing("a"))


def test_what_was_made_before_a_failure_is_known_to_the_next_run(runs: Runs) -> None:
    with pytest.raises(RealisationError, match=r"^test:Thing b: AWS refuses it$"):
        runs.run(thing("a"), thing("b", {"kind": "impossible"}))
    assert len(runs.run(thing("a"), thing("b")).created) == 1
    assert DIARY == ["create b"]


def test_a_failed_run_deletes_nothing(runs: Runs) -> None:
    runs.run(thing("a"), thing("b"))
    with pytest.raises(RealisationError):
        runs.run(thing("a"), thing("c", {"kind": "impossible"}))
    assert len(THINGS) == 2


def test_a_name_once_made_is_kept(runs: Runs) -> None:
    runs.run(thing("a"))
    [name] = THINGS
    assert runs.run(thing("a", {"size": 1})).updated
    assert list(THINGS) == [name]
    assert runs.outputs == [{"id": name, "name": name, "size": 1, "arn": f"arn:{name}"}]


def test_what_the_program_no_longer_has_goes_the_latest_first(runs: Runs) -> None:
    runs.run(thing("a"), thing("b"), thing("c"))
    runs.run(thing("b"))
    assert DIARY == ["delete c", "delete a"]


def test_a_replacement_is_made_before_the_old_one_goes(runs: Runs) -> None:
    runs.run(thing("a", {"kind": "x"}), thing("b"))
    changes = runs.run(thing("a", {"kind": "y"}), thing("b"))
    assert (len(changes.replaced), len(changes.unchanged)) == (1, 1)
    assert DIARY == ["create a", "delete a"]
    assert len(THINGS) == 2


@pytest.mark.parametrize(
    ("before", "after", "options"),
    [
        ({"kind": "x"}, {"kind": "y"}, {"delete_before_replace": True}),
        ({"kind": "x", "name": "fixed-name"}, {"kind": "y", "name": "fixed-name"}, {}),
    ],
)
def test_the_old_one_goes_first_where_both_cannot_be(
    runs: Runs, before: Properties, after: Properties, options: dict[str, Any]
) -> None:
    runs.run(thing("a", before, **options))
    runs.run(thing("a", after, **options))
    assert [line.split()[0] for line in DIARY] == ["delete", "create"]
    assert [record.inputs["kind"] for record in runs.stored()] == ["y"]


def test_a_replaced_one_that_could_not_be_deleted_is_deleted_by_the_next_run(runs: Runs) -> None:
    runs.run(thing("a", {"kind": "x"}))
    with pytest.raises(RealisationError):
        runs.run(thing("a", {"kind": "y"}), thing("b", {"kind": "impossible"}))
    assert len(THINGS) == 2
    runs.run(thing("a", {"kind": "y"}))
    assert DIARY == ["delete a"]
    assert [each["kind"] for each in THINGS.values()] == ["y"]


def test_an_ignored_change_changes_nothing(runs: Runs) -> None:
    ignoring = {"ignored": frozenset({"size", "late"})}
    runs.run(thing("a", {"size": 0}, **ignoring))
    assert runs.run(thing("a", {"size": 5, "late": 1}, **ignoring)).unchanged
    assert runs.outputs[0]["size"] == 0
    assert runs.run(thing("a", {"size": 5, "colour": "red"}, **ignoring)).updated
    assert [each["size"] for each in THINGS.values()] == [0]


def test_ignoring_a_part_of_an_input_is_refused_rather_than_misunderstood(runs: Runs) -> None:
    options = {"ignored": frozenset({"size.width"})}
    runs.run(thing("a", {"size": {"width": 1}}, **options))
    with pytest.raises(RealisationError, match=r"size\.width"):
        runs.run(thing("a", {"size": {"width": 2}}, **options))


def test_a_secret_is_handed_on_but_only_its_digest_is_kept(runs: Runs) -> None:
    hidden = {"secret": frozenset({"password"})}
    runs.run(thing("a", {"password": "hunter2"}, **hidden))
    assert [each["password"] for each in THINGS.values()] == ["hunter2"]
    assert "hunter2" not in runs.path.read_text()
    assert runs.run(thing("a", {"password": "hunter2"}, **hidden)).unchanged
    assert runs.run(thing("a", {"password": "hunter3"}, **hidden)).updated
    assert [each["password"] for each in THINGS.values()] == ["hunter3"]


def test_default_tags_are_on_all_that_takes_tags_and_leave_with_the_program(runs: Runs) -> None:
    runs.run(thing("a", {"tags": {"own": "1"}}), tags={"stack": "local"})
    assert [each["tags"] for each in THINGS.values()] == [{"stack": "local", "own": "1"}]
    assert runs.outputs[0]["tagsAll"] == {"stack": "local", "own": "1"}
    runs.run(thing("a"), tags={"stack": "prod"})
    assert [each["tags"] for each in THINGS.values()] == [{"stack": "prod"}]
    assert DIARY == []


def test_tags_of_a_type_that_takes_none_are_an_unknown_input(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Thing, "taggable", False)
    with pytest.raises(RealisationError, match="unknown input tags of test:Thing") as refused:
        runs.run(thing("a", {"tags": {"own": "1"}}))
    assert isinstance(refused.value.__cause__, UnknownInputError)


def test_the_state_is_readable_by_a_person(runs: Runs) -> None:
    runs.run(thing("a", {"size": 1, "name": "given"}))
    assert json.loads(runs.path.read_text()) == {
        "resources": {
            "urn:pulumi:test::p::test:Thing::a": {
                "type": "test:Thing",
                "id": "given",
                "inputs": {"size": 1, "name": "given"},
                "outputs": {"arn": "arn:given"},
            }
        },
        "replaced": [],
    }
