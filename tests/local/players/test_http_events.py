import base64
from typing import Any

import pytest

from local.players.http_events import balancer_answer, balancer_event, url_answer, url_event
from local.players.http_exchange import Request

SENT = [
    ("Host", "f.example"),
    ("X-Two", "a"),
    ("X-Two", "b"),
    ("Cookie", "k=1; l=2"),
    ("Content-Type", "application/json"),
]
ASKED = Request("POST", "/a%20b", "q=1&q=%2F2&flag", SENT, b'{"x":1}', "192.0.2.9")


def test_a_load_balancers_event_is_lower_case_undecoded_and_has_last_values() -> None:
    assert balancer_event(ASKED, "arn:tg", multi_value=False) == {
        "requestContext": {"elb": {"targetGroupArn": "arn:tg"}},
        "httpMethod": "POST",
        "path": "/a%20b",
        "queryStringParameters": {"q": "%2F2", "flag": ""},
        "headers": {"host": "f.example", "x-two": "b", "cookie": "k=1; l=2", "content-type": "application/json"},
        "body": '{"x":1}',
        "isBase64Encoded": False,
    }


def test_with_multi_value_headers_it_has_all_values_instead() -> None:
    event = balancer_event(ASKED, "arn:tg", multi_value=True)
    assert event["multiValueHeaders"]["x-two"] == ["a", "b"]
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "%2F2"], "flag": [""]}
    assert not {"headers", "queryStringParameters"} & event.keys()


def test_a_body_that_is_no_text_is_base64() -> None:
    event = balancer_event(
        Request("POST", "/", "", [("Content-Type", "image/png")], b"\x89PNG"), "a", multi_value=False
    )
    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"\x89PNG").decode(), True)
    event = balancer_event(Request("GET", "/", "", []), "a", multi_value=False)
    assert (event["body"], event["isBase64Encoded"]) == ("", False)


@pytest.mark.parametrize(
    "result",
    [
        None,
        "hello",
        {},
        {"statusCode": "many"},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "%%", "isBase64Encoded": True},
        {"statusCode": 200, "headers": "none"},
        {"statusCode": 200, "body": "x" * (1024 * 1024 + 1)},
    ],
)
def test_a_result_without_the_shape_is_a_bad_gateway(result: Any) -> None:
    assert balancer_answer(result, multi_value=False).status == 502


def test_a_result_becomes_an_answer() -> None:
    body = base64.b64encode(b"\xff\xd8").decode()
    result = {"statusCode": 201, "headers": {"Content-Type": "image/jpeg"}, "body": body, "isBase64Encoded": True}
    answer = balancer_answer(result, multi_value=False)
    assert (answer.status, list(answer.headers), answer.body) == (201, [("Content-Type", "image/jpeg")], b"\xff\xd8")
    many = {"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "headers": {"X-Lost": "1"}}
    assert balancer_answer(many, multi_value=True).headers == [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]


def test_a_function_urls_event_has_the_second_payload_format() -> None:
    event = url_event(ASKED, "abc.lambda-url.eu-west-1.on.aws")
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == ("2.0", "/a%20b", "q=1&q=%2F2&flag")
    assert event["queryStringParameters"] == {"q": "1,/2", "flag": ""}
    assert (event["headers"]["x-two"], event["cookies"]) == ("a,b", ["k=1", "l=2"])
    assert (event["body"], event["isBase64Encoded"]) == ('{"x":1}', False)
    assert event["requestContext"]["http"]["sourceIp"] == "192.0.2.9"
    assert event["requestContext"]["domainPrefix"] == "abc"


def test_a_function_url_takes_a_bare_result_for_the_body() -> None:
    assert (url_answer({"hello": 1}).status, url_answer({"hello": 1}).body) == (200, b'{"hello": 1}')
    answer = url_answer({"statusCode": 204, "headers": {"X-A": "1"}, "cookies": ["c=1"]})
    assert answer.status == 204
    assert {("X-A", "1"), ("Set-Cookie", "c=1")} <= set(answer.headers)
    assert url_answer({"statusCode": "no"}).status == 502
