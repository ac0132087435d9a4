"""What the roles of a cloud may do, grant by grant; a call is judged as moto judges one."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from local.cloud import Cloud
from tests.local.recorder import Call

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

COPY = "copy-"
"""What the names of roles begin with that only tests use."""
_RANDOM_END = re.compile(r"-[0-9a-f]{7}$")


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource, as one statement of one role grants it."""

    role_arn: str
    sid: str
    action: str
    resource: str
    """An ARN, with `*` for any characters."""
    condition: str = "{}"
    """As JSON. Moto takes one that it does not know as met."""

    @property
    def role(self) -> str:
        """The role's logical name."""
        return _RANDOM_END.sub("", self.role_arn.rpartition("/")[2])

    @property
    def is_of_a_copy(self) -> bool:
        return self.role.startswith(COPY)

    def permits(self, call: Call) -> bool:
        statement = IAMPolicyStatement({"Effect": "Allow", "Action": self.action, "Resource": self.resource})
        verdict = statement.is_action_permitted(call.action, call.resource)
        return call.role_arn == self.role_arn and verdict is PermissionResult.PERMITTED


def grants_of(cloud: Cloud) -> list[Grant]:
    """All that the roles in a cloud may do."""
    iam: IAMClient = cloud.moto_client("iam")
    return [
        grant
        for role in iam.list_roles()["Roles"]
        for statement in statements_of(cloud, role["RoleName"])
        for grant in _spelled(role["Arn"], statement)
    ]


def statements_of(cloud: Cloud, role: str) -> list[dict[str, Any]]:
    """The statements of a role of that name."""
    iam: IAMClient = cloud.moto_client("iam")
    documents: list[Any] = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    return [statement for document in documents for statement in document["Statement"]]


def _spelled(role_arn: str, statement: dict[str, Any]) -> Iterator[Grant]:
    condition = json.dumps(statement.get("Condition", {}), sort_keys=True)
    for action in statement["Action"]:
        for resource in statement["Resource"]:
            yield Grant(role_arn, statement["Sid"], action, resource, condition)
