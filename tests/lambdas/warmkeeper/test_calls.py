"""What a warm run asks of AWS, counted: a handful of calls, whatever it finds."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lambdas.warmkeeper import handler
from tests.lambdas.warmkeeper.conftest import Clock, Stack

TICK = {"source": "tick"}
LOOK = ["DescribeServices", "GetItem", "GetItem", "GetQueueAttributes"]
"""The service, the last call, the last command and the counts: side by side, so in any order."""
LEASE = ["UpdateItem", "UpdateItem"]
"""Taken, and given back with the state."""


@pytest.fixture
def calls_of(stack: Stack, clients: dict[str, Any]) -> Iterator[Callable[[Any], list[str]]]:
    """Hands an event to a warmkeeper that is warm, and answers the calls that it made, sorted."""
    made: list[str] = []

    def note(model: Any, **_: Any) -> None:
        made.append(model.name)

    def calls_of(event: Any) -> list[str]:
        made.clear()
        stack.handle(event)
        return sorted(made)

    stack.handle(TICK)
    for client in clients.values():
        client.meta.events.register("before-call", note)
    yield calls_of
    for client in clients.values():
        client.meta.events.unregister("before-call", note)


def test_a_tick_that_finds_nothing_new_makes_six_calls(calls_of: Callable[[Any], list[str]]):
    assert calls_of(TICK) == sorted([*LOOK, *LEASE])


def test_a_tick_that_resizes_makes_eight(stack: Stack, calls_of: Callable[[Any], list[str]]):
    stack.send(3)
    assert calls_of(TICK) == sorted([*LOOK, *LEASE, "UpdateService", "PutItem"])
    assert stack.desired() == 3


def test_a_poke_makes_one_more_to_be_on_record(clock: Clock, calls_of: Callable[[Any], list[str]]):
    poke = {"source": "poke"}
    assert calls_of(poke) == sorted(["PutItem", *LOOK, *LEASE, "UpdateService", "PutItem"])
    clock.forward(1)
    calls_of(TICK)
    clock.forward(1)
    assert calls_of(poke) == sorted(["PutItem", *LOOK, *LEASE])


def test_a_run_that_comes_while_another_looks_makes_three(
    stack: Stack, calls_of: Callable[[Any], list[str]], monkeypatch: pytest.MonkeyPatch
):
    keeper = handler.warmkeeper()
    observe, overtaking = type(keeper.fleet).observe, list[list[str]]()

    def overtaken(fleet: Any) -> Any:
        if not overtaking:
            overtaking.append(calls_of(TICK))
        return observe(fleet)

    monkeypatch.setattr(type(keeper.fleet), "observe", overtaken)
    stack.handle(TICK)
    assert overtaking == [["GetItem", "UpdateItem", "UpdateItem"]]
