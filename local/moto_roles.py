"""What roles may do to queues and buckets, checked by moto at each call in a role's name; others are not asked.

Moto's own switch is for all callers and all services at once. It would lock out whoever builds and plays the cloud,
and falsely deny calls of most services, since it knows the resources of few: those of SQS and S3 it does know. A
signed address (by version 4) is judged as its signer would be, which moto cannot do by itself, but its signature is not
checked.

S3 tells who may not list a bucket that a missing object is forbidden, instead of missing: that is played here, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError, JsonRESTError
from moto.iam.access_control import S3IAMRequest

SERVICES = frozenset({"sqs", "s3"})
"""Those whose resources moto knows when it judges a call."""
_TOKEN = "X-Amz-Security-Token"  # noqa: S105  a header's name
_SIGNER = "X-Amz-Credential"


@contextmanager
def roles_checked() -> Iterator[None]:
    """Moto, in this process, checking sessions of roles; as it was before afterwards."""
    with patch.object(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", _judge):
        yield


def _judge(response: Any, request_type: type[Any], resource: str = "*") -> None:
    """Take the place of moto's check of one call: `response` is what is about to answer it."""
    url = urlsplit(response.uri)
    query = dict(parse_qsl(url.query))
    is_signed_address = _SIGNER in query
    headers = dict(response.headers)
    if is_signed_address:
        headers |= {"Authorization": f"Credential={query[_SIGNER]},", _TOKEN: query.get(_TOKEN, "")}
    if not headers.get(_TOKEN) or _service(headers.get("Authorization", "")) not in SERVICES:
        return
    call = request_type(
        account_id=response.current_account,
        method=response.method,
        path=response.raw_path + (f"?{url.query}" if url.query else ""),
        data=response.data,
        body=response.raw_body,
        headers=headers,
        # IAM knows no action of a batch: who may delete a message may delete several.
        action=response._get_action().removesuffix("Batch"),  # noqa: SLF001  moto's own check asks so
    )
    if not is_signed_address:
        call.check_signature()
    try:
        call.check_action_permitted(resource)
    except AccessDeniedError as error:
        raise _in_json(error) if "json" in headers.get("Content-Type", "") else error from None
    if issubclass(request_type, S3IAMRequest) and call._action == "s3:GetObject":  # noqa: SLF001  it has no other name
        _judge_missing_object(response, call, resource)


def _in_json(error: AccessDeniedError) -> JsonRESTError:
    """The refusal as SQS writes it: moto answers in XML whatever it was asked in."""
    refusal = JsonRESTError("AccessDenied", error.message)
    refusal.code = HTTPStatus.FORBIDDEN
    return refusal


def _judge_missing_object(response: Any, call: Any, resource: str) -> None:
    bucket_arn, _, key = resource.partition("/")
    if key and response.backend.get_object(bucket_arn.rpartition(":")[2], key) is None:
        call._action = "s3:ListBucket"  # noqa: SLF001  moto makes one of these a call
        call.check_action_permitted(bucket_arn)


def _service(authorization: str) -> str:
    """The service in the scope of a signature, "" if there is none."""
    scope = authorization.partition("Credential=")[2].partition(",")[0].split("/")
    return scope[3] if len(scope) > 3 else ""  # noqa: PLR2004  key, date, region, service, "aws4_request"
