from pathlib import Path

import pytest

from local.configuration import InvalidConfigurationError, Secret, default_tags, load, stack_file

PROJECT = """
name: fleet
config:
  floor: {type: integer, default: 10}
  awake: {type: boolean, default: true}
  delays: {type: array, default: [5, 30]}
  secret: {type: string}
  aws:region: {value: eu-west-1}
  aws:defaultTags: {value: {tags: {project: fleet}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {fleet:floor: 20, fleet:awake: false}")
    return tmp_path


def test_an_override_that_pulumi_yaml_does_not_declare_is_an_error(folder: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match=r"flor is set by the overrides, but Pulumi\.yaml does"):
        load(folder, "prod", {"flor": 3})


def test_a_key_of_the_stacks_file_that_is_not_declared_is_an_error(folder: Path) -> None:
    (folder / "Pulumi.prod.yaml").write_text("config: {fleet:flor: 20}")
    with pytest.raises(InvalidConfigurationError, match=r"Pulumi\.prod\.yaml"):
        load(folder, "prod", {})


def test_a_stack_that_does_not_exist_is_an_error(folder: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match=r"Pulumi\.nowhere\.yaml"):
        load(folder, "nowhere", {})


def test_an_encrypted_value_is_an_error_unless_it_is_overridden(folder: Path) -> None:
    (folder / "Pulumi.prod.yaml").write_text("config: {fleet:secret: {secure: v1:abc}}")
    with pytest.raises(InvalidConfigurationError, match="fleet:secret encrypted"):
        load(folder, "prod", {})
    assert load(folder, "prod", {"secret": Secret("plain")}).values["fleet:secret"] == "plain"


def test_a_value_that_is_none_is_an_error(folder: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match="None"):
        load(folder, "prod", {"floor": None})


def test_overrides_win_over_the_stacks_file_which_wins_over_the_defaults(folder: Path) -> None:
    configuration = load(folder, "prod", {"floor": 30, "secret": Secret("whsec_x"), "fleet:delays": [1]})
    assert configuration.project == "fleet"
    assert configuration.values == {
        "fleet:floor": "30",
        "fleet:awake": "false",
        "fleet:delays": "[1]",
        "fleet:secret": "whsec_x",
        "aws:region": "eu-west-1",
        "aws:defaultTags": '{"tags": {"project": "fleet"}}',
    }
    assert configuration.secret_keys == {"fleet:secret"}
    assert default_tags(configuration) == {"project": "fleet"}
    assert "whsec_x" not in repr(configuration)
    assert "whsec_x" not in repr(Secret("whsec_x"))


def test_a_stacks_file_with_overrides_has_their_full_names_and_the_rest_as_it_was(folder: Path) -> None:
    file = stack_file(folder, "prod", {"floor": 3, "delays": "[1, 2]", "secret": "[not a list]"})
    assert file == {
        "fleet:floor": 3,
        "fleet:awake": False,
        "fleet:delays": [1, 2],
        "fleet:secret": "[not a list]",
    }


@pytest.mark.parametrize(
    ("key", "said"), [("flor", "does not declare it"), ("delays", r"delays = \[1: this is no JSON")]
)
def test_an_override_that_cannot_be_in_a_stacks_file_is_an_error(folder: Path, key: str, said: str) -> None:
    with pytest.raises(InvalidConfigurationError, match=said):
        stack_file(folder, "prod", {key: "[1"})
