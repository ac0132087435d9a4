"""What a deployment needs and moto gets wrong or lacks, put right while a `Cloud` runs.

- Lambda layers of other accounts: moto looks every layer up in the function's own account. AWS publishes Powertools
  from an account of its own, so such an ARN is answered by an empty stand-in that carries the true ARN: the function's
  configuration reads as on AWS, and whoever plays Lambda can tell which layer was meant.
- "Deny what does not come over TLS": moto drops the condition and denies everything. Loopback stands for AWS's TLS
  endpoints here, so the statement does not apply.
- A function's log group: moto forgets it, and says so of every function.
- Saved queries of Logs Insights: `local/moto_queries.py`.
- What roles may do to queues and buckets: `local/moto_roles.py`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from moto.awslambda.models import LambdaBackend, LambdaFunction, LayerVersion
from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from local.moto_queries import queries_kept
from local.moto_roles import roles_checked

_ACCOUNT_FIELD = 4
_LAYER_NAME_FIELD = 6
_VERSION_FIELD = 7
_LAYER_VERSION_FIELDS = 8


@contextmanager
def gaps_filled() -> Iterator[None]:
    """Moto, in this process, with all of it put right; as it was before afterwards."""
    with ExitStack() as patches:
        patches.enter_context(queries_kept())
        patches.enter_context(roles_checked())
        patches.enter_context(
            patch.object(LambdaBackend, "layers_versions_by_arn", _found_anywhere(LambdaBackend.layers_versions_by_arn))
        )
        patches.enter_context(
            patch.object(IAMPolicyStatement, "is_action_permitted", _over_tls(IAMPolicyStatement.is_action_permitted))
        )
        for method, change in (
            ("__init__", _taking_logging),
            ("update_configuration", _taking_logging),
            ("get_configuration", _telling_logging),
        ):
            patches.enter_context(patch.object(LambdaFunction, method, change(getattr(LambdaFunction, method))))
        yield


def _taking_logging(take: Callable[..., Any]) -> Callable[..., Any]:
    """Keep a function's LoggingConfig as it is made or changed; `args` hold what was asked for."""

    def take_configuration(function: LambdaFunction, *args: Any, **kwargs: Any) -> Any:
        given = next(each for each in (*args, *kwargs.values()) if isinstance(each, dict))
        if "LoggingConfig" in given:
            vars(function)["logging_config"] = given["LoggingConfig"]
        return take(function, *args, **kwargs)

    return take_configuration


def _telling_logging(tell: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Add LoggingConfig to a function's configuration, with Lambda's defaults."""

    def get_configuration(function: LambdaFunction, *args: Any, **kwargs: Any) -> dict[str, Any]:
        defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
        return {**tell(function, *args, **kwargs), "LoggingConfig": defaults | vars(function).get("logging_config", {})}

    return get_configuration


def _found_anywhere(find: Callable[..., Any]) -> Callable[..., Any]:
    def find_layer_version(backend: LambdaBackend, layer_version_arn: str) -> Any:
        fields = layer_version_arn.split(":")
        if len(fields) != _LAYER_VERSION_FIELDS or fields[_ACCOUNT_FIELD] == backend.account_id:
            return find(backend, layer_version_arn)
        spec: dict[str, Any] = {"LayerName": fields[_LAYER_NAME_FIELD], "Content": {"ZipFile": ""}}
        # Any, because moto's metaclass hides from type checkers what its classes make.
        stand_in: Any = LayerVersion(spec, account_id=fields[_ACCOUNT_FIELD], region=backend.region_name)
        stand_in.version = int(fields[_VERSION_FIELD])
        return stand_in

    return find_layer_version


def _over_tls(judge: Callable[..., PermissionResult]) -> Callable[..., PermissionResult]:
    def is_action_permitted(statement: IAMPolicyStatement, *args: Any, **kwargs: Any) -> PermissionResult:
        condition = statement._statement.get("Condition")  # noqa: SLF001  moto has no other way to read a statement
        if condition == {"Bool": {"aws:SecureTransport": "false"}}:
            return PermissionResult.NEUTRAL
        return judge(statement, *args, **kwargs)

    return is_action_permitted
