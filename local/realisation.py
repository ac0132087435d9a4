"""How a realiser is driven, whoever drives it: a resource is made and changed, its tags apart from all else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from local.realisers.inputs import UnknownInputError
from local.realisers.realiser import Properties, Realiser

TAGS, ALL_TAGS = "tags", "tagsAll"


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


def make(realiser: Realiser, inputs: Properties) -> Realised:
    """A new resource of these inputs, its name among them. `tags` are all that it is to have.

    Raises LookupError where it was made but cannot be read back, UnknownInputError for what is not known here.
    """
    with advising(realiser):
        resource_id = realiser.create(without(tags_of(realiser), inputs))
    outputs = realiser.read(resource_id, {"id": resource_id, **inputs})
    if outputs is None:
        raise LookupError(f"{resource_id} was made but cannot be read back")
    realised = Realised(resource_id, inputs, outputs)
    if tags_of(realiser) and inputs.get(TAGS):
        realiser.tag(realised.known, inputs[TAGS])
    return realised


def change(realiser: Realiser, realised: Realised, before: Properties, changed: set[str]) -> None:
    """Make a resource what its inputs say, of which those in `changed` differ from those of `before`."""
    tags_input = tags_of(realiser)
    if changed - tags_input:
        with advising(realiser):
            realiser.update(realised.id, without(tags_input, realised.inputs), without(tags_input, before))
    if changed & tags_input:
        tags, tags_before = realised.inputs.get(TAGS, {}), before.get(TAGS, {})
        gone = sorted(set(tags_before) - set(tags))
        if gone:
            realiser.untag(realised.known, gone)
        if tags:
            realiser.tag(realised.known, tags)


@contextmanager
def advising(realiser: Realiser) -> Iterator[None]:
    """Say of an input that is not known what to do about it."""
    try:
        yield
    except UnknownInputError as error:
        file = f"{type(realiser).__module__.replace('.', '/')}.py"
        advice = f"take it out of the program, or let {file} read it; AWS may know it, this stand-in does not"
        raise UnknownInputError(error.where, error.names, advice) from None


def refuse_strange_tags(realiser: Realiser, inputs: Properties) -> None:
    """Raise UnknownInputError for tags of what takes none."""
    if inputs.get(TAGS) and not (realiser.taggable or realiser.has_tags_of_its_own):
        with advising(realiser):
            raise UnknownInputError(realiser.pulumi_type, [TAGS])


def replacing(realiser: Realiser, changed: set[str]) -> set[str]:
    """Those of the changed inputs that only a new resource can have."""
    return changed - tags_of(realiser) if realiser.replaced_by is None else changed & realiser.replaced_by


def tags_of(realiser: Realiser) -> set[str]:
    """The input that is set by tagging instead of by create and update."""
    return {TAGS} if realiser.taggable else set()


def without(names: set[str], inputs: Properties) -> Properties:
    """The inputs but those of these names."""
    return {name: value for name, value in inputs.items() if name not in names}
