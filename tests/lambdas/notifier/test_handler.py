import io
import json
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fleet.environment import ConfigurationError
from jobs.notification import Notification
from lambdas.notifier import delivery
from local.webhook_sink import Reply, WebhookSink

Done = Callable[..., Notification]
Send = Callable[..., Any]


@pytest.mark.parametrize("status", [500, 503, 404, 401, 302, 307])
def test_any_answer_but_success_gives_the_message_back_for_its_next_delay(
    send: Send, sink: WebhookSink, done_notification: Done, status: int
):
    sink.reply_next(Reply(status, {"Location": f"http://{sink.target}/elsewhere"}))
    sent = send(done_notification(sink.url))
    assert len(sent.failed) == 1
    assert 10 <= sent.hidden_seconds[0] <= 12
    assert len(sink.deliveries) == 1, "a redirect is not followed"
    assert (sent.metrics["Failed"], sent.metrics["Delivered"]) == ([1], [0])


def test_the_second_failure_waits_longer(send: Send, sink: WebhookSink, done_notification: Done):
    sink.reply_next(Reply(500))
    assert 100 <= send(done_notification(sink.url), receive_count=2).hidden_seconds[0] <= 120


def test_a_target_that_asks_for_more_time_gets_it(send: Send, sink: WebhookSink, done_notification: Done):
    sink.reply_next(Reply(429, {"Retry-After": "77"}), Reply(429, {"Retry-After": "999999"}))
    assert send(done_notification(sink.url)).hidden_seconds == [77]
    assert send(done_notification(sink.url)).hidden_seconds == [3600]


def test_after_the_last_attempt_the_message_is_a_dead_letter_and_counted_as_given_up(
    send: Send, surroundings: Any, sink: WebhookSink, done_notification: Done, logs: io.StringIO
):
    sink.reply_next(Reply(500))
    # Two receives before this run: with it the queue's maxReceiveCount of 3 is reached.
    notification = done_notification(sink.url)
    surroundings.sqs.send_message(QueueUrl=surroundings.queue_url, MessageBody=notification.model_dump_json())
    for _ in range(2):
        [message] = surroundings.sqs.receive_message(QueueUrl=surroundings.queue_url, VisibilityTimeout=0)["Messages"]
        assert message["Body"]
    sent = send(receive_count=3, waiting=1)
    assert (len(sent.failed), sent.hidden_seconds, sent.metrics["GaveUp"]) == (1, [0], [1])
    assert "Messages" not in surroundings.sqs.receive_message(QueueUrl=surroundings.queue_url)
    [dead] = surroundings.sqs.receive_message(QueueUrl=surroundings.dead_letters_url)["Messages"]
    assert Notification.model_validate_json(dead["Body"]) == notification
    assert "gave up" in logs.getvalue()


def test_a_target_that_is_gone_is_not_told_again(
    send: Send, sink: WebhookSink, done_notification: Done, logs: io.StringIO
):
    sink.reply_next(Reply(410))
    sent = send(done_notification(sink.url))
    assert (sent.failed, sent.hidden_seconds, sent.metrics["GaveUp"]) == ([], [], [1])
    assert "answered 410" in logs.getvalue()


@pytest.mark.parametrize(
    "webhook", ["https://169.254.170.2/v2/credentials?s3cret", "http://example.com/s3cret", "http://127.0.0.1:1/s3cret"]
)
def test_a_forbidden_target_goes_to_the_dead_letters_at_once_and_is_never_called(
    send: Send, done_notification: Done, logs: io.StringIO, webhook: str
):
    sent = send(done_notification(webhook))
    assert (len(sent.failed), sent.hidden_seconds, sent.metrics["Failed"]) == (1, [0], [1])
    assert "is not allowed" in logs.getvalue()
    assert "s3cret" not in logs.getvalue()
    assert send(receive_count=3, waiting=1).metrics["GaveUp"] == [1]


def test_a_target_that_takes_no_connection_is_tried_again(
    send: Send, done_notification: Done, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch, handler: ModuleType
):
    with WebhookSink() as stopped:
        target, url = stopped.target, stopped.url
    monkeypatch.setenv("LOOPBACK_TARGETS", json.dumps([target]))
    handler.notifier.cache_clear()
    sent = send(done_notification(url))
    assert (len(sent.failed), sent.metrics["Failed"]) == (1, [1])
    assert "not delivered" in logs.getvalue()


