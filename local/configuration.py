"""A stack's configuration as the Pulumi CLI would hand it to the program: defaults, the stack's file, overrides.

Mocks bypass the CLI, so this merges what the CLI merges.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


class InvalidConfigurationError(ValueError):
    """The configuration cannot be what it says."""


@dataclass(frozen=True)
class Secret:
    """An override that is a secret, as `pulumi config set --secret` makes one."""

    value: str = field(repr=False)


@dataclass(frozen=True)
class Configuration:
    """Values as text under full keys (`project:key`), and which of them are secret."""

    project: str
    values: Mapping[str, str] = field(repr=False)
    secret_keys: frozenset[str]


def load(folder: Path, stack: str, overrides: Mapping[str, object]) -> Configuration:
    """The configuration of a stack of the program in `folder`.

    `overrides` win over `Pulumi.<stack>.yaml`, which wins over the defaults in Pulumi.yaml; their keys may leave out
    the project's name.

    Raises:
        InvalidConfigurationError: there is no such program or stack, a key is not declared in Pulumi.yaml, or the
            stack's file holds an encrypted value (there is nothing to decrypt it with: override it).
    """
    described = _read(folder / "Pulumi.yaml")
    project = described["name"]
    declared = {_full(project, key): entry for key, entry in (described.get("config") or {}).items()}
    defaults = {key: default for key, entry in declared.items() if (default := _default(entry)) is not None}
    of_stack = _read(folder / f"Pulumi.{stack}.yaml").get("config") or {}
    overridden = {_full(project, key) for key in overrides}
    remaining = {key: value for key, value in of_stack.items() if _full(project, key) not in overridden}
    layers = (("Pulumi.yaml", defaults), (f"Pulumi.{stack}.yaml", remaining), ("the overrides", overrides))
    merged: dict[str, str] = {}
    secret_keys: set[str] = set()
    for source, layer in layers:
        for key, value in layer.items():
            full = _full(project, key)
            if full.startswith(f"{project}:") and full not in declared:
                raise InvalidConfigurationError(f"{key} is set by {source}, but Pulumi.yaml does not declare it")
            if isinstance(value, Secret):
                secret_keys.add(full)
            merged[full] = _text(source, full, value)
    return Configuration(project, merged, frozenset(secret_keys))


def stack_file(folder: Path, stack: str, overrides: Mapping[str, object]) -> dict[str, Any]:
    """What `config` of a stack's file says, with `overrides` over what `Pulumi.<stack>.yaml` has.

    An override is a value, or text as the terminal has it: lists and objects as JSON.

    Raises:
        InvalidConfigurationError: as `load` does, or a list is no JSON.
    """
    load(folder, stack, overrides)
    described = _read(folder / "Pulumi.yaml")
    project = described["name"]
    structured = {key for key, entry in described["config"].items() if _type(entry) in {"array", "object"}}
    of_stack = _read(folder / f"Pulumi.{stack}.yaml").get("config") or {}
    return {_full(project, key): value for key, value in of_stack.items()} | {
        _full(project, key): _parsed(key, value) if isinstance(value, str) and key in structured else value
        for key, value in overrides.items()
    }


def default_tags(configuration: Configuration) -> dict[str, str]:
    """The tags that the AWS provider puts on all that takes tags (`aws:defaultTags`)."""
    return json.loads(configuration.values.get("aws:defaultTags", "{}")).get("tags", {})


def _read(path: Path) -> dict[str, Any]:
    try:
        return yaml.safe_load(path.read_text())
    except OSError as error:
        raise InvalidConfigurationError(f"{path.name} cannot be read: {error.strerror}") from error


def _full(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _default(entry: object) -> object:
    """What Pulumi.yaml gives a key: `default` under the project's own name, `value` under a provider's."""
    if not isinstance(entry, Mapping):
        return entry
    return entry.get("default", entry.get("value"))


def _parsed(key: str, text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise InvalidConfigurationError(f'{key} = {text}: this is no JSON, such as ["a", "b"] is') from None


def _type(entry: object) -> object:
    return entry.get("type") if isinstance(entry, Mapping) else None


def _text(source: str, key: str, value: object) -> str:
    match value:
        case Secret():
            return value.value
        case str():
            return value
        case {"secure": _}:
            raise InvalidConfigurationError(f"{source} holds {key} encrypted: name it among the overrides")
        case bool() | int() | float() | list() | tuple() | dict():
            return json.dumps(value)
        case _:
            raise InvalidConfigurationError(f"{source} gives {key} the value {value!r}, which is no configuration")
