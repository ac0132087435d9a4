"""A simulated service to try, without a policy."""

import math
import random
from dataclasses import dataclass

from simulator.cloud.clock import Clock
from simulator.cloud.cloudwatch import Metrics
from simulator.cloud.job_queue import Job, JobQueue
from simulator.cloud.service import Service, Victims
from simulator.outcome import Tally
from simulator.run import Stage
from simulator.trace import Trace, trace_of
from simulator.world import ColdStart, World

SURE = ColdStart(median_seconds=60.0, spread=0.0)
AT_ONCE = math.inf
"""Launches a minute, where their rate is not what is tried."""
PLAIN = World(cold_start=SURE, launches_per_minute=AT_ONCE)


@dataclass
class Bench:
    """A stage, and time that a test moves."""

    stage: Stage

    @property
    def service(self) -> Service:
        return self.stage.service

    @property
    def queue(self) -> JobQueue:
        return self.stage.queue

    @property
    def tally(self) -> Tally:
        return self.stage.tally

    def send(self, *seconds: float) -> list[Job]:
        jobs = [Job(number, self.stage.clock.now, length) for number, length in enumerate(seconds)]
        for job in jobs:
            self.queue.send(job)
        self.service.offer()
        return jobs

    def until(self, time: float) -> None:
        clock = self.stage.clock
        while clock.next_at <= time:
            clock.step()
        clock.now = time


def bench(world: World | None = None, victims: Victims = Victims.PROTECTED) -> Bench:
    world = world or PLAIN
    clock, tally, chance = Clock(), Tally(), random.Random(7)
    queue = JobQueue(clock, world.count_lag_seconds)
    service = Service(clock, queue, world, tally, chance, victims)
    metrics = Metrics(clock, queue, service, world, chance)
    return Bench(Stage(clock, queue, service, metrics, world, tally, chance, 0.0))


def jobs(*pairs: tuple[float, float], length_seconds: float = 3600.0) -> Trace:
    """A trace of (arrival, seconds)."""
    return trace_of("few jobs", pairs, began_at=1_800_000_000.0, length_seconds=length_seconds)
