"""The fleet's front door as a client meets it over HTTP, and what came about behind it, in order."""

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import urllib3

from local.cloud import AwsRequest
from tests.local.whole import Whole
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCEPTED, TOO_MANY = 202, 429


class Door:
    """Where the stack is reached, with the tokens of both roles."""

    def __init__(self, whole: Whole) -> None:
        self._whole = whole
        stack = whole.stack
        self.url = wait_until(lambda: address(whole), 10, "somebody who serves the door")
        manager = stack.cloud.client("secretsmanager")
        secret = manager.get_secret_value(SecretId=stack.outputs["apiTokensSecretArn"])["SecretString"]
        tokens = json.loads(secret)
        self.token: str = tokens["client"][0]
        self.operator_token: str = tokens["operator"][0]
        self._http = urllib3.PoolManager(retries=False, timeout=30, maxsize=8)

    def ask(self, method: str, path: str, body: object = None, *, token: str = "") -> urllib3.BaseHTTPResponse:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        if body is None:
            return self._http.request(method, self.url + path, headers=bearer)
        headers = {**bearer, "Content-Type": "application/json"}
        return self._http.request(method, self.url + path, headers=headers, body=json.dumps(body))

    def fleet(self) -> dict[str, Any]:
        """What the api tells of the fleet."""
        return self.ask("GET", "/fleet", token=self.operator_token).json()

    def beat(self) -> None:
        """Send one heartbeat, which may be one call too many of this second."""
        assert self.ask("POST", "/fleet/heartbeat", token=self.token).status in {ACCEPTED, TOO_MANY}

    def wake(self) -> None:
        """Send heartbeats, no more than a token may, until a worker is behind the door."""
        due = time.monotonic()

        def is_there() -> bool:
            nonlocal due
            if time.monotonic() < due:
                return False
            due = time.monotonic() + 0.25
            self.beat()
            return self.fleet()["ready"]

        wait_until(is_there, 60, "a fleet that is awake")


def address(whole: Whole) -> str | None:
    """Where the stack's door is served; None while nobody serves it."""
    try:
        return whole.stack.address_of(whole.stack.outputs["apiUrl"])
    except LookupError:
        return None


def note_rule_changes(whole: Whole) -> None:
    """Have every change of the weights of `/previews` noted in the history, before it takes effect."""

    def note(request: AwsRequest) -> None:
        form = dict(parse_qsl(request.body.decode())) if b"Action=ModifyRule" in request.body else {}
        weights = {
            form[name.removesuffix("Weight") + "TargetGroupArn"]: int(weight)
            for name, weight in form.items()
            if name.endswith(".Weight")
        }
        if weights:
            [workers] = [weight for arn, weight in weights.items() if arn == workers_group(whole)]
            whole.stack.history.record("rule.asked", workers=workers, others=sum(weights.values()) - workers)

    whole.stack.cloud.answer_with(note)


def workers_group(whole: Whole) -> str:
    """The ARN of the target group of the workers."""
    groups = whole.stack.cloud.moto_client("elbv2").describe_target_groups()["TargetGroups"]
    [group] = [one["TargetGroupArn"] for one in groups if one["TargetType"] == "ip"]
    return group


def health(whole: Whole) -> list[str]:
    """The workers' health, as the warmkeeper reads it."""
    elb = whole.stack.cloud.client("elbv2")
    described = elb.describe_target_health(TargetGroupArn=workers_group(whole))["TargetHealthDescriptions"]
    return [one["TargetHealth"]["State"] for one in described]


def mark(whole: Whole) -> int:
    """Now, as a place in the history."""
    return len(whole.stack.history.entries())


def moments(whole: Whole, since: int) -> "Sequence[str]":
    """What came about behind the door since then: each sort of moment once, in the order of its first time."""
    found = []
    for entry in whole.stack.history.entries()[since:]:
        match entry.event:
            case "service.desired":
                found.append("none desired" if entry.fields["to"] == 0 else "some desired")
            case "task.pending" | "task.running":
                found.append(entry.event)
            # A worker that starts slowly fails its first checks, ten to a second: how many is the machine's business.
            case "target.health" if entry.fields["health"] != "unhealthy":
                found.append(f"target {entry.fields['health']}")
            case "rule.asked":
                weights = entry.fields["workers"], entry.fields["others"]
                found.append({(100, 0): "door to the workers", (0, 100): "door to the api"}[weights])
            case _:
                pass
    return list(dict.fromkeys(found))


def ticks(whole: Whole) -> int:
    """How many minutes have struck."""
    return len(whole.stack.history.entries("schedule.fired"))
