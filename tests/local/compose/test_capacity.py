"""One machine's workers are counted by queueing theory, which agrees with Erlang's tables and with a simulation."""

import heapq
import math
import random
import re
from pathlib import Path

import pytest
import yaml

from local.compose.capacity import (
    MOST_BUSY,
    WAIT_SECONDS,
    Load,
    peak,
    table,
    wait_seconds,
    waiting_share,
    workers_needed,
)

STACKS = Path(__file__).parents[3] / "examples" / "stacks"
PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "one-machine.md"


@pytest.mark.parametrize(
    ("busy", "workers", "share"),
    [
        (0.5, 1, 0.5),  # of one server: the load itself
        (1.0, 2, 1 / 3),
        (2.0, 3, 4 / 9),
        (8.0, 10, 0.409),  # Erlang's tables
    ],
)
def test_the_share_that_waits_is_erlangs(busy: float, workers: int, share: float):
    assert waiting_share(Load(busy * 3600, 1.0), workers) == pytest.approx(share, abs=0.001)


def test_the_wait_is_what_a_simulation_of_the_queue_finds():
    load, workers, dice = Load(jobs_per_hour=160, service_seconds=30), 2, random.Random(7)
    free_at, now, waits = [0.0] * workers, 0.0, []
    for _ in range(50_000):
        now += dice.expovariate(load.jobs_per_hour / 3600)
        begins_at = max(now, heapq.heappop(free_at))
        heapq.heappush(free_at, begins_at + dice.expovariate(1 / load.service_seconds))
        waits.append(begins_at - now)
    simulated = sorted(waits)[int(0.95 * len(waits))]
    assert wait_seconds(load, workers) == pytest.approx(simulated, rel=0.1)


def test_workers_that_cannot_keep_up_let_jobs_wait_for_ever():
    load = Load(jobs_per_hour=120, service_seconds=60)
    assert waiting_share(load, 2) == 1
    assert wait_seconds(load, 2) == math.inf


def test_nobody_waits_where_nothing_comes():
    assert wait_seconds(Load(0, 60), 1) == 0
    assert workers_needed(Load(0, 60)) == 1


@pytest.mark.parametrize("users", [10, 100, 500, 5000])
@pytest.mark.parametrize("service_seconds", [5.0, 30.0, 120.0])
def test_as_many_as_needed_and_not_one_more(users: int, service_seconds: float):
    load = peak(users, service_seconds)
    workers = workers_needed(load)

    def suffice(count: int) -> bool:
        return load.busy_workers <= MOST_BUSY * count and wait_seconds(load, count) <= WAIT_SECONDS

    assert suffice(workers)
    assert workers == 1 or not suffice(workers - 1)


def test_the_page_names_the_size_of_each_stack_that_it_moves_to():
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if "examples/stacks/" in line]
    assert len(rows) == 3
    for row in rows:
        [name] = re.findall(r"examples/stacks/(load-\w+)\.yaml", row)
        config = yaml.safe_load((STACKS / f"{name}.yaml").read_text())["config"]
        for key in ("warmPoolSize", "maxWorkers"):
            assert f"`{key}` {config[f'ffmpeg-warm-pool:{key}']}," in row, name


def test_the_page_has_the_table_as_it_is_computed():
    page = PAGE.read_text("utf-8").splitlines()
    assert [line for line in table() if line not in page] == []
