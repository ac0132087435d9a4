"""The door of `/previews`: open only to a healthy worker, closed before the fleet goes to zero."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from fleet.doors import Door, DoorSign
from fleet.environment import ConfigurationError
from lambdas.warmkeeper import aws, handler
from lambdas.warmkeeper.doors import door_to_point_to
from lambdas.warmkeeper.snapshot import Front, Service
from tests.lambdas.warmkeeper.conftest import Clock, Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TICK = {"source": "tick"}
OPEN, CLOSED, SPLIT = (100, 0), (0, 100), (50, 50)

weights = st.none() | st.integers(0, 999)
fronts = st.builds(Front, workers=weights, api=weights, healthy=st.none() | st.integers(0, 3))
services = st.builds(Service, desired=st.integers(0, 3), running=st.integers(0, 3))


@given(front=fronts, service=st.none() | services, desired=st.integers(0, 3))
def test_the_workers_door_opens_only_to_a_healthy_worker_of_a_fleet_that_stays(
    front: Front, service: Service | None, desired: int
):
    if door_to_point_to(front, service, desired) is Door.WORKERS:
        assert front.healthy
        assert desired > 0


@given(front=fronts, service=services.filter(lambda service: service.desired > 0))
def test_a_fleet_never_goes_to_zero_behind_an_open_door(front: Front, service: Service):
    assert front.door is Door.API or door_to_point_to(front, service, 0) is Door.API


@given(front=fronts, service=st.none() | services, desired=st.integers(0, 3))
def test_pointing_twice_is_pointing_once(front: Front, service: Service | None, desired: int):
    door = door_to_point_to(front, service, desired)
    if door is not None:
        workers, api = OPEN if door is Door.WORKERS else CLOSED
        assert door_to_point_to(Front(workers, api, front.healthy), service, desired) is None


@given(front=fronts, service=st.none() | services, desired=st.integers(1, 3))
def test_what_was_not_read_leaves_the_door_as_it_is(front: Front, service: Service | None, desired: int):
    if service is None or front.healthy is None or front.workers is None:
        assert door_to_point_to(front, service, desired) is None


@pytest.mark.parametrize(
    ("rule", "healthy", "running", "desired", "expected"),
    [
        (CLOSED, 0, 0, 2, None),
        (CLOSED, 0, 1, 2, None),
        (CLOSED, 1, 1, 2, Door.WORKERS),
        (SPLIT, 1, 1, 2, Door.WORKERS),
        (OPEN, 1, 1, 2, None),
        (OPEN, 0, 1, 2, None),
        (OPEN, 0, 0, 2, Door.API),
        (OPEN, 1, 1, 0, Door.API),
        (SPLIT, 1, 1, 0, Door.API),
        ((None, None), None, 1, 0, Door.API),
        (CLOSED, 1, 1, 0, None),
    ],
)
def test_the_door_by_what_stands_behind_it(
    rule: tuple[int, int], healthy: int | None, running: int, desired: int, expected: Door | None
):
    assert door_to_point_to(Front(*rule, healthy), Service(desired=2, running=running), desired) is expected


@pytest.mark.parametrize(
    ("rule", "expected"), [(OPEN, Door.API), (SPLIT, Door.API), (CLOSED, None), ((None, None), None)]
)
def test_a_door_that_stands_open_to_a_sleeping_fleet_is_closed(rule: tuple[int, int], expected: Door | None):
    assert door_to_point_to(Front(*rule, 0), Service(desired=0, running=0), 0) is expected


RULE, WORKERS, API = (f"arn:aws:elasticloadbalancing:eu-west-1:1:{name}" for name in ("rule", "workers", "api"))


class Entrance:
    """Plays the load balancer behind botocore, which checks every request; `done` has what was changed, in order."""

    def __init__(self, table: "DynamoDBClient") -> None:
        self.weights = CLOSED
        self.healthy = 0
        self.failing = set[str]()
        self.done: list[str] = []
        self._sign = DoorSign(table, "fleet")

    def sign(self) -> Door:
        return self._sign.read()

    def before(self, model: Any, params: dict[str, Any], **_: Any) -> Any:
        """What botocore calls before each request; an answer takes the place of AWS's."""
        if model.name in self.failing:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, model.name)
        if model.name in {"ModifyRule", "UpdateService"}:
            self.done.append(model.name)
        answered = SimpleNamespace(status_code=200)
        if model.name == "DescribeTargetHealth":
            assert params["body"]["TargetGroupArn"] == WORKERS
            states = ["initial", *["healthy"] * self.healthy]
            return answered, {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}} for state in states]}
        if model.name == "DescribeRules":
            assert params["body"]["RuleArns.member.1"] == RULE
            weights = zip((WORKERS, API), self.weights, strict=True)
            groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights]
            return answered, {"Rules": [{"Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]}]}
        if model.name == "ModifyRule":
            asked = {name.removeprefix("Actions.member.1."): value for name, value in params["body"].items()}
            assert (asked["RuleArn"], asked["Type"]) == (RULE, "forward")
            group = "ForwardConfig.TargetGroups.member"
            weights = {asked[f"{group}.{n}.TargetGroupArn"]: asked[f"{group}.{n}.Weight"] for n in (1, 2)}
            self.weights = weights[WORKERS], weights[API]
            return answered, {"Rules": []}
        return None


@pytest.fixture(scope="session")
def elb() -> Any:
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="eu-west-1")
    return session.client("elbv2", config=aws.AWS_LIMITS)


@pytest.fixture
def entrance(stack: Stack, clients: dict[str, Any], elb: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Entrance]:
    monkeypatch.setenv("PREVIEW_RULE_ARN", RULE)
    monkeypatch.setenv("WORKER_TARGET_GROUP_ARN", WORKERS)
    monkeypatch.setenv("API_TARGET_GROUP_ARN", API)
    monkeypatch.setattr(handler.boto3, "client", lambda name, config: {**clients, "elbv2": elb}[name])
    entrance = Entrance(stack.dynamodb)
    for client in (elb, stack.ecs):
        client.meta.events.register("before-call", entrance.before)
    yield entrance
    for client in (elb, stack.ecs):
        client.meta.events.unregister("before-call", entrance.before)


@pytest.fixture
def clock(entrance: Entrance, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    keeper = replace(handler.warmkeeper(), clock=clock)
    monkeypatch.setattr(handler, "warmkeeper", lambda: keeper)
    return clock


def test_half_a_front_door_is_refused(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PREVIEW_RULE_ARN", "arn:rule")
    with pytest.raises(ConfigurationError, match=r"front door: .*go together"):
        stack.handle(TICK)


def test_the_door_opens_with_the_first_healthy_worker_and_closes_before_the_count_goes_to_zero(
    stack: Stack, entrance: Entrance, clock: Clock
):
    assert stack.handle({"source": "poke"})["desired"] == 2
    clock.forward(20)
    stack.handle(TICK)
    assert (entrance.weights, entrance.sign(), entrance.done) == (CLOSED, Door.API, ["UpdateService"])

    entrance.healthy = 1
    clock.forward(20)
    stack.handle(TICK)
    stack.handle(TICK)
    assert (entrance.weights, entrance.sign()) == (OPEN, Door.WORKERS)
    assert entrance.done == ["UpdateService", "ModifyRule"]

    entrance.done.clear()
    clock.forward(300)
    stack.handle(TICK)
    assert stack.desired() == 0
    assert entrance.done == ["ModifyRule", "UpdateService"]
    assert (entrance.weights, entrance.sign()) == (CLOSED, Door.API)


def test_a_door_that_does_not_close_keeps_the_fleet_until_the_next_look(stack: Stack, entrance: Entrance, clock: Clock):
    entrance.healthy = 1
    stack.handle({"source": "poke"})
    stack.handle(TICK)
    clock.forward(300)
    entrance.failing = {"ModifyRule"}
    assert stack.handle(TICK)["reason"].endswith("not carried out, ModifyRule: AccessDenied (no)")
    assert stack.desired() == 2
    entrance.failing = {"DescribeRules", "DescribeTargetHealth"}
    assert stack.handle(TICK)["desired"] == 0
    assert (stack.desired(), entrance.weights) == (0, CLOSED)


@pytest.mark.parametrize("unread", ["DescribeRules", "DescribeTargetHealth"])
def test_a_door_that_cannot_be_read_stays_as_it_is_and_is_told(
    stack: Stack, entrance: Entrance, unread: str, capsys: pytest.CaptureFixture[str]
):
    entrance.healthy = 1
    entrance.failing = {unread}
    assert stack.handle({"source": "poke"})["desired"] == 2
    stack.handle(TICK)
    assert (entrance.weights, entrance.done) == (CLOSED, ["UpdateService"])
    assert '"Failed":[1.0]' in capsys.readouterr().out


def test_a_door_that_does_not_open_keeps_no_fleet_from_growing(
    stack: Stack, entrance: Entrance, capsys: pytest.CaptureFixture[str]
):
    entrance.healthy = 1
    entrance.failing = {"ModifyRule"}
    stack.send(4)
    assert stack.handle(TICK)["desired"] == 4
    stack.handle(TICK)
    assert (stack.desired(), stack.table.state().desired) == (4, 4)
    assert '"Failed":[1.0]' in capsys.readouterr().out
    entrance.failing = set()
    stack.handle(TICK)
    assert entrance.weights == OPEN


def test_a_sign_that_was_lost_is_put_up_again(stack: Stack, entrance: Entrance):
    entrance.healthy = 1
    stack.handle({"source": "poke"})
    stack.handle(TICK)
    entrance.weights, entrance.done = OPEN, []
    stack.dynamodb.delete_item(TableName="fleet", Key={"pk": {"S": "fleet"}, "sk": {"S": "door"}})
    assert entrance.sign() is Door.API
    stack.handle(TICK)
    assert (entrance.sign(), entrance.done) == (Door.WORKERS, [])
