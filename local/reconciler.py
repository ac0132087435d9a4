"""Makes what the program registers: creates what is new, updates what changed, replaces what must be, deletes the rest.

It does for the local stack what Pulumi's engine does for a deployment, without previews.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from botocore.exceptions import BotoCoreError, ClientError

from local.names import autoname
from local.realisers.catalogue import realiser_of
from local.realisers.inputs import UnknownInputError
from local.realisers.realiser import Place, Properties, Realiser
from local.resource_state import Record, ResourceState, concealed

TAGS, ALL_TAGS = "tags", "tagsAll"


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


@dataclass(frozen=True)
class Realised:
    """A resource as it now is: its id, the inputs it has (with its name and what was ignored), its further outputs."""

    id: str
    inputs: Properties
    outputs: Properties

    @property
    def known(self) -> Properties:
        """All that the program may ask of it: inputs and outputs, the outputs winning."""
        tags = {ALL_TAGS: self.inputs[TAGS]} if isinstance(self.inputs.get(TAGS), Mapping) else {}
        return {"id": self.id, **self.inputs, **tags, **self.outputs}

    def record(self, wanted: Wanted) -> Record:
        """What is kept of it: no secret."""
        return Record(
            wanted.type, self.id, concealed(self.inputs, wanted.secret), concealed(self.outputs, wanted.secret)
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
                raise RealisationError(f"{_named(wanted.urn)} is registered twice: two resources have the same name")
            self._seen.add(wanted.urn)
            try:
                return self._realise(wanted)
            except (ClientError, BotoCoreError, ValueError, LookupError, OSError) as error:
                raise RealisationError(f"{_named(wanted.urn)}: {error}") from error

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
            self._state.put(wanted.urn, realised.record(wanted))
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
        if changed & (changed - _tags_of(realiser) if realiser.replaced_by is None else realiser.replaced_by):
            return self._replace(realiser, wanted, record)
        realised = Realised(record.id, inputs, live)
        if changed:
            self._update(realiser, realised, record, changed)
            realised = replace(realised, outputs=realiser.read(record.id, record.known) or live)
        self._state.change(wanted.urn, replace(realised.record(wanted), inputs=stored))
        (self.changes.updated if changed else self.changes.unchanged).append(wanted.urn)
        return realised

    def _update(self, realiser: Realiser, realised: Realised, before: Record, changed: set[str]) -> None:
        tags_input = _tags_of(realiser)
        if changed - tags_input:
            realiser.update(realised.id, _without(tags_input, realised.inputs), _without(tags_input, before.inputs))
        if changed & tags_input:
            tags, tags_before = realised.inputs.get(TAGS, {}), before.inputs.get(TAGS, {})
            gone = sorted(set(tags_before) - set(tags))
            if gone:
                realiser.untag(realised.known, gone)
            if tags:
                realiser.tag(realised.known, tags)

    def _replace(self, realiser: Realiser, wanted: Wanted, record: Record) -> Realised:
        name = realiser.name.input if realiser.name else ""
        same_name = name in wanted.inputs and wanted.inputs[name] == record.inputs.get(name)
        if wanted.delete_before_replace or same_name:
            self._delete(record, wanted.urn)
            self._state.forget(wanted.urn)
            realised = self._make(realiser, wanted)
            self._state.put(wanted.urn, realised.record(wanted))
        else:
            realised = self._make(realiser, wanted)
            self._state.replace(wanted.urn, realised.record(wanted))
        self.changes.replaced.append(wanted.urn)
        return realised

    def _make(self, realiser: Realiser, wanted: Wanted) -> Realised:
        inputs = dict(wanted.inputs)
        if realiser.name:
            inputs.setdefault(realiser.name.input, autoname(realiser.name, wanted.name))
        tags_input = _tags_of(realiser)
        resource_id = realiser.create(_without(tags_input, inputs))
        outputs = realiser.read(resource_id, {"id": resource_id, **inputs})
        if outputs is None:
            raise LookupError(f"{resource_id} was made but cannot be read back")
        realised = Realised(resource_id, inputs, outputs)
        if tags_input and inputs.get(TAGS):
            realiser.tag(realised.known, inputs[TAGS])
        return realised

    def _delete(self, record: Record, called: str) -> None:
        try:
            self._realiser(record.type).delete(record.id, record.known)
        except (ClientError, BotoCoreError) as error:
            raise RealisationError(f"{_named(called)} cannot be deleted: {error}") from error

    def _realiser(self, pulumi_type: str) -> Realiser:
        if pulumi_type not in self._realisers:
            self._realisers[pulumi_type] = realiser_of(pulumi_type)(self._place)
        return self._realisers[pulumi_type]

    def _tagged(self, realiser: Realiser, inputs: Properties) -> Properties:
        """The inputs with the provider's default tags, where the type takes tags."""
        if not realiser.taggable:
            if TAGS in inputs and not realiser.has_tags_of_its_own:
                raise UnknownInputError(realiser.pulumi_type, [TAGS])
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


def _tags_of(realiser: Realiser) -> set[str]:
    """The input that is set by tagging instead of by create and update."""
    return {TAGS} if realiser.taggable else set()


def _without(names: set[str], inputs: Properties) -> Properties:
    return {name: value for name, value in inputs.items() if name not in names}


def _named(urn: str) -> str:
    """`urn:pulumi:stack::project::parent$type::name` as a person says it."""
    _, _, typed, *name = urn.split("::") if urn.count("::") > 1 else ("", "", urn)
    return f"{typed.rpartition('$')[2]} {'::'.join(name)}".strip()
