"""Lambda layers of other accounts, which moto does not know: it looks every layer up in the function's own account.

AWS publishes the Powertools layer from an account of its own, and a deployment names it by that ARN. While a `Cloud`
runs, such an ARN is answered by an empty stand-in that carries the true ARN, so that the function's configuration
reads as it does on AWS and whoever plays Lambda can tell which layer was meant.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.awslambda.models import LambdaBackend, LayerVersion

_ACCOUNT_FIELD = 4
_LAYER_NAME_FIELD = 6
_VERSION_FIELD = 7
_LAYER_VERSION_FIELDS = 8


@contextmanager
def public_layers_known() -> Iterator[None]:
    """While open, every layer version ARN of another account resolves."""
    look_up = LambdaBackend.layers_versions_by_arn

    def look_up_anywhere(backend: LambdaBackend, layer_version_arn: str) -> LayerVersion | None:
        fields = layer_version_arn.split(":")
        if len(fields) == _LAYER_VERSION_FIELDS and fields[_ACCOUNT_FIELD] != backend.account_id:
            return _stand_in(backend, fields)
        return look_up(backend, layer_version_arn)

    setattr(LambdaBackend, "layers_versions_by_arn", look_up_anywhere)  # noqa: B010  a patch, for the checker too
    try:
        yield
    finally:
        setattr(LambdaBackend, "layers_versions_by_arn", look_up)  # noqa: B010  the patch is taken back


def _stand_in(backend: LambdaBackend, fields: list[str]) -> LayerVersion:
    spec: dict[str, Any] = {"LayerName": fields[_LAYER_NAME_FIELD], "Content": {"ZipFile": ""}}
    # Any, because moto's metaclass hides what its classes make from type checkers.
    layer_version: Any = LayerVersion(spec, account_id=fields[_ACCOUNT_FIELD], region=backend.region_name)
    layer_version.version = int(fields[_VERSION_FIELD])
    return layer_version
