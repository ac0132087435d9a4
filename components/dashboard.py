"""Dashboard: what people look at: the dashboard of the stack, and the saved queries of its logs.

Included: the dashboard that `dashboard_body` draws, the queries of `log_queries`.
Optional: nothing.
Required on input: what `DashboardArgs` says.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from components.alarm_definition import Names, Subject
from components.dashboard_body import Shown, body
from components.log_queries import LOG_QUERIES, Source


class DashboardArgs(TypedDict):
    """Inputs of `Dashboard`."""

    region: str
    """Region of the stack. No default."""
    names: Names
    """What there is to show, by CloudWatch's names. No default."""
    log_groups: Mapping[Source, pulumi.Input[str]]
    """The logs' names. No default."""
    task_usd_per_hour: float
    """What an hour of one worker costs, on demand. No default."""
    alarm_arns: Sequence[pulumi.Input[str]]
    """The alarms that call people. No default."""


class Dashboard(pulumi.ComponentResource):
    """The dashboard and the saved queries, both named after the fleet."""

    url: pulumi.Output[str]

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:Dashboard", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        region, log_groups = args["region"], args["log_groups"]
        fleet = pulumi.Output.from_input(args["names"][Subject.CLUSTER])

        def drawn(known: Mapping[str, Any]) -> str:
            return json.dumps(body(Shown(region=region, task_usd_per_hour=args["task_usd_per_hour"], **known)))

        known = pulumi.Output.all(
            names=pulumi.Output.from_input(dict(args["names"])),
            worker_log_group=log_groups[Source.WORKERS],
            warmkeeper_log_group=log_groups[Source.WARMKEEPER],
            alarm_arns=pulumi.Output.from_input(list(args["alarm_arns"])),
        )
        dashboard = aws.cloudwatch.Dashboard(
            f"{name}-dashboard", dashboard_name=fleet, dashboard_body=known.apply(drawn), opts=child
        )
        for query in LOG_QUERIES:
            aws.cloudwatch.QueryDefinition(
                f"{name}-{query.name.replace(' ', '-')}",
                # Logs Insights shows what stands before a slash as a folder: one a fleet.
                name=pulumi.Output.concat(fleet, "/", query.name),
                query_string=query.text,
                log_group_names=[log_groups[source] for source in query.sources],
                opts=child,
            )

        self.url = dashboard.dashboard_name.apply(
            lambda known_name: (
                f"https://{region}.console.aws.amazonaws.com/cloudwatch/home?region={region}#dashboards/dashboard/{known_name}"
            )
        )
        self.register_outputs({"url": self.url})
