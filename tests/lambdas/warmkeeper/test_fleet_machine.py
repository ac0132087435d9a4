"""A fleet over its whole life: jobs, crashes, calls, orders and failed readings in any order, ticks between them."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from fleet.activity import Activity
from fleet.command import Command, CommandName
from fleet.state import FleetState
from lambdas.warmkeeper.decision import Kind, decide
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Queue, Service, Snapshot


class FleetMachine(RuleBasedStateMachine):
    """Workers come up between looks; ECS stops idle ones first, as task protection has it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_800_000_000.0
        self.config = Rules(floor=2, ceiling=6, jobs_per_worker=1, scale_to_zero=True, sleep_after_seconds=180.0)
        self.state = FleetState()
        self.waiting = self.busy = self.orphans = self.desired = self.running = 0
        self.activity: Activity | None = None
        self.command: Command | None = None
        self.given = 0

    @initialize(floor=st.integers(1, 3), scale_to_zero=st.booleans())
    def configure(self, floor: int, scale_to_zero: bool) -> None:  # noqa: FBT001 -- Hypothesis names its arguments
        self.config = replace(self.config, floor=floor, scale_to_zero=scale_to_zero)

    @rule(jobs=st.integers(1, 9))
    def send(self, jobs: int) -> None:
        self.waiting += jobs

    @precondition(lambda self: self.waiting and self.busy < self.running)
    @rule()
    def take(self) -> None:
        taken = min(self.waiting, self.running - self.busy)
        self.waiting -= taken
        self.busy += taken

    @precondition(lambda self: self.busy)
    @rule()
    def finish(self) -> None:
        self.busy -= 1

    @precondition(lambda self: self.busy)
    @rule()
    def crash(self) -> None:
        self.busy -= 1
        self.running -= 1
        self.orphans += 1

    @rule()
    def orphans_come_back(self) -> None:
        self.waiting += self.orphans
        self.orphans = 0

    @rule()
    def call(self) -> None:
        self.activity = Activity(self.now)

    @rule(name=st.sampled_from(["wake", "sleep", "hold", "resume"]), count=st.none() | st.integers(0, 9))
    def order(self, name: CommandName, count: int | None) -> None:
        self.given += 1
        self.command = Command(str(self.given), name, self.now, count if name == "hold" else None)

    @rule(size=st.integers(0, 8))
    def someone_else_resizes_the_ceiling(self, size: int) -> None:
        self.config = replace(self.config, ceiling=self.config.floor + size)

    @rule(seconds=st.floats(0, 200), blind=st.sampled_from([False, False, False, True]))
    def look(self, seconds: float, blind: bool) -> None:  # noqa: FBT001 -- Hypothesis names its arguments
        self.now += seconds
        in_flight = self.busy + self.orphans
        queue = None if blind else Queue(self.waiting, in_flight)
        service = Service(self.desired, self.running)
        decision = decide(Snapshot(queue, service, self.activity, self.command), self.state, self.config, self.now)
        assert decision.desired <= max(self.config.ceiling, self.desired)
        if decision.desired < self.desired:
            assert not blind
            assert decision.desired >= self.busy
            assert decision.desired > 0 or self.waiting + in_flight == 0
            assert decision.kind is Kind.BREAKER or decision.desired >= min(in_flight, self.desired)
        self.state, self.desired = decision.state, decision.desired
        self.running = max(self.desired, self.busy)

    def teardown(self) -> None:
        """Left alone after `resume`, with its work done, the fleet ends where it should."""
        self.waiting = self.busy = self.orphans = 0
        self.order("resume", None)
        for _ in range(8):
            self.look(60.0, blind=False)
        assert self.desired == (0 if self.config.scale_to_zero else self.config.floor)


TestFleetMachine = FleetMachine.TestCase
TestFleetMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
