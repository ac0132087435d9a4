"""The how-to page's sample is what the code sends, and its receiver believes what the code signs."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobs.notification import Notification
from lambdas.notifier.payload import Links, payload_of
from local.webhook_sink import WebhookSink

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "receive-webhooks.md").read_text(encoding="utf-8")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found, f"the page has a block of {language}"
    return found[1]


@pytest.fixture
def receive(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str], bytes], int]:
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    names: dict[str, Any] = {}
    exec(compile(_block("python"), "receive-webhooks.md", "exec"), names)
    return names["receive"]


def test_the_sample_is_what_the_code_sends(done_notification: Callable[..., Notification]):
    address = "https://renders.s3.eu-west-1.amazonaws.com/renders/reel-1/1/{}?X-Amz-Signature=..."
    links = Links(
        address.format("video.mp4"), address.format("poster.jpg"), datetime(2026, 11, 22, 11, 30, 6, tzinfo=UTC)
    )
    assert json.loads(_block("json")) == payload_of(done_notification(), links)


def test_the_receiver_takes_a_real_delivery_once_and_refuses_a_forged_one(
    receive: Callable[[dict[str, str], bytes], int],
    send: Callable[..., Any],
    sink: WebhookSink,
    done_notification: Callable[..., Notification],
    capsys: pytest.CaptureFixture[str],
):
    send(done_notification(sink.url))
    [event] = sink.events
    headers, body = dict(event.headers), json.dumps(event.payload, ensure_ascii=False).encode()
    assert receive(headers, body.replace(b"reel-1", b"reel-2")) == 401
    assert receive({}, body) == 401
    assert receive(headers | {"webhook-signature": "nonsense"}, body) == 401
    assert capsys.readouterr().out == ""
    assert [receive(headers, body), receive(headers, body)] == [204, 204]
    assert capsys.readouterr().out.count("reel-1: fetch http") == 1
