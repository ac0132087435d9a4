import json
import socket
import time
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import pytest
from standardwebhooks import Webhook

from local.history import History
from local.webhook_sink import Reply, WebhookSink

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_bm90LXRoZS1zYW1lLXNlY3JldC0xMjM0NQ"
EVENT = {"type": "job.done", "timestamp": "2026-11-22T10:30:05Z", "data": {"id": "reel-1", "state": "done"}}


def _signed(body: str, *, secret: str = SECRET, webhook_id: str = "reel-1-1", at: datetime | None = None):
    moment = at or datetime.now(UTC)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, moment, body),
    }


def _post(sink: WebhookSink, body: str, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    host, _, port = sink.target.partition(":")
    connection = HTTPConnection(host, int(port), timeout=5)
    connection.request("POST", "/webhooks", body.encode(), headers)
    answer = connection.getresponse()
    connection.close()
    return answer.status, dict(answer.getheaders())


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": OTHER_SECRET},
        {"at": datetime.now(UTC) - timedelta(hours=1)},
        {"at": datetime.now(UTC) + timedelta(hours=1)},
    ],
    ids=["another secret", "too old", "of the future"],
)
def test_a_delivery_that_is_not_rightly_signed_is_refused_and_not_believed(forged: dict[str, Any]):
    body = json.dumps(EVENT)
    with WebhookSink(SECRET) as sink:
        assert _post(sink, body, _signed(body, **forged))[0] == 401
        assert sink.events == ()
        [delivery] = sink.deliveries
        assert (delivery.verified, delivery.payload, delivery.status) == (False, None, 401)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"webhook-id": "a"},
        {"webhook-id": "a", "webhook-timestamp": "now", "webhook-signature": "v1,AAAA"},
        {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "nonsense"},
    ],
)
def test_missing_or_broken_headers_are_refused(headers: dict[str, str]):
    with WebhookSink(SECRET) as sink:
        assert _post(sink, json.dumps(EVENT), headers)[0] == 401
        assert sink.events == ()


@pytest.mark.parametrize("signature", ["nonsense", "v1,%%%", "v1", "v2,AAAA", "v1a,AAAA v1,"])
def test_a_signature_in_no_known_form_is_refused(signature: str):
    body = json.dumps(EVENT)
    with WebhookSink(SECRET) as sink:
        assert _post(sink, body, _signed(body) | {"webhook-signature": signature})[0] == 401


def test_a_body_that_was_changed_on_its_way_is_refused():
    body = json.dumps(EVENT)
    with WebhookSink(SECRET) as sink:
        assert _post(sink, body.replace("done", "gone"), _signed(body))[0] == 401


def test_a_signed_body_that_is_no_json_is_refused():
    with WebhookSink(SECRET) as sink:
        assert _post(sink, "not json", _signed("not json"))[0] == 401


def test_without_a_secret_nothing_is_believed_and_with_it_the_retry_is():
    body = json.dumps(EVENT)
    with WebhookSink() as sink:
        assert _post(sink, body, _signed(body))[0] == 401
        sink.trust(SECRET)
        assert _post(sink, body, _signed(body))[0] == 200
        assert [event.payload for event in sink.events] == [EVENT]


def test_a_body_that_is_too_large_is_refused_unread():
    with WebhookSink(SECRET) as sink:
        assert _post(sink, "", {"Content-Length": str(10**9)})[0] == 413
        assert sink.deliveries == ()


def test_retries_of_one_event_are_counted_once():
    body = json.dumps(EVENT)
    with WebhookSink(SECRET) as sink:
        for webhook_id in ("reel-1-1", "reel-1-1", "reel-2-1"):
            assert _post(sink, body, _signed(body, webhook_id=webhook_id))[0] == 200
        assert len(sink.deliveries) == 3
        assert [event.webhook_id for event in sink.events] == ["reel-1-1", "reel-2-1"]


def test_scripted_replies_are_given_one_each_and_a_refused_event_does_not_count():
    body = json.dumps(EVENT)
    with WebhookSink(SECRET) as sink:
        sink.reply_next(Reply(429, {"Retry-After": "7"}), Reply(302, {"Location": "http://127.0.0.1:1/"}))
        status, headers = _post(sink, body, _signed(body))
        assert (status, headers["Retry-After"]) == (429, "7")
        assert _post(sink, body, _signed(body))[0] == 302
        assert sink.events == ()
        assert _post(sink, body, _signed(body))[0] == 200
        assert len(sink.events) == 1


def test_a_forgery_uses_up_no_scripted_reply():
    body = json.dumps(EVENT)
    with WebhookSink(SECRET) as sink:
        sink.reply_next(Reply(500))
        assert _post(sink, body, _signed(body, secret=OTHER_SECRET))[0] == 401
        assert _post(sink, body, _signed(body))[0] == 500


def test_what_comes_in_is_told_to_the_history():
    body = json.dumps(EVENT)
    history = History()
    with WebhookSink(SECRET, history) as sink:
        _post(sink, body, _signed(body))
    [entry] = history.entries("webhook.received")
    told = {"webhook_id": "reel-1-1", "type": "job.done", "job": "reel-1", "verified": True, "status": 200}
    assert entry.fields == told


def test_a_stopped_sink_listens_no_more_and_waits_for_no_delayed_reply():
    body = json.dumps(EVENT)
    with WebhookSink(SECRET) as sink:
        sink.reply_next(Reply(after_seconds=60))
        host, _, port = sink.target.partition(":")
        connection = HTTPConnection(host, int(port), timeout=5)
        connection.request("POST", "/", body, _signed(body))
        began = time.monotonic()
    assert time.monotonic() - began < 2
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=1)
    connection.close()
