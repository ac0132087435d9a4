"""What is asked of the stack, and what is set for it."""

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from local.background import order as module
from local.background.order import Order
from local.configuration import InvalidConfigurationError

SINK = ("http://127.0.0.1:9/webhooks", "127.0.0.1:9")


def test_its_previews_need_a_load_balancer_and_its_players_and_its_program_have_one_minute():
    order = Order(minute_seconds=7, floor=2, ceiling=4)
    configured = order.configuration(*SINK)
    assert {key: configured[key] for key in ("frontDoor", "minuteSeconds", "warmPoolSize", "maxWorkers")} == {
        "frontDoor": "alb",
        "minuteSeconds": 7,
        "warmPoolSize": 2,
        "maxWorkers": 4,
    }
    assert (order.pace.minute_seconds, order.pace.spot_notice_seconds) == (7, 14)


def test_any_other_key_wins_over_what_is_set_here_and_the_receiver_of_webhooks_stays_within_reach():
    mine = {"frontDoor": "none", "loopbackTargets": json.dumps(["127.0.0.1:8000"])}
    configured = Order(config=mine).configuration(*SINK)
    assert configured["frontDoor"] == "none"
    assert configured["webhookUrl"] == SINK[0]
    assert configured["loopbackTargets"] == ["127.0.0.1:9", "127.0.0.1:8000"]


@pytest.mark.parametrize("key", sorted(module.OPTIONS))
def test_a_key_with_an_option_of_its_own_is_refused_by_that_options_name(key: str):
    with pytest.raises(ValidationError, match=re.escape(module.OPTIONS[key])):
        Order(config={key: "3"})


@pytest.mark.parametrize("targets", ["127.0.0.1:8000", "{}", "[1"])
def test_loopback_targets_that_are_no_list_are_refused_at_once(targets: str):
    with pytest.raises(ValidationError):
        Order(config={"loopbackTargets": targets})


def test_it_tells_when_its_fleet_sleeps():
    assert Order(minute_seconds=10).sleep_after_seconds() == 50
    assert Order(minute_seconds=10, config={"sleepAfterMinutes": "2"}).sleep_after_seconds() == 20
    assert Order(config={"scaleToZero": "false"}).sleep_after_seconds() is None
    with pytest.raises(InvalidConfigurationError, match="noSuchKey"):
        Order(config={"noSuchKey": "1"}).sleep_after_seconds()


def test_the_how_to_names_the_default_pace():
    page = Path(module.__file__).parents[2] / "docs" / "how-to" / "try-the-local-stack.md"
    assert module.MINUTE_SECONDS == 10
    assert Order().sleep_after_seconds() == 50
    assert "A minute lasts\nten seconds, so that an unused fleet is asleep again after fifty." in page.read_text()
