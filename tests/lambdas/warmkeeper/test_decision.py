"""Each rule by example, with the words it gives."""

from dataclasses import replace

import pytest

from fleet.activity import Activity
from fleet.command import Command, CommandName
from fleet.level import Level
from fleet.state import Breaker, Demand, FleetState
from lambdas.warmkeeper.decision import Decision, Kind, decide
from lambdas.warmkeeper.rules import Rules
from lambdas.warmkeeper.snapshot import Queue, Service, Snapshot

NOW = 1_800_000_000.0
RULES = Rules(floor=2, ceiling=50, jobs_per_worker=1, scale_to_zero=True, sleep_after_seconds=300.0)
EMPTY = Queue(visible=0, in_flight=0)
IDLE = FleetState(busy_at=NOW - 300, empty_since=NOW - 60)


def look(
    queue: Queue | None,
    desired: int,
    state: FleetState = FleetState(),  # noqa: B008 -- it is frozen
    *,
    rules: Rules = RULES,
    now: float = NOW,
    running: int | None = None,
    deploying: bool = False,
    activity: Activity | None = None,
    command: Command | None = None,
) -> Decision:
    service = Service(desired, desired if running is None else running, deploying=deploying)
    problems = () if queue is not None else ("GetQueueAttributes: timed out",)
    return decide(Snapshot(queue, service, activity, command, problems), state, rules, now)


def order(name: CommandName, *, count: int | None = None, until: float | None = None, by: str = "") -> Command:
    return Command(id=f"{name} {count} {until}", name=name, at=NOW, count=count, until=until, by=by)


class TestUnreadableQueue:
    def test_the_fleet_is_held(self):
        decision = look(None, 7, IDLE)
        assert (decision.desired, decision.reason) == (7, "hold: GetQueueAttributes: timed out")

    def test_it_is_still_raised_to_the_floor(self):
        assert look(None, 1).desired == 2

    def test_it_stays_asleep(self):
        assert look(None, 0).kind is Kind.HOLD

    def test_a_call_wakes_it_to_the_floor_all_the_same(self):
        decision = look(None, 0, activity=Activity(NOW - 3, "editor"))
        assert (decision.desired, decision.kind) == (2, Kind.WAKE)
        assert decision.reason == "wake: called 3 s ago (editor); the queue unread, need 0, floor 2, ceiling 50"

    def test_it_breaks_the_row_of_empty_readings(self):
        blind = look(None, 2, IDLE)
        assert look(EMPTY, 2, blind.state, now=NOW + 1).desired == 2


class TestAsleep:
    def test_an_old_call_wakes_nobody(self):
        assert look(EMPTY, 0, activity=Activity(NOW - 300)).desired == 0

    def test_delayed_messages_wake_nobody_before_they_are_due(self):
        assert look(Queue(0, 0, delayed=3), 0).desired == 0

    def test_work_in_flight_without_work_waiting_is_a_phantom_until_it_is_read_again(self):
        first = look(Queue(0, 4), 0)
        assert first.desired == 0
        assert first.reason == "asleep: 0 waiting + 4 in flight, to be read again before it is believed"
        assert look(Queue(0, 4), 0, first.state, now=NOW + 1).desired == 0
        second = look(Queue(0, 4), 0, first.state, now=NOW + 58)
        assert second.desired == 4
        assert second.reason.startswith("wake: in flight for 58 s; 0 waiting + 4 in flight need 4")

    def test_a_phantom_that_went_away_is_forgotten(self):
        state = look(EMPTY, 0, look(Queue(0, 4), 0).state, now=NOW + 60).state
        assert look(Queue(0, 4), 0, state, now=NOW + 120).desired == 0

    def test_it_wakes_straight_to_the_need_and_not_above_the_ceiling(self):
        assert look(Queue(9, 0), 0).desired == 9
        decision = look(Queue(90, 0), 0)
        assert decision.desired == 50
        assert decision.reason.endswith("held at the ceiling 50")


