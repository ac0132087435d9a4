"""One listener of a load balancer: takes requests in, has a rule decide, and asks a target."""

import random
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import urllib3

from local.players.alb_rules import Rule, action_for, draw, fixed_response, redirect, weights
from local.players.alb_targets import Target, TargetGroup
from local.players.http_events import MALFORMED, balancer_answer, balancer_event
from local.players.http_exchange import IDLE_SECONDS, Answer, Request, end_to_end, said
from local.players.lambdas import UnknownFunctionError
from local.players.metrics import Metric, Sample

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from local.players.lambdas import LambdaPlayer

NAMESPACE = "AWS/ApplicationELB"
_CLASS_OF_100 = 100
_VALID_NAME = re.compile(r"[-A-Za-z0-9]+")


class ListenerDoor:
    """Answers the requests of one listener.

    `rules` gives the rules as they are now; `groups` the target groups by ARN, which `lock` guards; `count` takes the
    samples of what was counted.
    """

    def __init__(
        self,
        listener: Mapping[str, Any],
        *,
        rules: Callable[[str], Sequence[Rule]],
        groups: Mapping[str, TargetGroup],
        lock: "AbstractContextManager[Any]",
        lambdas: "LambdaPlayer",
        count: Callable[[Iterable[Sample]], None],
    ) -> None:
        self.listener = listener
        self.drops_invalid_names = False
        self._rules = rules
        self._groups = groups
        self._lock = lock
        self._lambdas = lambdas
        self._take_count = count
        self._tasks = urllib3.PoolManager(maxsize=32, retries=False, timeout=urllib3.Timeout(IDLE_SECONDS))
        self._suffix = listener["LoadBalancerArn"].partition(":loadbalancer/")[2]

    def answer(self, request: Request) -> Answer:
        """Do what the listener's rules say."""
        request = self._forwarded(request)
        action = action_for(self._rules(self.listener["ListenerArn"]), request)
        match action["Type"]:
            case "fixed-response":
                self._count(HTTP_Fixed_Response_Count=1)
                return fixed_response(action)
            case "redirect":
                self._count(HTTP_Redirect_Count=1)
                protocol, port = self.listener["Protocol"], self.listener["Port"]
                return redirect(action, request, protocol=protocol, port=port)
            case "forward":
                return self._forward(request, draw(weights(action), random.random()))  # noqa: S311  a share of the load
            case kind:
                raise ValueError(f"the load balancer's player does not know the action {kind}")

    def _forward(self, request: Request, group_arn: str | None) -> Answer:
        with self._lock:
            group = self._groups.get(group_arn or "")
            target = group.turn() if group else None
            if group is None or target is None:
                self._count(HTTPCode_ELB_5XX_Count=1, HTTPCode_ELB_503_Count=1)
                return said(HTTPStatus.SERVICE_UNAVAILABLE)
            target.outstanding, target.used_at = target.outstanding + 1, time.monotonic()
        begun = time.monotonic()
        try:
            answer = self._ask(request, group, target)
        finally:
            with self._lock:
                target.outstanding -= 1
        counts: dict[str, float] = {"RequestCount": 1}
        if answer is None:
            self._count(HTTPCode_ELB_5XX_Count=1, HTTPCode_ELB_502_Count=1)
        else:
            counts[f"HTTPCode_Target_{answer.status // _CLASS_OF_100}XX_Count"] = 1
            counts["TargetResponseTime"] = time.monotonic() - begun
        self._count(group, **counts)
        return answer or MALFORMED

    def _ask(self, request: Request, group: TargetGroup, target: Target) -> Answer | None:
        """The target's answer, or None where it gave none."""
        if target.port is None:
            event = balancer_event(request, group.arn, multi_value=group.multi_value)
            try:
                outcome = self._lambdas.run(target.id, event, source="alb")
            except UnknownFunctionError:
                return None
            answer = MALFORMED if outcome.failed else balancer_answer(outcome.payload, multi_value=group.multi_value)
            return None if answer is MALFORMED else answer
        headers = urllib3.HTTPHeaderDict()
        for name, value in end_to_end(request.headers):
            headers.add(name, value)
        url = f"http://{target.id}:{target.port}{request.target}"
        try:
            got = self._tasks.request(request.method, url, body=request.body, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError:
            return None
        return Answer(got.status, end_to_end(list(got.headers.items())), got.data)

    def _forwarded(self, request: Request) -> Request:
        """With what a load balancer tells its targets of the client, and without what it drops."""
        kept = [
            (name, value)
            for name, value in request.headers
            if _VALID_NAME.fullmatch(name) or not self.drops_invalid_names
        ]
        before = request.header("x-forwarded-for")
        told = {
            "X-Forwarded-For": f"{before}, {request.client}" if before else request.client,
            "X-Forwarded-Proto": self.listener["Protocol"].lower(),
            "X-Forwarded-Port": str(self.listener["Port"]),
            "X-Amzn-Trace-Id": f"Root=1-{int(time.time()):08x}-{random.getrandbits(96):024x}",
        }
        replaced = {name.lower() for name in told}
        headers = [*((name, value) for name, value in kept if name.lower() not in replaced), *told.items()]
        return Request(request.method, request.path, request.query, headers, request.body, request.client)

    def _count(self, group: TargetGroup | None = None, **values: float) -> None:
        now, of_balancer = time.time(), {"LoadBalancer": self._suffix}
        dimensions = [of_balancer, *([{**of_balancer, "TargetGroup": group.suffix}] if group else [])]
        self._take_count(
            Sample(Metric.of(NAMESPACE, name, each), value, now, "Seconds" if name.endswith("Time") else "Count")
            for name, value in values.items()
            for each in dimensions
        )
