"""The fleet behind its front door: who wakes it by a web request, who does not, and how it goes back to sleep.

Real HTTP through the load balancer's player, real worker processes; a minute lasts a second, and so five are five.
"""

import itertools
import re
import secrets
import threading
import time
from collections.abc import Iterator
from datetime import datetime

import pytest
import urllib3

from fleet.rate_limit import RateLimit
from tests.local.door import TOO_MANY, Door, address, health, mark, moments, note_rule_changes, ticks, workers_group
from tests.local.whole import Whole, short_spec, whole_stack
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(170)

STRANGERS = 200
KNOCK_SECONDS = 0.03
"""Between two knocks of one stranger: often enough to keep any fleet awake that minded, and no load test."""
SLEEP_AFTER_SECONDS = 5
"""The five minutes of Pulumi.local.yaml."""
PER_SECOND = 10
PREVIEW = {"spec": short_spec(), "at": 0.1}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("stack")
    with whole_stack(folder, warmPoolSize=1, maxWorkers=2, frontDoor="alb", allowPlainHttp=True) as whole:
        note_rule_changes(whole)
        yield whole


@pytest.fixture
def door(whole: Whole) -> Door:
    return Door(whole)


def test_strangers_leave_a_sleeping_fleet_asleep(whole: Whole, door: Door) -> None:
    statuses = {door.ask("GET", f"/{secrets.token_hex(4)}.php").status for _ in range(STRANGERS)}
    refused = {door.ask("POST", "/previews", {}).status, door.ask("POST", "/fleet/heartbeat", token="guessed").status}
    assert (statuses, refused) == ({404}, {401})

    later = ticks(whole) + 2
    wait_until(lambda: ticks(whole) >= later, 20, "two minutes more")
    assert whole.counts() == (0, 0, 0)
    assert whole.stack.history.entries("service.desired") == ()
    assert door.fleet()["last_call_at"] is None


def test_an_authenticated_preview_wakes_the_fleet_and_is_answered_by_a_worker(whole: Whole, door: Door) -> None:
    since = mark(whole)
    first = door.ask("POST", "/previews", PREVIEW, token=door.token)
    assert (first.status, first.headers["Content-Type"]) == (503, "application/problem+json")
    assert int(first.headers["Retry-After"]) > 0

    def answered() -> urllib3.BaseHTTPResponse | None:
        answer = door.ask("POST", "/previews", PREVIEW, token=door.token)
        if answer.status != 200:
            assert answer.status in {503, TOO_MANY}, "this test asks more often than a token may"
            return None
        return answer

    picture = wait_until(answered, 60, "a picture")
    assert picture is not None
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.data.startswith(b"\xff\xd8\xff")
    assert moments(whole, since) == [
        "some desired",
        "task.pending",
        "task.running",
        "target initial",
        "target healthy",
        "door to the workers",
    ]
    woken = next(row for row in reversed(door.fleet()["decisions"]) if row["kind"] == "wake")
    assert re.match(r"wake: called \d s ago \(preview asked for by a client\)", woken["reason"])

    # What the players answered above is more than moto knows: of targets, for one, nothing at all.
    door.wake()
    assert health(whole) == ["healthy"]
    untold = whole.stack.cloud.moto_client("elbv2").describe_target_health(TargetGroupArn=workers_group(whole))
    assert untold["TargetHealthDescriptions"] == []


def test_heartbeats_keep_the_fleet_awake_for_longer_than_it_would_idle(whole: Whole, door: Door) -> None:
    door.wake()
    since = mark(whole)
    beats = itertools.count(time.monotonic(), 0.5)  # an editor sends one every 30 s
    due, end = next(beats), time.monotonic() + 1.4 * SLEEP_AFTER_SECONDS

    def has_beaten_for_long() -> bool:
        nonlocal due
        if time.monotonic() >= due:
            door.beat()
            due = next(beats)
        return time.monotonic() >= end

    wait_until(has_beaten_for_long, 60, "seven minutes")
    assert moments(whole, since) == []
    assert whole.counts() == (1, 1, 0)


