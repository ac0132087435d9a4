"""One run: a trace, a policy, a world and a seed give an outcome."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulator.cloud.clock import Clock
from simulator.cloud.cloudwatch import Metrics
from simulator.cloud.job_queue import Job, JobQueue
from simulator.cloud.service import Service, Victims
from simulator.outcome import Outcome, Tally
from simulator.trace import DAY_SECONDS, Trace
from simulator.world import World

GRACE_SECONDS = 3 * DAY_SECONDS
"""How long after the trace's end a run may go on until the last job is done."""


@dataclass(frozen=True)
class Stage:
    """What a policy can see and do."""

    clock: Clock
    queue: JobQueue
    service: Service
    metrics: Metrics
    world: World
    tally: Tally
    chance: random.Random
    began_at: float
    """The trace's beginning, in seconds of the epoch."""


class Policy(Protocol):
    """Decides how many tasks there are. A policy is used for one run: its state is that run's."""

    name: str
    victims: Victims

    def begin(self, stage: Stage) -> Callable[[Job], None] | None:
        """Set its timers; answer what is to be called with each job that is sent, None if it hears nothing of them."""
        ...


def simulate(trace: Trace, policy: Policy, world: World | None = None, *, seed: int = 1) -> Outcome:
    """Run `policy` over `trace`.

    Raises:
        AssertionError: a job was neither done, lost nor left, or a wait was below nothing: the simulator is wrong.
    """
    world = world or World()
    chance = random.Random(seed)  # noqa: S311 - a simulation's chance, which must be the same again for a seed
    clock, tally = Clock(), Tally()
    queue = JobQueue(clock, world.count_lag_seconds)
    service = Service(clock, queue, world, tally, chance, policy.victims)
    metrics = Metrics(clock, queue, service, world, chance)
    on_sent = policy.begin(Stage(clock, queue, service, metrics, world, tally, chance, trace.began_at))
    jobs = [
        Job(number, arrival, length)
        for number, (arrival, length) in enumerate(zip(trace.arrivals, trace.services, strict=True))
    ]
    _play(clock, queue, service, jobs, on_sent, trace.length_seconds)
    service.close()
    waits = np.array([(job.started_at if job.started_at is not None else clock.now) - job.arrived_at for job in jobs])
    done = sum(job.done for job in jobs)
    assert waits.min() >= 0
    assert done + tally.jobs_lost + queue.visible + queue.in_flight == len(jobs), "a job went missing"
    return Outcome(
        policy=policy.name,
        trace=trace.name,
        length_seconds=max(clock.now, trace.length_seconds),
        waits=waits,
        tally=tally,
        unfinished=len(jobs) - done - tally.jobs_lost,
        prices=world.prices,
    )


def _play(  # noqa: PLR0917 - each has a type of its own, so none can take another's place
    clock: Clock,
    queue: JobQueue,
    service: Service,
    jobs: list[Job],
    on_sent: Callable[[Job], None] | None,
    length_seconds: float,
) -> None:
    """Let everything happen: the jobs at their times, and what the clock has in between."""
    for job in jobs:
        while clock.next_at <= job.arrived_at:
            clock.step()
        clock.now = job.arrived_at
        queue.send(job)
        service.offer()
        if on_sent is not None:
            on_sent(job)
    while clock.next_at <= length_seconds:
        clock.step()
    while (queue.visible or queue.in_flight) and clock.next_at <= length_seconds + GRACE_SECONDS:
        clock.step()
    clock.now = max(clock.now, length_seconds)