def test_a_target_that_is_slow_ends_with_the_time_out(
    send: Send, sink: WebhookSink, done_notification: Done, monkeypatch: pytest.MonkeyPatch, handler: ModuleType
):
    monkeypatch.setattr(handler, "DELIVERY_TIMEOUT_SECONDS", 0.3)
    sink.reply_next(Reply(after_seconds=30))
    began = time.monotonic()
    assert len(send(done_notification(sink.url)).failed) == 1
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("body", ["", "no JSON", "{}", '{"version": 2, "id": "of-a-newer-worker"}'])
def test_a_message_that_cannot_be_read_is_kept_for_a_version_that_can(send: Send, logs: io.StringIO, body: str):
    sent = send(body or " ")
    assert len(sent.failed) == 1
    assert 10 <= sent.hidden_seconds[0] <= 12
    assert "no notification that this version reads" in logs.getvalue()


def test_one_message_that_fails_does_not_bring_the_others_back(send: Send, sink: WebhookSink, done_notification: Done):
    sent = send(done_notification(sink.url, "a"), "no JSON", done_notification(sink.url, "b"))
    assert len(sent.failed) == 1
    assert {event.payload["data"]["id"] for event in sink.events} == {"a", "b"}
    assert (sent.metrics["Delivered"], sent.metrics["Failed"]) == ([2], [1])


def test_slow_targets_of_one_batch_are_told_side_by_side(send: Send, sink: WebhookSink, done_notification: Done):
    sink.reply_next(*[Reply(after_seconds=1)] * 5)
    began = time.monotonic()
    assert send(*(done_notification(sink.url, f"job-{number}") for number in range(5))).failed == []
    assert time.monotonic() - began < 5


def test_a_fault_of_the_notifier_itself_gives_back_one_message_only(
    send: Send,
    sink: WebhookSink,
    done_notification: Done,
    surroundings: Any,
    logs: io.StringIO,
):
    surroundings.secrets_manager.delete_secret(SecretId=surroundings.secret_arn, ForceDeleteWithoutRecovery=True)
    assert len(send(done_notification(sink.url)).failed) == 1
    assert sink.deliveries == ()
    assert "the notifier itself failed" in logs.getvalue()


def test_a_secret_that_could_not_be_read_is_read_again_at_the_next_attempt(
    send: Send, sink: WebhookSink, done_notification: Done, monkeypatch: pytest.MonkeyPatch, handler: ModuleType
):
    provider = handler.notifier()._deliverer._secret._provider
    real, failures = provider.client.get_secret_value, [1]

    def unsteady(**options: Any) -> Any:
        if failures:
            failures.pop()
            raise ConnectionError("throttled")
        return real(**options)

    monkeypatch.setattr(provider.client, "get_secret_value", unsteady)
    assert len(send(done_notification(sink.url)).failed) == 1
    assert send(done_notification(sink.url)).failed == []


def test_the_secret_is_read_once_for_many_deliveries_and_again_when_it_is_old(
    send: Send, sink: WebhookSink, done_notification: Done, handler: ModuleType
):
    client = handler.notifier()._deliverer._secret._provider.client
    reads: list[str] = []
    client.meta.events.register(
        "before-call.secretsmanager.GetSecretValue", lambda model, **_: reads.append(model.name)
    )
    send(*(done_notification(sink.url, f"job-{number}") for number in range(5)))
    assert len(reads) == 1
    handler.notifier()._deliverer._secret._provider.clear_cache()
    send(done_notification(sink.url))
    assert len(reads) == 2
    assert all(taken.verified for taken in sink.deliveries)


def test_a_rotated_secret_signs_once_the_old_one_has_aged(
    send: Send,
    sink: WebhookSink,
    done_notification: Done,
    surroundings: Any,
    monkeypatch: pytest.MonkeyPatch,
):
    rotated = "whsec_bmV3LXNlY3JldC1vZi1hLXRlc3QtMTIzNDU2"
    monkeypatch.setattr(delivery, "SECRET_MAX_AGE_SECONDS", 0.001)
    assert send(done_notification(sink.url)).failed == []
    surroundings.secrets_manager.put_secret_value(SecretId=surroundings.secret_arn, SecretString=rotated)
    assert len(send(done_notification(sink.url, "early")).failed) == 1, "the backend still has the old one"
    sink.trust(rotated)
    assert send(done_notification(sink.url, "late")).failed == []
    assert sink.events[-1].payload["data"]["id"] == "late"


