"""What tells a resource as it is from the resource that is wanted, and what has to be done about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.engine.wire import Wire, compared
from local.realisation import ALL_TAGS, TAGS, replacing, tags_of
from local.realisers.realiser import Properties, Realiser

DEFAULTS = "__defaults"
"""The input that names those inputs which the program did not give and the provider filled in."""


@dataclass(frozen=True)
class Difference:
    """`changed` and, of these, `replaced`: inputs that only a new resource can have.

    `name_is_taken`: the old resource has to go before there can be a new one of the same name.
    """

    changed: frozenset[str]
    replaced: frozenset[str]
    name_is_taken: bool


def realisable(realiser: Realiser, properties: Mapping[str, Any]) -> Properties:
    """Plain properties as a realiser takes them: all tags under `tags`, and nothing that is the provider's own."""
    meant = {name: value for name, value in properties.items() if name not in {DEFAULTS, ALL_TAGS}}
    if tags_of(realiser):
        meant.pop(TAGS, None)
        if properties.get(ALL_TAGS):
            meant[TAGS] = properties[ALL_TAGS]
    return meant


def difference(
    realiser: Realiser, *, news: Wire, state: Wire, old_inputs: Wire, ignored: Iterable[str] = ()
) -> Difference:
    """Compare new inputs with the state, in which drift shows once it was refreshed.

    An input that is dropped is a change, too; one that is `ignored`, or whose path begins with one that is, is none.
    """
    wanted = realisable(realiser, compared(news))
    inputs_before = realisable(realiser, compared(old_inputs))
    before = {**inputs_before, **realisable(realiser, compared(state))}
    names = {*wanted, *inputs_before} - {path.partition(".")[0].partition("[")[0] for path in ignored}
    changed = {name for name in names if wanted.get(name) != before.get(name)}
    replaced = replacing(realiser, changed)
    name = realiser.name.input if realiser.name else ""
    given = name in news and name not in news.get(DEFAULTS, [])
    name_is_taken = bool(replaced) and given and wanted.get(name) == before.get(name)
    return Difference(frozenset(changed), frozenset(replaced), name_is_taken)