class TestWake:
    def test_the_time_to_the_first_running_worker_is_told_once(self):
        woken = look(Queue(1, 0), 0)
        assert woken.level is Level.WAKING
        waiting = look(Queue(1, 0), 2, woken.state, now=NOW + 30, running=0)
        assert (waiting.level, waiting.woke_in_seconds) == (Level.WAKING, None)
        up = look(Queue(0, 1), 2, waiting.state, now=NOW + 47, running=1)
        assert (up.level, up.woke_in_seconds) == (Level.WARM, 47)
        assert look(Queue(0, 1), 2, up.state, now=NOW + 60).woke_in_seconds is None

    def test_a_wake_that_shows_late_is_timed_from_its_beginning(self):
        state = look(Queue(1, 0), 0, look(Queue(1, 0), 0).state, now=NOW + 5).state
        assert look(Queue(0, 1), 2, state, now=NOW + 20).woke_in_seconds == 20


class TestOut:
    def test_it_bursts_at_once(self):
        decision = look(Queue(14, 10), 12)
        assert (decision.desired, decision.level) == (24, Level.BURST)
        assert decision.reason == "burst: 14 waiting + 10 in flight need 24, floor 2, ceiling 50"

    def test_what_is_in_flight_is_no_free_capacity_for_several_jobs_a_worker(self):
        rules = Rules(2, 50, 4, scale_to_zero=True, sleep_after_seconds=300.0)
        assert look(Queue(14, 10), 2, rules=rules).desired == 10
        assert look(Queue(35, 1), 2, rules=rules).desired == 9

    def test_a_few_more_jobs_than_workers_start_none_where_a_worker_is_for_more_than_one(self):
        rules = Rules(1, 50, 4 / 3, scale_to_zero=True, sleep_after_seconds=300.0)
        assert look(Queue(1, 3), 3, rules=rules).desired == 3
        assert look(Queue(2, 3), 3, rules=rules).desired == 4

    def test_pending_tasks_are_capacity(self):
        assert look(Queue(9, 0), 9, running=0).desired == 9

    def test_a_raised_floor_applies_at_once(self):
        decision = look(EMPTY, 1)
        assert (decision.desired, decision.reason) == (2, "floor: 0 waiting + 0 in flight need 0, floor 2, ceiling 50")

    def test_a_lowered_ceiling_waits_for_the_work_to_end(self):
        rules = Rules(1, 3, 1, scale_to_zero=True, sleep_after_seconds=300.0)
        decision = look(Queue(20, 7), 10, rules=rules)
        assert decision.desired == 7
        assert decision.reason.endswith("not below the 7 in flight")
        assert look(Queue(20, 2), 7, rules=rules).desired == 3


class TestIn:
    def test_the_highest_need_of_45_seconds_is_kept(self):
        state = FleetState(demand=Demand(samples=((NOW - 400, 0), (NOW - 40, 9), (NOW - 30, 1)), read_at=NOW - 30))
        assert look(Queue(0, 1), 9, state).desired == 9
        assert look(Queue(0, 1), 9, state, now=NOW + 16).desired < 9

    def test_the_averages_and_a_reserve_are_kept(self):
        state = FleetState(demand=Demand(samples=((NOW - 60, 3),), quick=6.0, steady=4.0, read_at=NOW, rises=16.0))
        decision = look(Queue(0, 3), 20, state)
        assert decision.desired == 7
        assert decision.reason == (
            "in: 0 waiting + 3 in flight need 3; the last 45 s had 3, the average 4.80 keeps 7; floor 2, ceiling 50"
        )

    def test_the_rule_for_coming_in_never_sends_out(self):
        state = FleetState(demand=Demand(samples=((NOW - 60, 3),), quick=9.0, steady=9.0, read_at=NOW))
        assert look(Queue(0, 3), 5, state).desired == 5

    def test_a_queue_that_is_empty_for_sure_leaves_the_floor_only(self):
        state = FleetState(
            busy_at=NOW - 60, demand=Demand(samples=((NOW - 60, 9),), quick=9.0, steady=9.0, read_at=NOW - 60)
        )
        first = look(EMPTY, 9, state)
        assert first.desired == 9
        second = look(EMPTY, 9, first.state, now=NOW + 60)
        assert (second.desired, second.kind) == (2, Kind.IN)

    def test_a_deployment_is_not_scaled_in(self):
        decision = look(EMPTY, 9, IDLE, deploying=True)
        assert decision.desired == 9
        assert decision.reason.endswith("not lowered while a deployment is in progress")