def test_without_any_webhook_nothing_is_sent_and_the_message_is_done(
    send: Send, sink: WebhookSink, done_notification: Done, logs: io.StringIO
):
    sent = send(done_notification())
    assert (sent.failed, sink.deliveries, sent.metrics["Unaddressed"]) == ([], (), [1])
    assert "no webhook to tell" in logs.getvalue()


def test_the_stack_s_webhook_is_told_of_jobs_without_their_own(
    send: Send, sink: WebhookSink, done_notification: Done, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WEBHOOK_URL", sink.url)
    assert send(done_notification()).failed == []
    assert sink.events[0].payload["data"]["id"] == "reel-1"


def test_a_wrong_environment_fails_the_run_by_name(handler: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RETRY_SECONDS", "soon")
    with pytest.raises(ConfigurationError, match="RETRY_SECONDS"):
        handler.notifier()


def test_a_delivery_is_signed_and_its_id_stays_over_retries(send: Send, sink: WebhookSink, done_notification: Done):
    sink.reply_next(Reply(500))
    send(done_notification(sink.url))
    send(done_notification(sink.url), receive_count=2)
    assert [(taken.webhook_id, taken.verified) for taken in sink.deliveries] == [("reel-1-1", True)] * 2
    [event] = sink.events
    assert event.headers["content-type"] == "application/json"
    assert abs(int(event.headers["webhook-timestamp"]) - time.time()) < 60


def test_the_links_are_signed_by_version_4_for_as_long_as_the_payload_says(
    send: Send, sink: WebhookSink, done_notification: Done
):
    send(done_notification(sink.url))
    video = sink.events[0].payload["data"]["video"]
    query = parse_qs(urlsplit(video["url"]).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["600"]
    assert urlsplit(video["url"]).path.endswith("renders/reel-1/1/video.mp4")
    assert sink.events[0].payload["data"]["poster"]["url"].split("?")[0].endswith("poster.jpg")


def test_a_sheet_of_thumbnails_is_told_where_there_is_one(send: Send, sink: WebhookSink, done_notification: Done):
    notification = done_notification(sink.url)
    assert notification.rendered is not None
    rendered = notification.rendered.model_copy(update={"thumbnails_key": "renders/reel-1/1/thumbnails.jpg"})
    send(notification.model_copy(update={"rendered": rendered}))
    url = sink.events[0].payload["data"]["thumbnails"]["url"]
    assert urlsplit(url).path.endswith("renders/reel-1/1/thumbnails.jpg")
    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["600"]


def test_neither_secret_nor_link_nor_the_webhook_s_path_is_logged(
    send: Send, sink: WebhookSink, done_notification: Done, logs: io.StringIO, capsys: pytest.CaptureFixture[str]
):
    sink.reply_next(Reply(200), Reply(500), Reply(410))
    for _ in range(3):
        send(done_notification(f"{sink.url}/path-s3cret?token-s3cret"))
    assert len(logs.getvalue().splitlines()) == 3
    written = logs.getvalue() + capsys.readouterr().out
    for secret in ("whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "X-Amz", "s3cret", "v1,"):
        assert secret not in written


def test_the_metrics_are_in_embedded_format_by_service(send: Send, sink: WebhookSink, done_notification: Done):
    document = send(done_notification(sink.url)).metrics
    [directive] = document["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"], document["service"]) == (
        "WarmPool",
        [["service"]],
        "warm-pool",
    )
    assert {metric["Name"] for metric in directive["Metrics"]} == {"Delivered", "Unaddressed", "Failed", "GaveUp"}


def test_log_lines_name_the_job_the_attempt_and_the_target(
    send: Send, sink: WebhookSink, done_notification: Done, logs: io.StringIO
):
    send(done_notification(sink.url))
    line = json.loads(logs.getvalue().splitlines()[-1])
    assert (line["job_id"], line["attempt"], line["status"], line["message"]) == ("reel-1", 1, 200, "told 127.0.0.1")
