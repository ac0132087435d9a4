"""What becomes of one message: the lease, the attempt, the end in one write, the notification, and the answer.

It knows nothing of the loop that found the message; another executor may call it.
"""

import hashlib
import logging
import math
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from jobs.lease import Busy, Ended, Ending, Lease, NotHolderError, OtherSpec
from jobs.message import NewerVersionError
from jobs.notification import Notification, Rendered, TerminalState, Times
from jobs.problem import Problem
from jobs.table import JobsTable
from worker.attempt import Attempt, Trail
from worker.backoff import Backoff
from worker.config import WorkerConfig
from worker.delivery import Delete, Disposition, GiveBack, Leave, Message
from worker.drain import Drain
from worker.errors import LeaseLostError, PermanentError, StoppedError, TransientError
from worker.heartbeat import Heartbeat, Standing, lease_seconds
from worker.intake import Intake, read_message, refused
from worker.log import about_job
from worker.outbox import Outbox
from worker.protection import TaskProtection

log = logging.getLogger(__name__)


TOLD_CHARACTERS = 4000
"""What is told of each part of a problem: a spec that is wrong in ten thousand places must fit its notification."""


class _DeploymentBlockedError(Exception):
    """ECS waits for this task to end: no work may begin."""


@dataclass
class _Held:
    """A job in this worker's hands: what its end will tell."""

    intake: Intake
    lease: Lease
    taken_at: float
    wait_seconds: float
    webhook: str | None
    trail: Trail = field(default_factory=Trail)


