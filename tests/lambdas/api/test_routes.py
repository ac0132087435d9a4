import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.activity import Activity
from fleet.command import Command
from fleet.decision_record import DecisionRecord
from fleet.doors import Door, DoorSign
from fleet.level import Level
from fleet.state import FleetState, to_json
from fleet.table import STATE_KEY
from lambdas.warmkeeper.events import parse_event
from tests.lambdas.api.conftest import CLIENT, OPERATOR, SHAPES, Surroundings
from tests.thoroughness import examples

COMMANDS = ("wake", "sleep", "hold", "resume")
GUARDED = [("GET", "/fleet"), ("POST", "/fleet/heartbeat"), ("POST", "/previews")]
GUARDED += [("POST", f"/fleet/{command}") for command in COMMANDS]


def remember(fleet: Surroundings, state: FleetState) -> None:
    fleet.dynamodb.put_item(TableName="fleet", Item={**STATE_KEY, "document": {"S": to_json(state)}})


def items(fleet: Surroundings) -> list[Any]:
    return fleet.dynamodb.scan(TableName="fleet")["Items"]


def refusing(*_: Any, **__: Any) -> Any:
    raise ClientError({"Error": {"Code": "Throttled", "Message": "no"}}, "Call")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_without_a_token_nothing_is_told_noted_counted_or_woken(
    fleet: Surroundings, method: str, path: str, shape: str, capsys: pytest.CaptureFixture[str]
):
    fleet.shape = SHAPES[shape]
    for token in (None, "guess", CLIENT[:-1], ""):
        answer = fleet.ask(method, path, token)
        assert (answer.status, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert (answer.json["title"], answer.json["status"]) == ("Unauthorized", 401)
    assert (fleet.invoked, items(fleet)) == ([], [])
    assert "AuthenticatedRequests" not in capsys.readouterr().out


def test_scans_of_any_kind_wake_nobody(fleet: Surroundings):
    @settings(max_examples=examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"]),
        path=st.sampled_from(["/", "/fleet", "/previews"]) | st.text(max_size=40).map(lambda text: f"/{text}"),
        authorization=st.text(max_size=40),
        body=st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")),
    )
    def scan(method: str, path: str, authorization: str, body: bytes) -> None:
        answer = fleet.ask(method, path, body=body, encoded=True, authorization=authorization)
        assert answer.status in {200, 401, 404, 405}

    scan()
    assert (fleet.invoked, items(fleet)) == ([], [])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_client_gives_no_orders(fleet: Surroundings, command: str):
    answer = fleet.ask("POST", f"/fleet/{command}", CLIENT)
    assert (answer.status, answer.json["title"], fleet.invoked) == (403, "Forbidden", [])


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/", "GET, HEAD"),
        ("DELETE", "/fleet", "GET"),
        ("GET", "/fleet/wake", "POST"),
        ("GET", "/fleet/heartbeat", "POST"),
        ("GET", "/previews", "POST"),
        ("OPTIONS", "/health", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_answered_with_the_right_ones(fleet: Surroundings, method: str, path: str, allow: str):
    answer = fleet.ask(method, path, OPERATOR)
    assert (answer.status, answer.headers["allow"], answer.json["status"]) == (405, allow, 405)


@pytest.mark.parametrize("path", ["/fleet/", "/fleet/explode", "/fleets", "/.env", "/previews/1"])
def test_an_unknown_path_is_a_problem_too(fleet: Surroundings, path: str):
    answer = fleet.ask("GET", path, OPERATOR)
    assert (answer.status, answer.headers["content-type"], answer.json["title"]) == (
        404,
        "application/problem+json",
        "Not Found",
    )


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "no JSON"),
        (b"\xff", 400, "no JSON"),
        (b"[]", 422, "body"),
        (b'{"count": -1}', 422, "count"),
        (b'{"count": "3"}', 422, "count"),
        (b'{"counts": 3}', 422, "counts"),
        (b'{"until": "2026-11-22T10:00:00"}', 422, "until"),
        (json.dumps({"reason": "x" * 501}).encode(), 422, "reason"),
        (b" " * 4097, 413, "4096 bytes"),
    ],
)
def test_a_wrong_order_is_refused_whole(fleet: Surroundings, body: bytes, status: int, said: str):
    answer = fleet.ask("POST", "/fleet/hold", OPERATOR, body, encoded=True)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.text
    assert fleet.invoked == []


def test_a_body_that_cannot_be_decoded_is_refused(fleet: Surroundings):
    fleet.shape = lambda *request, encoded: (
        SHAPES["url"](*request, encoded=encoded) | {"body": "%", "isBase64Encoded": True}
    )
    assert fleet.ask("POST", "/fleet/hold", OPERATOR).status == 400


def test_only_a_hold_is_measured(fleet: Surroundings):
    assert fleet.ask("POST", "/fleet/wake", OPERATOR, b'{"count": 3}').json["problems"] == [
        {"field": "count", "message": "Extra inputs are not permitted"}
    ]


