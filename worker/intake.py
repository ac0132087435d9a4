"""What a message asks for, made of whatever of its body can be trusted, so that one path ends every job."""

from dataclasses import dataclass, field
from typing import Any

from jobs.message import InvalidEnvelopeError, UnparsableBodyError, parse_envelope, spec_hash
from jobs.problem import Problem
from worker.delivery import Message


@dataclass(frozen=True)
class Intake:
    """A job as its message names it. `problems` that are known already end it before any work.

    `is_told` is False for a body that no one can be told about: it gets a record and no notification.
    """

    job_id: str
    spec: object
    spec_hash: str
    webhook: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    is_told: bool = True


def read_message(message: Message) -> Intake:
    """The intake of a message. Raises jobs.message.NewerVersionError: for another worker to read."""
    try:
        envelope = parse_envelope(message.body)
    except UnparsableBodyError as error:
        return Intake(
            job_id=_name_of(message),
            spec=None,
            spec_hash=spec_hash(None),  # its name is its own, so no hash need tell it from another
            problems=(error.problem,),
            is_told=False,
        )
    except InvalidEnvelopeError as error:
        return Intake(
            job_id=error.id or _name_of(message),
            spec=error.spec,
            spec_hash=spec_hash(error.spec),
            webhook=error.webhook,
            problems=error.problems,
        )
    return Intake(
        job_id=envelope.id,
        spec=envelope.spec,
        spec_hash=spec_hash(envelope.spec),
        webhook=envelope.webhook,
        metadata=envelope.metadata,
    )


def refused(intake: Intake, message: Message) -> Intake:
    """The intake of a message whose id already names a job with another spec: a failure under the message's own name.

    The first job is not touched, and nothing is told under its id: who keeps accounts by job id would take a
    `failed` for the first job's end. The refusal is recorded, and told to the refused message's own webhook with its
    own metadata, as job `message-<MessageId>`; the problem names the id that was taken. (Rejected: only a log line,
    which no sender reads; a notification under the shared id, which lies about the first job.)
    """
    return Intake(
        job_id=_name_of(message),
        spec=intake.spec,
        spec_hash=intake.spec_hash,
        webhook=intake.webhook,
        metadata=intake.metadata,
        problems=(
            Problem(
                field="id",
                message=f"{intake.job_id} already names a job with another spec, which goes on untouched",
                remedy="send this spec under an id of its own",
            ),
        ),
    )


def _name_of(message: Message) -> str:
    return f"message-{message.message_id}"
