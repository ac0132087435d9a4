"""The load balancer: who gets in, by which port, to which target, and what never gets to one."""

import json
from fnmatch import fnmatchcase

import pytest

from components.front_door import HEALTH_INTERVAL_SECONDS, UNHEALTHY_CHECKS
from tests.components.recording import CERTIFICATE, PLACE, Recording, Resource, recorded

BALANCER = f"arn:aws:elasticloadbalancing:{PLACE}"
WORKERS = f"{BALANCER}:targetgroup/front-door-workers-1a2b3c4/6d0ecf831eec9f09"
API = f"{BALANCER}:targetgroup/front-door-api-1a2b3c4/6d0ecf831eec9f09"
BEHIND_ALB = ("staging", "prod", "https")
LOAD_BALANCER_NAME_MAX = 32
AUTONAME_LENGTH = 8


@pytest.fixture(params=BEHIND_ALB)
def program(request: pytest.FixtureRequest) -> Recording:
    return recorded(request.param)


def main_listener(program: Recording) -> Resource:
    """The listener that the rules are on."""
    [listener_arn] = {rule.inputs["listenerArn"] for rule in program.all("ListenerRule")}
    [listener] = [listener for listener in program.all("Listener") if f"/{listener.name}-1a2b3c4/" in listener_arn]
    return listener


def targets(program: Recording, path: str) -> list[str]:
    """The target groups that a request for the path could reach."""
    rules = sorted(program.all("ListenerRule"), key=lambda rule: rule.inputs["priority"])
    for rule in rules:
        [condition] = rule.inputs["conditions"]
        if any(fnmatchcase(path, pattern) for pattern in condition["pathPattern"]["values"]):
            [action] = rule.inputs["actions"]
            return [action["targetGroupArn"]] if "targetGroupArn" in action else [
                group["arn"] for group in action["forward"]["targetGroups"]
            ]  # fmt: skip
    return []


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/wp-login.php",
        "/.env",
        "/fleetfoot",
        "/healthz",
        "/health/",
        "/previews/",
        "/previews/../fleet",
        "/PREVIEWS",
        "/api/previews",
        "//",
        "/jobs",
    ],
)
def test_a_path_that_nobody_promised_chooses_no_target(program: Recording, path: str):
    assert targets(program, path) == []


def test_what_no_rule_names_is_answered_by_the_listener_itself(program: Recording):
    [action] = main_listener(program).inputs["defaultActions"]
    assert (action["type"], action["fixedResponse"]["statusCode"]) == ("fixed-response", "404")
    assert json.loads(action["fixedResponse"]["messageBody"])["status"] == 404


@pytest.mark.parametrize("path", ["/", "/fleet", "/fleet/heartbeat", "/fleet/wake", "/health"])
def test_the_api_answers_for_the_fleet_always(program: Recording, path: str):
    assert targets(program, path) == [API]


def test_previews_go_to_the_api_until_the_warmkeeper_knows_a_healthy_worker(program: Recording):
    previews = program.one("ListenerRule", "front-door-previews")
    [action] = previews.inputs["actions"]
    weights = {group["arn"]: group["weight"] for group in action["forward"]["targetGroups"]}
    assert weights == {WORKERS: 0, API: 100}
    assert previews.ignore_changes == ["actions"]
    assert targets(program, "/previews") == [WORKERS, API]


def test_only_the_rule_that_the_warmkeeper_flips_is_left_to_it(program: Recording):
    assert program.one("ListenerRule", "front-door-api").ignore_changes == []


def test_the_world_reaches_the_listeners_ports_and_no_other():
    for case, ports in {"staging": [80], "prod": [80], "https": [80, 443]}.items():
        program = recorded(case)
        rules = program.one("SecurityGroup", "front-door").inputs["ingress"]
        assert [(rule["fromPort"], rule["toPort"], rule["cidrBlocks"]) for rule in rules] == [
            (port, port, ["0.0.0.0/0"]) for port in ports
        ]
        assert sorted(listener.inputs["port"] for listener in program.all("Listener")) == ports


def test_no_way_leads_from_the_world_to_a_worker(program: Recording):
    for group in program.all("SecurityGroup"):
        if group.name != "front-door":
            assert not group.inputs.get("ingress")
    [rule] = program.all("SecurityGroupIngressRule")
    assert rule.inputs["securityGroupId"] == "front-door-workers-1a2b3c4-id"
    assert rule.inputs["referencedSecurityGroupId"] == "front-door-1a2b3c4-id"
    assert (rule.inputs["fromPort"], rule.inputs["toPort"], rule.inputs["ipProtocol"]) == (8080, 8080, "tcp")
    assert not rule.inputs.keys() & {"cidrIpv4", "cidrIpv6", "prefixListId"}
    assert not program.all("SecurityGroupRule")


def test_the_load_balancer_reaches_the_workers_port_and_nothing_else(program: Recording):
    [egress] = program.one("SecurityGroup", "front-door").inputs["egress"]
    assert (egress["fromPort"], egress["toPort"]) == (8080, 8080)
    assert egress["securityGroups"] == ["front-door-workers-1a2b3c4-id"]
    assert "cidrBlocks" not in egress


