"""The ECS service: tasks that start cold, take one job at a time, and are stopped when there are more than desired."""

import random
from dataclasses import dataclass
from enum import StrEnum

from simulator.cloud.clock import Clock
from simulator.cloud.job_queue import Job, JobQueue
from simulator.outcome import Tally
from simulator.world import World


class Victims(StrEnum):
    """Which tasks are stopped when there are too many."""

    PROTECTED = "protected"
    """Never one that is busy: workers of ours are protected while they render. One that becomes idle may go."""
    RUNNING = "running"
    """Any that runs: what ECS does without protection, whatever a task is doing."""
    YOUNGEST = "youngest"
    """As a ReplicaSet: pending ones, then by age on a scale of powers of two, the youngest first."""


@dataclass(slots=True, eq=False)
class Task:
    """One task. Times are seconds from the trace's beginning; `job` is what it renders."""

    started_at: float
    spot: bool
    ready_at: float | None = None
    job: Job | None = None
    leaving: bool = False
    stopped: bool = False


class Service:
    """Keeps as many tasks as desired, hands them jobs, and bills them."""

    def __init__(  # noqa: PLR0917 - each has a type of its own, so none can take another's place
        self, clock: Clock, queue: JobQueue, world: World, tally: Tally, chance: random.Random, victims: Victims
    ) -> None:
        self._clock = clock
        self._queue = queue
        self._world = world
        self._tally = tally
        self._chance = chance
        self._victims = victims
        self.desired = 0
        # Ordered by their start, since a dictionary keeps its order.
        self._pending: dict[Task, None] = {}
        self._idle: dict[Task, None] = {}
        self._busy: dict[Task, None] = {}
        self._booked = 0
        self._next_launch_at = 0.0
        self._on_demand = 0

    @property
    def running(self) -> int:
        """Tasks that poll or render."""
        return len(self._idle) + len(self._busy)

    @property
    def pending(self) -> int:
        """Tasks that are on their way."""
        return len(self._pending)

    @property
    def busy(self) -> int:
        """Tasks that render."""
        return len(self._busy)

    def set_desired(self, desired: int) -> None:
        """Ask for so many tasks, within the world's ceiling."""
        desired = max(0, min(desired, self._world.ceiling))
        if desired == self.desired:
            return
        if self.desired == 0:
            self._tally.wakes += 1
        self.desired = desired
        self._reconcile()
        self._tally.history.append((self._clock.now, desired))

    def offer(self) -> None:
        """Let idle tasks take what waits."""
        while self._idle and self._queue.visible:
            task = next(iter(self._idle))
            del self._idle[task]
            self._take(task)

    def close(self) -> None:
        """Bill what still runs, at the end."""
        for task in (*self._pending, *self._idle, *self._busy):
            self._bill(task)

    def _reconcile(self) -> None:
        tasks = len(self._pending) + len(self._idle) + len(self._busy)
        missing = self.desired - tasks - self._booked
        gap_seconds = 60.0 / self._world.launches_per_minute
        for _ in range(missing):
            at = max(self._clock.now, self._next_launch_at)
            self._next_launch_at = at + gap_seconds
            if at <= self._clock.now:
                self._launch()
            else:
                self._booked += 1
                self._clock.at(at, self._launch_booked)
        for _ in range(tasks - self.desired):
            victim = self._victim()
            if victim is None:
                return
            self._stop(victim)

    def _launch_booked(self) -> None:
        self._booked -= 1
        if len(self._pending) + len(self._idle) + len(self._busy) < self.desired:
            self._launch()

    def _launch(self) -> None:
        spot = self._world.spot
        task = Task(self._clock.now, spot=spot is not None and self._on_demand >= spot.base)
        self._on_demand += not task.spot
        self._pending[task] = None
        self._tally.starts += 1
        self._clock.after(self._world.cold_start.draw(self._chance), lambda: self._ready(task))
        if task.spot and spot is not None and spot.interruptions_per_hour > 0:
            seconds = self._chance.expovariate(spot.interruptions_per_hour / 3600.0)
            self._clock.after(seconds, lambda: self._interrupt(task, spot.warning_seconds))

    def _ready(self, task: Task) -> None:
        if task.stopped:
            return
        del self._pending[task]
        task.ready_at = self._clock.now
        self._next(task)

    def _next(self, task: Task) -> None:
        """A task that has nothing to do takes what waits, or idles."""
        if self._queue.visible:
            self._take(task)
        else:
            self._idle[task] = None

    def _take(self, task: Task) -> None:
        job = self._queue.receive()
        task.job = job
        if job.started_at is None:
            job.started_at = self._clock.now
        self._busy[task] = None
        receive = job.receives
        self._clock.after(job.service_seconds, lambda: self._finish(task, job, receive))

    def _finish(self, task: Task, job: Job, receive: int) -> None:
        if task.job is not job or job.receives != receive or task.stopped:
            return
        task.job = None
        del self._busy[task]
        job.done = True
        self._queue.delete()
        self._tally.busy_seconds += job.service_seconds
        surplus = len(self._pending) + len(self._idle) + len(self._busy) + 1 > self.desired
        if task.leaving or surplus:
            # Either it was told to go, or its protection ends and ECS has one too many.
            self._end(task)
            self._reconcile()
        else:
            self._next(task)

    def _victim(self) -> Task | None:
        if self._victims is Victims.RUNNING:
            tasks = (*self._pending, *self._idle, *self._busy)
            return self._chance.choice(tasks)
        if self._pending:
            return next(reversed(self._pending))
        if self._victims is Victims.PROTECTED:
            return next(reversed(self._idle), None)
        now = self._clock.now
        running = (*self._idle, *self._busy)
        # The age is that since readiness, in powers of two; among those alike the choice is by chance.
        return min(running, key=lambda task: (_magnitude(now - (task.ready_at or now)), self._chance.random()))

    def _stop(self, task: Task) -> None:
        """SIGTERM: a busy task gives its message back, and what it did is lost."""
        if task.job is not None:
            self._tally.busy_kills += 1
            self._give_back(task)
        self._end(task)
        self.offer()

    def _give_back(self, task: Task) -> None:
        job = task.job
        assert job is not None
        task.job = None
        if job.receives >= self._world.receives:
            self._queue.delete()
            self._tally.jobs_lost += 1
        else:
            self._queue.give_back(job)

    def _interrupt(self, task: Task, warning_seconds: float) -> None:
        """Spot's warning: an idle task goes, a busy one finishes if it can in time."""
        if task.stopped or task.leaving:
            return
        job = task.job
        if job is not None:
            task.leaving = True
            receive = job.receives
            self._clock.after(warning_seconds, lambda: self._reclaim(task, job, receive))
            return
        self._end(task)
        self._reconcile()

    def _reclaim(self, task: Task, job: Job, receive: int) -> None:
        if task.stopped or task.job is not job or job.receives != receive:
            return
        self._tally.reclaimed += 1
        self._give_back(task)
        self._end(task)
        self._reconcile()
        self.offer()

    def _end(self, task: Task) -> None:
        task.stopped = True
        for group in (self._pending, self._idle, self._busy):
            group.pop(task, None)
        self._on_demand -= not task.spot
        self._bill(task)

    def _bill(self, task: Task) -> None:
        seconds = max(self._world.least_billed_seconds, self._clock.now - task.started_at)
        if task.spot:
            self._tally.spot_seconds += seconds
        else:
            self._tally.on_demand_seconds += seconds


def _magnitude(seconds: float) -> int:
    return int(seconds).bit_length()
