"""The notifier is told where its secret lies, never what it is, and leaves the account room for the warmkeeper."""

import base64
import json

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.notifier import TIMEOUT_SECONDS, max_receive_count, signing_secret
from tests.components.recording import PLACE, Recording, recorded
from tests.thoroughness import examples

RETRIES = {"prod": [5, 30, 120, 300, 600, 900, 1800], "local": [1, 2, 4]}


@pytest.mark.parametrize("stack", ["prod", "local"])
def test_it_is_told_all_that_it_reads_and_nothing_else(stack: str):
    environment = recorded(stack).environment("notifier-function")
    assert json.loads(environment.pop("RETRY_SECONDS")) == RETRIES[stack]
    assert environment == {
        "NOTIFICATIONS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/notifications-queue-1a2b3c4",
        "WEBHOOK_URL": "",
        "WEBHOOK_SECRET_ARN": f"arn:aws:secretsmanager:{PLACE}:secret:notifier-secret-1a2b3c4-AbCdEf",
        "URL_EXPIRES_SECONDS": "3600",
        "LOOPBACK_TARGETS": "[]",
        "POWERTOOLS_SERVICE_NAME": "worker-cluster-1a2b3c4",
        "POWERTOOLS_METRICS_NAMESPACE": "WarmPool",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def test_the_stacks_webhook_reaches_it():
    assert recorded("own-webhook").environment("notifier-function")["WEBHOOK_URL"] == "https://example.com/renders"


def test_webhooks_are_tried_for_more_than_an_hour_by_default():
    assert sum(RETRIES["prod"]) > 3600
    assert max_receive_count(RETRIES["prod"]) == 8


def test_one_message_of_a_batch_fails_alone_and_slow_receivers_take_half_a_young_account_at_most(program: Recording):
    source = program.one("EventSourceMapping").inputs
    assert source["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["batchSize"] == 5
    assert source["scalingConfig"] == {"maximumConcurrency": 5}
    assert source["eventSourceArn"] == f"arn:aws:sqs:{PLACE}:notifications-queue-1a2b3c4"


def test_a_run_ends_before_its_messages_come_back(program: Recording):
    assert program.one("Function", "notifier-function").inputs["timeout"] == TIMEOUT_SECONDS
    assert program.one("Queue", "notifications-queue").inputs["visibilityTimeoutSeconds"] > TIMEOUT_SECONDS


def test_a_generated_secret_is_kept_over_all_later_updates(program: Recording):
    version = program.one("SecretVersion", "notifier-secret")
    assert version.inputs["secretString"] == {"secret": signing_secret("q" * 32)}
    assert version.ignore_changes == ["secretString"]


@hypothesis.settings(deadline=None, max_examples=examples(50), suppress_health_check=[hypothesis.HealthCheck.too_slow])
@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=32, max_size=32))
def test_a_generated_secret_is_what_standard_webhooks_asks_for(password: str):
    prefix, _, encoded = signing_secret(password).partition("_")
    assert prefix == "whsec"
    assert 24 <= len(base64.b64decode(encoded, validate=True)) <= 64
