"""The api is told all that it reads, invoked by its one door, and has an address of its own only without that."""

import pytest

from lambdas.api.config import Config
from tests.components.recording import PLACE, Recording, recorded

FUNCTION = "api-function-1a2b3c4"
BEHIND_ALB = ("staging", "prod", "https")
WITHOUT_ALB = ("local", "no-load-balancer")


def permissions(program: Recording) -> list[dict[str, object]]:
    return [p.inputs for p in program.all("Permission") if p.inputs["function"] == FUNCTION]


@pytest.mark.parametrize("case", [*BEHIND_ALB, *WITHOUT_ALB])
def test_it_is_told_all_that_it_reads_and_nothing_else(case: str):
    environment = recorded(case).environment("api-function")
    assert environment == {
        "FLEET_TABLE": "storage-fleet-1a2b3c4",
        "CLUSTER": "worker-cluster-1a2b3c4",
        "SERVICE": "worker-service-1a2b3c4",
        "JOBS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs-queue-1a2b3c4",
        "WARMKEEPER_FUNCTION": "warmkeeper-function-1a2b3c4",
        "TOKENS_SECRET_ARN": f"arn:aws:secretsmanager:{PLACE}:secret:tokens-secret-1a2b3c4-AbCdEf",
        "FRONT_DOOR": "alb" if case in BEHIND_ALB else "none",
        "RATE_PER_SECOND": "10",
        "MINUTE_SECONDS": "2" if case == "local" else "60",
        "POWERTOOLS_SERVICE_NAME": "worker-cluster-1a2b3c4",
        "POWERTOOLS_METRICS_NAMESPACE": "WarmPool",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    assert Config.from_environment(environment).rate_per_second == 10


@pytest.mark.parametrize("case", BEHIND_ALB)
def test_behind_the_load_balancer_only_its_target_group_may_invoke_it(case: str):
    program = recorded(case)
    group = f"arn:aws:elasticloadbalancing:{PLACE}:targetgroup/front-door-api-1a2b3c4/6d0ecf831eec9f09"
    assert permissions(program) == [
        {
            "function": FUNCTION,
            "action": "lambda:InvokeFunction",
            "principal": "elasticloadbalancing.amazonaws.com",
            "sourceArn": group,
        }
    ]
    [attachment] = program.all("TargetGroupAttachment")
    assert attachment.inputs == {
        "targetGroupArn": group,
        "targetId": f"arn:aws:lambda:{PLACE}:function:{FUNCTION}",
    }
    assert not program.all("FunctionUrl")


@pytest.mark.parametrize("case", WITHOUT_ALB)
def test_an_address_of_its_own_takes_requests_of_everyone_and_events_of_nobody(case: str):
    program = recorded(case)
    assert program.one("FunctionUrl").inputs == {"functionName": FUNCTION, "authorizationType": "NONE"}
    request, event = sorted(permissions(program), key=lambda permission: len(permission["action"]), reverse=True)  # pyright: ignore[reportArgumentType]
    assert request == {
        "function": FUNCTION,
        "action": "lambda:InvokeFunctionUrl",
        "principal": "*",
        "functionUrlAuthType": "NONE",
    }
    # Without the condition, every AWS account could hand the function an event that no request could be.
    assert event == {
        "function": FUNCTION,
        "action": "lambda:InvokeFunction",
        "principal": "*",
        "invokedViaFunctionUrl": True,
    }


@pytest.mark.parametrize(
    ("case", "url"),
    [
        ("prod", "http://front-door-1a2b3c4.eu-west-1.elb.amazonaws.com"),
        ("https", "https://render.example.com"),
        ("no-load-balancer", "https://api-url-1a2b3c4.lambda-url.eu-west-1.on.aws"),
    ],
)
def test_the_stack_tells_where_it_is_reached(case: str, url: str):
    assert recorded(case).exports["apiUrl"] == url


def test_no_other_function_has_a_door(program: Recording):
    assert {url.inputs["functionName"] for url in program.all("FunctionUrl")} <= {FUNCTION}
    others = [p.inputs["principal"] for p in program.all("Permission") if p.inputs["function"] != FUNCTION]
    assert set(others) == {"lambda.alarms.cloudwatch.amazonaws.com"}
