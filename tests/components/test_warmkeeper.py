"""The warmkeeper is told the fleet's limits, runs each minute and may be woken by its two alarms alone."""

import json

import pytest

from tests.components.recording import PLACE, Recording, recorded

FUNCTION_ARN = f"arn:aws:lambda:{PLACE}:function:warmkeeper-function-1a2b3c4"
ALIKE = {
    "CLUSTER": "worker-cluster-1a2b3c4",
    "SERVICE": "worker-service-1a2b3c4",
    "JOBS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs-queue-1a2b3c4",
    "FLEET_TABLE": "storage-fleet-1a2b3c4",
    "JOBS_PER_WORKER": "1",
    "WARM_SPARES": "0",
    "HISTORY_DAYS": "30",
    "POWERTOOLS_SERVICE_NAME": "worker-cluster-1a2b3c4",
    "POWERTOOLS_METRICS_NAMESPACE": "WarmPool",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}
LOAD_BALANCERS = f"arn:aws:elasticloadbalancing:{PLACE}"
BEHIND_ALB = {
    "PREVIEW_RULE_ARN": f"{LOAD_BALANCERS}:listener-rule/app/front-door-previews-1a2b3c4/9683b2d02a6cabee",
    "WORKER_TARGET_GROUP_ARN": f"{LOAD_BALANCERS}:targetgroup/front-door-workers-1a2b3c4/6d0ecf831eec9f09",
    "API_TARGET_GROUP_ARN": f"{LOAD_BALANCERS}:targetgroup/front-door-api-1a2b3c4/6d0ecf831eec9f09",
}
WITHOUT_ALB = dict.fromkeys(BEHIND_ALB, "")


@pytest.mark.parametrize(
    ("stack", "floor", "ceiling", "scale_to_zero", "sleep_after_seconds", "minute_seconds"),
    [
        ("prod", "10", "50", "false", "300", "60"),
        ("staging", "1", "5", "true", "300", "60"),
        ("local", "1", "3", "true", "10", "2"),
    ],
)
def test_it_is_told_all_that_it_reads_and_nothing_else(  # noqa: PLR0917  # one column for each setting
    stack: str, floor: str, ceiling: str, scale_to_zero: str, sleep_after_seconds: str, minute_seconds: str
):
    behind = BEHIND_ALB if recorded(stack).all("LoadBalancer") else WITHOUT_ALB
    assert recorded(stack).environment("warmkeeper-function") == ALIKE | behind | {
        "FLOOR": floor,
        "CEILING": ceiling,
        "SCALE_TO_ZERO": scale_to_zero,
        "SLEEP_AFTER_SECONDS": sleep_after_seconds,
        "WARM_HOURS": "",
        "MINUTE_SECONDS": minute_seconds,
    }


def test_it_is_told_of_the_rule_that_it_flips_and_of_none_without_a_load_balancer():
    environment = recorded("no-load-balancer").environment("warmkeeper-function")
    assert WITHOUT_ALB.items() <= environment.items()
    assert BEHIND_ALB.items() <= recorded("https").environment("warmkeeper-function").items()


def test_it_is_told_the_warm_hours_and_knows_the_time_zones_that_they_name():
    function = recorded("load-low").one("Function", "warmkeeper-function")
    assert function.inputs["environment"]["variables"]["WARM_HOURS"] == "Mon-Fri 08:00-20:00 Europe/Paris"
    assert recorded("load-low").one("LayerVersion").urn.endswith("dependencies-layer")
    assert any(":layer:dependencies-layer-" in layer for layer in function.inputs["layers"])


def test_it_runs_each_minute_and_the_next_tick_is_the_retry(program: Recording):
    schedule = program.one("Schedule").inputs
    assert schedule["scheduleExpression"] == "rate(1 minute)"
    assert schedule["flexibleTimeWindow"] == {"mode": "OFF"}
    assert schedule["target"]["arn"] == FUNCTION_ARN
    assert json.loads(schedule["target"]["input"]) == {"source": "tick"}
    assert schedule["target"]["retryPolicy"]["maximumRetryAttempts"] == 0


def test_no_concurrency_is_reserved_since_young_accounts_have_none_to_give(program: Recording):
    assert not [f.name for f in program.all("Function") if "reservedConcurrentExecutions" in f.inputs]


def test_an_asynchronous_event_is_dropped_before_it_is_history(program: Recording):
    inputs = program.one("FunctionEventInvokeConfig").inputs
    assert (inputs["maximumEventAgeInSeconds"], inputs["maximumRetryAttempts"]) == (300, 2)


def test_only_its_own_alarms_may_invoke_it(program: Recording):
    about_it = [p for p in program.all("Permission") if p.inputs["function"] == "warmkeeper-function-1a2b3c4"]
    permissions = {p.name: p.inputs for p in about_it}
    assert permissions.keys() == {"fleet-idle", "fleet-backlog", "fleet-traffic"}
    for name, inputs in permissions.items():
        assert inputs == {
            "action": "lambda:InvokeFunction",
            "function": "warmkeeper-function-1a2b3c4",
            "principal": "lambda.alarms.cloudwatch.amazonaws.com",
            "sourceAccount": "123456789012",
            "sourceArn": f"arn:aws:cloudwatch:{PLACE}:alarm:{name}-1a2b3c4",
        }
