import pytest

from fleet.environment import ConfigurationError
from lambdas.notifier.config import Config

COMPLETE = {
    "NOTIFICATIONS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/notifications",
    "WEBHOOK_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:webhook",
    "WEBHOOK_URL": "https://example.com/renders",
    "URL_EXPIRES_SECONDS": "600",
    "RETRY_SECONDS": "[1,2,4]",
    "LOOPBACK_TARGETS": "[]",
    "PATH": "/usr/bin",
}


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ConfigurationError) as error:
        Config.from_environment({"URL_EXPIRES_SECONDS": "0", "RETRY_SECONDS": "[0]", "LOOPBACK_TARGETS": "none"})
    for variable in (
        "NOTIFICATIONS_QUEUE_URL",
        "WEBHOOK_SECRET_ARN",
        "URL_EXPIRES_SECONDS",
        "RETRY_SECONDS.0",
        "LOOPBACK_TARGETS",
    ):
        assert variable in str(error.value)


def test_a_webhook_that_may_not_be_called_is_refused_by_name_and_without_its_path():
    with pytest.raises(ConfigurationError, match=r"WEBHOOK_URL: .*10\.0\.0\.1") as error:
        Config.from_environment(COMPLETE | {"WEBHOOK_URL": "https://10.0.0.1/token-s3cret"})
    assert "s3cret" not in str(error.value)


def test_a_complete_environment_is_read():
    config = Config.from_environment(COMPLETE)
    assert (config.retry_seconds, config.url_expires_seconds, config.loopback_targets) == ((1, 2, 4), 600, frozenset())


def test_what_may_be_left_out_has_the_documented_default():
    required = ("NOTIFICATIONS_QUEUE_URL", "WEBHOOK_SECRET_ARN")
    config = Config.from_environment({name: COMPLETE[name] for name in required})
    assert (config.webhook_url, config.url_expires_seconds) == ("", 3600)
    assert config.retry_seconds == (5, 30, 120, 300, 600, 900, 1800)
