"""The load balancer's player: serves every application load balancer's listeners on free loopback ports.

Moto keeps load balancers, listeners, rules and groups; this player reads them and makes them true: it decides by the
real rules, asks real functions and real tasks, checks the health of each target by HTTP, and answers
DescribeTargetHealth with what it found. HTTPS listeners are served in plain HTTP: loopback is their TLS.
"""

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import urllib3

from local.changes import Follower
from local.cloud import Cloud
from local.history import History
from local.pace import Pace
from local.players.alb_answers import AlbAnswers
from local.players.alb_listener import NAMESPACE, ListenerDoor
from local.players.alb_rules import Rule, weights
from local.players.alb_targets import Check, Health, Target, TargetGroup
from local.players.beat import Beat
from local.players.fargate import FargatePlayer
from local.players.http_exchange import LOOPBACK, Door
from local.players.metrics import Metric, Sample

if TYPE_CHECKING:
    from local.players.lambdas import LambdaPlayer
    from local.players.metrics import MetricStore

TICK_SECONDS = 0.05
"""How often targets are looked after."""
FRESH_SECONDS = 1.0
"""How long rules are read for every request after someone asked to change one."""
CHECKS_AT_ONCE = 8
PUBLISHED_AT_ONCE = 1_000
"""CloudWatch's limit of one request."""