class TestSpares:
    RULES = Rules(2, 50, 1, scale_to_zero=True, sleep_after_seconds=300.0, spares=3)

    def test_an_awake_fleet_is_ahead_of_what_is_needed(self):
        decision = look(Queue(1, 4), 6, rules=self.RULES)
        assert decision.desired == 8
        assert decision.reason == "burst: 1 waiting + 4 in flight need 5 + 3 spare, floor 2, ceiling 50"

    def test_a_wake_brings_them_along(self):
        assert look(Queue(2, 0), 0, rules=self.RULES).desired == 5

    def test_they_are_not_added_to_a_floor_that_is_idle_anyway(self):
        floor = replace(self.RULES, floor=10)
        assert look(Queue(0, 2), 10, rules=floor).desired == 10

    def test_they_are_kept_while_it_comes_in_and_neither_pass_the_ceiling_nor_keep_it_awake(self):
        state = FleetState(demand=Demand(samples=((NOW - 60, 5), (NOW - 20, 1)), read_at=NOW - 20))
        assert look(Queue(0, 1), 9, state, rules=self.RULES).desired == 8
        assert look(Queue(48, 1), 9, rules=self.RULES).desired == 50
        assert look(EMPTY, 3, IDLE, rules=self.RULES).desired == 0


class TestSleep:
    def test_it_needs_two_empty_readings_a_minute_apart(self):
        first = look(EMPTY, 2, FleetState(busy_at=NOW - 1000))
        assert (first.desired, first.reason) == (2, "idle: 0 waiting + 0 in flight, sleeps in 60 s")
        assert look(EMPTY, 2, first.state, now=NOW + 59).desired == 2
        second = look(EMPTY, 2, first.state, now=NOW + 60)
        assert (second.desired, second.reason) == (0, "sleep: no load or call for 1060 s, empty for 60 s")

    def test_it_needs_the_whole_idle_time(self):
        assert look(EMPTY, 2, IDLE).desired == 0
        assert look(EMPTY, 2, IDLE, now=NOW - 1).desired == 2

    def test_a_call_keeps_it_awake_as_long_as_work_does(self):
        called = look(EMPTY, 2, IDLE, activity=Activity(NOW - 299))
        assert called.desired == 2
        assert look(EMPTY, 2, called.state, now=NOW + 1).desired == 0

    def test_delayed_messages_keep_it_awake(self):
        assert look(Queue(0, 0, delayed=1), 2, IDLE).desired == 2

    def test_a_fleet_that_was_never_looked_at_is_not_taken_for_idle(self):
        assert look(EMPTY, 2).desired == 2

    def test_times_from_a_clock_that_was_set_back_only_delay_it(self):
        ahead_of_time = Demand(samples=((NOW + 3600, 9),), quick=9.0, steady=9.0, read_at=NOW + 3600)
        ahead = FleetState(busy_at=NOW + 3600, empty_since=NOW + 3600, demand=ahead_of_time)
        state = look(EMPTY, 2, ahead).state
        assert look(EMPTY, 2, state, now=NOW + 300).desired == 0


