import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from local.players.lambda_pool import LambdaPool, PoolClosedError


class FakeProcess:
    """Stands for a process: alive until it is closed, interrupted or told to die."""

    def __init__(self) -> None:
        self.is_alive = True
        self.is_closed = False

    def interrupt(self) -> None:
        self.is_alive = False

    def close(self) -> None:
        self.is_alive = False
        self.is_closed = True


class Factory:
    def __init__(self) -> None:
        self.started: list[FakeProcess] = []

    def __call__(self) -> Any:
        self.started.append(FakeProcess())
        return self.started[-1]


@pytest.fixture
def factory() -> Factory:
    return Factory()


def test_a_closed_pool_starts_nothing(factory: Factory):
    pool = LambdaPool(factory)
    pool.retire()
    with pytest.raises(PoolClosedError), pool.process():
        pass
    assert factory.started == []


def test_a_start_that_fails_leaves_the_place_free(factory: Factory):
    has_failed = threading.Event()

    def start() -> Any:
        if not has_failed.is_set():
            has_failed.set()
            raise OSError("no more processes")
        return factory()

    pool = LambdaPool(start, size=1)
    with pytest.raises(OSError, match="no more processes"), pool.process():
        pass
    with pool.process() as process:
        assert process is factory.started[0]


def test_the_process_used_last_is_used_next(factory: Factory):
    pool = LambdaPool(factory)
    with pool.process() as first, pool.process() as second:
        assert first is not second
    with pool.process() as again:
        assert again is first


def test_a_process_that_died_in_its_run_or_since_is_closed_and_not_used_again(factory: Factory):
    pool = LambdaPool(factory)
    with pool.process():
        factory.started[0].is_alive = False
    assert factory.started[0].is_closed
    with pool.process():
        pass
    factory.started[1].is_alive = False
    with pool.process() as third:
        assert third is factory.started[2]
    assert factory.started[1].is_closed


def test_more_runs_than_places_wait_for_one(factory: Factory):
    pool = LambdaPool(factory, size=2)
    both_in = threading.Barrier(2)
    busy = 0
    most_busy = 0
    lock = threading.Lock()

    def run(index: int) -> None:
        nonlocal busy, most_busy
        with pool.process():
            with lock:
                busy += 1
                most_busy = max(most_busy, busy)
            if index < 2:
                both_in.wait(5)
            with lock:
                busy -= 1

    with ThreadPoolExecutor(6) as together:
        list(together.map(run, range(6)))
    assert (most_busy, len(factory.started)) == (2, 2)


def test_a_retired_pool_ends_idle_processes_now_and_busy_ones_after_their_run(factory: Factory):
    pool = LambdaPool(factory)
    with pool.process(), pool.process():
        pass
    with ExitStack() as run:
        run.enter_context(pool.process())
        pool.retire()
        assert sorted(process.is_closed for process in factory.started) == [False, True]
    assert all(process.is_closed for process in factory.started)


def test_a_killed_pool_interrupts_busy_processes(factory: Factory):
    pool = LambdaPool(factory)
    with pool.process():
        pool.kill()
        assert not factory.started[0].is_alive
    assert factory.started[0].is_closed
