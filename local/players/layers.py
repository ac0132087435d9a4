"""What lies on a Lambda's import path: its unzipped archive, its layers, and what AWS's runtime brings along.

The public Powertools layer and the runtime's boto3 cannot be fetched from AWS here. Stand-ins for them are made of the
same distributions as pip installed them in this environment: each with what it requires and not a module more, so
that a handler that imports what its layers lack fails here as it would on AWS. Two differences remain: the versions
are those of our lock, and compiled modules (pydantic's) are built for this interpreter, which therefore runs the
Lambdas whatever Python their `runtime` says.
"""

import base64
import re
import shutil
import threading
import uuid
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.code_store import CodeStore

POWERTOOLS_LAYER = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:017000801446:layer:AWSLambdaPowertoolsPythonV3-[^:]+:\d+"
)
"""AWS publishes the layer from this account, in every region."""
POWERTOOLS_REQUIREMENT = "aws-lambda-powertools[parser]"
RUNTIME_REQUIREMENT = "boto3"
"""What AWS's Python runtimes have beside the standard library."""


class UnknownLayerError(ValueError):
    """A layer of which there is no content here."""


class LayerStore:
    """Unzipped archives and stand-ins under `folder`, each made once. Any thread may use it."""

    def __init__(self, folder: Path, code_store: CodeStore) -> None:
        self._folder = folder
        self._code_store = code_store
        self._lock = threading.Lock()

    def archive(self, code_sha256: str) -> Path:
        """The folder with the unzipped archive of Lambda's `CodeSha256` (base64)."""
        sha256_hex = base64.b64decode(code_sha256).hex()
        with self._lock:
            return _made_once(
                self._folder / "archives" / sha256_hex, lambda into: _unzip(self._code_store.path(sha256_hex), into)
            )

    def layer(self, code_sha256: str) -> Path:
        """The folder that is `/opt/python` with that layer."""
        return self.archive(code_sha256) / "python"

    def powertools(self) -> Path:
        """The stand-in for the public Powertools layer."""
        return self._stand_in(POWERTOOLS_REQUIREMENT)

    def runtime(self) -> Path:
        """The stand-in for the packages of AWS's runtime."""
        return self._stand_in(RUNTIME_REQUIREMENT)

    def _stand_in(self, requirement: str) -> Path:
        members = closure(requirement)
        versions = "-".join([re.sub(r"\W+", "_", requirement), members[0].version])
        with self._lock:
            return _made_once(self._folder / "stand-ins" / versions, lambda into: _link(members, into))


@cache
def closure(requirement: str) -> tuple[Distribution, ...]:
    """The installed distribution that a requirement names, and all that it requires, extras honoured; itself first.

    Raises PackageNotFoundError if one of them is not installed.
    """
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(requirement)]
    while waiting:
        wanted = waiting.pop(0)
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        member = found.setdefault(key[0], distribution(wanted.name))
        waiting += [
            needed for needed in map(Requirement, member.requires or ()) if _applies(needed, extras=wanted.extras)
        ]
    return tuple(found.values())


def _applies(requirement: Requirement, *, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""})


def _link(members: Sequence[Distribution], into: Path) -> None:
    """Link each distribution's top-level packages, modules and metadata: their compiled bytecode is shared, too."""
    into.mkdir(parents=True)
    for member in members:
        for name in sorted(set(_top_level(member))):
            (into / name).symlink_to(Path(str(member.locate_file(name))).resolve())


def _top_level(member: Distribution) -> Iterator[str]:
    for file in member.files or ():
        first = file.parts[0]
        if first not in {"..", "__pycache__"}:
            yield first


def _unzip(archive: Path, into: Path) -> None:
    into.mkdir(parents=True)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(into)


def _made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """Have `make` fill a folder under another name first, so that a half-made one is never taken for it."""
    if not folder.is_dir():
        unfinished = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
        try:
            make(unfinished)
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return folder
