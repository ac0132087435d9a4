"""Days that no one lived through, for those who have no trace: a rhythm of the week, sessions, bursts."""

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from simulator.trace import DAY_SECONDS, HOUR_SECONDS, Trace, trace_of

MONDAY = datetime(2026, 11, 2, tzinfo=UTC).timestamp()
WEEKEND_DAYS = 2
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Habits:
    """Of users who open an editor, render a few videos after another, and go away again.

    `sessions_per_day` on a weekday on average; a session has `jobs_per_session` jobs on average (geometric), with
    `pause_seconds` on average between two (exponential); a job takes `job_seconds` (the median of a log-normal of
    `job_spread`). The rate over a day is a wave about its mean that is highest at `busiest_hour` (UTC) and nearly
    nothing twelve hours away; a weekend day has `weekend_share` of a weekday's sessions.
    """

    sessions_per_day: float = 150.0
    jobs_per_session: float = 3.0
    pause_seconds: float = 60.0
    job_seconds: float = 60.0
    job_spread: float = 0.6
    busiest_hour: float = 15.0
    weekend_share: float = 0.4


def synthetic(days: int, habits: Habits | None = None, *, seed: int = 1, name: str = "synthetic") -> Trace:
    """A trace of so many days from a Monday on.

    Raises:
        ValueError: no job came of it.
    """
    habits = habits or Habits()
    chance = random.Random(seed)  # noqa: S311 - must be the same again for a seed
    end = days * DAY_SECONDS
    peak_rate = 2 * habits.sessions_per_day / DAY_SECONDS
    jobs: list[tuple[float, float]] = []
    at = 0.0
    # Thinning: sessions at the highest rate, of which each is kept with the share that its hour has of it.
    while (at := at + chance.expovariate(peak_rate)) < end:
        if chance.random() < _share(habits, at):
            jobs += _session(habits, chance, at, end)
    return trace_of(name, jobs, began_at=MONDAY, length_seconds=end)


def _share(habits: Habits, at: float) -> float:
    hour = at % DAY_SECONDS / HOUR_SECONDS
    wave = (1 + math.cos((hour - habits.busiest_hour) / 24 * 2 * math.pi)) / 2
    weekend = int(at / DAY_SECONDS) % WEEK_DAYS >= WEEK_DAYS - WEEKEND_DAYS
    return wave * (habits.weekend_share if weekend else 1.0)


def _session(habits: Habits, chance: random.Random, start: float, end: float) -> list[tuple[float, float]]:
    jobs: list[tuple[float, float]] = []
    at = start
    while at < end:
        jobs.append((at, habits.job_seconds * chance.lognormvariate(0.0, habits.job_spread)))
        if chance.random() * habits.jobs_per_session < 1.0:
            break
        at += chance.expovariate(1.0 / habits.pause_seconds)
    return jobs
