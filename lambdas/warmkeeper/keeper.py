"""One run: note what the event brought, take the lease, look, decide, act, and look again if that was asked for."""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from fleet.activity import Activity
from fleet.command import Command
from fleet.decision_record import DecisionRecord
from fleet.doors import Door
from fleet.level import Level
from fleet.state import FleetState
from lambdas.warmkeeper import telemetry
from lambdas.warmkeeper.aws import Fleet
from lambdas.warmkeeper.config import Config
from lambdas.warmkeeper.decision import Decision, decide
from lambdas.warmkeeper.doors import door_to_point_to
from lambdas.warmkeeper.errors import ActError
from lambdas.warmkeeper.events import Alarm, Operator, Poke, Tick
from lambdas.warmkeeper.lease import StateLease
from lambdas.warmkeeper.snapshot import Snapshot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_LOOKS = 10
"""Looks of one run at most, however many calls come meanwhile: they are on record, and the tick sees them."""
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Answer:
    """What a synchronous caller is told. `desired` is the count that the service has now, as far as is known."""

    desired: int
    level: Level
    reason: str


@dataclass(frozen=True)
class Warmkeeper:
    """The warmkeeper of one service; `clock` answers in seconds of the epoch."""

    config: Config
    fleet: Fleet
    dynamodb: "DynamoDBClient"
    clock: Callable[[], float]

    def run(self, event: Alarm | Tick | Poke | Operator) -> Answer:
        """Take in an event, and decide as often as calls ask for.

        A call or command is on record before the lease is tried, so that whichever run looks next sees it.

        Raises:
            LeaseLostError: the run was slower than its lease; the next tick decides afresh.
            ClientError, BotoCoreError: the fleet table does not answer; nothing was done.
        """
        self._note(event)
        run = uuid4().hex
        lease = StateLease(self.dynamodb, self.config.fleet_table, run, self.clock)
        state = lease.take()
        if state is None:
            last = self.fleet.table.state()
            return Answer(last.desired, last.level, "another run is looking, and looks once more before it ends")
        looks = 0
        with ExitStack() as stack:
            stack.callback(_release, lease)
            while True:
                answer, state, carried_out = self._look(state, lease, run, str(event))
                looks += 1
                if lease.end(state if carried_out else None):
                    stack.pop_all()
                    return answer
                if looks == MAX_LOOKS:
                    return answer

    def _note(self, event: Alarm | Tick | Poke | Operator) -> None:
        now = self.clock()
        if isinstance(event, Poke):
            self.fleet.table.record_activity(Activity(at=now, reason=event.reason))
        elif isinstance(event, Operator):
            command = Command(
                id=uuid4().hex,
                name=event.command,
                at=now,
                count=event.count,
                until=None if event.until is None else event.until.timestamp(),
                reason=event.reason,
                by=event.by,
            )
            self.fleet.table.give_command(command)

    def _look(self, state: FleetState, lease: StateLease, run: str, event: str) -> tuple[Answer, FleetState, bool]:
        """Observe, decide and act once: the answer, the state to go on from, and whether it may be stored.

        A decision that could not be carried out leaves the state as it was, so that the next look decides it again.
        """
        snapshot = self.fleet.observe()
        now = self.clock()
        rules = self.config.rules
        decision = decide(snapshot, state, rules, now)
        service = snapshot.service
        failure, trouble = self._carry_out(decision, snapshot, lease)
        if trouble is not None:
            snapshot = replace(snapshot, problems=(*snapshot.problems, trouble))
        telemetry.log(event=event, run=run, snapshot=snapshot, decision=decision, rules=rules, failure=failure)
        telemetry.publish(snapshot, decision, failure)
        if failure is not None:
            desired = state.desired if service is None else service.desired
            return Answer(desired, state.level, f"{decision.reason}; not carried out, {failure}"), state, False
        if _is_news(decision, state, snapshot):
            self._record(decision, snapshot, now, run, event)
        return Answer(decision.desired, decision.level, decision.reason), decision.state, True

    def _carry_out(self, decision: Decision, snapshot: Snapshot, lease: StateLease) -> tuple[str | None, str | None]:
        """Resize the service and point its front door, where either has to change.

        Answers what kept the decision from being carried out, and what else went wrong: a fleet goes to zero only
        behind a door that was closed before, but a door that does not open keeps no fleet from growing.
        """
        service, front, closes_first = snapshot.service, snapshot.front, decision.desired == 0
        door = None if front is None else door_to_point_to(front, service, decision.desired)
        try:
            if closes_first:
                self._point_to(door, lease)
            if service is not None and decision.desired != service.desired:
                lease.check()
                self.fleet.resize(decision.desired)
        except ActError as error:
            return str(error), None
        try:
            if not closes_first:
                self._point_to(door, lease)
            if front is not None and self.fleet.front_door is not None:
                self.fleet.front_door.show(door or front.door)
        except ActError as error:
            return None, str(error)
        return None, None

    def _point_to(self, door: Door | None, lease: StateLease) -> None:
        if door is not None and self.fleet.front_door is not None:
            lease.check()
            self.fleet.front_door.point_to(door)

    def _record(self, decision: Decision, snapshot: Snapshot, now: float, run: str, event: str) -> None:
        """Add a row to the history. The fleet was resized by now: a row that cannot be written must not undo that."""
        queue, service = snapshot.queue, snapshot.service
        record = DecisionRecord(
            at=now,
            run=run,
            event=event,
            kind=decision.kind,
            level=decision.level,
            reason=decision.reason,
            was=service.desired if service is not None else None,
            desired=decision.desired,
            expires_at=int(now) + self.config.history_days * DAY_SECONDS,
            running=service.running if service is not None else None,
            pending=service.pending if service is not None else None,
            visible=queue.visible if queue is not None else None,
            in_flight=queue.in_flight if queue is not None else None,
            delayed=queue.delayed if queue is not None else None,
            command=decision.command,
        )
        try:
            self.fleet.table.append(record)
        except (ClientError, BotoCoreError):
            telemetry.logger.exception("the decision was carried out, but its row could not be written")


def _release(lease: StateLease) -> None:
    """Let the next run in at once. If that fails too, the lease expires by itself, and what went wrong is told."""
    with suppress(ClientError, BotoCoreError):
        lease.release()


def _is_news(decision: Decision, before: FleetState, snapshot: Snapshot) -> bool:
    """Whether a decision belongs in the history: it changes something, or answers a command. Idle ticks do not."""
    resized = snapshot.service is not None and decision.desired != snapshot.service.desired
    changed = (decision.level, decision.kind) != (before.level, before.kind)
    return resized or changed or decision.command is not None
