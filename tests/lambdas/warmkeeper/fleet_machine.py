"""A fleet over its whole life, under the real warmkeeper: only AWS is played, and it fails in every way it has.

Jobs, deaths, calls, orders and late ticks come in any order. Any call of a run may be slow, refused, carried out
without an answer or the run's last one, and another run may begin meanwhile. Counts lag or are blank, alarms are lost
or doubled, and the clock jumps. What must hold:

- The count is never raised above the ceiling, and never lowered by a look that was told no counts, during a deployment,
  or below the workers that are busy.
- It is never set to zero while there is a job that was in any count that the fleet was told: whatever is left behind
  came after the last reading, by as much as counts lag. A spell of blank counts, shorter than a minute, is no reading.
- One run without a fault, whatever woke it, wakes the fleet for all that waits, and for every call that was answered,
  and none is kept out by a dead run for longer than a lease. So the next tick ends what a fault began.
- Once faults end and the work is done, the fleet is at rest when its patience is over.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from fleet.table import FleetTable
from lambdas.warmkeeper.aws import Fleet
from lambdas.warmkeeper.config import Config
from lambdas.warmkeeper.events import parse_event
from lambdas.warmkeeper.keeper import Answer, Warmkeeper
from lambdas.warmkeeper.lease import LEASE_SECONDS, LeaseLostError
from lambdas.warmkeeper.memory import need_of
from lambdas.warmkeeper.snapshot import Queue
from tests.lambdas.warmkeeper.fake_fleet import (
    LONGEST_CALL_SECONDS,
    FakeQueue,
    FakeService,
    GatedTable,
    Job,
    Killed,
    Run,
    Twist,
    World,
)
from tests.lambdas.warmkeeper.fake_table import FakeTable

EVENTS = {
    "tick": parse_event({"source": "tick"}),
    "poke": parse_event({"source": "poke"}),
    "alarm": parse_event(json.loads((Path(__file__).parent / "alarm.json").read_text())),
    "wake": parse_event({"source": "operator", "command": "wake"}),
    "sleep": parse_event({"source": "operator", "command": "sleep"}),
    "hold": parse_event({"source": "operator", "command": "hold"}),
    "hold 0": parse_event({"source": "operator", "command": "hold", "count": 0}),
    "hold 9": parse_event({"source": "operator", "command": "hold", "count": 9}),
    "resume": parse_event({"source": "operator", "command": "resume"}),
}
ORDERS = ["wake", "sleep", "sleep", "resume", "resume", "hold", "hold 0", "hold 9"]
READS = ["GetQueueAttributes", "DescribeServices", "GetItem"]
WRITES = ["UpdateService", "UpdateItem", "PutItem"]
MEANWHILE = st.sampled_from(
    ["tick", "poke", "poke", "poke", "job", "job tick", "job tick", "alarm", "wake", "sleep", "hold 0"]
)
ANY_TWISTS = st.lists(
    st.builds(
        Twist,
        operation=st.sampled_from([*READS, *WRITES, "UpdateService", "UpdateItem"]),
        nth=st.sampled_from([1, 1, 2, 3]),
        seconds=st.sampled_from([0.0, 0.0, 4.0, LONGEST_CALL_SECONDS]),
        meanwhile=st.just("") | MEANWHILE,
        fault=st.sampled_from(["", "", "", "refused", "lost", "killed"]),
    ),
    max_size=2,
).map(tuple)
SLOW_AND_OVERTAKEN = st.builds(
    lambda seconds, event: (
        Twist("GetItem", seconds=seconds),
        Twist("UpdateService", seconds=LONGEST_CALL_SECONDS, meanwhile=event),
    ),
    seconds=st.sampled_from([0.0, 2.0, 4.0, LONGEST_CALL_SECONDS]),
    event=MEANWHILE,
)
"""What a slow run does at last may come after another has read the queue, and decided otherwise."""
CALLED_AFTER_IT_READ = st.builds(
    lambda call, event: (Twist(*call, meanwhile=event),),
    call=st.sampled_from([("GetItem", 2), ("UpdateItem", 2), ("UpdateService", 1)]),
    event=MEANWHILE,
)
TWISTS = st.one_of(st.just(()), ANY_TWISTS, SLOW_AND_OVERTAKEN, CALLED_AFTER_IT_READ, CALLED_AFTER_IT_READ)


class FleetMachine(RuleBasedStateMachine):
    """Rules move the world's time, its jobs and tasks, its faults, and start runs."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(on_event=self.happen, on_resize=self.may_resize)
        self.world.changed()
        self.keeper = self.made({})
        self.kept_out_until = self.seen_until = self.read_at = 0.0
        self.called_at: float | None = None
        self.slept_at = 0.0

    def made(self, rules: dict[str, str]) -> Warmkeeper:
        world = self.world
        config = Config.from_environment(
            {
                "CLUSTER": "pool",
                "SERVICE": "worker",
                "JOBS_QUEUE_URL": "jobs",
                "FLEET_TABLE": "fleet",
                "FLOOR": "2",
                "CEILING": "6",
                "JOBS_PER_WORKER": "1",
                "SCALE_TO_ZERO": "true",
                "SLEEP_AFTER_SECONDS": "180",
            }
            | rules
        )
        items = FakeTable()
        self.memory = FleetTable(cast("Any", items), config.fleet_table)
        table = cast("Any", GatedTable(world, items))
        fleet = Fleet(
            sqs=cast("Any", FakeQueue(world)),
            ecs=cast("Any", FakeService(world)),
            table=FleetTable(table, config.fleet_table),
            queue_url=config.jobs_queue_url,
            cluster=config.cluster,
            service=config.service,
        )
        return Warmkeeper(config, fleet, table, world.clock)

    @initialize(
        floor=st.integers(1, 3),
        jobs_per_worker=st.sampled_from([1, 1, 1.35, 2]),
        spares=st.sampled_from([0, 0, 1, 2]),
        scale_to_zero=st.sampled_from([True, True, False]),
    )
    def configure(self, floor: int, jobs_per_worker: float, spares: int, scale_to_zero: bool) -> None:  # noqa: FBT001 -- Hypothesis names its arguments
        self.keeper = self.made(
            {
                "FLOOR": str(floor),
                "JOBS_PER_WORKER": str(jobs_per_worker),
                "WARM_SPARES": str(spares),
                "SCALE_TO_ZERO": str(scale_to_zero),
            }
        )

    # What happens to the jobs and the tasks.

    @rule(jobs=st.integers(1, 4), place=st.sampled_from(["waiting", "waiting", "delayed"]))
    def send(self, jobs: int, place: str) -> None:
        self.world.jobs += [Job(self.world.time, place) for _ in range(jobs)]
        self.world.changed()

    @precondition(lambda self: self.world.desired)
    @rule(tasks=st.integers(0, 6))
    def start_and_take(self, tasks: int) -> None:
        world = self.world
        world.running = max(world.running, min(world.desired, world.running + tasks))
        idle = world.running - world.count("taken")
        for job in [job for job in world.jobs if job.place == "waiting"][:idle]:
            job.place = "taken"
        world.changed()

    @precondition(lambda self: self.world.count("taken"))
    @rule(jobs=st.integers(1, 6))
    def finish(self, jobs: int) -> None:
        for job in [job for job in self.world.jobs if job.place == "taken"][:jobs]:
            self.world.jobs.remove(job)
        self.world.changed()

    @precondition(lambda self: self.world.count("taken"))
    @rule()
    def crash(self) -> None:
        next(job for job in self.world.jobs if job.place == "taken").place = "hidden"
        self.world.running -= 1
        self.world.changed()

    @precondition(lambda self: self.world.count("hidden", "delayed"))
    @rule()
    def come_back(self) -> None:
        for job in self.world.jobs:
            if job.place in {"hidden", "delayed"}:
                job.place = "waiting"
        self.world.changed()

    # What starts a run.

    @rule(late_seconds=st.sampled_from([0.0, 0.0, 3.0, 45.0]), twists=TWISTS)
    def tick(self, late_seconds: float, twists: tuple[Twist, ...]) -> None:
        self.world.time += 60 + late_seconds
        self.run("tick", twists)

    @rule(seconds=st.floats(0, 50), twists=TWISTS)
    def poke(self, seconds: float, twists: tuple[Twist, ...]) -> None:
        self.world.time += seconds
        self.run("poke", twists)

    @rule(seconds=st.floats(0, 50), times=st.sampled_from([0, 1, 2]), twists=TWISTS)
    def alarm(self, seconds: float, times: int, twists: tuple[Twist, ...]) -> None:
        self.world.time += seconds
        for _ in range(times):
            self.run("alarm", twists)

    @rule(seconds=st.floats(0, 50), name=st.sampled_from(ORDERS), twists=TWISTS)
    def order(self, seconds: float, name: str, twists: tuple[Twist, ...]) -> None:
        self.world.time += seconds
        self.run(name, twists)

    @rule(minutes=st.integers(0, 4), twists=TWISTS)
    def wait(self, minutes: int, twists: tuple[Twist, ...]) -> None:
        """Long enough, mostly, for the last tick to change something."""
        for _ in range(minutes):
            self.tick(0.0, ())
        self.tick(0.0, twists)

    # What goes wrong.

    @rule(
        down=st.sampled_from([*[""] * 7, "GetQueueAttributes", "DescribeServices", "UpdateService"]),
        lag_seconds=st.sampled_from([*[0.0] * 7, 20.0, 55.0]),
        deploying=st.sampled_from([*[False] * 5, True]),
        above_the_floor=st.sampled_from([0, 1, 4, 8]),
    )
    def change(self, down: str, lag_seconds: float, deploying: bool, above_the_floor: int) -> None:  # noqa: FBT001 -- Hypothesis names its arguments
        """What AWS does from now on, and what an operator has deployed."""
        self.world.down = frozenset({down} - {""})
        self.world.lag_seconds = lag_seconds
        self.world.deploying = deploying
        config = self.keeper.config
        self.keeper = replace(self.keeper, config=config.model_copy(update={"ceiling": config.floor + above_the_floor}))

    @precondition(lambda self: self.read_at >= self.world.blank_until)
    @rule(
        seconds=st.floats(1, 59), events=st.lists(st.sampled_from(["alarm", "poke", "sleep"]), min_size=1, max_size=2)
    )
    def blank(self, seconds: float, events: list[str]) -> None:
        """A spell of blank counts and looks at them. Two without a reading between them would be one long one."""
        self.world.blank_until = self.world.time + seconds
        for event in events:
            self.run(event, ())

    @rule(hours=st.sampled_from([-1, 1]))
    def jump(self, hours: int) -> None:
        self.world.ahead_seconds += 3600 * hours
        self.called_at, self.slept_at = None, 0.0

    # What must hold.

    def happen(self, event: str) -> None:
        """While a call of a run is under way."""
        if event.startswith("job"):
            self.send(1, "waiting")
            event = event.removeprefix("job").lstrip()
        if event:
            self.run(event, ())

    def run(self, event: str, twists: tuple[Twist, ...]) -> None:
        world, began_at, run = self.world, self.world.clock(), Run(twists)
        waiting, started = world.count("waiting"), world.time
        is_sound = not world.down and not world.lag_seconds and started >= world.blank_until
        world.runs.append(run)
        answer: Answer | None = None
        try:
            answer = self.keeper.run(EVENTS[event])
        except (Killed, ClientError, BotoCoreError, LeaseLostError):
            self.kept_out_until = world.time + LEASE_SECONDS
        finally:
            world.runs.pop()
        if event == "sleep":
            self.slept_at = world.clock()
        if answer is None:
            return
        if event == "poke":
            self.called_at = max(began_at, self.called_at or 0.0)
        if "another run" in answer.reason:
            assert world.runs or started < self.kept_out_until
            return
        if "not carried out" not in answer.reason:
            self.seen_until = max(self.seen_until, run.seen_until)
            self.read_at = world.time if run.seen_until else self.read_at
        if is_sound and not any(twist.fault for twist in twists) and not world.runs:
            self.answers(waiting)

    def answers(self, waiting: int) -> None:
        """What a run without a fault leaves, where `waiting` jobs waited when it began."""
        world, config, state = self.world, self.keeper.config, self.memory.state()
        if state.order is not None and state.order.name == "hold":
            return
        if waiting:
            assert world.desired > 0
        if waiting and state.order is None and state.breaker.tripped_at is None:
            need = need_of(Queue(waiting, world.count("taken", "hidden")), config.rules)
            assert world.desired >= min(config.ceiling, max(config.floor, need + config.warm_spares))
        if self.called_at is not None and self.called_at > self.slept_at:
            assert world.desired > 0 or world.clock() - self.called_at > config.sleep_after_seconds - 20

    def may_resize(self, run: Run, desired: int) -> None:
        world = self.world
        assert desired <= max(self.keeper.config.ceiling, world.desired)
        if desired < world.desired:
            assert run.was_told_counts
            assert not run.was_deploying
            assert desired >= min(run.busy, world.desired)
        if desired == 0:
            assert all(job.sent_at > max(self.seen_until, run.seen_until) for job in world.jobs)

    def teardown(self) -> None:
        world, config = self.world, self.keeper.config
        world.down, world.lag_seconds, world.deploying = frozenset(), 0.0, False
        world.time = max(world.time + 60, world.blank_until)
        self.run("resume", ())
        world.jobs.clear()
        world.changed()
        for _ in range(int(config.sleep_after_seconds // 60) + 5):
            world.running = world.desired
            self.tick(3.0, ())
        rest = min(config.ceiling, max(config.floor, config.warm_spares))
        assert world.desired == (0 if config.scale_to_zero else rest)
