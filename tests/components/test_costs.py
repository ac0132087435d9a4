"""What a month costs: the arithmetic, pinned by hand."""

import re

import pytest

from components.costs import fleet_usd_per_month, monthly_cost, standing_usd_per_month
from tests.components.recording import ROOT
from tests.components.test_example_stacks import NAMES, example
from tests.components.test_settings import settings

HOUR_USD = 2 * 0.04048 + 4 * 0.004445
ALL_MONTH = 730


def test_a_worker_on_demand_costs_its_hours_and_its_address():
    assert fleet_usd_per_month(settings(), 1) == pytest.approx((HOUR_USD + 0.005) * ALL_MONTH)


def test_beyond_the_base_a_worker_on_spot_costs_two_fifths():
    fleet = settings(burstOnSpot="true", onDemandBase="10")
    ten, eleven = fleet_usd_per_month(fleet, 10), fleet_usd_per_month(fleet, 11)
    assert ten == pytest.approx(10 * (HOUR_USD + 0.005) * ALL_MONTH)
    assert eleven - ten == pytest.approx((0.4 * HOUR_USD + 0.005) * ALL_MONTH)


def test_behind_nat_gateways_workers_have_no_address_to_pay_for_and_the_gateways_have():
    public, nat = settings(), settings(egress="nat")
    assert fleet_usd_per_month(nat, 1) == pytest.approx(HOUR_USD * ALL_MONTH)
    extra = standing_usd_per_month(nat) - standing_usd_per_month(public)
    assert extra == pytest.approx(2 * (0.048 + 0.005) * ALL_MONTH)


def test_without_a_load_balancer_a_sleeping_stack_costs_a_few_dollars():
    asleep = monthly_cost(settings(frontDoor="none"))["asleep"]
    assert asleep == pytest.approx(2 * 0.40 + 20 * 0.10 + 12 * 0.30 + 43_800 * 0.125 * 0.0000166667, abs=0.01)
    assert monthly_cost(settings())["asleep"] - asleep == pytest.approx((0.0252 + 2 * 0.005) * ALL_MONTH, abs=0.01)


def test_prod_as_it_is_shipped():
    prod = settings(burstOnSpot="true", onDemandBase="10")
    assert monthly_cost(prod) == {"asleep": 32.19, "floor": 789.49, "ceiling": 2088.77}


def test_the_table_of_the_page_is_what_the_examples_cost():
    page = (ROOT / "docs" / "explanation" / "costs.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", page, re.MULTILINE)
    told = {name: [float(figure) for figure in figures] for name, *figures in rows}
    assert told == {name: list(monthly_cost(example(name)).values()) for name in NAMES}


def test_the_break_even_of_the_page_is_its_own_arithmetic():
    page = (ROOT / "docs" / "explanation" / "costs.md").read_text("utf-8")
    minute_usd = (HOUR_USD + 0.005) / 60
    launch = monthly_cost(example("phase-1-launch"))
    bare = monthly_cost(settings(frontDoor="none"))["asleep"]
    break_evens = (
        launch["asleep"] / (0.015 - minute_usd),
        bare / (0.015 - minute_usd),
        launch["floor"] / 0.015,
        launch["asleep"] / (0.015 - 2 * minute_usd),
        launch["asleep"] / (0.0075 - minute_usd),
        launch["asleep"] / (0.030 - 10 * minute_usd),
    )
    assert [f"{minutes:,.0f}" for minutes in break_evens if f"{minutes:,.0f}" not in page] == []
