"""Warm hours by the clocks of a place, and what a fleet does in them."""

import timeit
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.settings_access_rules import are_hours_of_a_week
from fleet.activity import Activity
from fleet.command import Command, CommandName
from fleet.level import Level
from fleet.state import FleetState
from lambdas.warmkeeper.decision import Decision, Kind, decide
from lambdas.warmkeeper.hours import WEEK, parse_warm_hours
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Queue, Service, Snapshot
from tests.lambdas.warmkeeper.readings import EMPTY, SNAPSHOTS, STATES, rules
from tests.thoroughness import examples

OFFICE = "Mon-Fri 08:00-20:00 Europe/Paris"
RULES = Rules(2, 50, 1, scale_to_zero=True, sleep_after_seconds=300.0, warm_hours=parse_warm_hours(OFFICE))
LIMIT_SECONDS = 50e-6
"""The goal of a whole decision; one look at the clock takes about one microsecond of it."""

texts = st.builds(
    lambda first, last, start, length, zone: (
        f"{first}{last and '-' + last} {start // 60:02}:{start % 60:02}-"
        f"{(end := min(start + length, 1439)) // 60:02}:{end % 60:02} {zone}"
    ),
    st.sampled_from(WEEK),
    st.sampled_from(["", *WEEK]),
    st.integers(0, 1438),
    st.integers(1, 1439),
    st.sampled_from(["UTC", "Europe/Paris", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "Etc/GMT+12"]),
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 -- Hypothesis asks for bounds without a zone
    datetime.timestamp
)


