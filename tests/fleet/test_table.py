from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from fleet.activity import Activity
from fleet.command import Command
from fleet.decision_record import DecisionRecord
from fleet.level import Level
from fleet.state import FleetState
from fleet.table import FleetTable
from tests.fleet.tables import create_fleet_table


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[FleetTable]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        create_fleet_table(client)
        yield FleetTable(client, "fleet")


def record(at: float, visible: int | None = None) -> DecisionRecord:
    return DecisionRecord(
        at=at,
        run="r1",
        event="tick",
        kind="wake",
        level=Level.WAKING,
        reason="wake: 3 waiting",
        was=0,
        desired=3,
        expires_at=int(at) + 60,
        visible=visible,
    )


def test_an_empty_table_is_a_fleet_that_was_never_looked_at(table: FleetTable):
    assert table.state() == FleetState()
    assert table.activity() is None
    assert table.command() is None
    assert table.decisions() == []


def test_an_older_call_does_not_replace_a_newer_one(table: FleetTable):
    table.record_activity(Activity(at=20.0, reason="newer"))
    table.record_activity(Activity(at=10.0, reason="older"))
    assert table.activity() == Activity(at=20.0, reason="newer")
    table.record_activity(Activity(at=21.5, reason="newest"))
    assert table.activity() == Activity(at=21.5, reason="newest")


def test_a_call_noted_by_a_clock_that_was_set_back_since_gives_way(table: FleetTable):
    table.record_activity(Activity(at=4000.0, reason="an hour ahead"))
    table.record_activity(Activity(at=3700.0, reason="ahead by no more than clocks differ"))
    assert table.activity() == Activity(at=4000.0, reason="an hour ahead")
    table.record_activity(Activity(at=400.0, reason="now"))
    assert table.activity() == Activity(at=400.0, reason="now")


def test_a_command_replaces_the_one_before(table: FleetTable):
    table.give_command(Command(id="1", name="hold", at=1.0, count=3, until=9.0, reason="why", by="ana"))
    table.give_command(latest := Command(id="2", name="resume", at=2.0))
    assert table.command() == latest


def test_the_history_is_read_newest_first_with_only_what_was_known(table: FleetTable):
    first, second, third = record(1_800_000_000.25, visible=3), record(1_800_000_060.0), record(1_800_000_120.0)
    for each in (second, first, third):
        table.append(each)
    assert table.decisions() == [third, second, first]
    assert table.decisions(limit=1) == [third]
    assert first.sort_key == "2027-01-15T08:00:00.250+00:00#r1"
