"""How fast the local stack's time runs, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """The seconds that the players play by; what AWS takes is named beside each."""

    minute_seconds: float = 2.0
    """A "minute" of the tick, of alarm periods and of the warmkeeper's windows."""
    cold_start_seconds: float = 1.5
    """From the order to start a task to its process (Fargate: 30 to 60 s, mostly the image's pull)."""
    stop_timeout_seconds: float | None = None
    """From SIGTERM to SIGKILL; None: the task definition's stopTimeout (ECS: 30 s unless set, 120 s at most)."""
    restart_backoff_seconds: float = 1.0
    """First pause after a task that failed to start; it doubles (ECS: "incrementally")."""
    restart_backoff_limit_seconds: float = 30.0
    """The longest such pause (ECS: 15 minutes)."""
    spot_notice_seconds: float = 4.0
    """From a Spot interruption's SIGTERM to SIGKILL (AWS: two minutes)."""
    protection_minute_seconds: float = 60.0
    """A minute of task protection: workers renew it by their own clock, which nothing compresses."""
    scan_seconds: float = 0.5
    """How often the Fargate player reads what is desired (a change that comes through the cloud is seen at once)."""
