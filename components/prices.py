"""What Fargate costs: one dated table, Linux, on demand.

Figures that AWS publishes, noted on the date below from public write-ups of its price page; AWS's bill decides.
A region is here only where its numbers are known: a job's record says what it cost, and a guess would be worse than
being asked to add a row.
"""

from typing import NamedTuple

PRICES_AS_OF = "2026-11-22"

CPU_UNITS_PER_VCPU = 1024
MIB_PER_GB = 1024
"""Fargate bills memory in GB of 1,024 MiB."""


class FargatePrice(NamedTuple):
    """US dollars for an hour of one vCPU, and of one GB of memory."""

    vcpu_hour_usd: float
    gb_hour_usd: float


_X86, _ARM = FargatePrice(0.04048, 0.004445), FargatePrice(0.03238, 0.00356)
FARGATE: dict[str, dict[str, FargatePrice]] = {
    "eu-west-1": {"X86_64": _X86, "ARM64": _ARM},
    "us-east-1": {"X86_64": _X86, "ARM64": _ARM},
}
"""By region and processor."""


def task_usd_per_hour(region: str, *, cpu_units: int, memory_mib: int, architecture: str = "X86_64") -> float:
    """US dollars for one hour of one task: its vCPUs and its memory, on demand.

    Not in it: a public IPv4 address ($0.005 an hour), disk beyond the first 20 GB, traffic, logs.

    Raises:
        KeyError: the region has no row in the table.
    """
    price = FARGATE[region][architecture]
    return cpu_units / CPU_UNITS_PER_VCPU * price.vcpu_hour_usd + memory_mib / MIB_PER_GB * price.gb_hour_usd


HOURS_PER_MONTH = 730
PUBLIC_ADDRESS_HOUR_USD = 0.005
"""One public IPv4 address: each worker has one (unless egress is nat), each zone of a load balancer, each gateway."""

SPOT_DISCOUNT = 0.6
"""Assumed: Spot's price moves, and AWS says up to 70% off."""

SECRET_MONTH_USD = 0.40
ALARM_MONTH_USD = 0.10
METRIC_MONTH_USD = 0.30
LAMBDA_GB_SECOND_USD = 0.0000166667


class GatewayPrice(NamedTuple):
    """US dollars for an hour of a load balancer (without the traffic that it takes), and of a NAT gateway."""

    load_balancer_hour_usd: float
    nat_hour_usd: float


GATEWAYS: dict[str, GatewayPrice] = {
    "eu-west-1": GatewayPrice(0.0252, 0.048),
    "us-east-1": GatewayPrice(0.0225, 0.045),
}