def test_two_authorization_headers_are_none(fleet: Surroundings):
    def twice(*request: Any, encoded: bool) -> dict[str, Any]:
        event = SHAPES["alb-multi-value"](*request, encoded=encoded)
        event["multiValueHeaders"]["authorization"] = [f"Bearer {CLIENT}", "Bearer other"]
        return event

    fleet.shape = twice
    assert fleet.ask("GET", "/fleet").status == 401


def test_tokens_that_cannot_be_read_let_nobody_in(fleet: Surroundings):
    fleet.clients["secretsmanager"].delete_secret(SecretId="tokens", ForceDeleteWithoutRecovery=True)
    answer = fleet.ask("POST", "/fleet/heartbeat", CLIENT)
    assert (answer.status, answer.headers["retry-after"], fleet.invoked) == (503, "30", [])


def test_the_limit_is_each_tokens_own_and_a_refused_call_pokes_nobody(
    fleet: Surroundings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RATE_PER_SECOND", "2")
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.5)
    answers = [fleet.ask("POST", "/previews", CLIENT) for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 429]
    assert (answers[2].headers["retry-after"], answers[2].json["title"]) == ("1", "Too Many Requests")
    assert fleet.ask("GET", "/fleet", OPERATOR).status == 200
    assert len(fleet.invoked) == 2


def test_a_limit_that_cannot_be_counted_stops_no_call(fleet: Surroundings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fleet.dynamodb, "update_item", refusing)
    assert fleet.ask("POST", "/fleet/heartbeat", CLIENT).status == 202


@pytest.mark.parametrize(
    ("path", "token"), [("/fleet/heartbeat", CLIENT), ("/previews", CLIENT), ("/fleet/wake", OPERATOR)]
)
def test_a_warmkeeper_that_is_not_reached_is_told(
    fleet: Surroundings, monkeypatch: pytest.MonkeyPatch, path: str, token: str
):
    monkeypatch.setattr(fleet.clients["lambda"], "invoke", refusing)
    answer = fleet.ask("POST", path, token)
    assert (answer.status, answer.json["detail"]) == (503, "The warmkeeper cannot be reached: nothing was done")


def test_a_table_that_does_not_answer_is_told_and_keeps_no_heartbeat_from_waking(fleet: Surroundings):
    fleet.dynamodb.delete_table(TableName="fleet")
    assert fleet.ask("GET", "/fleet", CLIENT).status == 503
    assert fleet.ask("POST", "/fleet/heartbeat", CLIENT).status == 202
    assert fleet.invoked == [{"source": "poke", "reason": "heartbeat of a client"}]


def test_what_nobody_foresaw_is_a_problem_without_its_words(fleet: Surroundings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fleet.handler.api().fleet.table, "state", lambda: 1 / 0)
    answer = fleet.ask("GET", "/fleet", CLIENT)
    assert (answer.status, answer.json["title"]) == (500, "Internal Server Error")
    assert "division" not in answer.text


@pytest.mark.parametrize("shape", SHAPES)
def test_a_preview_while_asleep_pokes_at_once_and_asks_to_come_back(
    fleet: Surroundings, shape: str, capsys: pytest.CaptureFixture[str]
):
    fleet.shape = SHAPES[shape]
    answer = fleet.ask("POST", "/previews", CLIENT, b'{"spec": {}}')
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert answer.json == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The fleet is waking: ask again",
    }
    assert fleet.invoked == [{"source": "poke", "reason": "preview asked for by a client"}]
    [line] = [line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "_aws" in line]
    assert (line["service"], line["AuthenticatedRequests"]) == ("pool", [1.0])
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]


