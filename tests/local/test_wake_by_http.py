"""The fleet behind its load balancer: who wakes it by a web request, who does not, and how it goes back to sleep."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.door import Door
from tests.local.whole import Whole, short_spec, whole_stack
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(170)

STRANGERS = 1_000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("stack")
    with whole_stack(folder, warmPoolSize=1, maxWorkers=2, frontDoor="alb", allowPlainHttp=True) as whole:
        yield whole


def health(whole: Whole) -> list[str]:
    """The workers' health, as the warmkeeper reads it."""
    elb = whole.stack.cloud.client("elbv2")
    [group] = [one for one in elb.describe_target_groups()["TargetGroups"] if one["TargetType"] == "ip"]
    described = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    return [one["TargetHealth"]["State"] for one in described]


def test_strangers_leave_a_sleeping_fleet_asleep(whole: Whole) -> None:
    door = Door(whole)
    statuses = {door.ask("GET", f"/{secrets.token_hex(4)}.php").status for _ in range(STRANGERS)}
    refused = {door.ask("POST", "/previews", {}).status, door.ask("GET", "/fleet", token="guessed").status}
    assert (statuses, refused) == ({404}, {401})
    assert whole.counts() == (0, 0, 0)
    assert whole.stack.history.entries("service.desired") == ()


def test_an_authenticated_preview_wakes_the_fleet_is_answered_by_a_worker_and_lets_it_sleep_again(whole: Whole) -> None:
    door = Door(whole)
    preview = {"spec": short_spec(), "at": 0.1}

    first = door.ask("POST", "/previews", preview, token=door.token())
    assert (first.status, first.headers["Content-Type"]) == (503, "application/problem+json")
    assert int(first.headers["Retry-After"]) > 0

    def answered() -> Any:
        answer = door.ask("POST", "/previews", preview, token=door.token())
        if answer.status != 200:
            assert answer.status in {503, 429}, "this test asks more often than a token may"
            return None
        return answer

    picture = wait_until(answered, 60, "a picture")
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.data.startswith(b"\xff\xd8\xff")
    assert "healthy" in health(whole)
    assert whole.counts()[1] >= 1

    wait_until(lambda: whole.counts() == (0, 0, 0), 60, "sleep")
    assert door.ask("POST", "/previews", preview).status == 401, "the api function is back at the door"
    wait_until(lambda: "healthy" not in health(whole), 10, "the worker to leave the door")
