"""What was realised, in a file: the state of one stack."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.realisers.realiser import Properties

SECRET_KEY = "sha256 of the secret"  # noqa: S105  the key under which a digest stands, not a secret


@dataclass
class Record:
    """One resource: its type's token, its id, and its inputs and outputs without secrets.

    A secret input is kept as a digest, which is enough to see that it changed.
    """

    type: str
    id: str
    inputs: Properties
    outputs: Properties

    @property
    def known(self) -> Properties:
        """Inputs and outputs together, the outputs winning, with the id."""
        return {"id": self.id, **self.inputs, **self.outputs}


class ResourceState:
    """Records by URN in the order of creation, and those that were replaced and still have to be deleted.

    Every change is on disk when the method returns, so that a run that dies loses at most what it was making.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        stored = json.loads(path.read_text()) if path.exists() else {"resources": {}, "replaced": []}
        self.records = {urn: Record(**record) for urn, record in stored["resources"].items()}
        self.replaced = [Record(**record) for record in stored["replaced"]]

    def put(self, urn: str, record: Record) -> None:
        """Keep a record; an old one of the same URN moves to the end, where the latest creations are."""
        self.records.pop(urn, None)
        self.records[urn] = record
        self._save()

    def change(self, urn: str, record: Record) -> None:
        """Keep a record in its place. One that is as it was costs no writing: most are, when a program runs again."""
        if self.records.get(urn) != record:
            self.records[urn] = record
            self._save()

    def replace(self, urn: str, record: Record) -> None:
        """Keep the record of the new resource, and remember the old one for deletion."""
        self.replaced.append(self.records[urn])
        self.put(urn, record)

    def forget(self, urn: str) -> None:
        """Drop a record."""
        del self.records[urn]
        self._save()

    def forget_replaced(self, record: Record) -> None:
        """Drop what was replaced and now is deleted."""
        self.replaced.remove(record)
        self._save()

    def _save(self) -> None:
        stored = {
            "resources": {urn: vars(record) for urn, record in self.records.items()},
            "replaced": [vars(record) for record in self.replaced],
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".part")
        unfinished.write_text(json.dumps(stored))  # indented, Python itself would write it: six times as long
        unfinished.replace(self._path)


def concealed(properties: Mapping[str, Any], secret: Iterable[str]) -> Properties:
    """The properties as they may be stored: each of those named in `secret` as a digest."""
    hidden = set(secret)
    return {name: digest(value) if name in hidden else value for name, value in properties.items()}


def digest(value: Any) -> dict[str, str]:
    """What is stored of a secret."""
    return {SECRET_KEY: hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()}