def test_the_rate_of_a_token_is_limited_over_all_who_answer_it(whole: Whole, door: Door) -> None:
    door.wake()
    counter = RateLimit(whole.stack.cloud.client("dynamodb"), whole.stack.outputs["fleetTable"], PER_SECOND)

    def spend() -> tuple[int, list[urllib3.BaseHTTPResponse]] | None:
        """The answers to calls with one token within one second of the clock; None if they took longer."""
        door.ask("POST", "/fleet/heartbeat", token=door.operator_token)  # nobody's sleep comes in between
        second = int(time.time()) + 2
        # Ahead of time, since no slow machine makes a dozen whole calls in a second.
        assert [counter.allow(door.token, second) for _ in range(PER_SECOND - 1)] == [None] * (PER_SECOND - 1)
        wait_until(lambda: int(time.time()) >= second, 5, "a new second")
        # An operator's command is refused to a client, but it is a call; and it does nothing.
        last = door.ask("POST", "/fleet/wake", token=door.token).status
        more = [
            door.ask("GET", "/fleet", token=door.token),
            door.ask("POST", "/previews", PREVIEW, token=door.token),
            door.ask("GET", "/fleet", token=door.operator_token),
        ]
        return (last, more) if int(time.time()) == second else None

    last, (by_api, by_worker, of_operator) = wait_until(spend, 60, "a second that was long enough") or (0, [])
    assert last == 403
    for refused in (by_api, by_worker):
        assert (refused.status, refused.headers["Content-Type"]) == (TOO_MANY, "application/problem+json")
        assert refused.headers["Retry-After"] == "1"
    # Their words tell the two apart: the api's begin with a capital.
    details = [refused.json()["detail"] for refused in (by_api, by_worker)]
    assert details == [f"{word} many calls with this token in a second" for word in ("Too", "too")]
    assert of_operator.status == 200


def test_strangers_do_not_keep_an_idle_fleet_awake(whole: Whole, door: Door) -> None:
    door.wake()
    since = mark(whole)
    asleep = threading.Event()
    statuses: list[tuple[str, int]] = []

    def knock() -> None:
        """Ask for what is not there and, each tenth time, for what is: often enough, and until the fleet sleeps."""
        stranger = urllib3.PoolManager(retries=False, timeout=30)
        for number in itertools.count():
            if number >= STRANGERS / 2 and asleep.is_set():
                return
            known = ("/previews", "/fleet/heartbeat", "/fleet")[number // 10 % 3] if number % 10 == 0 else ""
            method, path = ("POST", known) if known else ("GET", f"/{secrets.token_hex(6)}")
            answer = stranger.request(method, door.url + path, headers={"Authorization": "Bearer guessed"})
            statuses.append(("known" if known else "random", answer.status))
            asleep.wait(KNOCK_SECONDS)

    knockers = [threading.Thread(target=knock) for _ in range(2)]
    for knocker in knockers:
        knocker.start()
    try:
        wait_until(lambda: whole.counts() == (0, 0, 0), 60, "sleep")
    finally:
        asleep.set()
        for knocker in knockers:
            knocker.join(60)
    assert len(statuses) >= STRANGERS
    assert set(statuses) == {("random", 404), ("known", 401), ("known", 405)}, "405: /fleet is not for POST"

    fleet = door.fleet()
    slept = next(row for row in fleet["decisions"] if row["kind"] == "sleep")
    idle_seconds = (datetime.fromisoformat(slept["at"]) - datetime.fromisoformat(fleet["last_call_at"])).total_seconds()
    assert SLEEP_AFTER_SECONDS <= idle_seconds < 3 * SLEEP_AFTER_SECONDS, "it slept on time, however slow this machine"
    wait_until(lambda: "target draining" in moments(whole, since), 10, "the worker to leave the door")
    assert moments(whole, since) == ["door to the api", "none desired", "target draining"]
    assert door.ask("POST", "/previews", PREVIEW).headers["Content-Type"] == "application/problem+json"


def test_without_a_load_balancer_the_same_function_answers_at_its_own_address(whole: Whole, door: Door) -> None:
    """The running stack gives its load balancer up, as by `pulumi config set frontDoor none` and `pulumi up`."""
    balanced, function = whole.stack.outputs["apiUrl"], whole.stack.outputs["apiFunction"]
    tokens = door.token, door.operator_token
    whole.stack.deploy({"frontDoor": "none"})
    assert whole.stack.outputs["apiUrl"] != balanced
    assert whole.stack.outputs["apiFunction"] == function
    wait_until(lambda: address(whole), 10, "the function's own address")

    own = Door(whole)
    assert (own.token, own.operator_token) == tokens, "the tokens stay in force"
    assert own.ask("GET", "/health").json() == {"status": "ok"}
    page = own.ask("GET", "/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert own.ask("POST", "/previews", PREVIEW).status == 401
    refused = own.ask("POST", "/previews", PREVIEW, token=own.token)
    assert (refused.status, refused.headers["Content-Type"]) == (501, "application/problem+json")
    assert refused.json()["setting"] == "frontDoor"
    assert own.ask("GET", "/nothing-here").status == 404
    assert whole.counts() == (0, 0, 0), "nothing of this wakes it"
    own.wake()
    assert whole.counts()[1] == 1
