"""A load balancer in front of a function and of real processes, over real HTTP."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from local.cloud import Cloud
from local.history import History
from local.pace import Pace
from local.players.alb import AlbPlayer
from local.players.alb_targets import Target
from local.players.fargate import FargatePlayer
from local.players.function_urls import FunctionUrlPlayer
from local.players.lambdas import LambdaPlayer
from local.players.metrics import Metric, MetricStore
from tests.local.alive import is_listened_to
from tests.local.players.conftest import Deploy
from tests.waiting import wait_until

PACE = Pace(minute_seconds=0.6, cold_start_seconds=0.05, scan_seconds=0.1)
API = """
def handle(event, context):
    if event.get("path") == "/fail" or event.get("rawPath") == "/fail":
        raise ValueError("no")
    return {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "api " + event["headers"]["host"]}
"""
WORKER = """
import http.server, os, pathlib
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        sick = pathlib.Path(os.environ["SICK"]).exists()
        self.send_response(503 if sick else 200)
        body = ("worker " + self.headers.get("X-Forwarded-Proto", "")).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["HTTP_PORT"])), Handler).serve_forever()
"""


class Front:
    """What the tests ask of it."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud, self.elb, self.sick = cloud, cloud.client("elbv2"), folder / "sick"
        self.alb: AlbPlayer
        self.fargate: FargatePlayer
        self.metrics: MetricStore
        self.history: History
        self.workers = self.api = self.rule = self.host = self.suffix = ""

    def build(self, function_arn: str) -> None:
        ec2 = self.cloud.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"]
            for n, zone in enumerate("ab")
        ]
        [balancer] = self.elb.create_load_balancer(Name="door", Subnets=[one["SubnetId"] for one in subnets])[
            "LoadBalancers"
        ]
        self.host, self.suffix = balancer["DNSName"], balancer["LoadBalancerArn"].partition(":loadbalancer/")[2]
        check = {"HealthCheckPath": "/health", "HealthCheckIntervalSeconds": 10, "UnhealthyThresholdCount": 2}
        group = {"Name": "workers", "Protocol": "HTTP", "Port": 8080, "VpcId": vpc, "TargetType": "ip"}
        self.workers = self.elb.create_target_group(**group, **check)["TargetGroups"][0]["TargetGroupArn"]
        delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "50"}]
        self.elb.modify_target_group_attributes(TargetGroupArn=self.workers, Attributes=delay)
        self.api = self.elb.create_target_group(Name="api", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
        self.elb.register_targets(TargetGroupArn=self.api, Targets=[{"Id": function_arn}])
        nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "nothing here"}
        [listener] = self.elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
        )["Listeners"]
        for priority, patterns, workers in ((10, ["/", "/fleet*", "/fail"], None), (20, ["/previews"], 0)):
            self.rule = self.elb.create_rule(
                ListenerArn=listener["ListenerArn"],
                Priority=priority,
                Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": patterns}}],
                Actions=[self.forward(workers)],
            )["Rules"][0]["RuleArn"]

    def forward(self, workers: int | None) -> dict[str, Any]:
        if workers is None:
            return {"Type": "forward", "TargetGroupArn": self.api}
        groups = [(self.workers, workers), (self.api, 100 - workers)]
        named = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": named}}

    def flip(self, workers: int) -> None:
        self.elb.modify_rule(RuleArn=self.rule, Actions=[self.forward(workers)])

    def serve(self, desired: int) -> None:
        ecs = self.cloud.client("ecs")
        ecs.create_cluster(clusterName="warm")
        container = {
            "name": "worker",
            "image": "worker:1",
            "command": ["python", "-c", WORKER],
            "environment": [{"name": "HTTP_PORT", "value": "8080"}, {"name": "SICK", "value": str(self.sick)}],
        }
        ecs.register_task_definition(
            family="worker",
            cpu="256",
            memory="512",
            requiresCompatibilities=["FARGATE"],
            containerDefinitions=[container],
        )
        ecs.create_service(
            cluster="warm",
            serviceName="workers",
            taskDefinition="worker",
            desiredCount=desired,
            loadBalancers=[{"targetGroupArn": self.workers, "containerName": "worker", "containerPort": 8080}],
        )

    def resize(self, desired: int) -> None:
        self.cloud.client("ecs").update_service(cluster="warm", service="workers", desiredCount=desired)

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        url = self.alb.url(self.host)
        got = urllib3.request(method, f"{url}{path}", headers={"Host": "fleet.example"}, retries=False, timeout=10)
        return got.status, got.data.decode()

    def health(self) -> list[str]:
        described = self.elb.describe_target_health(TargetGroupArn=self.workers)["TargetHealthDescriptions"]
        return sorted(one["TargetHealth"]["State"] for one in described)

    def targets(self) -> list[Target]:
        group = self.alb.group(self.workers)
        return list(group.targets.values()) if group else []

    def total(self, name: str, **dimensions: str) -> float:
        self.alb.publish()
        metric = Metric.of("AWS/ApplicationELB", name, {"LoadBalancer": self.suffix, **dimensions})
        return sum(self.metrics.values(metric, after=0, until=float("inf")))


