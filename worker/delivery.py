"""What hands a message to the processor, and what the processor answers should become of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Message(Protocol):
    """A message as it was received, from whatever executor: the processor needs no more of it."""

    @property
    def message_id(self) -> str:
        """The transport's own name for it: constant over redeliveries, never a job's identity."""
        ...

    @property
    def body(self) -> str:
        """The text that the sender wrote."""
        ...

    @property
    def sent_at(self) -> datetime:
        """When it was sent: a job's wait is counted from here."""
        ...

    @property
    def receive_count(self) -> int:
        """How often it was handed out, this time included."""
        ...

    def hide(self, seconds: int) -> None:
        """Keep it from others for so long. Raises MessageGoneError (worker/queue.py)."""
        ...


@dataclass(frozen=True)
class Delete:
    """The job is terminal and its notification durable: the message has done its duty."""


@dataclass(frozen=True)
class GiveBack:
    """Another worker (or this one) may have the message after `seconds`; `stop_polling` asks to take no more work."""

    seconds: int
    stop_polling: bool = False


@dataclass(frozen=True)
class Leave:
    """The message is not ours any more: touch it no further."""


Disposition = Delete | GiveBack | Leave