def test_previews_without_a_load_balancer_name_the_setting(fleet: Surroundings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FRONT_DOOR", "none")
    fleet.shape = SHAPES["url"]
    answer = fleet.ask("POST", "/previews", CLIENT)
    assert (answer.status, answer.json["setting"], fleet.invoked) == (501, "frontDoor", [])
    assert "frontDoor" in answer.json["detail"]


def test_every_command_reaches_the_warmkeeper_in_a_form_that_it_takes(fleet: Surroundings):
    until = "2100-01-01T00:00:00Z"
    bodies = {
        "wake": b"",
        "sleep": b'{"reason": "going home", "by": "ana"}',
        "hold": json.dumps({"count": 3, "until": until}).encode(),
        "resume": b"{}",
    }
    for command, body in bodies.items():
        answer = fleet.ask("POST", f"/fleet/{command}", OPERATOR, body)
        assert (answer.status, answer.json["command"]) == (202, command)
    assert fleet.invoked == [
        {"source": "operator", "command": "wake", "reason": "", "by": "api"},
        {"source": "operator", "command": "sleep", "reason": "going home", "by": "ana"},
        {"source": "operator", "command": "hold", "reason": "", "by": "api", "count": 3, "until": until},
        {"source": "operator", "command": "resume", "reason": "", "by": "api"},
    ]
    assert [str(parse_event(event)) for event in fleet.invoked] == [f"operator: {command}" for command in bodies]


def test_a_heartbeat_is_passed_on_until_the_fleet_is_there_and_then_now_and_again(fleet: Surroundings):
    def heartbeat() -> bool:
        return fleet.ask("POST", "/fleet/heartbeat", CLIENT).json["passed_on"]

    fleet.table.record_activity(Activity(at=time.time()))
    told = [heartbeat()]
    for level in (Level.WAKING, Level.WARM):
        remember(fleet, FleetState(desired=2, level=level))
        told.append(heartbeat())
    DoorSign(fleet.dynamodb, "fleet").write(Door.WORKERS)
    told.append(heartbeat())
    assert told == [True, True, True, False]
    fleet.dynamodb.delete_item(TableName="fleet", Key={"pk": {"S": "fleet"}, "sk": {"S": "activity"}})
    fleet.table.record_activity(Activity(at=time.time() - 6))
    assert heartbeat() is True
    assert len(fleet.invoked) == 4


@pytest.mark.parametrize(("minute_seconds", "passed_on"), [("60", False), ("6", True)])
def test_how_long_a_call_speaks_for_others_is_compressed_with_the_fleets_minutes(
    fleet: Surroundings, monkeypatch: pytest.MonkeyPatch, minute_seconds: str, *, passed_on: bool
):
    monkeypatch.setenv("MINUTE_SECONDS", minute_seconds)
    remember(fleet, FleetState(desired=2, level=Level.WARM))
    DoorSign(fleet.dynamodb, "fleet").write(Door.WORKERS)
    fleet.table.record_activity(Activity(at=time.time() - 1))
    assert fleet.ask("POST", "/fleet/heartbeat", CLIENT).json == {"passed_on": passed_on}


def test_the_fleet_is_told_with_its_reasons_and_telling_wakes_nobody(fleet: Surroundings):
    assert fleet.ask("GET", "/fleet", CLIENT).json == {
        "level": "asleep",
        "ready": False,
        "desired": 0,
        "running": 0,
        "pending": 0,
        "queue": {"visible": 0, "in_flight": 0, "delayed": 0},
        "order": None,
        "last_call_at": None,
        "decisions": [],
        "problems": [],
    }
    order = Command(id="1", name="hold", at=1.0, count=2, by="ana")
    remember(fleet, FleetState(desired=2, level=Level.BURST, order=order))
    at = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC).timestamp()
    fleet.table.record_activity(Activity(at=at))
    fleet.table.append(
        DecisionRecord(at, "r1", "tick", "wake", Level.WAKING, "wake: 3 waiting", 0, 3, expires_at=int(at) + 60)
    )
    fleet.scale(2)
    fleet.clients["sqs"].send_message(QueueUrl=fleet.queue_url, MessageBody="{}")
    told = fleet.ask("GET", "/fleet", CLIENT).json
    assert (told["level"], told["desired"], told["order"], told["ready"]) == ("burst", 2, "hold 2 (ana)", False)
    assert (told["queue"]["visible"], told["last_call_at"]) == (1, "2026-11-22T12:00:00.250Z")
    assert told["decisions"] == [
        {
            "at": "2026-11-22T12:00:00.250Z",
            "event": "tick",
            "kind": "wake",
            "level": "waking",
            "reason": "wake: 3 waiting",
            "was": 0,
            "desired": 3,
            "command": None,
        }
    ]
    DoorSign(fleet.dynamodb, "fleet").write(Door.WORKERS)
    assert fleet.ask("GET", "/fleet", CLIENT).json["ready"] is True
    fleet.scale(0)
    told = fleet.ask("GET", "/fleet", CLIENT).json
    assert (told["level"], told["ready"], fleet.invoked) == ("asleep", False, [])


def test_without_a_load_balancer_a_running_task_is_ready(fleet: Surroundings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FRONT_DOOR", "none")
    fleet.scale(1)
    told = fleet.ask("GET", "/fleet", CLIENT).json
    assert (told["level"], told["running"], told["ready"]) == ("warm", 1, True)


def test_a_figure_that_cannot_be_read_is_null_and_named(fleet: Surroundings):
    fleet.clients["sqs"].delete_queue(QueueUrl=fleet.queue_url)
    fleet.clients["ecs"].update_service(cluster="pool", service="worker", desiredCount=0)
    fleet.clients["ecs"].delete_service(cluster="pool", service="worker", force=True)
    told = fleet.ask("GET", "/fleet", CLIENT).json
    assert (told["queue"], told["problems"][0]) == (None, "GetQueueAttributes: QueueDoesNotExist")


@pytest.mark.parametrize("shape", SHAPES)
def test_health_answers_whoever_asks(fleet: Surroundings, shape: str):
    fleet.shape = SHAPES[shape]
    answer = fleet.ask("GET", "/health")
    assert (answer.status, answer.json, answer.headers["cache-control"]) == (200, {"status": "ok"}, "no-store")


def test_no_token_is_logged(fleet: Surroundings, capsys: pytest.CaptureFixture[str]):
    for token in (CLIENT, OPERATOR, "wrong-token-of-ana"):
        for method, path in GUARDED:
            fleet.ask(method, path, token)
    written = capsys.readouterr()
    assert all(token not in written.out + written.err for token in (CLIENT, OPERATOR, "wrong-token-of-ana"))