@pytest.fixture
def front(
    cloud: Cloud, history: History, metrics: MetricStore, lambdas: LambdaPlayer, deploy: Deploy, *, tmp_path: Path
) -> Iterator[Front]:
    front = Front(cloud, tmp_path)
    front.build(deploy("api", API))
    front.metrics, front.history = metrics, history
    front.fargate = FargatePlayer(cloud, PACE, history, tmp_path / "tasks")
    front.alb = AlbPlayer(cloud, PACE, history, lambdas=lambdas, fargate=front.fargate, metrics=metrics)
    front.fargate.start()
    front.alb.start()
    yield front
    front.alb.stop()
    front.fargate.stop(grace_seconds=0.5)
    assert not [one.name for one in threading.enumerate() if one.name.startswith(("listener", "alb-player"))]


def test_strangers_get_404_and_choose_no_target(front: Front) -> None:
    for path in ("/index.php", "/.env", "/wp-login.php"):
        assert front.get(path) == (404, "nothing here")
    assert front.total("RequestCount") == 0
    assert front.total("HTTP_Fixed_Response_Count") == 3


def test_rules_lead_to_the_function_and_its_failures_are_bad_gateways(front: Front) -> None:
    assert front.get("/fleet/wake", "POST") == (200, "api fleet.example")
    assert front.get("/fail")[0] == 502
    assert (front.total("RequestCount"), front.total("HTTPCode_ELB_5XX_Count")) == (2, 1)


def test_a_wake_and_a_sleep_as_the_door_sees_them(front: Front) -> None:
    assert front.get("/previews") == (200, "api fleet.example")
    assert front.health() == []

    front.serve(2)
    wait_until(lambda: front.health() == ["healthy", "healthy"], what="two healthy targets")
    ports = {target.port for target in front.targets()}
    assert len(ports) == 2
    assert "initial" in {entry.fields["health"] for entry in front.history.entries("target.health")}
    assert front.get("/previews") == (200, "api fleet.example")

    front.flip(100)
    assert front.get("/previews") == (200, "worker http")
    workers = front.workers.rpartition(":")[2]
    assert front.total("RequestCount", TargetGroup=workers) == 1
    assert front.total("TargetResponseTime", TargetGroup=workers) > 0

    front.flip(0)
    assert front.get("/previews") == (200, "api fleet.example")
    front.resize(0)
    wait_until(lambda: "draining" in front.health(), what="a draining target")
    wait_until(lambda: front.health() == [], what="nobody registered")


def test_a_target_that_fails_its_checks_is_unhealthy_until_it_passes_again(front: Front) -> None:
    front.serve(1)
    wait_until(lambda: front.health() == ["healthy"], what="a healthy target")
    front.sick.touch()
    wait_until(lambda: front.health() == ["unhealthy"], what="an unhealthy target")
    front.sick.unlink()
    wait_until(lambda: front.health() == ["healthy"], what="a healthy target again")


def test_a_group_without_targets_is_a_503(front: Front) -> None:
    front.flip(100)
    assert front.get("/previews")[0] == 503
    assert front.total("RequestCount") == 0
    assert front.total("HTTPCode_ELB_503_Count") == 1


def test_a_function_that_was_just_registered_is_described_before_the_next_reading(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = front.elb.create_target_group(Name="late", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    wait_until(lambda: front.alb.group(group), what="the group's reading")
    monkeypatch.setattr(front.alb, "_read", lambda: None)
    [known] = front.elb.describe_target_health(TargetGroupArn=front.api)["TargetHealthDescriptions"]
    front.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": known["Target"]["Id"]}])
    [described] = front.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert described["Target"] == known["Target"]


def test_a_port_is_closed_with_its_listener_though_a_group_goes_while_it_is_read(front: Front) -> None:
    port = urlsplit(front.alb.url(front.host) or "").port
    assert port is not None
    failures: list[str] = []

    def fail_once(**_: object) -> None:
        if not failures:
            failures.append("DescribeTargetHealth")
            raise LookupError("TargetGroupNotFound")

    [balancer] = front.elb.describe_load_balancers()["LoadBalancers"]
    [listener] = front.elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    readers = front.cloud.moto_client("elbv2").meta.events
    readers.register("before-call.elbv2.DescribeTargetHealth", fail_once)
    try:
        front.elb.delete_listener(ListenerArn=listener["ListenerArn"])
        wait_until(lambda: bool(failures) and front.alb.url(front.host) is None, what="the listener to be gone")
    finally:
        readers.unregister("before-call.elbv2.DescribeTargetHealth", fail_once)
    wait_until(lambda: not is_listened_to(port), what="the port to be closed")


def test_a_body_that_is_too_large_is_refused_unread(front: Front) -> None:
    url = front.alb.url(front.host)
    got = urllib3.request("POST", f"{url}/fleet", body=b"x" * (1024 * 1024 + 1), retries=False, timeout=10)
    assert got.status == 413


def test_a_function_url_is_served_until_it_is_taken_away(cloud: Cloud, lambdas: LambdaPlayer, deploy: Deploy) -> None:
    arn = deploy("own", API)
    functions = cloud.client("lambda")
    host = functions.create_function_url_config(FunctionName=arn, AuthType="NONE")["FunctionUrl"].partition("://")[2]
    player = FunctionUrlPlayer(cloud, PACE, lambdas)
    player.start()
    try:
        url = player.url(host.rstrip("/"))
        got = urllib3.request("GET", f"{url}/fleet", headers={"Host": "me"}, retries=False, timeout=10)
        assert (got.status, got.data) == (200, b"api me")
        assert urllib3.request("GET", f"{url}/fail", retries=False, timeout=10).status == 502
        functions.delete_function_url_config(FunctionName=arn)
        wait_until(lambda: player.url(host.rstrip("/")) is None, what="the URL to be gone")
    finally:
        player.stop()
