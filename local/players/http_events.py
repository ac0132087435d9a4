"""A request as a Lambda's event, and the Lambda's result as an answer: by a load balancer, and by a function URL.

Shapes: "Using AWS Lambda with an Application Load Balancer" and "Request and response payloads" of function URLs.
"""

import base64
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from local.players.http_exchange import MAX_BODY_BYTES, Answer, Request, said

Event = dict[str, Any]
_TEXT = re.compile(r"text/.*|application/(json|javascript|xml)", re.IGNORECASE)
_URL_TEXT = re.compile(r"text/.*|application/(.*\+)?(json|javascript|xml|x-www-form-urlencoded)", re.IGNORECASE)
MALFORMED = said(HTTPStatus.BAD_GATEWAY)
"""What a load balancer answers where a function failed or answered nonsense."""


def balancer_event(request: Request, target_group_arn: str, *, multi_value: bool) -> Event:
    """The event that a load balancer invokes a function with. Query parameters are not decoded."""
    headers = [(name.lower(), value) for name, value in request.headers]
    queries = [(key, value) for key, _, value in (pair.partition("=") for pair in request.query.split("&")) if key]
    is_text = _TEXT.match(request.header("content-type")) and not request.header("content-encoding")
    return {
        "requestContext": {"elb": {"targetGroupArn": target_group_arn}},
        "httpMethod": request.method,
        "path": request.path,
        **_one_or_many(multi_value, "queryStringParameters", queries),
        **_one_or_many(multi_value, "headers", headers),
        **_body(request.body, is_text=bool(is_text)),
    }


def balancer_answer(result: object, *, multi_value: bool) -> Answer:
    """What a load balancer makes of a function's result: 502 unless it has the shape."""
    if not isinstance(result, Mapping) or not _is_status(result.get("statusCode")):
        return MALFORMED
    headers = result.get("multiValueHeaders" if multi_value else "headers") or {}
    if not isinstance(headers, Mapping):
        return MALFORMED
    body = _decoded(result)
    if body is None or len(body) > MAX_BODY_BYTES:
        return MALFORMED
    flat = [(str(name), str(value)) for name, values in headers.items() for value in _several(values)]
    if body and not any(name.lower() == "content-type" for name, _ in flat):
        flat.append(("Content-Type", "application/octet-stream"))
    return Answer(int(result["statusCode"]), flat, body)


def url_event(request: Request, host: str) -> Event:
    """The event (payload format 2.0) that a function URL invokes its function with."""
    now = datetime.now(UTC)
    headers: dict[str, str] = {}
    for name, value in request.headers:
        low = name.lower()
        headers[low] = f"{headers[low]},{value}" if low in headers else value
    queries: dict[str, str] = {}
    for key, value in parse_qsl(request.query, keep_blank_values=True):
        queries[key] = f"{queries[key]},{value}" if key in queries else value
    cookies = [cookie.strip() for cookie in headers.get("cookie", "").split(";") if cookie.strip()]
    is_text = _URL_TEXT.match(request.header("content-type"))
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
        **({"cookies": cookies} if cookies else {}),
        "headers": headers,
        **({"queryStringParameters": queries} if queries else {}),
        "requestContext": {
            "accountId": "anonymous",
            "apiId": host.partition(".")[0],
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.client,
                "userAgent": request.header("user-agent"),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        **(_body(request.body, is_text=bool(is_text)) if request.body else {"isBase64Encoded": False}),
    }


def url_answer(result: object) -> Answer:
    """What a function URL makes of a result; one without a status is the JSON body of a success."""
    if not isinstance(result, Mapping) or "statusCode" not in result:
        return Answer(HTTPStatus.OK, [("Content-Type", "application/json")], json.dumps(result).encode())
    body = _decoded(result)
    if body is None or not _is_status(result["statusCode"]):
        return said(HTTPStatus.BAD_GATEWAY, '{"Message":"Internal Server Error"}', "application/json")
    headers = [(str(name), str(value)) for name, value in (result.get("headers") or {}).items()]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    cookies = [("Set-Cookie", str(cookie)) for cookie in result.get("cookies") or []]
    return Answer(int(result["statusCode"]), [*headers, *cookies], body)


def _one_or_many(multi_value: bool, name: str, pairs: Sequence[tuple[str, str]]) -> Event:  # noqa: FBT001  from outside
    """The last of several values, or all of them under the plural's name."""
    if not multi_value:
        return {name: dict(pairs)}
    many: dict[str, list[str]] = {}
    for key, value in pairs:
        many.setdefault(key, []).append(value)
    return {f"multiValue{name[0].upper()}{name[1:]}": many}


def _body(body: bytes, *, is_text: bool) -> Event:
    if not body or is_text:
        return {"body": body.decode(errors="replace"), "isBase64Encoded": False}
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _decoded(result: Mapping[str, Any]) -> bytes | None:
    body = result.get("body") or ""
    if not isinstance(body, str):
        return None
    if not result.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        return None


def _several(values: object) -> Sequence[object]:
    return values if isinstance(values, list) else [values]


def _is_status(value: object) -> bool:
    text = str(value)
    return not isinstance(value, bool) and text.isdecimal() and HTTPStatus.OK <= int(text) <= 599  # noqa: PLR2004  HTTP's
