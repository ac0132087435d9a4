"""Sessions of roles: the credentials that AWS hands to a task or a function in its role's name."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sts import STSClient


class RoleSessions:
    """Opens sessions and knows later whose credentials a request carries. `sts` is called when the first is opened."""

    def __init__(self, sts: "Callable[[], STSClient]") -> None:
        self._sts = sts
        self._roles: dict[str, str] = {}
        self._lock = threading.Lock()

    def open(self, role_arn: str, name: str) -> dict[str, str]:
        """A new session of the role, as the variables that SDKs read. `name` is 2 to 64 letters, digits or `+=,.@-_`.

        Who may assume the role is not asked: it is AWS itself that does, for its services.
        """
        credentials = self._sts().assume_role(RoleArn=role_arn, RoleSessionName=name)["Credentials"]
        with self._lock:
            self._roles[credentials["AccessKeyId"]] = role_arn
        return {
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        }

    def role_of(self, access_key: str) -> str | None:
        """The ARN of the role that a session's access key belongs to; None for any other key."""
        with self._lock:
            return self._roles.get(access_key)
