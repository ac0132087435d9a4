"""The loop: find a message, have it processed, do with it what the answer says, until the task ends."""

import logging
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from worker.backoff import Backoff
from worker.delivery import Delete, Disposition, GiveBack, Leave, Message
from worker.drain import Drain
from worker.protection import TaskProtection
from worker.queue import JobsQueue, MessageGoneError, QueuedMessage

log = logging.getLogger(__name__)

BLOCKED_SECONDS = 60.0
"""How long no work is taken after DEPLOYMENT_BLOCKED: time for ECS to end this task, now that it is idle. If it
chose another, this one goes on."""

MAX_POLL_BACKOFF_SECONDS = 30.0


class Consumer:
    """Takes one message at a time. `alive` is called after each poll, whatever it brought."""

    def __init__(
        self,
        queue: JobsQueue,
        process: Callable[[Message], Disposition],
        *,
        protection: TaskProtection,
        drain: Drain,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._queue = queue
        self._process = process
        self._protection = protection
        self._drain = drain
        self._alive = alive
        self._backoff = Backoff(MAX_POLL_BACKOFF_SECONDS)
        self._failed_polls = 0

    def run(self) -> None:
        """Work until the task's end is requested, and what was in hand by then is finished or given back."""
        while not self._drain.requested:
            message = self._poll()
            self._alive()
            if message is not None:
                self._handle(message)

    def _poll(self) -> QueuedMessage | None:
        try:
            message = self._queue.receive()
        except (BotoCoreError, ClientError) as error:
            self._failed_polls += 1
            log.warning("the queue was not to be reached", extra={"cause": str(error), "times": self._failed_polls})
            self._drain.wait(self._backoff.seconds(self._failed_polls))
            return None
        self._failed_polls = 0
        return message

    def _handle(self, message: QueuedMessage) -> None:
        if self._drain.requested:
            # The poll was open when the task's end came: what it brought belongs to another worker.
            self._settle(message, GiveBack(0))
            return
        disposition = self._process(message)
        self._settle(message, disposition)
        self._protection.unprotect()
        if isinstance(disposition, GiveBack) and disposition.stop_polling:
            self._drain.wait(BLOCKED_SECONDS)

    @staticmethod
    def _settle(message: QueuedMessage, disposition: Disposition) -> None:
        """Do with the message what was decided.

        What fails here mends itself: the message comes back, and is judged by its job's record.
        """
        try:
            match disposition:
                case Delete():
                    message.delete()
                case GiveBack(seconds):
                    message.hide(seconds)
                case Leave():
                    pass
        except (MessageGoneError, BotoCoreError, ClientError) as error:
            log.warning("a message was not settled", extra={"cause": f"{type(error).__name__}: {error}"})
