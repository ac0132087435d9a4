"""The roles as the reference page tells of them: built by `iam`'s own builders, with names in place of identifiers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components import iam
from components.iam import Statement

_PLACE = "<region>:<account>"
_JOBS_QUEUE = f"arn:aws:sqs:{_PLACE}:<jobs queue>"
_NOTIFICATIONS_QUEUE = f"arn:aws:sqs:{_PLACE}:<notifications queue>"
_BUCKET = "arn:aws:s3:::<bucket>"
_FLEET_TABLE = f"arn:aws:dynamodb:{_PLACE}:table/<fleet table>"
_SERVICE = f"arn:aws:ecs:{_PLACE}:service/<cluster>/<service>"
_CLUSTER = f"arn:aws:ecs:{_PLACE}:cluster/<cluster>"
_TOKENS = f"arn:aws:secretsmanager:{_PLACE}:secret:<tokens>"
_WARMKEEPER = f"arn:aws:lambda:{_PLACE}:function:<warmkeeper>"
_IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/<repository>:1"
"""The one name that a builder reads for its parts, so its account and region are spelled out."""


@dataclass(frozen=True)
class Role:
    """A role of the program."""

    name: str
    """Its logical name: AWS adds a random end."""
    assumed_by: str
    purpose: str
    statements: Sequence[Statement]
    """All that it is granted where everything is configured that adds a grant."""
    always: frozenset[str]
    """The Sids of what it is granted in every configuration."""


@dataclass(frozen=True)
class Unseen:
    """Actions of a statement that no run of the local stack shows in use, and why they are granted all the same."""

    role: str
    sid: str
    actions: tuple[str, ...]
    reason: str


def roles() -> list[Role]:
    """Every role, in the order of a job's way."""
    worker = {
        "jobs_queue_arn": _JOBS_QUEUE,
        "notifications_queue_arn": _NOTIFICATIONS_QUEUE,
        "jobs_table_arn": f"arn:aws:dynamodb:{_PLACE}:table/<jobs table>",
        "bucket_arn": _BUCKET,
        "sources": ["s3://<bucket>/sources/"],
        "cluster_arn": _CLUSTER,
    }
    warmkeeper = {"jobs_queue_arn": _JOBS_QUEUE, "fleet_table_arn": _FLEET_TABLE, "service_arn": _SERVICE}
    rule = f"arn:aws:elasticloadbalancing:{_PLACE}:listener-rule/<rule of /previews>"
    return [
        _role(
            "worker-task",
            "ecs-tasks.amazonaws.com",
            "The worker in its container.",
            iam.worker_role(**worker, fleet_table_arn=_FLEET_TABLE, tokens_secret_arn=_TOKENS),
            iam.worker_role(**worker),
        ),
        _role(
            "worker-execution",
            "ecs-tasks.amazonaws.com",
            "Fargate, for a task: before it runs, and for its output.",
            iam.execution_role(image_uri=_IMAGE, log_group_arn=_log_group("worker")),
            iam.execution_role(image_uri="", log_group_arn=_log_group("worker")),
        ),
        _function(
            "warmkeeper",
            "The Lambda that keeps the fleet at its size.",
            iam.warmkeeper_role(**warmkeeper, preview_rule_arn=rule),
            iam.warmkeeper_role(**warmkeeper),
        ),
        _role(
            "warmkeeper-schedule",
            "scheduler.amazonaws.com",
            "The minute tick.",
            iam.scheduler_role(function_arn=_WARMKEEPER),
        ),
        _function(
            "notifier",
            "The Lambda that tells webhooks, and Lambda's poller of its queue.",
            iam.notifier_role(
                notifications_queue_arn=_NOTIFICATIONS_QUEUE,
                bucket_arn=_BUCKET,
                secret_arn=f"arn:aws:secretsmanager:{_PLACE}:secret:<webhook secret>",
            ),
        ),
        _function(
            "api",
            "The Lambda that answers `/fleet`, and `/previews` while no worker is there.",
            iam.api_role(
                tokens_secret_arn=_TOKENS,
                fleet_table_arn=_FLEET_TABLE,
                jobs_queue_arn=_JOBS_QUEUE,
                service_arn=_SERVICE,
                warmkeeper_arn=_WARMKEEPER,
            ),
        ),
    ]


