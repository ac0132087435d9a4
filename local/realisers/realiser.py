"""What a realiser is: a resource type's create, read, update and delete, in plain values.

It knows AWS and nothing of who drives it: Pulumi's mocks, or a provider of the real engine.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError
from botocore.model import Shape

from local.code_store import CodeStore
from local.realisers.inputs import Reader, fit

Properties = dict[str, Any]
"""Inputs or outputs under Pulumi's names (camelCase): text, numbers, booleans, lists and objects.

An archive is `{"archive": "<hex SHA-256 of its zip file>"}`, and lies in the code store.
"""

_GONE = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist|^404$")


@dataclass(frozen=True)
class Place:
    """Where things are realised: how to reach AWS (`client("sqs")`), and where archives lie."""

    client: Callable[[str], Any]
    code_store: CodeStore
    region: str
    account_id: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in this region and account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"


@dataclass(frozen=True)
class Name:
    """The input that is a type's physical name, its limit in characters, and whether AWS demands lower case."""

    input: str
    limit: int
    lower_case: bool = False


class Realiser(ABC):
    """One resource type. `pulumi_type` is Pulumi's token for it, `service` boto3's name of the AWS service it lives in.

    `name` is what gets an autoname where the program gives none. A change of an input in `replaced_by` makes a new
    resource and deletes the old one; where it is None every change does, and there is no `update`. `secrets` are
    inputs and outputs that hold secrets whether the program says so or not. `has_tags_of_its_own`: its input `tags`
    is something else than AWS's tags.
    """

    pulumi_type: ClassVar[str]
    service: ClassVar[str]
    name: ClassVar[Name | None] = None
    replaced_by: ClassVar[frozenset[str] | None] = None
    taggable: ClassVar[bool] = False
    has_tags_of_its_own: ClassVar[bool] = False
    secrets: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, place: Place) -> None:
        self.place = place
        self.aws = place.client(self.service)

    @abstractmethod
    def create(self, inputs: Properties) -> str:
        """Make it; returns its id. Raises UnknownInputError for an input that is not known. Tags come separately."""

    @abstractmethod
    def read(self, resource_id: str, known: Properties) -> Properties | None:
        """Its outputs beyond its inputs, or None where it is gone. `known`: inputs and outputs as last seen."""

    def drift(self, resource_id: str, known: Properties) -> Properties:  # noqa: ARG002  for those that look
        """Those inputs that are not what is `known` any more, as they are now. A type that does not look has none."""
        return {}

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        """Make it what `inputs` say; `old` are its inputs until now. Inputs of `replaced_by` are equal in both."""
        raise NotImplementedError(f"{self.pulumi_type} cannot be updated")

    @abstractmethod
    def delete(self, resource_id: str, known: Properties) -> None:
        """Remove it; nothing happens where it is gone."""

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        """Set these tags."""
        raise NotImplementedError(f"{self.pulumi_type} takes no tags")

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        """Remove the tags of these keys."""
        raise NotImplementedError(f"{self.pulumi_type} takes no tags")

    def reading(self, inputs: Properties) -> Reader:
        """A reader of the inputs that refuses what nobody took."""
        return Reader(self.pulumi_type, inputs)

    def fixed(self, given: Reader, operation: str, renames: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Those inputs that only a replacement can change, taken, and fitted to an operation."""
        taken = given.take_all(*sorted(self.replaced_by or ()))
        return fit(self.request(operation), taken, where=self.pulumi_type, renames=renames or {})

    def request(self, operation: str) -> Shape | None:
        """The shape of an operation's request, to fit inputs to."""
        return self.aws.meta.service_model.operation_model(operation).input_shape


def if_there(call: Callable[..., Any], **request: Any) -> Any:
    """The answer of a boto3 call, or None where AWS says that what it is about does not exist."""
    try:
        return call(**request)
    except ClientError as error:
        if _GONE.search(error.response.get("Error", {}).get("Code", "")):
            return None
        raise


def pairs(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as most of AWS wants them."""
    return [{key: name, value: text} for name, text in tags.items()]
