"""The local stack's time keeps AWS's order of magnitudes."""

from local.pace import Pace


def test_pauses_and_notices_keep_the_order_that_they_have_on_aws():
    pace = Pace()
    assert 0 < pace.restart_backoff_seconds <= pace.restart_backoff_limit_seconds
    assert 0 < pace.scan_seconds < pace.cold_start_seconds <= pace.minute_seconds
    assert pace.spot_notice_seconds == 2 * pace.minute_seconds


def test_stop_timeouts_are_the_task_definitions_and_protection_runs_by_the_wall_clock_unless_asked_otherwise():
    assert Pace().stop_timeout_seconds is None
    assert Pace().protection_minute_seconds == 60
