"""Every alarm of the stack: three that wake the warmkeeper, and those that call people.

Missing data: silence is good news where nothing happens (no messages, no tasks, no requests), and
bad news where something should happen each minute. The warmkeeper looks at every tick, so `fleet-unwatched` rings when
its figures stop, and the alarms that rest on them need not.
"""

from typing import Literal

from components.alarm_definition import Alarm, Metric, Subject
from components.storage import JOBS_INDEX

WARM_POOL = "WarmPool"
"""The namespace of the warmkeeper's, the notifier's and the api's own metrics; their one dimension is `service`."""

LARGEST_FLEET = 5000
"""The most that `maxWorkers` may be: one running worker outweighs any number that is desired."""

MANY_REQUESTS = 1_000_000
"""More than an api answers in a minute: the lowest level above asleep outweighs them."""


def _queue(name: str, subject: Subject, statistic: str = "Maximum") -> Metric:
    return Metric("AWS/SQS", name, statistic, {"QueueName": subject})


def _fleet(name: str, statistic: str = "Maximum") -> Metric:
    return Metric(WARM_POOL, name, statistic, {"service": Subject.CLUSTER})


def _function(name: str, subject: Subject) -> Metric:
    return Metric("AWS/Lambda", name, "Sum", {"FunctionName": subject})


def _throttled(name: Literal["ReadThrottleEvents", "WriteThrottleEvents"], **of: Subject | str) -> Metric:
    return Metric("AWS/DynamoDB", name, "Sum", of)


def _waiting(subject: Subject) -> Metric:
    return _queue("ApproximateNumberOfMessagesVisible", subject)


def _in_hand(subject: Subject) -> Metric:
    return _queue("ApproximateNumberOfMessagesNotVisible", subject)


_CPU = Metric("AWS/ECS", "CPUUtilization", "Average", {"ClusterName": Subject.CLUSTER, "ServiceName": Subject.SERVICE})
_THROTTLED = {
    "jobs_reads": _throttled("ReadThrottleEvents", TableName=Subject.JOBS_TABLE),
    "jobs_writes": _throttled("WriteThrottleEvents", TableName=Subject.JOBS_TABLE),
    "index_writes": _throttled(
        "WriteThrottleEvents", TableName=Subject.JOBS_TABLE, GlobalSecondaryIndexName=JOBS_INDEX
    ),
    "fleet_reads": _throttled("ReadThrottleEvents", TableName=Subject.FLEET_TABLE),
    "fleet_writes": _throttled("WriteThrottleEvents", TableName=Subject.FLEET_TABLE),
}
_QUIET_QUEUE = "SQS stops publishing for a queue that has been empty and untouched for hours: nothing waits."
_NO_TASK = "ECS publishes nothing while no task runs, and a sleeping fleet wastes nothing."

FLEET_ALARMS: tuple[Alarm, ...] = (
    Alarm(
        name="idle",
        meaning="No job was waiting, in work or put off for five minutes.",
        action="Nothing to do: the warmkeeper was told, and puts the fleet to sleep if it may.",
        metrics={
            "visible": _waiting(Subject.JOBS_QUEUE),
            "in_flight": _in_hand(Subject.JOBS_QUEUE),
            "delayed": _queue("ApproximateNumberOfMessagesDelayed", Subject.JOBS_QUEUE),
        },
        expression="visible + in_flight + delayed",
        label="Jobs waiting, in work or put off",
        comparison="LessThanOrEqualToThreshold",
        threshold=0,
        periods=5,
        missing="breaching",
        missing_because="A queue that nobody touches stops publishing after hours: that is idleness, not ignorance.",
    ),
    Alarm(
        name="backlog",
        meaning="A job has been waiting.",
        action="Nothing to do: the warmkeeper was told, and wakes the fleet or lets it grow.",
        metrics={"visible": _waiting(Subject.JOBS_QUEUE)},
        comparison="GreaterThanOrEqualToThreshold",
        threshold=1,
        periods=1,
        missing="notBreaching",
        missing_because="Back to OK when the queue falls silent, so that the next job is a transition again.",
    ),
    Alarm(
        name="traffic",
        meaning="An authenticated request came while the fleet was asleep.",
        action="Nothing to do: the warmkeeper was told, and wakes the fleet.",
        metrics={"requests": _fleet("AuthenticatedRequests", "Sum"), "level": _fleet("Level", "Minimum")},
        # The level is 0 asleep and 1 or more awake: positive only with requests to a fleet that was asleep meanwhile.
        expression=f"requests - {MANY_REQUESTS} * FILL(level, 0)",
        label="Authenticated requests while asleep",
        threshold=0,
        periods=1,
        missing="notBreaching",
        missing_because="No request, no figure. A missing level counts as asleep: a needless look costs nothing.",
    ),
)
"""They act on the warmkeeper, which reads everything afresh: hints that come earlier than a tick might."""

