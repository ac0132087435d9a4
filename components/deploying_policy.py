"""The policy of whoever deploys, as IAM takes it: `docs/reference/deploying-policy.json`.

Whatever holds data or grants anything is named: by the beginning of its name, since the end of it is random. Of all
other services the policy grants what a deployment calls on any resource of the account, most of which have no name
before they are made.
"""

from collections.abc import Mapping

from components.deploying_actions import QUESTIONS, ROWS, actions_of
from components.iam_reference import roles

NAMED: Mapping[str, tuple[str, ...]] = {
    "dynamodb": ("arn:aws:dynamodb:*:*:table/storage-*",),
    "iam": tuple(f"arn:aws:iam::*:role/{role.name}-*" for role in roles()),
    "s3": tuple(f"arn:aws:s3:::{name}-*" for name in ("front-door-logs", "storage-media")),
    "secretsmanager": tuple(f"arn:aws:secretsmanager:*:*:secret:{name}-*" for name in ("notifier", "tokens")),
    "sqs": tuple(f"arn:aws:sqs:*:*:{name}-*" for name in ("jobs", "notifications")),
}
"""Resources by service, as the program's logical names begin."""

ANYWHERE = frozenset({"secretsmanager:GetRandomPassword"})
"""Actions of these services that AWS knows no resource for."""

HAND_ON = "iam:PassRole"
SERVICE_LINKED = {
    "Sid": "FirstOfTheAccount",
    "Effect": "Allow",
    "Action": ["iam:CreateServiceLinkedRole"],
    "Resource": ["arn:aws:iam::*:role/aws-service-role/*"],
    "Condition": {"StringEquals": {"iam:AWSServiceName": ["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com"]}},
}
"""ECS and ELB make a role of their own for the first cluster and load balancer of an account."""


def policy() -> dict[str, object]:
    """A managed policy: a statement a service, then what needs a condition."""
    actions = {action for row in (*ROWS.values(), *QUESTIONS.values()) for action in actions_of(row)} - {HAND_ON}
    services = sorted({action.partition(":")[0] for action in actions})
    statements = [_statement(service, actions) for service in services]
    anywhere: dict[str, object] = {
        "Sid": "Anywhere",
        "Effect": "Allow",
        "Action": sorted(ANYWHERE),
        "Resource": ["*"],
    }
    hand_on: dict[str, object] = {
        "Sid": "HandRolesOn",
        "Effect": "Allow",
        "Action": [HAND_ON],
        "Resource": list(NAMED["iam"]),
        "Condition": {"StringEquals": {"iam:PassedToService": sorted({role.assumed_by for role in roles()})}},
    }
    return {"Version": "2012-10-17", "Statement": [*statements, anywhere, hand_on, SERVICE_LINKED]}


def _statement(service: str, actions: set[str]) -> dict[str, object]:
    return {
        "Sid": service.capitalize(),
        "Effect": "Allow",
        "Action": sorted(action for action in actions - ANYWHERE if action.startswith(f"{service}:")),
        "Resource": [arn for name in NAMED.get(service, ("*",)) for arn in _with_contents(service, name)],
    }


def _with_contents(service: str, arn: str) -> list[str]:
    """A bucket is emptied before it goes."""
    return [arn, f"{arn}/*"] if service == "s3" else [arn]
