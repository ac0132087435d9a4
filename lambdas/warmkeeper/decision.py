"""How many tasks the fleet should have: a pure function of what was read, what is remembered, the rules and the time.

Whatever the rules below say, `_bounded` holds these: never above the ceiling unless the fleet is there already, and
then only downwards; never down while the queue is unreadable or a deployment is in progress; never down below what is
in flight; never to zero but by `_may_sleep`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from fleet.command import Command
from fleet.level import Level, level_of
from fleet.state import FleetState
from lambdas.warmkeeper import demand
from lambdas.warmkeeper.breaker import FRUITLESS_MINUTES
from lambdas.warmkeeper.memory import need_of, remember, take_up
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Queue, Service, Snapshot

EMPTY_MINUTES = 1
"""One empty reading is no proof: SQS's counts lag by a minute or more."""
PHANTOM_MINUTES = 0.5
"""In flight while asleep is believed when the next tick still says so, however much that tick is early."""


class Kind(StrEnum):
    """What sort of decision it was; a history row is written when it changes."""

    ASLEEP = "asleep"
    WAKE = "wake"
    BURST = "burst"
    STEADY = "steady"
    IN = "in"
    IDLE = "idle"
    SLEEP = "sleep"
    ORDERED = "ordered"
    BREAKER = "breaker"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Decision:
    """`desired` tasks, why (`kind`, and `reason` in words with the numbers), and the state to remember.

    `command` says what became of a command that this look took up, None if there was none. `waited_seconds`: how long
    work has been seen waiting without a break. `woke_in_seconds`: from the wake to the first running worker, in the one
    look that first sees it (so it errs upwards, by the time between two looks at most).
    """

    desired: int
    kind: Kind
    level: Level
    reason: str
    state: FleetState
    command: str | None = None
    waited_seconds: float = 0.0
    woke_in_seconds: float | None = None


def decide(snapshot: Snapshot, state: FleetState, config: Rules, now: float) -> Decision:
    """Decide once. `now` is in seconds of the epoch.

    Deciding again on the same readings gives the same `desired`, whether the first decision was carried out or not.
    When the service could not be read, `desired` is the last decision's and nothing may be done about it.
    """
    queue, service, command = snapshot.queue, snapshot.service, snapshot.command
    if service is None:
        remembered = remember(snapshot, state, config, now)
        return Decision(
            desired=state.desired,
            kind=Kind.HOLD,
            level=state.level,
            reason=f"hold at {state.desired}: {_failures(snapshot)}",
            state=replace(remembered, kind=Kind.HOLD),
        )

    outcome: str | None = None
    if command is not None and command.id != state.command_id:
        state, outcome = take_up(command, state, service.desired, config, now)
    state = remember(snapshot, state, config, now)
    if state.order is not None and state.order.name == "sleep" and service.desired == 0:
        state = replace(state, order=None)

    choice = _Look(snapshot, queue, service, state, config, now, config.kept_awake_by(now)).choose()
    woke_in_seconds = None
    waking_since = state.waking_since
    if choice.desired == 0:
        waking_since = None
    elif service.desired == 0:
        waking_since = now if waking_since is None else waking_since
    elif waking_since is not None and service.running > 0:
        woke_in_seconds, waking_since = max(0.0, now - waking_since), None
    level = level_of(choice.desired, service.running if service.desired > 0 else 0, config.floor)
    return Decision(
        desired=choice.desired,
        kind=choice.kind,
        level=level,
        reason=choice.reason if outcome is None or choice.reason.startswith(outcome) else f"{outcome}; {choice.reason}",
        state=replace(state, desired=choice.desired, level=level, kind=choice.kind, waking_since=waking_since),
        command=outcome,
        waited_seconds=0.0 if state.waiting_since is None else max(0.0, now - state.waiting_since),
        woke_in_seconds=woke_in_seconds,
    )


@dataclass(frozen=True, slots=True)
class _Choice:
    desired: int
    kind: Kind
    reason: str


