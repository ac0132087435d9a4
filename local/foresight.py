"""What can be said of a resource's inputs before anything is made, by the same code that will make it.

A realiser reads all of its inputs before it asks AWS for anything. So it is let read them with nobody there to ask:
where it gets as far as a question, it knows every input.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from local.code_store import CodeStore
from local.realisation import advising, refuse_strange_tags, tags_of, without
from local.realisers.inputs import UNKNOWN, UnfitInputError, UnknownInputError
from local.realisers.realiser import Properties, Realiser


class _AskedError(Exception):
    """All is read: now AWS would be asked, or an archive opened."""


def refuse_unknown(realiser: Realiser, inputs: Properties) -> None:
    """Refuse what a creation would refuse of these inputs, or an update. Nothing is made, and AWS is not asked.

    `inputs` may hold `UNKNOWN` at any depth. What is within such a value is refused once it is known.

    Raises:
        UnknownInputError: an input that is not known, with its type and what to do about it.
        UnfitInputError: a value that AWS cannot take.
        LookupError, TypeError, ValueError, OSError: a value that cannot be read, where no part of it is UNKNOWN.
    """
    refuse_strange_tags(realiser, inputs)
    try:
        with advising(realiser):
            _dreaming(realiser).create(without(tags_of(realiser), inputs))
    except _AskedError:
        pass
    except (UnknownInputError, UnfitInputError):
        raise
    except (LookupError, TypeError, ValueError, AttributeError, OSError):
        if not _holds_unknown(inputs):
            raise


def _dreaming(realiser: Realiser) -> Realiser:
    """The like of it, which has nobody to ask."""
    place = realiser.place
    return type(realiser)(replace(place, client=lambda service: _Silent(place.client(service)), code_store=_Closed()))


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_unknown(part) for part in value.values())
    return any(_holds_unknown(part) for part in value) if isinstance(value, list) else value == UNKNOWN


class _Silent:
    """A client that knows its service's operations and carries none out."""

    def __init__(self, client: Any) -> None:
        self.meta = client.meta

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return _ask


class _Closed(CodeStore):
    """A store of archives that opens none."""

    def __init__(self) -> None:
        """Nowhere."""

    def path(self, sha256_hex: str) -> Path:  # noqa: ARG002  none is opened
        """Raise _AskedError."""
        raise _AskedError


def _ask(*_args: Any, **_request: Any) -> Any:
    raise _AskedError