class Processor:
    """Turns messages into ended jobs. `clock` is monotonic, `wall_clock` counts from 1970, both in seconds.

    `alive` is called whenever the work on a job gets further.
    """

    def __init__(
        self,
        config: WorkerConfig,
        *,
        table: JobsTable,
        attempt: Attempt,
        outbox: Outbox,
        protection: TaskProtection,
        drain: Drain,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._config = config
        self._table = table
        self._attempt = attempt
        self._outbox = outbox
        self._protection = protection
        self._drain = drain
        self._clock = clock
        self._wall_clock = wall_clock
        self._alive = alive
        self._backoff = Backoff(config.max_backoff_seconds)

    def process(self, message: Message) -> Disposition:
        """Work on what the message asks for and say what should become of it. Does not raise for a job's sake."""
        try:
            return self._take(read_message(message), message)
        except NewerVersionError as error:
            log.warning("left to a newer worker", extra={"message_id": message.message_id, "version": error.version})
        except Exception as error:
            # Nothing of the job may have been reached (the table is away, say): the message itself backs off.
            log.exception("a message was not processed", extra={"cause": _cause(error)})
        return GiveBack(self._backoff.seconds(message.receive_count))

    def _take(self, intake: Intake, message: Message) -> Disposition:
        taken_at, now = self._clock(), self._wall_clock()
        outcome = self._table.take(
            intake.job_id,
            intake.spec_hash,
            f"{self._config.task}/{secrets.token_hex(8)}",
            created_at=message.sent_at,
            now=now,
            lease_seconds=lease_seconds(self._config.visibility_timeout_seconds),
        )
        match outcome:
            case Lease():
                with about_job(outcome.job_id, outcome.epoch):
                    return self._work(intake, message, outcome, taken_at)
            case Ended(record):
                if record.outbox is not None:
                    self._outbox.deliver(record.outbox)
                return Delete()
            case Busy(lease_until):
                # At least till the lease ends; longer each time, since a duplicate of a long job comes often.
                left_seconds = min(math.ceil(lease_until - now), self._config.visibility_timeout_seconds)
                return GiveBack(max(1, left_seconds, self._backoff.seconds(message.receive_count)))
            case OtherSpec():
                log.warning("the id names a job with another spec", extra={"job_id": intake.job_id})
                return self._take(refused(intake, message), message)

    def _work(self, intake: Intake, message: Message, lease: Lease, taken_at: float) -> Disposition:
        wait_seconds = max(0.0, (lease.started_at - message.sent_at).total_seconds())
        held = _Held(intake, lease, taken_at, wait_seconds, webhook=None)
        log.info("took a job", extra={"attempt": lease.attempt, "wait_seconds": round(wait_seconds, 3)})
        heartbeat = self._heartbeat(held, message)
        try:
            with heartbeat:
                rendered = self._make(held, heartbeat)
                heartbeat.check()
        except PermanentError as error:
            return self._fail(held, error.problem)
        except LeaseLostError as error:
            return _let_go(error)
        except StoppedError:
            return self._stopped(held, heartbeat)
        except _DeploymentBlockedError:
            self._give_back(held, "a deployment waits for this task to end", counts=False)
            return GiveBack(0, stop_polling=True)
        except Exception as error:
            log.warning("an attempt failed", exc_info=not isinstance(error, TransientError))
            return self._failed_for_now(held, _cause(error))
        return self._end(held, "done", rendered=rendered)

    def _make(self, held: _Held, heartbeat: Heartbeat) -> Rendered:
        webhook_problem = self._attempt.webhook_problem(held.intake.webhook)
        if webhook_problem is None:
            held.webhook = held.intake.webhook
        if held.lease.attempt > self._config.max_attempts:
            raise PermanentError(_gave_up(held.lease.attempt - 1, held.lease.last_cause or "the cause is not known"))
        spec = self._attempt.check(held.intake, known=(webhook_problem,) if webhook_problem else ())
        if not self._protection.protect():
            raise _DeploymentBlockedError
        heartbeat.check()
        return self._attempt.make(spec, held.lease, heartbeat, held.trail)

    def _heartbeat(self, held: _Held, message: Message) -> Heartbeat:
        def beat(standing: Standing) -> None:
            self._table.renew(
                held.lease,
                now=self._wall_clock(),
                lease_seconds=lease_seconds(self._config.visibility_timeout_seconds),
                progress=standing.fraction,
                frames_per_second=standing.frames_per_second,
                remaining_seconds=standing.remaining_seconds,
                cost_usd=self._cost_usd(held),
            )
            message.hide(self._config.visibility_timeout_seconds)

        return Heartbeat(
            beat,
            visibility_seconds=self._config.visibility_timeout_seconds,
            taken_at=held.taken_at,
            drain=self._drain,
            clock=self._clock,
            also=self._protection.renew,
            alive=self._alive,
        )

    def _stopped(self, held: _Held, heartbeat: Heartbeat) -> Disposition:
        try:
            heartbeat.check()
        except LeaseLostError as error:
            return _let_go(error)
        except StoppedError:
            log.info("gave a job back, for the task is ending")
        self._give_back(held, "the task was ended", counts=False)
        return GiveBack(0)

    def _failed_for_now(self, held: _Held, cause: str) -> Disposition:
        if held.lease.attempt >= self._config.max_attempts:
            return self._fail(held, _gave_up(held.lease.attempt, cause))
        self._give_back(held, cause, counts=True)
        return GiveBack(self._backoff.seconds(held.lease.attempt))

    def _give_back(self, held: _Held, cause: str, *, counts: bool) -> None:
        """Queue the job again. If that fails, its lease runs out and says the same, only later and less kindly."""
        try:
            self._table.give_back(
                held.lease,
                now=self._wall_clock(),
                cost_usd=self._cost_usd(held),
                cause=cause,
                counts=counts,
                log_key=held.trail.log_key,
            )
        except (NotHolderError, BotoCoreError, ClientError) as error:
            log.warning("the lease was not given back", extra={"cause": type(error).__name__})

    def _fail(self, held: _Held, problem: Problem) -> Disposition:
        told = Problem(field=_told(problem.field), message=_told(problem.message), remedy=_told(problem.remedy))
        log.info("a job failed", extra={"field": told.field, "problem": told.message})
        return self._end(held, "failed", error=told)

    def _end(
        self, held: _Held, state: TerminalState, *, rendered: Rendered | None = None, error: Problem | None = None
    ) -> Disposition:
        """End the job, tell it, and let the message go: in this order, each step durable before the next."""
        lease, cost_usd = held.lease, self._cost_usd(held)
        times = Times(
            wait_seconds=round(held.wait_seconds, 3),
            download_seconds=round(held.trail.download_seconds, 3),
            render_seconds=round(held.trail.render_seconds, 3),
            upload_seconds=round(held.trail.upload_seconds, 3),
        )
        notification = Notification(
            id=notification_id(lease.job_id, lease.epoch),
            job_id=lease.job_id,
            epoch=lease.epoch,
            state=state,
            occurred_at=datetime.fromtimestamp(self._wall_clock(), UTC),
            webhook=held.webhook,
            metadata=held.intake.metadata,
            rendered=rendered,
            times=times,
            cost_usd=cost_usd,
            cached_from=held.trail.cached_from,
            error=error,
        )
        ending = Ending(
            state=state,
            attempts=min(lease.attempt, self._config.max_attempts),
            cost_usd=cost_usd,
            notification=notification if held.intake.is_told else None,
            rendered=rendered,
            times=times,
            error=error,
            log_key=held.trail.log_key,
            cached_from=held.trail.cached_from,
        )
        try:
            self._table.finish(lease, ending, now=self._wall_clock())
        except NotHolderError:
            log.warning("another worker holds the job: nothing was published")
            return Leave()
        log.info("a job ended", extra={"state": state, "cost_usd": cost_usd, **times.model_dump()})
        if rendered is not None:
            self._attempt.note(lease.job_id, rendered, held.trail)
        if ending.notification is not None:
            self._outbox.deliver(ending.notification)
        return Delete()

    def _cost_usd(self, held: _Held) -> float:
        """What the job has cost: the task's seconds in all attempts, at the task's price."""
        hours = (self._clock() - held.taken_at) / 3600
        return round(held.lease.spent_usd + hours * self._config.task_usd_per_hour, 6)


def notification_id(job_id: str, epoch: int) -> str:
    """The webhook's identity, from the job and the epoch that ended it.

    A hash: it must hold no full stop, since Standard Webhooks signs `id.timestamp.body`, and a job's id may.
    """
    return "msg_" + hashlib.sha256(f"{job_id}/{epoch}".encode()).hexdigest()[:32]


def _let_go(error: LeaseLostError) -> Leave:
    log.warning("let go of a job that is another's", extra={"cause": str(error)})
    return Leave()


def _told(text: str) -> str:
    """A text as records, logs and webhooks may hold it: bounded, and without the queries of URLs, which sign them."""
    return re.sub(r"(https?://[^\s?\"]*)\?[^\s\"]*", r"\1?...", text)[:TOLD_CHARACTERS]


def _gave_up(attempts: int, cause: str) -> Problem:
    return Problem(
        field="job",
        message=f"gave up after {attempts} attempts: {cause}",
        remedy="look into the cause, then send the job again under a new id",
    )


def _cause(error: Exception) -> str:
    """An error in words that may be recorded and sent: those of others may hold addresses of ours, or worse."""
    match error:
        case TransientError():
            return _told(str(error))
        case ClientError():
            return f"{error.operation_name} failed ({error.response.get('Error', {}).get('Code', 'no code')})"
        case BotoCoreError():
            return f"AWS was not to be reached ({type(error).__name__})"
        case _:
            return f"an unexpected error in the worker ({type(error).__name__})"
