"""What a look adds to the state, before anything is decided: clocks, windows, the command that came."""

import math
from dataclasses import replace

from fleet.activity import AHEAD_SECONDS
from fleet.command import Command
from fleet.state import Breaker, FleetState
from lambdas.warmkeeper import breaker, demand
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Queue, Snapshot

HOLE_MINUTES = 5
"""Readings further apart are no row: nobody looked meanwhile, or the clock jumped. Some lost ticks are no such hole."""
_ROUNDING = 1e-9
"""Four jobs at 4/3 a worker need three workers, whatever the last bit of a float says."""


def need_of(queue: Queue, rules: Rules) -> int:
    """The workers that the queue needs: one for each job in flight, and enough for all that is not delayed.

    A job in flight is not free capacity. Delayed messages need nobody yet: they keep a fleet awake, no more.
    """
    return max(queue.in_flight, math.ceil(queue.load / rules.jobs_per_worker - _ROUNDING))


def remember(snapshot: Snapshot, state: FleetState, rules: Rules, now: float) -> FleetState:
    """The state with this look's readings in it.

    A part that could not be read leaves what it fed as it was, but for the row of empty readings: that is broken,
    as nobody knows what the queue held.
    """
    queue, service = snapshot.queue, snapshot.service
    needed, watched = state.demand, state.breaker
    empty_since, phantom_since, waiting_since = None, state.phantom_since, state.waiting_since
    if queue is not None:
        if needed.read_at is not None and now - needed.read_at > HOLE_MINUTES * rules.minute_seconds:
            state = replace(state, empty_since=None, phantom_since=None)
            watched = replace(watched, fruitless_since=None, sound_since=None)
        needed = demand.note(needed, now, need_of(queue, rules), rules.minute_seconds)
        empty_since = _first(state.empty_since, now, holds=queue.empty)
        phantom_since = _first(state.phantom_since, now, holds=queue.visible == 0 and queue.in_flight > 0)
        waiting_since = _first(waiting_since, now, holds=queue.visible > 0)
    # Nobody knows which calls came before an order whose clock has been set back since: all count as later.
    calls_from = 0.0 if state.calls_from > now + AHEAD_SECONDS else state.calls_from
    called_at = None if state.called_at is None else min(state.called_at, now)
    activity = snapshot.activity
    if activity is not None and calls_from < activity.at <= now + AHEAD_SECONDS:
        called_at = max(min(activity.at, now), called_at or 0.0)
    busy = queue is not None and not queue.empty
    busy_at = now if busy or state.busy_at is None else max(min(state.busy_at, now), called_at or 0.0)
    if service is not None:
        watched = breaker.watch(watched, queue, service, now, rules.minute_seconds)
    order = state.order
    if order is not None and order.at > now + AHEAD_SECONDS:
        order = replace(order, at=calls_from)
    if order is not None and _over(order, called_at, rules, now):
        order = None
    return replace(
        state,
        busy_at=busy_at,
        called_at=called_at,
        calls_from=calls_from,
        empty_since=empty_since,
        phantom_since=phantom_since,
        waiting_since=waiting_since,
        breaker=watched,
        order=order,
        demand=needed,
    )


def take_up(command: Command, state: FleetState, current: int, rules: Rules, now: float) -> tuple[FleetState, str]:
    """The state under a new command, and what became of it in words. `current` is the service's desired count.

    Whatever order was in force before is replaced, by a refused command as well: the operator no longer wants it.
    """
    fresh = replace(state, command_id=command.id, order=None)
    if command.until is not None and command.until <= now:
        return fresh, f"{command}: refused, that time is over"
    if command.name == "wake":
        return replace(fresh, called_at=now, busy_at=now, breaker=Breaker()), f"{command}"
    if command.name == "resume":
        return replace(fresh, breaker=Breaker()), f"{command}"
    count = current if command.count is None else command.count
    kept_awake_by = rules.kept_awake_by(now)
    if kept_awake_by is not None and (command.name == "sleep" or count == 0):
        return fresh, f"{command}: refused, {kept_awake_by}"
    if command.name == "sleep":
        return replace(fresh, order=command, called_at=None, calls_from=command.at), f"{command}"
    return replace(fresh, order=replace(command, count=count)), f"{command}"


def _first(since: float | None, now: float, *, holds: bool) -> float | None:
    """The beginning of an unbroken row of readings for which something holds; never in the future."""
    if not holds:
        return None
    return now if since is None else min(since, now)


def _over(order: Command, called_at: float | None, rules: Rules, now: float) -> bool:
    """Whether an order has ended by itself: a hold by its time, a sleep by a later call or where none may sleep."""
    if order.name == "hold":
        return order.until is not None and now >= order.until
    called_since = called_at is not None and called_at > order.at
    return called_since or rules.kept_awake_by(now) is not None