def at(text: str) -> float:
    """Seconds of the epoch; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def warm(hours: str, moment: str) -> bool:
    return parse_warm_hours(hours).is_warm(at(moment))


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "written as"),
            ("Mon-Fri 08:00-20:00", "written as"),
            ("Monday 08:00-20:00 UTC", "written as"),
            ("mon 08:00-20:00 UTC", "written as"),
            (f"{OFFICE}\n", "written as"),
            ("Mon 08:00-20:00 ../../etc/passwd", "written as"),
            ("Mon 08:00-24:00 UTC", "hour"),
            ("Mon 08:60-09:00 UTC", "minute"),
            ("Mon 20:00-08:00 UTC", "within one day"),
            ("Mon 08:00-08:00 UTC", "within one day"),
            ("Mon 08:00-20:00 Mars/Olympus", "Mars/Olympus is no time zone"),
            ("Mon 08:00-20:00 /etc/passwd", "no time zone"),
            ("Mon 08:00-20:00 Europe", "no time zone"),
        ],
    )
    def test_what_is_not_hours_of_a_week_is_refused_and_the_settings_refuse_it_too(self, text: str, said: str):
        with pytest.raises(ValueError, match=said):
            parse_warm_hours(text)
        if text:
            with pytest.raises(ValueError, match=r"warm hours|hour is|within one day|no time zone"):
                are_hours_of_a_week(text)

    @given(texts)
    @settings(max_examples=examples(60), deadline=None)
    def test_what_the_settings_accept_is_understood_here(self, text: str):
        assert str(parse_warm_hours(are_hours_of_a_week(text))) == text


class TestClocks:
    @pytest.mark.parametrize(
        ("moment", "is_warm"),
        [
            ("2027-01-15T07:59:59.999+01:00", False),
            ("2027-01-15T08:00:00+01:00", True),
            ("2027-01-15T19:59:59.999+01:00", True),
            ("2027-01-15T20:00:00+01:00", False),
            ("2027-01-16T12:00:00+01:00", False),
            ("2027-01-17T12:00:00+01:00", False),
            ("2027-01-18T08:00:00+01:00", True),
            # Friday by the clocks of Auckland is Thursday in Paris still.
            ("2027-01-15T08:30:00+13:00", False),
        ],
    )
    def test_a_window_has_its_first_second_and_not_its_end_and_no_week_end(self, moment: str, is_warm: bool):  # noqa: FBT001 -- a column of the table
        assert warm(OFFICE, moment) is is_warm

    @pytest.mark.parametrize(
        ("moment", "is_warm"),
        [
            # The Friday before the clocks are put on (2027-03-28), in winter time: 08:00 is 07:00 UTC.
            ("2027-03-26T06:59:59", False),
            ("2027-03-26T07:00:00", True),
            # The Monday after, in summer time: 08:00 is 06:00 UTC.
            ("2027-03-29T05:59:59", False),
            ("2027-03-29T06:00:00", True),
            ("2027-03-29T18:00:00", False),
            # And back on 2027-10-31.
            ("2027-10-29T06:00:00", True),
            ("2027-11-01T06:59:59", False),
            ("2027-11-01T07:00:00", True),
            ("2027-11-01T18:59:59", True),
        ],
    )
    def test_office_hours_follow_daylight_saving(self, moment: str, is_warm: bool):  # noqa: FBT001 -- a column of the table
        assert warm(OFFICE, moment) is is_warm

    @pytest.mark.parametrize(
        ("day", "hours", "seconds"),
        [
            pytest.param("2027-03-28", "Sun 01:00-05:00 Europe/Paris", 3 * 3600, id="an hour less in spring"),
            pytest.param("2027-03-28", "Sun 02:10-02:50 Europe/Paris", 0, id="a window that no clock shows"),
            pytest.param("2027-03-28", "Sun 01:00-05:00 UTC", 4 * 3600, id="none in UTC"),
            pytest.param("2027-10-31", "Sun 01:00-05:00 Europe/Paris", 5 * 3600, id="an hour more in autumn"),
            pytest.param("2027-10-31", "Sun 02:10-02:50 Europe/Paris", 2 * 40 * 60, id="a window that comes twice"),
            pytest.param("2027-10-31", "Sun 01:00-05:00 UTC", 4 * 3600, id="none in UTC either"),
        ],
    )
    def test_on_the_days_that_clocks_change_what_they_show_counts(self, day: str, hours: str, seconds: int):
        window = parse_warm_hours(hours)
        assert sum(60 for minute in range(-12 * 60, 24 * 60) if window.is_warm(at(day) + 60 * minute)) == seconds

    def test_days_may_pass_over_the_end_of_the_week(self):
        days = [warm("Sat-Mon 08:00-20:00 UTC", f"2027-01-{11 + day}T12:00:00") for day in range(7)]
        assert days == [True, False, False, False, False, True, True]

    def test_one_day_alone_will_do(self):
        days = [warm("Wed 08:00-20:00 UTC", f"2027-01-{11 + day}T12:00:00") for day in range(7)]
        assert days == [False, False, True, False, False, False, False]

    @given(text=texts, moment=moments)
    @settings(max_examples=examples(200), deadline=None)
    def test_it_is_warm_exactly_when_the_clocks_of_the_place_show_a_time_in_the_text(self, text: str, moment: float):
        days, hours, zone = text.split(" ")
        first, _, last = days.partition("-")
        week = [*WEEK, *WEEK][WEEK.index(first) :]
        shown = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)).astimezone(ZoneInfo(zone))
        start, end = hours.split("-")
        among = shown.strftime("%a") in week[: week.index(last or first) + 1]
        assert parse_warm_hours(text).is_warm(moment) is (among and start <= shown.strftime("%H:%M") < end)

    def test_looking_at_the_clock_is_quick_enough_to_be_done_at_each_look(self):
        hours = parse_warm_hours(OFFICE)
        assert min(timeit.repeat(lambda: hours.is_warm(1_800_000_000.0), number=100, repeat=10)) / 100 < LIMIT_SECONDS


OPENING, NOON, CLOSING = (at(f"2027-01-15T{hour}:00:00+01:00") for hour in ("08", "12", "20"))


def look(
    queue: Queue | None,
    desired: int,
    now: float,
    state: FleetState = FleetState(),  # noqa: B008 -- it is frozen
    command: Command | None = None,
    *,
    activity: Activity | None = None,
) -> Decision:
    return decide(Snapshot(queue, Service(desired, desired), activity, command), state, RULES, now)


def order(name: CommandName, now: float, count: int | None = None) -> Command:
    return Command(id=f"{name} {now}", name=name, at=now, count=count)


def idle(now: float) -> FleetState:
    return FleetState(busy_at=now - 3600, empty_since=now - 3600)


class TestFleet:
    def test_it_sleeps_until_the_window_opens_and_wakes_to_the_floor_with_it(self):
        assert look(EMPTY, 0, OPENING - 1).kind is Kind.ASLEEP
        decision = look(EMPTY, 0, OPENING)
        assert (decision.desired, decision.kind, decision.level) == (2, Kind.WAKE, Level.WAKING)
        assert decision.reason == (f"wake: warm hours {OFFICE}; 0 waiting + 0 in flight need 0, floor 2, ceiling 50")

    def test_it_wakes_though_the_queue_cannot_be_read(self):
        assert look(None, 0, NOON).desired == 2

    def test_it_stays_at_the_floor_however_idle_and_says_why(self):
        decision = look(EMPTY, 2, NOON, idle(NOON))
        assert (decision.desired, decision.kind) == (2, Kind.STEADY)
        assert decision.reason.endswith(f"floor 2, ceiling 50; warm hours {OFFICE}")

    def test_a_burst_falls_back_to_the_floor_and_not_below(self):
        decision = look(EMPTY, 9, NOON, idle(NOON))
        assert (decision.desired, decision.kind) == (2, Kind.IN)

    def test_it_falls_asleep_once_the_window_has_closed(self):
        assert look(EMPTY, 2, CLOSING - 1, idle(CLOSING)).desired == 2
        decision = look(EMPTY, 2, CLOSING, idle(CLOSING))
        assert (decision.desired, decision.kind) == (0, Kind.SLEEP)

    def test_work_and_calls_keep_it_awake_after_the_window_as_ever(self):
        assert look(Queue(0, 1), 2, CLOSING).desired == 2
        assert look(EMPTY, 2, CLOSING, idle(CLOSING), activity=Activity(CLOSING - 9)).desired == 2

    @pytest.mark.parametrize(("name", "count"), [("sleep", None), ("hold", 0)])
    def test_an_order_to_sleep_is_refused_in_the_window_as_where_none_may_ever_sleep(
        self, name: CommandName, count: int | None
    ):
        command = order(name, NOON, count)
        decision = look(EMPTY, 2, NOON, idle(NOON), command)
        assert (decision.desired, decision.state.order) == (2, None)
        assert decision.reason.startswith(f"{command}: refused, warm hours {OFFICE}; ")

    def test_an_order_to_sleep_that_waited_for_work_ends_as_the_window_opens(self):
        waiting = look(Queue(0, 1), 2, OPENING - 60, command=order("sleep", OPENING - 60)).state
        assert waiting.order is not None
        opened = look(EMPTY, 2, OPENING, waiting)
        assert (opened.desired, opened.state.order) == (2, None)
        assert "waits for the work to end" not in opened.reason

    def test_a_sleep_of_the_night_is_over_in_the_morning(self):
        night = OPENING - 3600
        slept = look(EMPTY, 2, night, idle(night), order("sleep", night))
        assert slept.desired == 0
        assert look(EMPTY, 0, OPENING, slept.state).desired == 2

    def test_a_hold_from_before_the_window_stands_in_it(self):
        """Who holds it means it: a repair is not to be disturbed by the morning."""
        held = look(EMPTY, 0, OPENING - 60, command=order("hold", OPENING - 60, 0)).state
        assert (look(EMPTY, 0, NOON, held).desired, look(EMPTY, 0, NOON, held).kind) == (0, Kind.ORDERED)

    def test_it_changes_nothing_for_a_fleet_that_never_sleeps(self):
        never = replace(RULES, scale_to_zero=False)
        for now in (NOON, CLOSING):
            decision = decide(Snapshot(EMPTY, Service(2, 2)), idle(now), never, now)
            assert decision.reason.endswith("; scaleToZero is false")

    @given(snapshot=SNAPSHOTS, state=STATES, config=rules(may_sleep=True), seconds=st.floats(0, 12 * 3600 - 1))
    @example(Snapshot(EMPTY, Service(0, 0)), FleetState(), RULES, 0.0)
    @settings(max_examples=examples(120), deadline=None)
    def test_whatever_was_read_remembered_or_ordered_it_is_never_asleep_in_the_window_once_looked_at(
        self, snapshot: Snapshot, state: FleetState, config: Rules, seconds: float
    ):
        """But for a hold from before, and with the floor kept where neither a hold nor the breaker says otherwise."""
        holds = state.order is not None and state.order.name == "hold"
        state = replace(state, order=None) if holds else state
        decision = decide(snapshot, state, replace(config, warm_hours=RULES.warm_hours), OPENING + seconds)
        assert decision.desired >= 1
        assert decision.kind is not Kind.SLEEP
        if decision.kind not in {Kind.ORDERED, Kind.BREAKER}:
            assert decision.desired >= config.floor
