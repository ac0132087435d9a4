"""What must hold whatever happens: workers die at any call, sleep through their lease, get duplicates and refusals."""

import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jobs.message import spec_hash
from jobs.problem import Problem
from jobs.record import JobRecord
from jobs.table import JobsTable
from tests.jobs.tables import TABLE, empty_jobs_table
from tests.thoroughness import examples
from tests.worker.strict_sqs import Stored
from tests.worker.world import JOBS, SPEC, VISIBILITY_SECONDS, Killed, World
from worker.attempt import Progress
from worker.errors import PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OTHER_SPEC = {**SPEC, "clips": [{"source": "sources/other.mp4"}]}
WRITES = {"update_item", "send_message", "change_message_visibility", "delete_message"}


class Faults:
    """Kills whoever makes the nth write from now, before or after it takes effect."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.takes_effect = False

    def between(self, client: Any) -> Any:
        return Faulty(client, self)

    def arm(self, writes: int, *, takes_effect: bool) -> None:
        self.left, self.takes_effect = writes, takes_effect

    def disarm(self) -> None:
        self.left = None

    def strikes(self) -> bool:
        if self.left is None:
            return False
        self.left -= 1
        return self.left < 0


class Faulty:
    def __init__(self, client: Any, faults: Faults) -> None:
        self._client, self._faults = client, faults

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name not in WRITES:
            return call

        def faulty(**arguments: Any) -> Any:
            if not self._faults.strikes():
                return call(**arguments)
            self._faults.disarm()
            if self._faults.takes_effect:
                call(**arguments)
            raise Killed

        return faulty


class Reliability(RuleBasedStateMachine):
    """A queue, a table, and workers that suffer."""

    def __init__(self, dynamodb: "DynamoDBClient", scratch: Path) -> None:
        super().__init__()
        empty_jobs_table(dynamodb)
        self.faults = Faults()
        self.world = World(dynamodb, scratch, between=self.faults.between)
        self.truth = JobsTable(dynamodb, TABLE)
        self.world.sqs.before_delete = self.check_that_the_news_is_durable
        self.sent: set[str] = set()
        self.ended: dict[str, JobRecord] = {}

    def record(self, job_id: str) -> JobRecord | None:
        return self.truth.read(job_id)

    def check_that_the_news_is_durable(self, message: Stored) -> None:
        """A message is deleted only after its job is terminal and the notification is sent."""
        record = self.record_of(message)
        assert record is not None
        assert record.state.is_terminal
        told = {notification.job_id for notification in self.world.notifications()}
        assert record.id in told

    def record_of(self, message: Stored) -> JobRecord | None:
        envelope = json.loads(message.body)
        record = self.record(envelope["id"])
        if record is not None and record.spec_hash != spec_hash(envelope["spec"]):
            return self.record(f"message-{message.message_id}")
        return record

    @initialize()
    def begin(self) -> None:
        self.send("a")

    @rule(job_id=st.sampled_from("abc"))
    def send(self, job_id: str) -> None:
        """Send a job, or a duplicate of one."""
        self.world.send(id=job_id)
        self.sent.add(job_id)

    @rule(job_id=st.sampled_from("abc"))
    def send_another_spec(self, job_id: str) -> None:
        if job_id in self.sent:
            self.world.send(id=job_id, spec=OTHER_SPEC)

    @rule(seconds=st.sampled_from([1, 30, VISIBILITY_SECONDS]))
    def tick(self, seconds: int) -> None:
        self.world.clock.now += seconds

    @rule(fate=st.sampled_from(["rendered", "transient", "permanent", "asleep", "ended", "killed"]))
    def work(self, fate: str) -> None:
        """One worker takes one message, and something becomes of it."""
        worker = self.world.worker()
        worker.renderer.during = self.during(fate, worker.drain.begin)
        with suppress(Killed):
            worker.work_once()

    @rule()
    def work_and_be_overtaken(self) -> None:
        self.work("overtaken")

    @rule(write=st.integers(0, 4), takes_effect=st.booleans())
    def work_and_die_at_a_write(self, *, write: int, takes_effect: bool) -> None:
        self.faults.arm(write, takes_effect=takes_effect)
        self.work("rendered")
        self.faults.disarm()

    def during(
        self, fate: str, end_task: Callable[[], None]
    ) -> Callable[[Callable[[Progress], None], threading.Event], None]:
        def happen(_report: Callable[[Progress], None], stop: threading.Event) -> None:
            self.world.clock.now += 1
            match fate:
                case "transient":
                    raise TransientError("it may pass")
                case "permanent":
                    raise PermanentError(Problem(field="f", message="m", remedy="r"))
                case "killed":
                    raise Killed
                case "asleep":
                    self.world.clock.now += VISIBILITY_SECONDS + 1
                    self.world.worker("other").work_once()
                case "overtaken":
                    self.overtake()
                case "ended":
                    end_task()
                    stop.set()
                case _:
                    pass

        return happen

    def overtake(self) -> None:
        """Another worker, whose clock is an hour ahead, gets every message again and takes what is leased."""
        for message in self.world.sqs.queues[JOBS]:
            message.visible_at = self.world.clock.wall()
        other = self.world.worker("ahead")
        other.processor._wall_clock = lambda: self.world.clock.wall() + 3600
        while other.work_once():
            pass

    @invariant()
    def a_job_that_ended_never_changes(self) -> None:
        for job_id in self.sent:
            record = self.record(job_id)
            if record is None or not record.state.is_terminal:
                assert job_id not in self.ended
                continue
            settled = record.model_copy(update={"outbox": None})
            assert self.ended.setdefault(job_id, settled) == settled

    @invariant()
    def a_job_is_told_of_under_one_identity(self) -> None:
        told: dict[str, set[str]] = {}
        for notification in self.world.notifications():
            told.setdefault(notification.job_id, set()).add(notification.id)
        assert all(len(ids) == 1 for ids in told.values())

    def teardown(self) -> None:
        """Once the faults end, every accepted job ends, is told of, and leaves the queue."""
        self.faults.disarm()
        for _ in range(60):
            if not self.world.sqs.bodies(JOBS):
                break
            while self.world.worker("rescuer").work_once():
                pass
            self.world.clock.now += VISIBILITY_SECONDS
        assert self.world.sqs.bodies(JOBS) == []
        told = {notification.job_id for notification in self.world.notifications()}
        for job_id in self.sent:
            record = self.record(job_id)
            assert record is not None
            assert record.state.is_terminal
            assert record.attempts <= 3
            assert job_id in told


def test_every_job_ends_once_and_no_message_goes_before_its_news_whatever_happens(
    dynamodb: "DynamoDBClient", tmp_path: Path
):
    machine = cast("type[RuleBasedStateMachine]", lambda: Reliability(dynamodb, tmp_path))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("RELIABILITY_EXAMPLES", examples(15))),
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