class TestCommands:
    def test_wake_counts_as_a_call(self):
        decision = look(EMPTY, 0, command=order("wake", by="ana"))
        assert decision.desired == 2
        assert decision.command == "wake (ana)"
        assert look(EMPTY, 2, decision.state, now=NOW + 299).desired == 2

    def test_a_command_is_taken_up_once(self):
        command = order("wake")
        state = look(EMPTY, 0, command=command).state
        later = look(EMPTY, 0, state, now=NOW + 300, command=command)
        assert (later.desired, later.command) == (0, None)

    def test_sleep_does_not_wait_for_the_idle_time_but_for_the_proof(self):
        decision = look(EMPTY, 2, command=order("sleep", by="ana"))
        assert (decision.desired, decision.reason) == (
            2,
            "sleep (ana); idle: sleep (ana), 0 waiting + 0 in flight, sleeps in 60 s",
        )
        slept = look(EMPTY, 2, decision.state, now=NOW + 60)
        assert slept.desired == 0
        assert look(EMPTY, 0, slept.state, now=NOW + 61).state.order is None

    def test_sleep_never_ends_work_in_flight(self):
        decision = look(Queue(3, 2), 5, command=order("sleep"))
        assert decision.desired == 5
        assert decision.reason.endswith("sleep waits for the work to end")

    def test_sleep_silences_the_calls_before_it_and_ends_with_the_next(self):
        ordered = look(EMPTY, 2, command=order("sleep"), activity=Activity(NOW - 1))
        assert look(EMPTY, 2, ordered.state, now=NOW + 60, activity=Activity(NOW - 1)).desired == 0
        called = look(EMPTY, 2, ordered.state, now=NOW + 60, activity=Activity(NOW + 1))
        assert (called.desired, called.state.order) == (2, None)

    def test_sleep_and_a_hold_at_zero_are_refused_where_the_fleet_may_not_sleep(self):
        rules = Rules(2, 50, 1, scale_to_zero=False, sleep_after_seconds=300.0)
        for command in (order("sleep"), order("hold", count=0)):
            decision = look(EMPTY, 2, IDLE, rules=rules, command=command)
            assert (decision.desired, decision.state.order) == (2, None)
            assert decision.reason.startswith(f"{command}: refused, scaleToZero is false; ")

    def test_a_hold_keeps_the_count_against_load_and_idleness_until_its_time(self):
        held = look(Queue(30, 0), 2, command=order("hold", count=3, until=NOW + 100)).state
        assert look(Queue(30, 3), 3, held, now=NOW + 99).desired == 3
        assert look(Queue(30, 3), 3, held, now=NOW + 100).desired == 33

    def test_a_hold_without_a_count_keeps_what_there_is(self):
        held = look(Queue(0, 1), 9, command=order("hold"))
        assert (held.desired, held.kind) == (9, Kind.ORDERED)
        assert look(EMPTY, 9, held.state, now=NOW + 9999).desired == 9

    def test_a_hold_neither_passes_the_ceiling_nor_ends_work(self):
        assert look(EMPTY, 9, command=order("hold", count=60)).desired == 50
        assert look(Queue(0, 7), 9, command=order("hold", count=3)).desired == 7

    def test_a_hold_at_zero_lets_the_queue_run_dry_and_then_wakes_for_nothing(self):
        held = look(Queue(4, 0), 5, command=order("hold", count=0))
        assert held.desired == 1
        assert held.reason == "hold 0: 4 waiting + 0 in flight, one task is left until it is seen empty"
        first = look(EMPTY, 1, held.state, now=NOW + 60)
        assert first.desired == 1
        dry = look(EMPTY, 1, first.state, now=NOW + 120)
        assert dry.desired == 0
        assert look(Queue(4, 0), 0, dry.state, now=NOW + 180).desired == 0

    def test_a_hold_whose_time_is_over_is_refused(self):
        decision = look(Queue(0, 1), 2, command=order("hold", count=9, until=NOW))
        assert decision.desired == 2
        assert "refused, that time is over" in decision.reason

    def test_resume_ends_a_hold(self):
        held = look(EMPTY, 9, command=order("hold"))
        resumed = look(Queue(20, 0), 9, held.state, command=order("resume"))
        assert (resumed.desired, resumed.state.order) == (20, None)


