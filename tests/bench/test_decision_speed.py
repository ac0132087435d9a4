import pytest

from bench.decision_speed import NOW, RULES, full_memory, looks, microseconds
from lambdas.warmkeeper.decision import decide


@pytest.mark.parametrize("name", looks())
def test_each_look_takes_the_way_through_the_rules_that_it_is_named_after(name: str):
    decision = decide(looks()[name], full_memory(), RULES, NOW)
    assert decision.kind == name
    assert len(decision.state.demand.samples) >= 9


def test_a_decision_is_timed_in_microseconds():
    assert 1 < microseconds(looks()["steady"], full_memory(), rounds=1) < 100_000
