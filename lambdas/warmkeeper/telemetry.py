"""What one look leaves for people: a log line with every input, and the metrics that ECS does not have."""

from dataclasses import asdict

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from lambdas.warmkeeper.decision import Decision
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Snapshot

logger = Logger()


def log(*, event: str, run: str, snapshot: Snapshot, decision: Decision, rules: Rules, failure: str | None) -> None:
    """One line: the event, every reading, the rules, the decision and what was wrong; an error where something was."""
    write = logger.error if failure is not None or snapshot.problems else logger.info
    write(
        decision.reason,
        extra={
            "event": event,
            "run": run,
            "decision": {
                "desired": decision.desired,
                "level": decision.level,
                "kind": decision.kind,
                "command": decision.command,
                "failure": failure,
            },
            "reading": asdict(snapshot),
            "rules": asdict(rules),
            "state": asdict(decision.state),
        },
    )


def publish(snapshot: Snapshot, decision: Decision, failure: str | None) -> None:
    """The look's figures in embedded metric format, under the one dimension `service`; unread ones are left out."""
    metrics = EphemeralMetrics()
    count, seconds = MetricUnit.Count, MetricUnit.Seconds
    metrics.add_metric("Level", MetricUnit.NoUnit, decision.level.rank)
    metrics.add_metric("Desired", count, decision.desired)
    if snapshot.service is not None:
        metrics.add_metric("Running", count, snapshot.service.running)
        metrics.add_metric("Pending", count, snapshot.service.pending)
    if snapshot.queue is not None:
        metrics.add_metric("Visible", count, snapshot.queue.visible)
        metrics.add_metric("InFlight", count, snapshot.queue.in_flight)
    metrics.add_metric("Waited", seconds, decision.waited_seconds)
    metrics.add_metric("BreakerTripped", count, int(decision.state.breaker.tripped_at is not None))
    metrics.add_metric("Failed", count, int(failure is not None or bool(snapshot.problems)))
    if decision.woke_in_seconds is not None and failure is None:
        metrics.add_metric("WakeToRunningSeconds", seconds, decision.woke_in_seconds)
    metrics.flush_metrics()
