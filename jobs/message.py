"""The envelope that a sender puts on the jobs queue, and how a body that is none is told apart by type.

The envelope is parsed before the spec, so that a job with an invalid spec can still be answered by its webhook.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, field_validator

from jobs.problem import Problem

VERSION = 1
"""The newest version that this code understands; versions grow by additions within 1."""

METADATA_BYTES = 4096
"""What `metadata` may take, serialised as canonical JSON; it is echoed in every webhook."""

JobId = Annotated[str, StringConstraints(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
"""A job's identity: the sender's choice, fit for S3 keys, log searches and URLs as it stands."""

_JOB_ID = TypeAdapter(JobId)


class UnparsableBodyError(ValueError):
    """The body is no JSON object: nobody can be told but the operator, so it is recorded by its MessageId."""

    def __init__(self, message: str) -> None:
        self.problem = Problem(
            field="message", message=message, remedy="send one JSON object with version, id and spec as the body"
        )
        super().__init__(str(self.problem))


class NewerVersionError(ValueError):
    """The message is of a version after `VERSION`: not wrong, but for a newer worker."""

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__(f"the message is of version {version}, and this worker understands {VERSION}")


class InvalidEnvelopeError(ValueError):
    """A JSON object that is no valid envelope, with whatever of it can be trusted.

    `id` is None where it is missing or malformed; `webhook` is None where none was given or it is no string.
    """

    def __init__(self, problems: tuple[Problem, ...], *, id_: str | None, spec: object, webhook: str | None) -> None:
        self.problems = problems
        self.id = id_
        self.spec = spec
        self.webhook = webhook
        super().__init__("; ".join(str(problem) for problem in problems))


class Envelope(BaseModel):
    """A message of version 1. `spec` is as it came: `jobs.spec.parse_spec` judges it, once its id is known."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: Annotated[int, Field(ge=1, le=VERSION)]
    id: JobId
    spec: dict[str, Any]
    webhook: Annotated[str, StringConstraints(min_length=1, max_length=2048)] | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)

    @field_validator("metadata")
    @classmethod
    def _fits(cls, metadata: dict[str, Any]) -> dict[str, Any]:
        size_bytes = len(canonical_json(metadata))
        if size_bytes > METADATA_BYTES:
            raise ValueError(f"is {size_bytes} bytes of JSON, and {METADATA_BYTES} are allowed")
        return metadata


def parse_envelope(body: str) -> Envelope:
    """The envelope in an SQS body.

    Raises UnparsableBodyError (no JSON object), NewerVersionError (judged before anything else of the object, since
    a newer version may have other fields), InvalidEnvelopeError (every problem at once).
    """
    raw = _json_object(body)
    version = raw.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise NewerVersionError(version)
    try:
        return Envelope.model_validate(raw)
    except ValidationError as error:
        webhook = raw.get("webhook")
        raise InvalidEnvelopeError(
            tuple(_problem(detail["loc"], detail["type"], detail["msg"]) for detail in error.errors()),
            id_=_valid_id(raw.get("id")),
            spec=raw.get("spec"),
            webhook=webhook if isinstance(webhook, str) else None,
        ) from None


def canonical_json(value: object) -> bytes:
    """`value` as JSON with sorted keys and without blanks: equal documents have equal bytes. Numbers as written."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def spec_hash(spec: object) -> str:
    """The hex sha256 of a spec's canonical JSON: what tells a duplicate from another job under the same id."""
    return hashlib.sha256(canonical_json(spec)).hexdigest()


def _json_object(body: str) -> dict[str, Any]:
    try:
        raw = json.loads(body, parse_constant=_no_constant)
        canonical_json(raw)  # lone surrogates pass `loads` and fail everywhere later
    except RecursionError:
        raise UnparsableBodyError("the body is nested too deeply") from None
    except UnicodeEncodeError:
        raise UnparsableBodyError("the body holds half of a surrogate pair, which is no character") from None
    except ValueError as error:
        raise UnparsableBodyError(f"the body is not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise UnparsableBodyError("the body is JSON, but not an object")
    return raw


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _valid_id(value: object) -> str | None:
    try:
        return _JOB_ID.validate_python(value, strict=True)
    except ValidationError:
        return None


_REMEDIES: Mapping[str, str] = {
    "version": f"send version {VERSION}",
    "id": "send an id of 1 to 128 letters, digits, dots, underscores and hyphens that begins with a letter or digit",
    "spec": "send the job's spec as an object; docs/reference describes it",
    "webhook": "send an https URL of at most 2,048 characters, or leave webhook out",
    "metadata": f"send a JSON object of at most {METADATA_BYTES} bytes, or leave metadata out",
}


def _problem(location: tuple[int | str, ...], kind: str, message: str) -> Problem:
    field = ".".join(str(part) for part in location)
    if kind == "extra_forbidden":
        return Problem(
            field=field[:100],
            message="the envelope has no such field",
            remedy="remove it; an envelope has version, id, spec, webhook and metadata",
        )
    return Problem(
        field=field,
        message=message.removeprefix("Value error, "),
        remedy=_REMEDIES.get(str(location[0]), "see the message format in docs/reference"),
    )