@dataclass(frozen=True, slots=True)
class _Look:
    """One look, with the state brought up to it; its methods are the rules."""

    snapshot: Snapshot
    queue: Queue | None
    service: Service
    state: FleetState
    rules: Rules
    now: float
    kept_awake_by: str | None
    """Why the fleet may not sleep now; None if it may."""

    def choose(self) -> _Choice:
        """What the first rule that applies says, within the bounds."""
        order = self.state.order
        if order is not None and order.name == "hold":
            return self._bounded(self._ordered(order, self.service.desired if order.count is None else order.count))
        if self.service.desired == 0:
            return self._bounded(self._asleep())
        if self.state.breaker.tripped_at is not None:
            return self._bounded(self._tripped(self.state.breaker.tripped_at))
        if self.queue is None:
            awake = max(self.service.desired, self.rules.floor)
            return self._bounded(_Choice(awake, Kind.HOLD, f"hold: {_failures(self.snapshot)}"))
        if self.queue.empty and self.kept_awake_by is None and not self._called():
            return self._bounded(self._idle(self.queue))
        return self._bounded(self._sized(self.queue))

    def _ordered(self, order: Command, count: int) -> _Choice:
        """An operator's hold. A hold at zero lets the queue run dry first, and then keeps the fleet from waking."""
        if count == 0 and self.service.desired > 0 and not self._may_sleep():
            return _Choice(1, Kind.ORDERED, f"{order}: {self._work()}, one task is left until it is seen empty")
        return _Choice(count, Kind.ORDERED, f"{order}: {self._work()}")

    def _asleep(self) -> _Choice:
        """Whether to wake, and then straight to what is needed: one cold start lasts as long as many at once."""
        need = 0 if self.queue is None else need_of(self.queue, self.rules)
        cause = self._cause_to_wake()
        if cause is not None:
            numbers = (
                f"{self._work()} need {need}{self._ahead()}, floor {self.rules.floor}, ceiling {self.rules.ceiling}"
            )
            return _Choice(max(self.rules.floor, need + self.rules.spares), Kind.WAKE, f"wake: {cause}{numbers}")
        if self.queue is None:
            return _Choice(0, Kind.HOLD, f"hold asleep: {_failures(self.snapshot)}")
        again = "" if self.state.phantom_since is None else ", to be read again before it is believed"
        return _Choice(0, Kind.ASLEEP, f"asleep: {self._work()}{again}")

    def _cause_to_wake(self) -> str | None:
        """What wakes a sleeping fleet, as words before the numbers; None if nothing does.

        A queue that cannot be read stops no call: whoever calls is served by the floor.
        """
        if self.kept_awake_by is not None:
            return f"{self.kept_awake_by}; "
        if self.queue is not None and self.queue.visible > 0:
            return ""
        if self.state.called_at is not None and self._called():
            activity = self.snapshot.activity
            caller = f" ({activity.reason})" if activity is not None and activity.reason else ""
            return f"called {self.now - self.state.called_at:.0f} s ago{caller}; "
        since = self.state.phantom_since
        if self.queue is not None and since is not None:
            seconds = self.now - since
            if seconds >= PHANTOM_MINUTES * self.rules.minute_seconds:
                return f"in flight for {seconds:.0f} s; "
        return None

    def _tripped(self, tripped_at: float) -> _Choice:
        if self.queue is not None and self._may_sleep():
            return self._idle(self.queue)
        reason = (
            f"breaker: no job got done for {FRUITLESS_MINUTES * self.rules.minute_seconds:.0f} s, tripped "
            f"{self.now - tripped_at:.0f} s ago; {self._work()}, {self.service.running} of {self.service.desired} "
            f"running, {self.service.failed_tasks} failed to start: one task until progress returns"
        )
        return _Choice(1, Kind.BREAKER, reason)

    def _idle(self, queue: Queue) -> _Choice:
        """An empty queue: sleep, or the way there."""
        state, minute_seconds = self.state, self.rules.minute_seconds
        idle_seconds = 0.0 if state.busy_at is None else self.now - state.busy_at
        empty_seconds = 0.0 if state.empty_since is None else self.now - state.empty_since
        order = f"{state.order}, " if state.order is not None else ""
        if self._may_sleep():
            reason = f"sleep: {order}no load or call for {idle_seconds:.0f} s, empty for {empty_seconds:.0f} s"
            return _Choice(0, Kind.SLEEP, reason)
        sized = self._sized(queue)
        if sized.desired != self.service.desired:
            return sized
        patience_seconds = 0.0 if state.order is not None else self.rules.sleep_after_seconds - idle_seconds
        wait_seconds = max(EMPTY_MINUTES * minute_seconds - empty_seconds, patience_seconds)
        return _Choice(sized.desired, Kind.IDLE, f"idle: {order}{self._work()}, sleeps in {wait_seconds:.0f} s")

    def _sized(self, queue: Queue) -> _Choice:
        """Out at once, in by the rule of docs/adr/0010-scale-in-by-simulation.md, never below the floor."""
        rules, current = self.rules, self.service.desired
        need = need_of(queue, rules)
        out = max(rules.floor, need + rules.spares)
        numbers = f"{self._work()} need {need}{self._ahead()}"
        bounds = f"floor {rules.floor}, ceiling {rules.ceiling}"
        if self.state.order is not None:
            bounds = f"{bounds}; {self.state.order} waits for the work to end"
        if self.kept_awake_by is not None and queue.empty:
            bounds = f"{bounds}; {self.kept_awake_by}"
        if out > current and current < rules.ceiling:
            return _Choice(out, Kind.BURST, f"{'burst' if out > rules.floor else 'floor'}: {numbers}, {bounds}")
        peak = demand.peak(self.state.demand, self.now, rules.minute_seconds)
        mean = demand.mean(self.state.demand)
        # Once the queue is empty for sure, the floor is reserve enough.
        reserve = 0 if self._surely_empty() else demand.reserve(mean, demand.coming(self.state.demand))
        kept = max(out, peak + rules.spares, reserve)
        span_seconds = demand.PEAK_MINUTES * rules.minute_seconds
        lately = f"the last {span_seconds:.0f} s had {peak}, the average {mean:.2f} keeps {reserve}"
        if min(kept, rules.ceiling) < current:
            return _Choice(kept, Kind.IN, f"in: {numbers}; {lately}; {bounds}")
        return _Choice(current, Kind.STEADY, f"steady: {numbers}; {lately}; {bounds}")

    def _bounded(self, choice: _Choice) -> _Choice:
        """The choice within what may never be broken, with a word on what bounded it."""
        current, ceiling = self.service.desired, self.rules.ceiling
        desired = min(choice.desired, ceiling)
        if desired >= current:
            if desired < choice.desired:
                return _Choice(desired, choice.kind, f"{choice.reason}; held at the ceiling {ceiling}")
            return choice
        if self.queue is None:
            return _Choice(current, choice.kind, f"{choice.reason}; not lowered on a failed reading")
        if self.service.deploying:
            return _Choice(current, choice.kind, f"{choice.reason}; not lowered while a deployment is in progress")
        # A tripped breaker's orphans are in flight without a worker; only those that run can be busy.
        tripped = choice.kind is Kind.BREAKER
        busy = min(self.queue.in_flight, self.service.running) if tripped else self.queue.in_flight
        if desired < busy:
            kept = min(busy, current)
            return _Choice(kept, choice.kind, f"{choice.reason}; not below the {busy} in flight")
        return _Choice(desired, choice.kind, choice.reason)

    def _may_sleep(self) -> bool:
        """Whether the fleet may go to zero: empty on two readings a minute apart, and idle for long or ordered to."""
        state, rules = self.state, self.rules
        if self.kept_awake_by is not None or not self._surely_empty():
            return False
        idle = state.busy_at is not None and self.now - state.busy_at >= rules.sleep_after_seconds
        return idle or state.order is not None

    def _surely_empty(self) -> bool:
        """Whether every reading was empty for a minute, this one included."""
        since = self.state.empty_since
        return since is not None and self.now - since >= EMPTY_MINUTES * self.rules.minute_seconds

    def _called(self) -> bool:
        """Whether someone called lately enough to be about to work. A `sleep` command silences earlier calls."""
        called_at = self.state.called_at
        return called_at is not None and self.now - called_at < self.rules.sleep_after_seconds

    def _ahead(self) -> str:
        """The spares as words after the need; nothing where there are none."""
        spares = self.rules.spares
        return f" + {spares} spare" if spares else ""

    def _work(self) -> str:
        if self.queue is None:
            return "the queue unread,"
        delayed = f" + {self.queue.delayed} delayed" if self.queue.delayed else ""
        return f"{self.queue.visible} waiting + {self.queue.in_flight} in flight{delayed}"


def _failures(snapshot: Snapshot) -> str:
    return "; ".join(snapshot.problems) or "a reading is missing"
