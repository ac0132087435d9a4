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
