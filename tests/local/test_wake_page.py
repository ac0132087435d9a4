"""The page at `/` in a real browser, before a real fleet: asleep, asked, starting, healthy, and on to where one went.

`WAKE_SCREENSHOTS=1 python -m pytest -m browser` leaves a picture of each stage in `out/wake/`.
"""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from selenium.webdriver import Chrome

from local.history import Entry
from tests.local.browser import Tab, browser, installed
from tests.local.door import Door, health, mark, moments, ticks
from tests.local.whole import Whole, whole_stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(170)]

SECONDS = re.compile(r"\d+ s")
HERE = "/health?from=the-page"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    installed()  # before the stack, which costs more than a look
    folder = tmp_path_factory.mktemp("stack")
    config = {"frontDoor": "alb", "allowPlainHttp": True, "warmPoolSize": 1, "maxWorkers": 2}
    with whole_stack(folder, **config, sleepAfterMinutes=120) as whole:  # once woken, it stays so
        yield whole


@pytest.fixture(scope="module")
def door(whole: Whole) -> Door:
    return Door(whole)


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with browser(tmp_path_factory.mktemp("profile")) as chrome:
        yield chrome


@pytest.fixture
def tab(chrome: Chrome, door: Door) -> Iterator[Tab]:
    tab = Tab(chrome, door.url)
    yield tab
    complaints = tab.complaints()
    tab.close()
    assert complaints == []


@contextmanager
def workers_stopped_in_their_tracks(whole: Whole) -> Iterator[None]:
    """Have each worker stand still from its start until the end: its task runs and does not get healthy."""
    stopped: list[int] = []
    is_over = False

    def stop(entry: Entry) -> None:
        if entry.event == "task.running" and not is_over:
            os.kill(entry.fields["pid"], signal.SIGSTOP)
            stopped.append(entry.fields["pid"])

    whole.stack.history.subscribe(stop)
    try:
        yield
    finally:
        is_over = True
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def stages(tab: Tab) -> list[tuple[str, str, bool]]:
    """Each stage as it is shown: its class, its name, and whether it has seconds."""
    found = []
    for number in (1, 2, 3):
        stage = f"#stages li:nth-child({number})"
        seconds = tab.text(f"{stage} time")
        assert seconds == "" or SECONDS.search(seconds), seconds
        found.append((tab.find(stage).get_attribute("class"), tab.text(f"{stage} b"), bool(seconds)))
    return found


def kept(tab: Tab) -> dict[str, object]:
    """What the browser keeps for the page, by place."""
    return {
        "session": tab.script("{...sessionStorage}"),
        "local": tab.script("localStorage.length"),
        "cookie": tab.script("document.cookie"),
    }


def enter(tab: Tab, token: str) -> None:
    tab.find("#token").send_keys(token)
    tab.find("#form button").click()


def test_the_page_wakes_nothing_by_itself(whole: Whole, tab: Tab) -> None:
    tab.open("/")
    assert (tab.text("h1"), tab.chrome.title) == ("Wake the fleet", "Wake the fleet")
    assert (tab.find("#token").accessible_name, tab.text("#form button")) == ("Access token", "Wake the fleet")
    assert tab.script("document.activeElement.id") == "token"
    tab.shoot("1-asleep")

    later = ticks(whole) + 2
    wait_until(lambda: ticks(whole) >= later, 20, "two minutes more")
    assert tab.script("performance.getEntriesByType('resource').map((one) => one.name)") == []
    assert kept(tab) == {"session": {}, "local": 0, "cookie": ""}
    assert whole.counts() == (0, 0, 0)
    assert whole.stack.history.entries("service.desired") == ()


def test_a_wrong_token_is_told_and_wakes_nothing(whole: Whole, door: Door, tab: Tab) -> None:
    tab.open("/")
    enter(tab, "guessed")
    wait_until(lambda: tab.text("#error"), 20, "a word on the token")
    assert tab.text("#error") == "This token is not accepted."
    assert tab.find("#token").get_attribute("aria-invalid") == "true"
    assert (tab.find("#form").is_displayed(), tab.find("#stages").is_displayed()) == (True, False)
    tab.shoot("2-refused")
    [refused] = tab.complaints()
    assert "/fleet/heartbeat - Failed to load resource" in refused
    assert "401" in refused

    enter(tab, "no tökén")
    assert tab.text("#error") == "This is no token."
    assert kept(tab) == {"session": {}, "local": 0, "cookie": ""}
    assert door.fleet()["last_call_at"] is None
    assert whole.counts() == (0, 0, 0)


