import pytest

from local.history import History
from local.pace import Pace
from local.players.lambda_events import Attempt, Event, EventQueue, InvokeConfig, next_step
from tests.waiting import wait_until


@pytest.mark.parametrize(
    ("attempt", "config", "age_minutes", "expected"),
    [
        (1, InvokeConfig(), 0, 1),
        (2, InvokeConfig(), 1, 2),
        (3, InvokeConfig(), 3, "RetriesExhausted"),
        (1, InvokeConfig(retries=0), 0, "RetriesExhausted"),
        (1, InvokeConfig(event_age_minutes=1), 0, 1),
        (1, InvokeConfig(event_age_minutes=1), 0.5, "EventAgeExceeded"),
        (2, InvokeConfig(event_age_minutes=2), 1, "EventAgeExceeded"),
    ],
)
def test_an_event_is_tried_again_after_one_minute_and_two_while_its_function_allows(
    attempt: int, config: InvokeConfig, age_minutes: float, expected: float | str
):
    assert next_step(Event("f", {}, "api", attempt=attempt), config, age_minutes=age_minutes) == expected


def test_an_attempt_that_breaks_the_queues_own_code_does_not_end_the_queue(caplog: pytest.LogCaptureFixture):
    tried: list[str] = []

    def attempt(event: Event) -> Attempt:
        tried.append(event.function)
        if event.function == "broken":
            raise KeyError("a bug")
        return Attempt("1", None)

    queue = EventQueue(
        Pace(minute_seconds=0.01),
        History(),
        attempt=attempt,
        config_of=lambda _: InvokeConfig(),
        dropped=lambda *_: None,
    )
    queue.start()
    queue.accept(Event("broken", {}, "api"))
    queue.accept(Event("well", {}, "api"), delay_seconds=0.05)
    wait_until(lambda: "well" in tried, what="the second event")
    queue.stop()
    assert "an event of broken was lost" in caplog.text


def test_what_still_waits_when_the_queue_stops_never_runs():
    tried: list[Event] = []

    def attempt(event: Event) -> Attempt:
        tried.append(event)
        return Attempt("1", None)

    queue = EventQueue(Pace(), History(), attempt=attempt, config_of=lambda _: InvokeConfig(), dropped=lambda *_: None)
    queue.accept(Event("f", {}, "api"), delay_seconds=60)
    queue.start()
    queue.stop()
    assert tried == []