class TestBreaker:
    def crash_loop(self, state: FleetState, minutes: int, desired: int, running: int, queue: Queue) -> Decision:
        decision = look(queue, desired, state, running=running)
        for minute in range(1, minutes + 1):
            decision = look(queue, desired, decision.state, running=running, now=NOW + 60 * minute)
        return decision

    @pytest.mark.parametrize(
        ("running", "queue"),
        [
            pytest.param(0, Queue(9, 0), id="nothing starts"),
            pytest.param(0, EMPTY, id="nothing starts and nothing waits"),
            pytest.param(2, Queue(3, 7), id="tasks take jobs and die"),
            pytest.param(10, Queue(9, 0), id="tasks run and take nothing"),
        ],
    )
    def test_ten_fruitless_minutes_leave_one_task_that_may_be_busy(self, running: int, queue: Queue):
        rules_awake = Rules(10, 50, 1, scale_to_zero=False, sleep_after_seconds=300.0)
        state = FleetState()
        for minute in range(10):
            decision = look(queue, 10, state, rules=rules_awake, running=running, now=NOW + 60 * minute)
            assert decision.desired == 10
            state = decision.state
        decision = look(queue, 10, state, rules=rules_awake, running=running, now=NOW + 600)
        assert decision.desired == max(1, min(queue.in_flight, running))
        assert decision.reason.startswith("breaker: no job got done for 600 s, tripped 0 s ago; ")
        assert decision.state.breaker.tripped_at == NOW + 600

    @pytest.mark.parametrize(
        ("running", "queue"),
        [
            pytest.param(10, Queue(40, 10), id="long renders by a whole fleet"),
            pytest.param(4, Queue(6, 4), id="long renders by all the capacity there is"),
        ],
    )
    def test_workers_that_are_at_work_never_trip_it(self, running: int, queue: Queue):
        decision = self.crash_loop(FleetState(), 60, 10, running, queue)
        assert decision.desired >= 10
        assert decision.state.breaker == Breaker()

    def test_a_job_that_ends_starts_the_spell_anew(self):
        state = self.crash_loop(FleetState(), 9, 10, 2, Queue(3, 7)).state
        state = look(Queue(2, 7), 10, state, running=2, now=NOW + 580).state
        assert look(Queue(2, 7), 10, state, running=2, now=NOW + 660).desired == 9, (
            "what is needed; a breaker would leave two"
        )

    def test_a_job_that_ends_brings_the_fleet_back(self):
        tripped = self.crash_loop(FleetState(), 10, 10, 0, Queue(9, 0)).state
        still = look(Queue(9, 0), 1, tripped, running=0, now=NOW + 660)
        assert (still.desired, still.kind) == (1, Kind.BREAKER)
        assert look(Queue(7, 1), 1, still.state, running=1, now=NOW + 720).desired == 8

    def test_three_sound_minutes_bring_the_fleet_back_though_more_arrives_than_ends(self):
        state = self.crash_loop(FleetState(), 10, 10, 0, Queue(9, 0)).state
        desired: list[int] = []
        for minute in range(4):
            decision = look(Queue(9 + minute, 1), 1, state, running=1, now=NOW + 660 + 60 * minute)
            desired.append(decision.desired)
            state = decision.state
        assert desired == [1, 1, 1, 13]

    def test_one_sound_reading_does_not(self):
        state = self.crash_loop(FleetState(), 10, 10, 0, Queue(9, 0)).state
        for minute in range(9):
            decision = look(Queue(8, 1), 1, state, running=minute % 2, now=NOW + 660 + 60 * minute)
            assert decision.desired == 1
            state = decision.state

    @pytest.mark.parametrize("name", ["wake", "resume"])
    def test_an_operator_brings_it_back(self, name: CommandName):
        state = self.crash_loop(FleetState(), 10, 10, 0, Queue(9, 0)).state
        assert look(Queue(9, 0), 1, state, running=0, now=NOW + 660, command=order(name)).desired == 9

    def test_an_unreadable_queue_neither_trips_nor_mends_it(self):
        state = self.crash_loop(FleetState(), 9, 10, 0, Queue(9, 0)).state
        assert look(None, 10, state, running=0, now=NOW + 900).state.breaker == state.breaker

    def test_a_tripped_fleet_may_sleep_when_nothing_is_left(self):
        state = FleetState(breaker=Breaker(tripped_at=NOW - 60), busy_at=NOW - 300, empty_since=NOW - 60)
        slept = look(EMPTY, 1, state, running=0)
        assert slept.desired == 0
        assert look(EMPTY, 0, slept.state, now=NOW + 60).state.breaker == Breaker()
