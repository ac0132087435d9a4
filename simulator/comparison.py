"""Policies side by side on one trace, each in a process of its own as far as there are processors."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from lambdas.warmkeeper.rules import Rules
from simulator.outcome import Outcome
from simulator.policies.catalogue import catalogue
from simulator.policies.clairvoyant import NAME as CLAIRVOYANT
from simulator.policies.clairvoyant import clairvoyant
from simulator.run import simulate
from simulator.trace import Trace
from simulator.world import World

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """What all policies of a comparison meet: a trace, a world, our rules, and the run's seed."""

    trace: Trace
    world: World
    rules: Rules
    spares: int = 1
    seed: int = 1


def names(setting: Setting) -> list[str]:
    """What a comparison can show, in the order of its rows; the bound last."""
    return [*catalogue(setting.trace, setting.rules, spares=setting.spares), CLAIRVOYANT]


def outcome_of(setting: Setting, name: str) -> Outcome:
    """One row.

    Raises:
        KeyError: there is no policy of that name.
    """
    if name == CLAIRVOYANT:
        return clairvoyant(setting.trace, setting.world)
    make = catalogue(setting.trace, setting.rules, spares=setting.spares)[name]
    return simulate(setting.trace, make(), setting.world, seed=setting.seed)


def compare(setting: Setting, chosen: Sequence[str] | None = None) -> Iterator[Outcome]:
    """The outcomes of the chosen policies (all, if none are named), in their order."""
    yield from in_parallel([partial(outcome_of, setting, name) for name in chosen or names(setting)])


def in_parallel(tasks: Sequence[Callable[[], T]]) -> Iterator[T]:
    """The results of tasks that can be pickled, in their order, each as soon as it and those before it are there."""
    processors = min(len(tasks), os.cpu_count() or 1)
    if processors <= 1:
        yield from (task() for task in tasks)
        return
    with ProcessPoolExecutor(processors) as pool:
        for running in [pool.submit(task) for task in tasks]:
            yield running.result()