PEOPLE_ALARMS: tuple[Alarm, ...] = (
    Alarm(
        name="queue-long",
        meaning="More than 20 jobs have been waiting for 5 minutes.",
        action="See whether the fleet is growing; raise maxWorkers if it is at its ceiling.",
        metrics={"waiting": _waiting(Subject.JOBS_QUEUE)},
        threshold=20,
        periods=5,
        missing="notBreaching",
        missing_because=_QUIET_QUEUE,
    ),
    Alarm(
        name="queue-very-long",
        meaning="More than 100 jobs have been waiting for 5 minutes.",
        action="Act now: see whether workers run and finish jobs, raise maxWorkers, ask who sends so many.",
        metrics={"waiting": _waiting(Subject.JOBS_QUEUE)},
        threshold=100,
        periods=5,
        missing="notBreaching",
        missing_because=_QUIET_QUEUE,
    ),
    Alarm(
        name="queue-outgrows-workers",
        meaning="For 5 minutes more than ten jobs have been waiting for every worker that runs.",
        action="See why the fleet does not follow: its ceiling, a hold, Fargate's capacity or quota.",
        metrics={"waiting": _waiting(Subject.JOBS_QUEUE), "running": _fleet("Running")},
        expression="waiting - 10 * FILL(running, 0)",
        label="Jobs waiting beyond ten a running worker",
        threshold=0,
        periods=5,
        missing="notBreaching",
        missing_because=(
            "No queue figure, no jobs. A missing count of workers counts as none, which is late for a minute or two at "
            "the most and cannot make all five breach."
        ),
    ),
    Alarm(
        name="oldest-message",
        meaning="The oldest job in the queue has been there for over half an hour, for 5 minutes on end.",
        action="Find the job: it is stuck, very long, or waits behind too many others.",
        metrics={"age": _queue("ApproximateAgeOfOldestMessage", Subject.JOBS_QUEUE)},
        threshold=1800,
        periods=5,
        missing="notBreaching",
        missing_because="SQS publishes no age for an empty queue.",
    ),
    Alarm(
        name="cpu-high",
        meaning="The workers' CPU has been over 80% on average for 10 minutes.",
        action="Renders use all they get, so see whether jobs wait: if so, raise maxWorkers or cpu.",
        metrics={"cpu": _CPU},
        threshold=80,
        periods=10,
        missing="notBreaching",
        missing_because=_NO_TASK,
    ),
    Alarm(
        name="pool-too-large",
        meaning="The workers' CPU has been under 20% on average for an hour: the floor is larger than the work.",
        action="Lower warmPoolSize, turn scaleToZero on, or name warmHours.",
        metrics={"cpu": _CPU},
        comparison="LessThanThreshold",
        threshold=20,
        period_seconds=300,
        periods=12,
        missing="notBreaching",
        missing_because=_NO_TASK,
    ),
    Alarm(
        name="jobs-dead-letters",
        meaning="A job's message is among the dead letters: no worker could end the job.",
        action="Read the message and its record, mend the cause, send it again.",
        metrics={
            "waiting": _waiting(Subject.JOBS_DEAD_LETTERS),
            # Whoever reads a message hides it meanwhile: that must not end the alarm and begin it anew.
            "read": _in_hand(Subject.JOBS_DEAD_LETTERS),
        },
        expression="waiting + read",
        label="Dead letters",
        threshold=0,
        periods=1,
        missing="notBreaching",
        missing_because="A queue that holds a message goes on publishing, so silence means empty.",
    ),
    Alarm(
        name="notifications-dead-letters",
        meaning="A webhook could not be delivered: its notification is among the dead letters.",
        action="See what the receiver answered, mend it, send the notification again.",
        metrics={
            "waiting": _waiting(Subject.NOTIFICATIONS_DEAD_LETTERS),
            "read": _in_hand(Subject.NOTIFICATIONS_DEAD_LETTERS),
        },
        expression="waiting + read",
        label="Dead letters",
        threshold=0,
        periods=1,
        missing="notBreaching",
        missing_because="A queue that holds a message goes on publishing, so silence means empty.",
    ),
    Alarm(
        name="slow-wake",
        meaning="A wake took over 60 seconds from the decision to the first running worker.",
        action="See how long the image's pull took; a smaller image or warmHours make up for it.",
        metrics={"wake": _fleet("WakeToRunningSeconds")},
        threshold=60,
        periods=1,
        missing="notBreaching",
        missing_because="Wakes alone have a figure. It ends by itself, so that the next slow one rings again.",
    ),
    Alarm(
        name="awake-but-nothing-runs",
        meaning="Workers have been wanted for 10 minutes, and not one runs.",
        action="Read why ECS cannot start tasks: the image, the subnets, the roles, Fargate's capacity.",
        metrics={"desired": _fleet("Desired", "Minimum"), "running": _fleet("Running")},
        # Positive only when some are desired and none runs.
        expression=f"desired - {LARGEST_FLEET} * running",
        label="Workers wanted while none runs",
        threshold=0,
        periods=10,
        missing="ignore",
        missing_because="Nothing is known without the warmkeeper's figures, for whose want another alarm rings.",
    ),
    Alarm(
        name="no-progress",
        meaning="Workers take jobs and finish none: the breaker has cut the fleet down to one.",
        action="Read the workers' errors; the newest image or a job that kills its worker is the likely cause.",
        metrics={"tripped": _fleet("BreakerTripped")},
        threshold=0,
        periods=1,
        missing="ignore",
        missing_because="Nothing is known without the warmkeeper's figures, for whose want another alarm rings.",
    ),
    Alarm(
        name="warmkeeper-errors",
        meaning="The warmkeeper failed, or could not read or do something, in 3 of 5 minutes.",
        action="Read its log: until it is mended the fleet stays at the size that it has.",
        metrics={"errors": _function("Errors", Subject.WARMKEEPER), "failed": _fleet("Failed", "Sum")},
        expression="FILL(errors, 0) + FILL(failed, 0)",
        label="Runs that failed or held",
        threshold=0,
        periods=5,
        breaches=3,
        missing="notBreaching",
        missing_because="No run, no error; that there are runs at all is for fleet-unwatched to see.",
    ),
    Alarm(
        name="fleet-unwatched",
        meaning="The warmkeeper has not looked at the fleet for 5 minutes; it looks each minute when all is well.",
        action="See whether its schedule is enabled and its function starts.",
        metrics={"looks": _fleet("Level", "SampleCount")},
        comparison="LessThanThreshold",
        threshold=1,
        periods=5,
        missing="breaching",
        missing_because="The want of figures is the very thing that it watches for.",
    ),
    Alarm(
        name="notifier-errors",
        meaning="The notifier itself failed in 2 of 5 minutes; webhooks are late.",
        action="Read its log: its configuration, its secret or its permissions are the likely cause.",
        metrics={"errors": _function("Errors", Subject.NOTIFIER)},
        threshold=0,
        periods=5,
        breaches=2,
        missing="notBreaching",
        missing_because="It runs only when there is something to tell.",
    ),
    Alarm(
        name="tables-throttled",
        meaning="DynamoDB throttled the jobs or the fleet table in 2 of 5 minutes.",
        action="See what reads or writes so much; ask for a higher limit if it is work.",
        metrics=_THROTTLED,
        expression=" + ".join(f"FILL({metric}, 0)" for metric in _THROTTLED),
        label="Throttled requests",
        threshold=0,
        periods=5,
        breaches=2,
        missing="notBreaching",
        missing_because="DynamoDB publishes throttling only where it throttled.",
    ),
    Alarm(
        name="front-door-slow",
        meaning="Answers through the load balancer took over 500 ms on average for 15 minutes.",
        action="See whether previews are slow (large sources, workers at their limit) or the api is.",
        metrics={
            "latency": Metric(
                "AWS/ApplicationELB", "TargetResponseTime", "Average", {"LoadBalancer": Subject.LOAD_BALANCER}
            )
        },
        threshold=0.5,
        period_seconds=300,
        periods=3,
        missing="notBreaching",
        missing_because="The load balancer publishes only while requests flow: nobody asks, nobody waits.",
    ),
    Alarm(
        name="front-door-errors",
        meaning="At least 5 requests in 5 minutes were answered with a 5xx by the workers or the load balancer itself.",
        action="Read the workers' errors and the targets' health; a crash of the api counts as the load balancer's.",
        metrics={
            # Not the api's own 5xx: a 503 with Retry-After is its proper answer to a preview while the fleet sleeps.
            "workers": Metric(
                "AWS/ApplicationELB",
                "HTTPCode_Target_5XX_Count",
                "Sum",
                {"LoadBalancer": Subject.LOAD_BALANCER, "TargetGroup": Subject.WORKER_TARGETS},
            ),
            "balancer": Metric(
                "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", {"LoadBalancer": Subject.LOAD_BALANCER}
            ),
        },
        expression="FILL(workers, 0) + FILL(balancer, 0)",
        label="Answers with a 5xx",
        comparison="GreaterThanOrEqualToThreshold",
        threshold=5,
        period_seconds=300,
        periods=1,
        missing="notBreaching",
        missing_because="The load balancer publishes an error count only where there was an error.",
    ),
)
"""They call people, by the topic of `people_alarms.py`."""
