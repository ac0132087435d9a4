"""FleetAlarms: the jobs queue's two alarms, which wake the warmkeeper earlier than a tick might.

Included: idle and backlog, each with its permission to invoke the function.
Optional: nothing.
Required on input: the queue and the function.

They are hints: the warmkeeper reads the queue itself whenever it runs. An alarm acts on its transition only, once.
"""

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import iam

PERIOD_SECONDS = 60
"""SQS publishes once a minute."""

IDLE_PERIODS = 5
METRICS = {
    "visible": "ApproximateNumberOfMessagesVisible",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}


class FleetAlarmsArgs(TypedDict):
    """Inputs of `FleetAlarms`."""

    queue_name: pulumi.Input[str]
    """Name of the jobs queue. No default."""
    function_name: pulumi.Input[str]
    """Name of the function that the alarms invoke. No default."""
    function_arn: pulumi.Input[str]
    """Its ARN. No default."""


class FleetAlarms(pulumi.ComponentResource):
    """The idle and the backlog alarm."""

    idle_arn: pulumi.Output[str]
    backlog_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FleetAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("warmpool:index:FleetAlarms", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        dimensions = {"QueueName": args["queue_name"]}
        readings: list[aws.cloudwatch.MetricAlarmMetricQueryArgsDict] = [
            {
                "id": metric_id,
                "return_data": False,
                "metric": {
                    "namespace": "AWS/SQS",
                    "metric_name": metric_name,
                    "dimensions": dimensions,
                    "period": PERIOD_SECONDS,
                    "stat": "Maximum",
                },
            }
            for metric_id, metric_name in METRICS.items()
        ]

        idle = aws.cloudwatch.MetricAlarm(
            f"{name}-idle",
            alarm_description="No job was waiting, in work or put off for five minutes",
            comparison_operator="LessThanOrEqualToThreshold",
            threshold=0,
            evaluation_periods=IDLE_PERIODS,
            datapoints_to_alarm=IDLE_PERIODS,
            # A queue that nobody touches stops publishing after hours: that is idleness, not ignorance.
            treat_missing_data="breaching",
            metric_queries=[
                {
                    "id": "jobs",
                    "expression": " + ".join(METRICS),
                    "label": "Jobs waiting, in work or put off",
                    "return_data": True,
                },
                *readings,
            ],
            alarm_actions=[args["function_arn"]],
            opts=child,
        )
        backlog = aws.cloudwatch.MetricAlarm(
            f"{name}-backlog",
            alarm_description="A job has been waiting",
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=1,
            evaluation_periods=1,
            datapoints_to_alarm=1,
            # Back to OK when the queue falls silent, so that the next job is a transition again.
            treat_missing_data="notBreaching",
            namespace="AWS/SQS",
            metric_name=METRICS["visible"],
            dimensions=dimensions,
            period=PERIOD_SECONDS,
            statistic="Maximum",
            alarm_actions=[args["function_arn"]],
            opts=child,
        )
        for child_name, alarm in ((f"{name}-idle", idle), (f"{name}-backlog", backlog)):
            aws.lambda_.Permission(
                child_name,
                action="lambda:InvokeFunction",
                function=args["function_name"],
                principal="lambda.alarms.cloudwatch.amazonaws.com",
                source_account=alarm.arn.apply(iam.account_of),
                source_arn=alarm.arn,
                opts=child,
            )

        self.idle_arn = idle.arn
        self.backlog_arn = backlog.arn
        self.register_outputs({"idle_arn": self.idle_arn, "backlog_arn": self.backlog_arn})
