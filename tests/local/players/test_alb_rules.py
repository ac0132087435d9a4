from typing import Any

import pytest

from local.players.alb_rules import action_for, draw, fixed_response, redirect, weights
from local.players.http_exchange import Request


def request(path: str = "/", query: str = "", method: str = "GET", **headers: str) -> Request:
    sent = {"host": "fleet.example.com", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Request(method, path, query, list(sent.items()), client="10.0.0.7")


def rule(priority: int, *conditions: dict[str, Any]) -> dict[str, Any]:
    action = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": str(priority)}}
    return {"Priority": str(priority), "Conditions": list(conditions), "Actions": [action], "IsDefault": False}


DEFAULT = {
    "Priority": "default",
    "Conditions": [],
    "IsDefault": True,
    "Actions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "MessageBody": "{}"}}],
}


def path(*patterns: str) -> dict[str, Any]:
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(patterns)}}


def status(rules: list[dict[str, Any]], asked: Request) -> int:
    return fixed_response(action_for(rules, asked)).status


@pytest.mark.parametrize(
    ("condition", "asked", "holds"),
    [
        (path("/", "/fleet*"), request("/"), True),
        (path("/", "/fleet*"), request("/fleet/wake"), True),
        (path("/", "/fleet*"), request("/Fleet"), False),
        (path("/", "/fleet*"), request("/index.html"), False),
        (path("/previews"), request("/previews", "at=1"), True),
        (path("/previews"), request("/previews/"), False),
        (path("/a?c"), request("/abc"), True),
        (path("/a.c"), request("/abc"), False),
        ({"Field": "host-header", "HostHeaderConfig": {"Values": ["*.EXAMPLE.com"]}}, request(), True),
        ({"Field": "host-header", "HostHeaderConfig": {"Values": ["example.com"]}}, request(), False),
        ({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["POST"]}}, request(), False),
        (
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Kind", "Values": ["scan*"]}},
            request(x_kind="Scanner"),
            True,
        ),
        (
            {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "at", "Value": "1*"}]}},
            request(query="x=2&AT=1.5"),
            True,
        ),
        ({"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "no"}]}}, request(query="x=yes"), False),
        ({"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}, request(), True),
        ({"Field": "source-ip", "SourceIpConfig": {"Values": ["192.0.2.0/24"]}}, request(), False),
    ],
)
def test_a_condition_holds_as_aws_says(condition: dict[str, Any], asked: Request, holds: bool) -> None:  # noqa: FBT001  a parameter of the test
    assert status([DEFAULT, rule(200, condition)], asked) == (200 if holds else 404)


def test_the_lowest_priority_that_holds_wholly_wins() -> None:
    post = {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["POST"]}}
    rules = [rule(300, path("/a*")), DEFAULT, rule(201, path("/a"), post), rule(1000, path("*"))]
    assert status(rules, request("/a", method="POST")) == 201
    assert status(rules, request("/a")) == 300
    assert status(rules, request("/b")) == 1000


def test_weights_are_drawn_by_their_share_and_zero_is_never_drawn() -> None:
    groups = [{"TargetGroupArn": "workers", "Weight": 0}, {"TargetGroupArn": "api", "Weight": 100}]
    weighted = weights({"Type": "forward", "ForwardConfig": {"TargetGroups": groups}})
    assert [draw(weighted, share / 10) for share in range(10)] == ["api"] * 10
    assert [draw({"a": 1, "b": 3}, share / 4) for share in range(4)] == ["a", "b", "b", "b"]
    assert draw({"a": 0, "b": 0}, 0.5) is None
    assert weights({"Type": "forward", "TargetGroupArn": "one"}) == {"one": 1}


def test_a_redirect_keeps_what_it_does_not_name() -> None:
    action = {"RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}
    answer = redirect(action, request("/fleet", "a=1"), protocol="HTTP", port=80)
    assert (answer.status, dict(answer.headers)["Location"]) == (301, "https://fleet.example.com/fleet?a=1")
    action = {
        "RedirectConfig": {"Path": "/v2/#{path}", "Port": "8080", "Query": "q=#{query}", "StatusCode": "HTTP_302"}
    }
    answer = redirect(action, request("/a"), protocol="HTTP", port=80)
    assert dict(answer.headers)["Location"] == "http://fleet.example.com:8080/v2/a?q="