WHY = {
    ("worker-task", "TakeJobs"): "Receive a job, hide its message while the job is worked on, delete it at the end.",
    ("worker-task", "TellOfTheEnd"): "Put the news of a job's end on the notifier's queue.",
    ("worker-task", "KeepRecords"): "Take, renew and spend a job's lease: each is one conditional write.",
    ("worker-task", "ReadSources"): "Download clips; a statement for each place that clips may be read from.",
    ("worker-task", "TellMissingSources"): (
        "Sources are never listed: who may not list a bucket is told that a missing object is forbidden, and the job's "
        "sender would be told so too. Fonts are, when a text names a family that is not installed."
    ),
    ("worker-task", "ReadFonts"): "Bring the fonts that the operator put into the bucket.",
    ("worker-task", "WriteRenders"): "Upload a render, and take back the parts of one that was stopped.",
    (
        "worker-task",
        "ProtectFromScaleIn",
    ): "Protect its own task while it is busy; tasks have no names before they run.",
    ("worker-task", "CheckTokens"): "Know who may ask for a preview.",
    ("worker-task", "CountPreviews"): "Limit each token's rate, and note previews as activity.",
    ("worker-execution", "LogInToRegistry"): "Pull the image; AWS knows no resource for this action.",
    ("worker-execution", "PullImage"): "Pull the image from its one repository.",
    ("worker-execution", "WriteLogs"): "Write the container's output.",
    ("warmkeeper-role", "CountJobs"): "Know the load: jobs that wait, are in flight, are delayed.",
    ("warmkeeper-role", "ResizeFleet"): "Read the one service's counts, and set how many tasks it should have.",
    ("warmkeeper-role", "KeepFleetState"): "Keep state, lease, activity, orders and the history of decisions.",
    ("warmkeeper-role", "FlipPreviewRule"): "Point the rule of `/previews` to the workers or to the api Lambda.",
    ("warmkeeper-role", "SeePreviewRule"): (
        "Know where the rule points, and whether a worker is healthy; AWS knows no resource for these actions."
    ),
    ("warmkeeper-role", "WriteLogs"): "Write the function's output.",
    ("warmkeeper-schedule", "Tick"): "Invoke the warmkeeper each minute.",
    ("notifier-role", "TakeNotifications"): "Take news from the queue, and put off what no webhook took.",
    ("notifier-role", "PresignRenders"): "Nothing is read: a link opens what its signer may read.",
    ("notifier-role", "SignWebhooks"): "Sign webhooks.",
    ("notifier-role", "WriteLogs"): "Write the function's output.",
    ("api-role", "CheckTokens"): "Know who calls.",
    ("api-role", "TellOfFleetAndLimitRates"): (
        "Read state, activity and decisions; the counters of the rate limit are all that it writes."
    ),
    ("api-role", "CountJobs"): "Tell how many jobs wait.",
    ("api-role", "CountWorkers"): "Tell how many workers run.",
    ("api-role", "PokeWarmkeeper"): "Hand calls and orders to the warmkeeper.",
    ("api-role", "WriteLogs"): "Write the function's output.",
}
"""What each statement is for, by role and Sid."""

_BY_FARGATE = "Fargate itself does this for a task. Locally a task is a process, with nothing to pull."
_BY_LAMBDA = "Lambda itself writes what a function prints. Locally it goes to a file."
_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")

UNSEEN = (
    Unseen("worker-execution", "LogInToRegistry", ("ecr:GetAuthorizationToken",), _BY_FARGATE),
    Unseen(
        "worker-execution",
        "PullImage",
        ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
        _BY_FARGATE,
    ),
    Unseen("worker-execution", "WriteLogs", _LOGS, "Fargate itself writes what a container prints. Locally: a file."),
    Unseen("warmkeeper-role", "WriteLogs", _LOGS, _BY_LAMBDA),
    Unseen("notifier-role", "WriteLogs", _LOGS, _BY_LAMBDA),
    Unseen("api-role", "WriteLogs", _LOGS, _BY_LAMBDA),
    Unseen(
        "notifier-role",
        "TakeNotifications",
        ("sqs:GetQueueAttributes",),
        "Lambda wants a function that is fed by a queue to have it, for its poller. The local poller asks for none.",
    ),
    Unseen(
        "worker-task",
        "ProtectFromScaleIn",
        ("ecs:GetTaskProtection",),
        "AWS asks for it beside the other for the agent's endpoint, which calls in the task's name. Should the want of "
        "it keep the agent from protecting a task, a busy worker could be stopped.",
    ),
)
"""Everything else that is granted is used in `tests/local/test_roles.py`, which fails where this list is wrong."""


def iam_rows(role: Role) -> Iterator[tuple[str, ...]]:
    """The cells of each statement of a role: Sid, actions, resources, condition, why."""
    for statement in role.statements:
        sid = statement["Sid"]
        yield (
            f"`{sid}`" + ("" if sid in role.always else " *"),
            _listed(statement["Action"]),
            _listed(statement["Resource"]),
            _listed(_conditions(statement)),
            WHY[role.name, sid],
        )


def _role(
    name: str,
    assumed_by: str,
    purpose: str,
    statements: Sequence[Statement],
    least: Sequence[Statement] | None = None,
) -> Role:
    always = frozenset(statement["Sid"] for statement in (statements if least is None else least))
    return Role(name, assumed_by, purpose, statements, always)


def _function(
    name: str, purpose: str, statements: Sequence[Statement], least: Sequence[Statement] | None = None
) -> Role:
    logs = iam.write_logs(_log_group(name))
    with_logs = None if least is None else [*least, logs]
    return _role(f"{name}-role", "lambda.amazonaws.com", purpose, [*statements, logs], with_logs)


def _log_group(name: str) -> str:
    return f"arn:aws:logs:{_PLACE}:log-group:<{name}'s logs>"


def _conditions(statement: Statement) -> list[str]:
    return [
        f"{key} {operator} {value}"
        for operator, keys in statement.get("Condition", {}).items()
        for key, value in keys.items()
    ]


def _listed(parts: Sequence[str]) -> str:
    return "<br>".join(f"`{part}`" for part in parts)
