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
    scan_seconds: float = 0.1
    """How often the Fargate player compares what runs with what is desired."""
