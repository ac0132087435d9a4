"""Watch: all that looks at the running stack, for the warmkeeper and for people.

Included: the alarms that wake the warmkeeper, those that call people, the dashboard with its saved queries.
Optional: the front door's alarms and graphs, where there is a load balancer; mail, where `alertEmail` is set.
Required on input: what `WatchArgs` says.
"""

from typing import NotRequired, TypedDict

import pulumi

from components.alarm_definition import Names, Subject
from components.alarms import FleetAlarms
from components.dashboard import Dashboard
from components.log_queries import Source
from components.notifier import Notifier
from components.people_alarms import PeopleAlarms
from components.queue import MessageQueue
from components.settings import Settings
from components.storage import Storage
from components.warmkeeper import Warmkeeper
from components.worker_service import WorkerService, worker_constants


class WatchArgs(TypedDict):
    """Inputs of `Watch`."""

    settings: Settings
    """The stack's settings: region, the workers' size, who gets mail. No default."""
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

    topic_arn: pulumi.Output[str]
    dashboard_url: pulumi.Output[str]

    def __init__(self, name: str, args: WatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:Watch", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings, warmkeeper, names = args["settings"], args["warmkeeper"], names_of(args)
        FleetAlarms(
            "fleet",
            {"names": names, "function_name": warmkeeper.function_name, "function_arn": warmkeeper.arn},
            child,
        )
        people = PeopleAlarms("people", {"names": names, "email": settings.alert_email}, child)
        dashboard = Dashboard(
            "dashboard",
            {
                "region": settings.region,
                "names": names,
                "log_groups": {
                    Source.WORKERS: args["workers"].log_group_name,
                    Source.WARMKEEPER: warmkeeper.log_group_name,
                    Source.NOTIFIER: args["notifier"].log_group_name,
                },
                "task_usd_per_hour": float(worker_constants(settings)["TASK_USD_PER_HOUR"]),
                "alarm_arns": people.arns,
            },
            child,
        )

        self.topic_arn = people.topic_arn
        self.dashboard_url = dashboard.url
        self.register_outputs({"topic_arn": self.topic_arn, "dashboard_url": self.dashboard_url})


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
