"""What a month costs, asleep, at the floor and at the ceiling: arithmetic over the price table, nothing measured.

Not in it: what jobs bring with them (requests, objects, traffic, logs) and a free tier, which is small beside the rest.
"""

from typing import TypedDict

from components import prices
from components.settings import Settings

ZONES = 2
SECRETS = 2
ALARMS = 20
METRICS = 12
"""Some: alarms and custom metrics that a stack keeps, whatever it does."""

TICKS_PER_MONTH = prices.HOURS_PER_MONTH * 60
TICK_GB_SECONDS = 0.25 * 0.5
"""A look of the warmkeeper: a quarter of a GB for half a second."""


class MonthlyCost(TypedDict):
    """US dollars for a month of 730 hours: of a fleet that sleeps through it, stays at its floor, or at its ceiling."""

    asleep: float
    floor: float
    ceiling: float


def monthly_cost(settings: Settings) -> MonthlyCost:
    """What the stack costs a month, in whole cents."""
    standing = standing_usd_per_month(settings)
    return {
        "asleep": round(standing, 2),
        "floor": round(standing + fleet_usd_per_month(settings, settings.warm_pool_size), 2),
        "ceiling": round(standing + fleet_usd_per_month(settings, settings.max_workers), 2),
    }


def fleet_usd_per_month(settings: Settings, workers: int) -> float:
    """Of so many workers that run all month, on demand up to the base and on Spot beyond where the burst is there."""
    on_demand = min(workers, settings.on_demand_base) if settings.burst_on_spot else workers
    on_spot = workers - on_demand
    task_hour_usd = prices.task_usd_per_hour(
        settings.region,
        cpu_units=settings.cpu,
        memory_mib=settings.memory_mib,
        architecture=settings.architecture,
    )
    tasks_hour_usd = (on_demand + on_spot * (1 - prices.SPOT_DISCOUNT)) * task_hour_usd
    addresses_hour_usd = workers * prices.PUBLIC_ADDRESS_HOUR_USD if settings.egress == "public" else 0.0
    return (tasks_hour_usd + addresses_hour_usd) * prices.HOURS_PER_MONTH


def standing_usd_per_month(settings: Settings) -> float:
    """Of what is there whatever the fleet does: load balancer, NAT gateways, secrets, alarms, metrics, the tick."""
    gateways = prices.GATEWAYS[settings.region]
    hour_usd = 0.0
    if settings.front_door == "alb":
        hour_usd += gateways.load_balancer_hour_usd + ZONES * prices.PUBLIC_ADDRESS_HOUR_USD
    if settings.egress == "nat" and not settings.vpc_id:
        hour_usd += ZONES * (gateways.nat_hour_usd + prices.PUBLIC_ADDRESS_HOUR_USD)
    watching_usd = (
        SECRETS * prices.SECRET_MONTH_USD
        + ALARMS * prices.ALARM_MONTH_USD
        + METRICS * prices.METRIC_MONTH_USD
        + TICKS_PER_MONTH * TICK_GB_SECONDS * prices.LAMBDA_GB_SECOND_USD
    )
    return hour_usd * prices.HOURS_PER_MONTH + watching_usd