def test_a_worker_is_asked_for_its_health_on_its_own_port_and_may_be_slow_to_answer(program: Recording):
    group = program.one("TargetGroup", "front-door-workers").inputs
    assert (group["targetType"], group["protocol"], group["port"]) == ("ip", "HTTP", 8080)
    assert (group["healthCheck"]["path"], group["healthCheck"]["port"]) == ("/health", "traffic-port")
    assert group["healthCheck"]["timeout"] < group["healthCheck"]["interval"] == HEALTH_INTERVAL_SECONDS
    assert HEALTH_INTERVAL_SECONDS * UNHEALTHY_CHECKS >= 45
    assert group["deregistrationDelay"] == 15


def test_the_service_joins_the_workers_group_once_a_rule_uses_it_and_wears_the_security_group(program: Recording):
    service = program.one("Service").inputs
    assert service["loadBalancers"] == [{"targetGroupArn": WORKERS, "containerName": "worker", "containerPort": 8080}]
    assert service["healthCheckGracePeriodSeconds"] >= 60
    assert "front-door-workers-1a2b3c4-id" in service["networkConfiguration"]["securityGroups"]
    order = [resource.name for resource in program.resources if resource.custom]
    assert order.index("front-door-previews") < order.index("worker-service")


def test_a_worker_behind_it_is_told_where_to_listen_and_whom_to_answer(program: Recording):
    environment = program.container_environment()
    assert (environment["HTTP_HOST"], environment["HTTP_PORT"]) == ("0.0.0.0", "8080")
    assert environment["FLEET_TABLE"] == "storage-fleet-1a2b3c4"
    assert environment["TOKENS_SECRET_ARN"].endswith(":secret:tokens-secret-1a2b3c4-AbCdEf")


def test_the_api_is_never_invoked_to_see_whether_it_lives(program: Recording):
    group = program.one("TargetGroup", "front-door-api").inputs
    assert group["targetType"] == "lambda"
    assert "healthCheck" not in group


def test_names_fit_a_load_balancer_with_what_pulumi_adds(program: Recording):
    named = [*program.all("LoadBalancer"), *program.all("TargetGroup")]
    assert max(len(resource.name) for resource in named) + AUTONAME_LENGTH <= LOAD_BALANCER_NAME_MAX


def test_headers_that_no_one_should_send_are_dropped(program: Recording):
    balancer = program.one("LoadBalancer").inputs
    assert balancer["dropInvalidHeaderFields"] is True
    assert balancer["desyncMitigationMode"] in {"defensive", "strictest"}


def test_requests_are_logged_into_a_bucket_that_takes_nothing_else(program: Recording):
    assert program.one("LoadBalancer").inputs["accessLogs"] == {"bucket": "front-door-logs-1a2b3c4", "enabled": True}
    bucket = "arn:aws:s3:::front-door-logs-1a2b3c4"
    statements = json.loads(program.one("BucketPolicy", "front-door-logs").inputs["policy"])["Statement"]
    refused, [allowed] = (
        [statement for statement in statements if statement["Effect"] == effect] for effect in ("Deny", "Allow")
    )
    assert refused[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert allowed["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert (allowed["Action"], allowed["Resource"]) == ("s3:PutObject", f"{bucket}/AWSLogs/123456789012/*")
    block = program.one("BucketPublicAccessBlock", "front-door-logs").inputs
    assert {key: value for key, value in block.items() if key != "bucket"} == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    [rule] = program.one("BucketLifecycleConfiguration", "front-door-logs").inputs["rules"]
    assert rule["expiration"] == {"days": 30}


def test_with_a_certificate_plain_http_is_only_sent_on():
    program = recorded("https")
    listener = main_listener(program).inputs
    assert (listener["protocol"], listener["port"], listener["certificateArn"]) == ("HTTPS", 443, CERTIFICATE)
    assert listener["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res-")
    plain = program.one("Listener", "front-door-http").inputs
    [action] = plain["defaultActions"]
    assert action["type"] == "redirect"
    assert action["redirect"] == {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}
    assert program.warnings == []


@pytest.mark.parametrize("case", ["staging", "prod", "prod-preview"])
def test_each_up_warns_while_tokens_travel_in_clear(case: str):
    [warning] = recorded(case).warnings
    assert "allowPlainHttp" in warning
    assert "certificateArn" in warning


def test_without_a_load_balancer_there_is_nothing_of_it_to_pay_for():
    kinds = {resource.type for resource in recorded("no-load-balancer").resources}
    assert not [kind for kind in kinds if kind.startswith("aws:lb/")]
    assert recorded("no-load-balancer").warnings == []
    [workers] = recorded("no-load-balancer").all("SecurityGroup")
    assert workers.inputs["ingress"] == []
    service = recorded("no-load-balancer").one("Service").inputs
    assert not service.keys() & {"loadBalancers", "healthCheckGracePeriodSeconds"}
    environment = recorded("no-load-balancer").container_environment()
    assert environment["HTTP_HOST"] == "127.0.0.1", "nobody but the container's own health check may ask"
    assert "TOKENS_SECRET_ARN" not in environment