def test_the_right_token_wakes_the_fleet_stage_by_stage(whole: Whole, door: Door, tab: Tab) -> None:
    since = mark(whole)
    tab.open("/")
    with workers_stopped_in_their_tracks(whole):
        with tab.holding_back("*/fleet*"):
            enter(tab, door.token)
            wait_until(lambda: tab.text("#stages li:nth-child(1) time") == "1 s", 20, "a second of asking")
            assert (tab.text("h1"), tab.text("#note")) == ("Waking the fleet", "Asking.")
            assert stages(tab) == [("now", "Asked", True), ("", "Task starting", False), ("", "Healthy", False)]
            assert tab.find("#stages li:nth-child(1)").get_attribute("aria-current") == "step"
            assert moments(whole, since) == []
            tab.shoot("3-asked")

        wait_until(lambda: tab.text("#stages li:nth-child(2) time"), 30, "the second stage")
        wait_until(lambda: "task.running" in moments(whole, since), 30, "a task")
        assert stages(tab) == [("done", "Asked", True), ("now", "Task starting", True), ("", "Healthy", False)]
        assert "Waking the fleet · " in tab.chrome.title
        assert "healthy" not in health(whole)
        tab.shoot("4-task-starting")

    wait_until(lambda: tab.text("h1") == "The fleet is awake", 60, "the third stage")
    assert stages(tab) == [("done", "Asked", True), ("done", "Task starting", True), ("done", "Healthy", True)]
    assert tab.text("#stages li:nth-child(3) time").startswith("in ")
    assert tab.text("#note") == "One worker is ready. You can close this page."
    assert health(whole) == ["healthy"]
    tab.shoot("5-healthy")

    assert kept(tab) == {"session": {"token": door.token}, "local": 0, "cookie": ""}
    assert tab.find("#token").get_attribute("value") == ""
    assert tab.chrome.current_url == f"{door.url}/"
    called = tab.script("performance.getEntriesByType('resource').map((one) => one.name)")
    assert set(called) == {f"{door.url}/fleet", f"{door.url}/fleet/heartbeat"}


def test_the_token_is_kept_for_the_session_of_the_tab_and_until_it_is_forgotten(door: Door, tab: Tab) -> None:
    tab.open("/")
    assert tab.find("#form").is_displayed(), "another tab's token is not this one's"
    enter(tab, door.token)
    wait_until(lambda: tab.text("h1") == "The fleet is awake", 60, "the fleet")
    tab.chrome.refresh()
    wait_until(lambda: tab.text("h1") == "The fleet is awake", 60, "the fleet, without a word of the token")
    tab.find("#forget").click()
    assert tab.find("#form").is_displayed()
    assert kept(tab) == {"session": {}, "local": 0, "cookie": ""}


def test_a_link_brings_the_token_and_leads_on_to_where_the_person_was_going(door: Door, tab: Tab) -> None:
    with tab.holding_back("*/fleet*"):
        tab.open(f"/#token={quote(door.operator_token, safe='')}&to={quote(HERE, safe='')}")
        wait_until(lambda: tab.text("h1") == "Waking the fleet", 20, "the stages, without a form")
        assert tab.chrome.current_url == f"{door.url}/", "the fragment is gone from the address bar"
        assert tab.script("history.length") <= 2, "and from the history: nothing was added to it"
        assert tab.text("#lead") == f"You go on to {HERE} when it is awake."
        assert tab.script("{...sessionStorage}") == {"token": door.operator_token, "to": HERE}
    wait_until(lambda: tab.text("#note") == f"Going on to {HERE}", 60, "the fleet")
    tab.shoot("6-going-on")
    wait_until(lambda: tab.chrome.current_url == door.url + HERE, 20, "the way on")
    assert tab.text("body").startswith('{"status": "ok"}')
    wants_an_icon = f"{door.url}/favicon.ico - Failed to load resource"
    assert [said for said in tab.complaints() if not said.startswith(wants_an_icon)] == []
    assert tab.script("{...sessionStorage}") == {"token": door.operator_token}, "it leads there once"


@pytest.mark.parametrize("elsewhere", ["//evil.example/", "javascript:document.title='evil'"])
def test_a_link_leads_nowhere_else(door: Door, tab: Tab, elsewhere: str) -> None:
    tab.open(f"/#token={quote(door.token, safe='')}&to={quote(elsewhere, safe='')}")
    wait_until(lambda: tab.text("h1") == "The fleet is awake", 60, "the fleet")
    assert tab.text("#note") == "One worker is ready. You can close this page."
    assert tab.chrome.current_url == f"{door.url}/"
    assert tab.script("{...sessionStorage}") == {"token": door.token}
    assert tab.chrome.title.startswith("The fleet is awake")


def test_only_paths_of_its_own_origin_are_led_on_to(door: Door, tab: Tab) -> None:
    tab.open("/")
    refused = [
        *("https://evil.example/", "http:evil.example", "//evil.example", "///evil.example", "/\\evil.example"),
        *("\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "/.//evil.example", "/a/..//evil.example"),
        *(
            "/%2e//evil.example",
            "javascript:alert(1)",
            "data:text/html,evil",
            "evil.example",
            "",
            " /jobs",
            "/",
            "/?a=1",
        ),
        None,
    ]
    assert [to for to in refused if tab.script("safePath(arguments[0])", to) is not None] == []
    for to, path in {"/jobs/1?tab=log#end": None, f"{HERE}": None, "/a/../jobs": "/jobs"}.items():
        assert tab.script("safePath(arguments[0])", to) == (path or to)


def test_the_token_is_in_no_log(whole: Whole, door: Door, tab: Tab) -> None:
    """Not in the functions' lines, nor the workers', nor the history's; those of the tests before this one included."""
    tab.open(f"/#token={quote(door.token, safe='')}")
    wait_until(lambda: tab.text("h1") == "The fleet is awake", 60, "the fleet")
    logs = [*whole.stack.folder.rglob("*.log"), *whole.stack.folder.rglob("*.jsonl")]
    assert {path.stem.partition("-")[0] for path in logs} >= {"api", "warmkeeper", "history"}
    tokens = door.token.encode(), door.operator_token.encode()
    assert [path.name for path in logs if any(token in path.read_bytes() for token in tokens)] == []
