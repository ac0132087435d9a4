"""Which policies a comparison shows, made anew for each run."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from lambdas.warmkeeper.rules import Rules
from simulator.policies.alarm_only import AlarmOnly
from simulator.policies.always_on import AlwaysOn
from simulator.policies.copilot import CopilotBacklog
from simulator.policies.keda import Keda
from simulator.policies.lambda_bridge import LambdaBridge
from simulator.policies.step_scaling import StepScaling
from simulator.policies.target_tracking import TargetTracking
from simulator.policies.warm_pool import Wake, WarmPool
from simulator.run import Policy
from simulator.trace import Trace

Make = Callable[[], Policy]

OURS = "warm pool"


def catalogue(trace: Trace, rules: Rules, *, spares: int = 1) -> Mapping[str, Make]:
    """Every policy by its name, ours first. `rules` are ours; theirs are told a job's mean time, as their users would.

    `spares`: how many idle workers ours keeps ahead in the row that shows it.
    """
    job_seconds = trace.work_seconds / len(trace)
    busy = math.ceil(trace.mean_concurrency)
    makers: list[Make] = [
        lambda: WarmPool(rules, name=OURS),
        lambda: WarmPool(rules, name=f"{OURS}, no pokes", wakes=frozenset({Wake.TICK, Wake.ALARM})),
        lambda: WarmPool(replace(rules, spares=spares), name=f"{OURS}, {spares} spare{'s' if spares > 1 else ''}"),
        lambda: LambdaBridge(rules),
        Keda,
        lambda: Keda(spares_the_busy=True),
        lambda: Keda(5),
        lambda: TargetTracking(job_seconds=job_seconds),
        lambda: CopilotBacklog(job_seconds=job_seconds),
        StepScaling,
        lambda: AlarmOnly(2 * busy),
        lambda: AlwaysOn(2 * busy),
    ]
    return {make().name: make for make in makers}
