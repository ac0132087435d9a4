"""The targets of one group: who is registered, who is healthy, and whose turn it is."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

DEFAULT_DEREGISTRATION_SECONDS = 300.0


class Health(StrEnum):
    """A target's state, as DescribeTargetHealth says it."""

    UNUSED = "unused"
    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    DRAINING = "draining"


REASONS: Mapping[Health, tuple[str, str]] = {
    Health.UNUSED: ("Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"),
    Health.INITIAL: ("Elb.RegistrationInProgress", "Target registration is in progress"),
    Health.UNHEALTHY: ("Target.FailedHealthChecks", "Health checks failed"),
    Health.DRAINING: ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
}
"""Why, and in words."""


@dataclass(frozen=True)
class Check:
    """How a group's targets are looked at. Seconds are real ones, already compressed."""

    path: str
    statuses: frozenset[int]
    interval_seconds: float
    timeout_seconds: float
    healthy_after: int
    unhealthy_after: int

    @classmethod
    def of(cls, group: Mapping[str, Any], *, minute_seconds: float) -> "Check":
        """Read it from a group of DescribeTargetGroups. The time-out is not compressed: a request takes what it does.

        Intervals below a tenth of a second would only keep this machine busy.
        """
        return cls(
            path=group["HealthCheckPath"],
            statuses=_statuses(group.get("Matcher", {}).get("HttpCode", "200")),
            interval_seconds=max(0.1, group["HealthCheckIntervalSeconds"] * minute_seconds / 60),
            timeout_seconds=float(group["HealthCheckTimeoutSeconds"]),
            healthy_after=group["HealthyThresholdCount"],
            unhealthy_after=group["UnhealthyThresholdCount"],
        )


def _statuses(matcher: str) -> frozenset[int]:
    """Read a matcher such as "200,202" or "200-299"."""
    found: set[int] = set()
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


@dataclass
class Target:
    """One registered target. Not thread-safe: its player's lock guards it."""

    id: str
    port: int | None
    """None for a function."""
    health: Health = Health.INITIAL
    passed: int = 0
    failed: int = 0
    """Checks in a row."""
    check_at: float = 0.0
    is_being_checked: bool = False
    gone_at: float | None = None
    """When draining ends (monotonic); None while it is registered."""
    outstanding: int = 0
    used_at: float = field(default=0.0)

    def note(self, check: Check, *, passed: bool) -> bool:
        """Take a check's result; answers whether the health changed. One pass is enough for a new target."""
        self.passed, self.failed = (self.passed + 1, 0) if passed else (0, self.failed + 1)
        before = self.health
        if self.health is Health.DRAINING:
            return False
        if passed and (self.health is Health.INITIAL or self.passed >= check.healthy_after):
            self.health = Health.HEALTHY
        elif self.failed >= check.unhealthy_after:
            self.health = Health.UNHEALTHY
        return self.health is not before


class TargetGroup:
    """The targets of one group. Not thread-safe: its player's lock guards it."""

    def __init__(self, arn: str) -> None:
        self.arn = arn
        self.type = "ip"
        self.check: Check | None = None
        self.deregistration_seconds = DEFAULT_DEREGISTRATION_SECONDS
        self.multi_value = False
        self.load_balancer = ""
        """The suffix of the ARN of the load balancer whose rules use it; "" where none does."""
        self.targets: dict[tuple[str, int | None], Target] = {}

    @property
    def suffix(self) -> str:
        """As CloudWatch's dimension has it."""
        return self.arn.rpartition(":")[2]

    def register(self, keys: Iterable[tuple[str, int | None]]) -> list[Target]:
        """Make these the registered targets; the others drain. Answers those whose state changed."""
        wanted, now, moved = set(keys), time.monotonic(), []
        for key in wanted:
            known = self.targets.get(key)
            if known is None or known.gone_at is not None:
                self.targets[key] = Target(*key)
                moved.append(self.targets[key])
        for key, target in list(self.targets.items()):
            if key not in wanted and target.gone_at is None:
                target.gone_at, target.health = now + self.deregistration_seconds, Health.DRAINING
                moved.append(target)
            elif target.gone_at is not None and now >= target.gone_at:
                del self.targets[key]
        return moved

    def health(self, target: Target) -> Health:
        """What is said of a target: a group that nobody uses is not checked, nor is one without checks."""
        if target.health is Health.DRAINING:
            return Health.DRAINING
        if not self.load_balancer:
            return Health.UNUSED
        return target.health if self.check else Health.HEALTHY

    def turn(self) -> Target | None:
        """The next target: of the healthy ones, or of the unhealthy where there are only those; None without any."""
        able = self._those(Health.HEALTHY) or self._those(Health.UNHEALTHY)
        return min(able, key=lambda target: (target.outstanding, target.used_at), default=None)

    def count(self, health: Health) -> int:
        """How many targets are in this state."""
        return len(self._those(health))

    def _those(self, health: Health) -> list[Target]:
        return [target for target in self.targets.values() if self.health(target) is health]