class AlbPlayer:
    """Plays every application load balancer of `cloud`, between `start` and `stop`.

    `addresses` says by its port where a listener is served; one that is not in it gets a free loopback port. Two load
    balancers cannot share an address.
    """

    def __init__(
        self,
        cloud: Cloud,
        pace: Pace,
        history: History,
        *,
        lambdas: "LambdaPlayer",
        fargate: FargatePlayer,
        metrics: "MetricStore",
        addresses: Mapping[int, tuple[str, int]] | None = None,
    ) -> None:
        self._addresses = addresses or {}
        self._elb = cloud.moto_client("elbv2")
        self._cloud = cloud
        self._pace = pace
        self._history = history
        self._lambdas = lambdas
        self._fargate = fargate
        self._metrics = metrics
        self._lock = threading.RLock()
        self._doors: dict[str, tuple[ListenerDoor, Door]] = {}
        self._names: dict[tuple[str, int], str] = {}
        self._rules: dict[str, Sequence[Rule]] = {}
        self._groups: dict[str, TargetGroup] = {}
        self._counted: deque[Sample] = deque()
        self._fresh_until = 0.0
        self._look_at = 0.0
        self._deployed = Follower(cloud.changes, "elasticloadbalancing", self._read)
        self._count_at = 0.0
        self._checks = ThreadPoolExecutor(CHECKS_AT_ONCE, thread_name_prefix="health-check")
        self._http = urllib3.PoolManager(maxsize=CHECKS_AT_ONCE, retries=False)
        self._beat = Beat("alb-player", self._step, interval_seconds=1.0)

    def start(self) -> None:
        """Begin to play: what is deployed already is served when this returns."""
        self._deployed.look()
        self._cloud.answer_with(AlbAnswers(self.group, self._rules_change))
        self._beat.start()

    def stop(self) -> None:
        """Close every port."""
        self._beat.stop()
        self._checks.shutdown(cancel_futures=True)
        for _, door in self._doors.values():
            door.close()
        self._doors.clear()

    def url(self, host: str, port: int = 80) -> str | None:
        """Where the listener of that port of the load balancer with that DNS name is served."""
        with self._lock:
            listener = self._names.get((host, port))
            return self._doors[listener][1].url if listener in self._doors else None

    def group(self, arn: str) -> TargetGroup | None:
        """A target group, its targets as they are: whoever registered one sees it at once."""
        with self._lock:
            group = None if self._beat.stopping else self._groups.get(arn)
            if group is not None and group.type == "lambda":
                self._register_functions(group)
            return group

    def publish(self) -> None:
        """Hand on what was counted since the last time, as is done at every tick: not each request pays for it."""
        samples: list[Sample] = []
        while self._counted and len(samples) < PUBLISHED_AT_ONCE:
            samples.append(self._counted.popleft())
        if samples:
            self._metrics.put(samples)

    def _step(self) -> float:
        now = time.monotonic()
        if now >= self._look_at:
            self._deployed.look()
            self._look_at = time.monotonic() + self._pace.scan_seconds
        with self._lock:
            for group in self._groups.values():
                if group.type == "ip":
                    running = self._fargate.ports_behind(group.arn)
                    self._tell(group, group.register((LOOPBACK, port) for port in running))
                self._look(group, now)
        self.publish()
        if now >= self._count_at:
            self._count_at = now + self._pace.minute_seconds
            self._count_hosts()
        return TICK_SECONDS

    def _look(self, group: TargetGroup, now: float) -> None:
        """Begin the checks that are due."""
        if group.check is None or not group.load_balancer or group.type != "ip":
            return
        for target in group.targets.values():
            if now >= target.check_at and not target.is_being_checked and target.gone_at is None:
                target.is_being_checked = True
                target.check_at = now + group.check.interval_seconds
                self._checks.submit(self._check, group, target, group.check)

    def _check(self, group: TargetGroup, target: Target, check: Check) -> None:
        try:
            url = f"http://{target.id}:{target.port}{check.path}"
            headers = {"User-Agent": "ELB-HealthChecker/2.0"}
            got = self._http.request("GET", url, headers=headers, redirect=False, timeout=check.timeout_seconds)
            passed = got.status in check.statuses
        except urllib3.exceptions.HTTPError:
            passed = False
        with self._lock:
            target.is_being_checked = False
            if target.note(check, passed=passed):
                self._tell(group, [target])

    def _tell(self, group: TargetGroup, moved: Sequence[Target]) -> None:
        for target in moved:
            self._history.record("target.health", group=group.suffix, port=target.port, health=target.health)

    def _count_hosts(self) -> None:
        with self._lock:
            samples = [
                Sample(
                    Metric.of(NAMESPACE, name, {"LoadBalancer": group.load_balancer, "TargetGroup": group.suffix}),
                    float(group.count(health)),
                    time.time(),
                    "Count",
                )
                for group in self._groups.values()
                if group.load_balancer
                for name, health in (("HealthyHostCount", Health.HEALTHY), ("UnHealthyHostCount", Health.UNHEALTHY))
            ]
        self._metrics.put(samples)

    def _rules_change(self) -> None:
        with self._lock:
            self._fresh_until = time.monotonic() + FRESH_SECONDS

    def _rules_of(self, listener: str) -> Sequence[Rule]:
        with self._lock:
            is_known = time.monotonic() >= self._fresh_until and listener in self._rules
            known = self._rules.get(listener, ())
        return known if is_known else self._elb.describe_rules(ListenerArn=listener)["Rules"]

    def _read(self) -> None:
        """Take over what moto keeps now: ports open and close, groups come and go."""
        balancers = self._elb.describe_load_balancers()["LoadBalancers"]
        hosts = {one["LoadBalancerArn"]: one["DNSName"] for one in balancers if one["Type"] == "application"}
        listeners = {
            listener["ListenerArn"]: listener
            for arn in hosts
            for listener in self._elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
        }
        rules = {arn: self._elb.describe_rules(ListenerArn=arn)["Rules"] for arn in listeners}
        strict = {arn for arn in hosts if self._drops_invalid_names(arn)}
        groups = self._elb.describe_target_groups()["TargetGroups"]
        settings = {one["TargetGroupArn"]: self._settings(one["TargetGroupArn"]) for one in groups}
        with self._lock:
            # Groups come first: one that goes while it is read must not leave a door between open and closed.
            used = _users(listeners, rules)
            for one in groups:
                self._take_group(one, settings[one["TargetGroupArn"]], used.get(one["TargetGroupArn"], ""))
            for arn in self._groups.keys() - settings.keys():
                del self._groups[arn]
            for arn in listeners.keys() - self._doors.keys():
                self._open(listeners[arn])
            gone = [self._doors.pop(arn)[1] for arn in self._doors.keys() - listeners.keys()]
            self._names = {(hosts[one["LoadBalancerArn"]], one["Port"]): arn for arn, one in listeners.items()}
            self._rules = rules
            for arn, (served, _) in self._doors.items():
                served.listener = listeners[arn]
                served.drops_invalid_names = listeners[arn]["LoadBalancerArn"] in strict
        for door in gone:
            door.close()

    def _open(self, listener: Mapping[str, Any]) -> None:
        served = ListenerDoor(
            listener,
            rules=self._rules_of,
            groups=self._groups,
            lock=self._lock,
            lambdas=self._lambdas,
            count=self._counted.extend,
        )
        address = self._addresses.get(listener["Port"], (LOOPBACK, 0))
        door = Door(f"listener {listener['Port']}", served.answer, address).open()
        self._doors[listener["ListenerArn"]] = served, door
        self._history.record("alb.listening", url=door.url, port=listener["Port"])

    def _take_group(self, described: Mapping[str, Any], settings: Mapping[str, str], load_balancer: str) -> None:
        arn = described["TargetGroupArn"]
        group = self._groups.setdefault(arn, TargetGroup(arn))
        group.type, group.load_balancer = described["TargetType"], load_balancer
        group.multi_value = settings.get("lambda.multi_value_headers.enabled") == "true"
        delay_seconds = float(settings.get("deregistration_delay.timeout_seconds", group.deregistration_seconds))
        group.deregistration_seconds = delay_seconds * self._pace.minute_seconds / 60
        is_checked = described.get("HealthCheckEnabled", True) and group.type == "ip"
        group.check = Check.of(described, minute_seconds=self._pace.minute_seconds) if is_checked else None
        if group.type == "lambda":
            self._register_functions(group)

    def _register_functions(self, group: TargetGroup) -> None:
        registered = self._elb.describe_target_health(TargetGroupArn=group.arn)["TargetHealthDescriptions"]
        group.register((one["Target"]["Id"], None) for one in registered)

    def _drops_invalid_names(self, balancer: str) -> bool:
        attributes = self._elb.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"]
        return _pairs(attributes).get("routing.http.drop_invalid_header_fields.enabled") == "true"

    def _settings(self, group: str) -> dict[str, str]:
        return _pairs(self._elb.describe_target_group_attributes(TargetGroupArn=group)["Attributes"])


def _pairs(attributes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {attribute["Key"]: attribute["Value"] for attribute in attributes}


def _users(listeners: Mapping[str, Mapping[str, Any]], rules: Mapping[str, Sequence[Rule]]) -> dict[str, str]:
    """Which load balancer (by its suffix) each target group is used by."""
    return {
        group: listeners[arn]["LoadBalancerArn"].partition(":loadbalancer/")[2]
        for arn, own in rules.items()
        for rule in own
        for action in rule["Actions"]
        for group in weights(action)
    }
