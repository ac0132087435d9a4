"""Makes what the program registers: creates what is new, updates what changed, replaces what must be, deletes the rest.

It does for the local stack what Pulumi's engine does for a deployment, without previews.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from botocore.exceptions import BotoCoreError, ClientError

from local.names import autoname, named
from local.realisation import TAGS, Realised, change, make, refuse_strange_tags, replacing
from local.realisers.catalogue import realiser_of
from local.realisers.realiser import Place, Properties, Realiser
from local.resource_state import Record, ResourceState, concealed


class RealisationError(RuntimeError):
    """A resource could not be made, changed or removed. The text names it and says why."""


@dataclass(frozen=True)
class Wanted:
    """One resource as the program registers it.

    `secret` names the inputs that hold secrets; `ignored` those whose later changes the program ignores
    (`ignore_changes`).
    """

    urn: str
    type: str
    name: str
    inputs: Properties
    secret: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    delete_before_replace: bool = False


def _record(realised: Realised, wanted: Wanted) -> Record:
    """What is kept of it: no secret."""
    return Record(
        wanted.type, realised.id, concealed(realised.inputs, wanted.secret), concealed(realised.outputs, wanted.secret)
    )


@dataclass
class Changes:
    """What a run did, as URNs."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


class Reconciler:
    """One run of the program against one state. Resources may be registered by any thread; they are made in turn."""

    def __init__(self, place: Place, state: ResourceState, default_tags: Mapping[str, str] | None = None) -> None:
        self._place = place
        self._state = state
        self._default_tags = dict(default_tags or {})
        self._realisers: dict[str, Realiser] = {}
        self._seen: set[str] = set()
        self._turn = threading.Lock()
        self.changes = Changes()

    def register(self, wanted: Wanted) -> Realised:
        """Make the resource what is wanted.

        Raises:
            RealisationError: with the resource's name and what is wrong.
        """
        with self._turn:
            if wanted.urn in self._seen:
                raise RealisationError(f"{named(wanted.urn)} is registered twice: two resources have the same name")
            self._seen.add(wanted.urn)
            try:
                return self._realise(wanted)
            except (ClientError, BotoCoreError, ValueError, LookupError, OSError) as error:
                raise RealisationError(f"{named(wanted.urn)}: {error}") from error

    def finish(self) -> None:
        """Delete what was replaced, and what the program no longer registers: the latest first."""
        for record in reversed(self._state.replaced.copy()):
            self._delete(record, record.id)
            self._state.forget_replaced(record)
        for urn, record in reversed(list(self._state.records.items())):
            if urn not in self._seen:
                self._delete(record, urn)
                self._state.forget(urn)
                self.changes.deleted.append(urn)

    def _realise(self, wanted: Wanted) -> Realised:
        realiser = self._realiser(wanted.type)
        wanted = replace(wanted, inputs=self._tagged(realiser, wanted.inputs), secret=wanted.secret | realiser.secrets)
        record = self._state.records.get(wanted.urn)
        live = realiser.read(record.id, record.known) if record else None
        if record is None or live is None:
            realised = self._make(realiser, wanted)
            self._state.put(wanted.urn, _record(realised, wanted))
            self.changes.created.append(wanted.urn)
            return realised
        return self._adjust(realiser, wanted, record, live)

    def _adjust(self, realiser: Realiser, wanted: Wanted, record: Record, live: Properties) -> Realised:
        inputs = dict(wanted.inputs)
        if realiser.name and realiser.name.input not in inputs:
            inputs[realiser.name.input] = record.inputs[realiser.name.input]
        stored = concealed(inputs, wanted.secret)
        for name in wanted.ignored:
            _as_before(name, inputs, stored, record, live)
        changed = {name for name in {*stored, *record.inputs} if stored.get(name) != record.inputs.get(name)}
        if replacing(realiser, changed):
            return self._replace(realiser, wanted, record)
        realised = Realised(record.id, inputs, live)
        if changed:
            change(realiser, realised, record.inputs, changed)
            realised = replace(realised, outputs=realiser.read(record.id, record.known) or live)
        self._state.change(wanted.urn, replace(_record(realised, wanted), inputs=stored))
        (self.changes.updated if changed else self.changes.unchanged).append(wanted.urn)
        return realised

    def _replace(self, realiser: Realiser, wanted: Wanted, record: Record) -> Realised:
        name = realiser.name.input if realiser.name else ""
        same_name = name in wanted.inputs and wanted.inputs[name] == record.inputs.get(name)
        if wanted.delete_before_replace or same_name:
            self._delete(record, wanted.urn)
            self._state.forget(wanted.urn)
            realised = self._make(realiser, wanted)
            self._state.put(wanted.urn, _record(realised, wanted))
        else:
            realised = self._make(realiser, wanted)
            self._state.replace(wanted.urn, _record(realised, wanted))
        self.changes.replaced.append(wanted.urn)
        return realised

    def _make(self, realiser: Realiser, wanted: Wanted) -> Realised:
        inputs = dict(wanted.inputs)
        if realiser.name:
            inputs.setdefault(realiser.name.input, autoname(realiser.name, wanted.name))
        return make(realiser, inputs)

    def _delete(self, record: Record, called: str) -> None:
        try:
            self._realiser(record.type).delete(record.id, record.known)
        except (ClientError, BotoCoreError) as error:
            raise RealisationError(f"{named(called)} cannot be deleted: {error}") from error

    def _realiser(self, pulumi_type: str) -> Realiser:
        if pulumi_type not in self._realisers:
            self._realisers[pulumi_type] = realiser_of(pulumi_type)(self._place)
        return self._realisers[pulumi_type]

    def _tagged(self, realiser: Realiser, inputs: Properties) -> Properties:
        """The inputs with the provider's default tags, where the type takes tags."""
        refuse_strange_tags(realiser, inputs)
        if not realiser.taggable:
            return inputs
        tags = {**self._default_tags, **inputs.get(TAGS, {})}
        return {**inputs, TAGS: tags} if tags else inputs


def _as_before(name: str, inputs: Properties, stored: Properties, record: Record, live: Properties) -> None:
    """Put an ignored input back to what it was: in the inputs, from the live resource if its value is a secret."""
    if "." in name or "[" in name:
        raise ValueError(f"ignore_changes of a part of an input ({name}) is not supported here; name the whole input")
    if name not in record.inputs:
        inputs.pop(name, None)
        stored.pop(name, None)
        return
    stored[name] = record.inputs[name]
    inputs[name] = live.get(name, record.inputs[name])
