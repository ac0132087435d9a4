"""Watch: all that looks at the running stack, for the warmkeeper and for people.

Included: the alarms that wake the warmkeeper.
Optional: the front door's alarms, where there is a load balancer.
Required on input: what `WatchArgs` says.
"""

from typing import NotRequired, TypedDict

import pulumi

from components.alarm_definition import Names, Subject
from components.alarms import FleetAlarms
from components.notifier import Notifier
from components.queue import MessageQueue
from components.storage import Storage
from components.warmkeeper import Warmkeeper
from components.worker_service import WorkerService


class WatchArgs(TypedDict):
    """Inputs of `Watch`."""

    jobs_queue: MessageQueue
    """The queue of jobs, with its dead letters. No default."""
    notifications_queue: MessageQueue
    """The queue of notifications, with its dead letters. No default."""
    storage: Storage
    """The two tables. No default."""
    workers: WorkerService
    """The fleet. No default."""
    warmkeeper: Warmkeeper
    """What is woken by alarms, and watched itself. No default."""
    notifier: Notifier
    """What delivers webhooks. No default."""
    load_balancer_suffix: NotRequired[pulumi.Input[str] | None]
    """The load balancer, as CloudWatch knows it (`app/<name>/<id>`). Default: there is none."""
    worker_target_group_suffix: NotRequired[pulumi.Input[str] | None]
    """The workers' target group (`targetgroup/<name>/<id>`). Default: there is none."""


class Watch(pulumi.ComponentResource):
    """What rings and what shows."""

    def __init__(self, name: str, args: WatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:Watch", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        warmkeeper = args["warmkeeper"]
        FleetAlarms(
            "fleet",
            {"names": names_of(args), "function_name": warmkeeper.function_name, "function_arn": warmkeeper.arn},
            child,
        )
        self.register_outputs({})


def names_of(args: WatchArgs) -> Names:
    """The names under which CloudWatch knows what there is to watch."""
    doors = {
        Subject.LOAD_BALANCER: args.get("load_balancer_suffix"),
        Subject.WORKER_TARGETS: args.get("worker_target_group_suffix"),
    }
    return {
        Subject.JOBS_QUEUE: args["jobs_queue"].queue_name,
        Subject.JOBS_DEAD_LETTERS: args["jobs_queue"].dead_letter_arn.apply(_queue_name),
        Subject.NOTIFICATIONS_DEAD_LETTERS: args["notifications_queue"].dead_letter_arn.apply(_queue_name),
        Subject.CLUSTER: args["workers"].cluster_name,
        Subject.SERVICE: args["workers"].service_name,
        Subject.WARMKEEPER: args["warmkeeper"].function_name,
        Subject.NOTIFIER: args["notifier"].function_name,
        Subject.JOBS_TABLE: args["storage"].jobs_table_name,
        Subject.FLEET_TABLE: args["storage"].fleet_table_name,
        **{subject: name for subject, name in doors.items() if name is not None},
    }


def _queue_name(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]
