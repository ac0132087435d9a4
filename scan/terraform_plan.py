"""A recorded resource graph as the plan that Terraform would have shown of it, for checkers that read plans.

A recording knows what a plan cannot know before an `apply`: policies have their ARNs, and nothing in them hides from
the checker. Where one resource names another, the plan has the reference (`aws_s3_bucket.media.id`) in the place of
the name, at any depth: that is how checkov, which finds references in a plan's configuration, writes them into the
resource before it asks what belongs to what.

Secrets stand in the plan as plain text, as in Terraform's own: a secret in the wrong place is what a checker looks for.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from scan.terraform_names import MAP, NOT_OF_AWS, ROWS, Renamed, Row

UNKNOWN = "(unknown)"
"""What a recording has where a value was not known."""

TERRAFORM_VERSION = "1.9.0"
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class RecordedResource(Protocol):
    """What the converter reads of a registration, in Pulumi's words."""

    @property
    def urn(self) -> str:
        """Unique in the recording."""
        ...

    @property
    def type(self) -> str:
        """The token, such as aws:sqs/queue:Queue."""
        ...

    @property
    def name(self) -> str:
        """The logical name."""
        ...

    @property
    def custom(self) -> bool:
        """Whether a provider makes it; a component is only a name for its children."""
        ...

    @property
    def inputs(self) -> dict[str, Any]:
        """In camel case, secrets as `{"secret": value}`, what is not known as `UNKNOWN`."""
        ...

    @property
    def identity(self) -> dict[str, str]:
        """What others call it by: the id, and what else there is (arn, name, url)."""
        ...

    @property
    def depends_on(self) -> dict[str, list[str]]:
        """The URNs that each input was made from."""
        ...


class UnknownNameError(LookupError):
    """A resource type or a property of which nobody has said how Terraform calls it."""


class UnknownValueError(ValueError):
    """A value that nobody can judge, since the recording does not have it."""


def plan(resources: Iterable[RecordedResource]) -> dict[str, Any]:
    """The plan that makes these resources, of which components and what is not AWS's are left out.

    Raises:
        UnknownNameError: a type or an object in a resource is not in `terraform_names`.
        UnknownValueError: a recording of a preview; or two resources of one type and name, which a plan cannot hold.
    """
    recorded = [resource for resource in resources if resource.custom and resource.type not in NOT_OF_AWS]
    by_urn = {resource.urn: resource for resource in recorded}
    planned = [_planned(resource, by_urn) for resource in recorded]
    addresses = [resource["address"] for resource in planned]
    if twice := {address for address in addresses if addresses.count(address) > 1}:
        raise UnknownValueError(f"more than one resource is called {', '.join(sorted(twice))}")
    return {
        "format_version": "1.2",
        "terraform_version": TERRAFORM_VERSION,
        "planned_values": {"root_module": {"resources": planned}},
    }


def address(resource: RecordedResource) -> str:
    """What Terraform, and whoever checks its plan, calls the resource: its type and its logical name."""
    return f"{_row(resource).type}.{resource.name}"


def _planned(resource: RecordedResource, by_urn: Mapping[str, RecordedResource]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in resource.inputs.items():
        makers = [by_urn[urn] for urn in resource.depends_on.get(key, ()) if urn in by_urn]
        values |= _Writer(resource, _references(makers)).written(key, key, value)
    return {
        "address": address(resource),
        "mode": "managed",
        "type": _row(resource).type,
        "name": resource.name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "values": values,
    }


def _references(makers: Iterable[RecordedResource]) -> dict[str, str]:
    """References by the text that stands for them in a recording."""
    return {
        text: f"{address(maker)}.{_snake(attribute)}"
        for maker in sorted(makers, key=lambda maker: maker.urn)
        for attribute, text in maker.identity.items()
        if text
    }


class _Writer:
    """Writes one property of a resource in Terraform's words."""

    def __init__(self, resource: RecordedResource, references: Mapping[str, str]) -> None:
        self._resource, self._row, self._references = resource, _row(resource), references

    def written(self, key: str, path: str, value: Any) -> dict[str, Any]:
        """The property at the path as Terraform's name and value."""
        if isinstance(value, dict) and set(value) == {"secret"}:
            value = value["secret"]
        match self._row.properties.get(path):
            case None if _has_objects(value):
                raise UnknownNameError(
                    f"{self._resource.type} {self._resource.name}: is {path} a block or a map, and what does Terraform "
                    "call it? Say so in scan/terraform_names.py."
                )
            case None:
                return {_snake(key): self._plain(path, value)}
            case Renamed(name):
                # An archive that is uploaded: what a plan would know of it is a file's name, and there is none.
                return {name: "(archive)" if _has_objects(value) else self._plain(path, value)}
            case kind if kind is MAP:
                return {_snake(key): {own: self._plain(path, text) for own, text in value.items()}}
            case name:
                return {str(name): [self._block(path, one) for one in (value if isinstance(value, list) else [value])]}

    def _block(self, path: str, value: Mapping[str, Any]) -> dict[str, Any]:
        block: dict[str, Any] = {}
        for key, inner in value.items():
            block |= self.written(key, f"{path}.{key}", inner)
        return block

    def _plain(self, path: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._plain(path, item) for item in value]
        if value == UNKNOWN:
            raise UnknownValueError(
                f"{self._resource.type} {self._resource.name}: {path} is not known, so nobody can judge it. "
                "Record a deployment, not its preview."
            )
        return self._references.get(value, value) if isinstance(value, str) else value


def _has_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))


def _row(resource: RecordedResource) -> Row:
    if resource.type not in ROWS:
        raise UnknownNameError(
            f"{resource.type} {resource.name}: what does Terraform call this type? Say so in scan/terraform_names.py."
        )
    return ROWS[resource.type]


def _snake(name: str) -> str:
    return _HUMP.sub("_", name).lower()
