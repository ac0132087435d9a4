import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from local.cloud import Cloud
from local.code_store import CodeStore
from local.history import History
from local.pace import Pace
from local.players.lambda_pool import LambdaPool
from local.players.lambda_process import Deployed
from local.players.lambdas import LambdaFailedError, LambdaPlayer, UnknownFunctionError
from local.players.metrics import Metric, MetricStore
from tests.local.players.archives import zip_of
from tests.waiting import wait_until

POWERTOOLS = "arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:27"


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_function_that_is_not_deployed_is_unknown(lambdas: LambdaPlayer):
    with pytest.raises(UnknownFunctionError, match="nobody"):
        lambdas.invoke("nobody", {})
    with pytest.raises(UnknownFunctionError, match="nobody"):
        lambdas.invoke_async("nobody", {})


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("import moto", "Runtime.ImportModuleError", "Unable to import module 'handler': No module named 'moto'"),
        (
            "import pydantic",
            "Runtime.ImportModuleError",
            "Unable to import module 'handler': No module named 'pydantic'",
        ),
        ("import local", "Runtime.ImportModuleError", "Unable to import module 'handler': No module named 'local'"),
        ("other = 1", "Runtime.HandlerNotFound", "Handler 'handle' missing on module 'handler'"),
        ("1 / 0", "ZeroDivisionError", "division by zero"),
        ("def handle(event, context): raise ValueError('no such job')", "ValueError", "no such job"),
        ("def handle(event, context): return object()", "Runtime.MarshalError", "Object of type object"),
        ("import os\ndef handle(event, context): os._exit(3)", "Runtime.ExitError", "exited with error: exit status 3"),
        ("import os\ndef handle(event, context): os.kill(os.getpid(), 9)", "Runtime.ExitError", "signal: 9"),
        ("raise SystemExit(4)", "Runtime.ExitError", "exit status 4"),
    ],
)
def test_a_failure_is_told_as_lambda_tells_it(lambdas: LambdaPlayer, deploy: Any, code: str, kind: str, message: str):
    deploy("broken", code)
    with pytest.raises(LambdaFailedError) as failed:
        lambdas.invoke("broken", {})
    assert failed.value.answer["errorType"] == kind
    assert message in failed.value.answer["errorMessage"]


def test_a_function_that_failed_to_start_is_started_anew_at_the_next_invoke(lambdas: LambdaPlayer, deploy: Any):
    deploy("broken", "import nothing_like_it")
    for _ in range(2):
        with pytest.raises(LambdaFailedError, match="No module named 'nothing_like_it'"):
            lambdas.invoke("broken", {})


def test_a_handler_that_hangs_is_killed_at_its_timeout_and_replaced(lambdas: LambdaPlayer, deploy: Any, tmp_path: Path):
    told = tmp_path / "pids"
    deploy(
        "slow",
        f"""
import os, subprocess, time
def handle(event, context):
    child = subprocess.Popen(["sleep", "60"])
    with open({str(told)!r}, "a") as pids: print(os.getpid(), child.pid, file=pids, flush=True)
    time.sleep(60 if event["hang"] else 0)
    return os.getpid()
""",
        Timeout=1,
    )
    with pytest.raises(LambdaFailedError, match=r"Sandbox.Timedout.*Task timed out after 1.00 seconds"):
        lambdas.invoke("slow", {"hang": True})
    hung, child = map(int, told.read_text().split())
    wait_until(lambda: not is_running(hung) and not is_running(child), what="the end of the hung run")
    assert lambdas.invoke("slow", {"hang": False}) != hung


def test_the_environment_is_the_functions_own_and_what_lambda_sets(
    lambdas: LambdaPlayer, deploy: Any, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SECRET_OF_THE_USER", "not to be seen")
    deploy(
        "nosy",
        """
import os, sys
def handle(event, context): return [dict(os.environ), sys.path, os.getcwd(), sys.stdin.read()]
""",
        environment={"CLUSTER": "warm", "AWS_REGION": "overridden"},
        MemorySize=256,
    )
    environment, path, cwd, stdin = lambdas.invoke("nosy", {})
    assert environment["CLUSTER"] == "warm"
    assert environment["AWS_REGION"] == "eu-west-1"
    assert environment["AWS_ENDPOINT_URL"] == cloud.endpoint_url
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "nosy"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["LAMBDA_TASK_ROOT"] == path[0] == cwd
    assert "SECRET_OF_THE_USER" not in environment
    assert not {name for name in environment if name.startswith("PYTHON")}
    assert not [folder for folder in path if "site-packages" in folder]
    assert stdin == ""


def test_the_context_holds_what_powertools_logs(lambdas: LambdaPlayer, deploy: Any):
    arn = deploy(
        "logger",
        """
from aws_lambda_powertools import Logger
logger = Logger()
@logger.inject_lambda_context
def handle(event, context):
    logger.info("hello")
    return [context.aws_request_id, context.invoked_function_arn, context.get_remaining_time_in_millis()]
""",
        Layers=[POWERTOOLS],
        MemorySize=256,
        environment={"POWERTOOLS_SERVICE_NAME": "warm"},
    )
    request_id, its_arn, remaining = lambdas.invoke("logger", {})
    assert its_arn == arn
    assert 5_000 < remaining <= 10_000
    log = lambdas._logs / "logger.log"
    wait_until(lambda: log.exists() and "hello" in log.read_text(), what="a line of the log")
    line = json.loads(log.read_text())
    assert line["function_request_id"] == request_id
    assert line["function_memory_size"] == "256"
    assert line["service"] == "warm"


def test_runs_one_after_another_share_a_warm_process_and_overlapping_ones_do_not(lambdas: LambdaPlayer, deploy: Any):
    deploy(
        "counter",
        """
import os, time
runs = 0
def handle(event, context):
    global runs
    runs += 1
    time.sleep(event["seconds"])
    return [os.getpid(), runs]
""",
    )
    first, second = (lambdas.invoke("counter", {"seconds": 0}) for _ in range(2))
    assert (first[0], first[1], second[1]) == (second[0], 1, 2)
    with ThreadPoolExecutor(2) as together:
        overlapping = list(together.map(lambda _: lambdas.invoke("counter", {"seconds": 0.5}), range(2)))
    assert len({pid for pid, _ in overlapping}) == 2


def test_a_run_that_another_deployment_overtakes_is_run_as_it_is_deployed_then(
    lambdas: LambdaPlayer, deploy: Any, monkeypatch: pytest.MonkeyPatch
):
    code = "import os\ndef handle(event, context): return os.environ['FLOOR']"
    deploy("floor", code, environment={"FLOOR": "1"})
    pool_of = lambdas._pool

    def overtaken(deployed: Deployed) -> LambdaPool:
        pool = pool_of(deployed)
        if dict(deployed.environment)["FLOOR"] == "1":
            deploy("floor", code, environment={"FLOOR": "3"})
            assert lambdas.invoke("floor", {}) == "3"  # which retires the pool of this run
        return pool

    monkeypatch.setattr(lambdas, "_pool", overtaken)
    assert lambdas.invoke("floor", {}) == "3"


@pytest.mark.parametrize("changed", [{"environment": {"FLOOR": "3"}}, {"code": "# new\n"}])
def test_a_redeployed_function_gets_a_fresh_process(lambdas: LambdaPlayer, deploy: Any, changed: dict[str, Any]):
    code = "import os\ndef handle(event, context): return [os.getpid(), os.environ.get('FLOOR')]"
    deploy("resized", code)
    before = lambdas.invoke("resized", {})
    deploy("resized", changed.get("code", "") + code, environment=changed.get("environment", {}))
    after = lambdas.invoke("resized", {})
    assert after[0] != before[0]
    assert after[1] == changed.get("environment", {}).get("FLOOR")
    wait_until(lambda: not is_running(before[0]), what="the end of the old process")


def test_the_own_layer_is_importable_and_only_with_it(
    lambdas: LambdaPlayer, deploy: Any, cloud: Cloud, code_store: CodeStore
):
    layer = zip_of({"python/webhooks/__init__.py": "signed = True"})
    code_store.put(layer)
    arn = cloud.moto_client("lambda").publish_layer_version(LayerName="own", Content={"ZipFile": layer})[
        "LayerVersionArn"
    ]
    code = "import webhooks\ndef handle(event, context): return webhooks.signed"
    deploy("with", code, Layers=[POWERTOOLS, arn])
    deploy("without", code, Layers=[POWERTOOLS])
    assert lambdas.invoke("with", {}) is True
    with pytest.raises(LambdaFailedError, match="No module named 'webhooks'"):
        lambdas.invoke("without", {})


def test_the_runtime_carries_boto3_and_it_talks_to_the_cloud(lambdas: LambdaPlayer, deploy: Any, cloud: Cloud):
    cloud.moto_client("sqs").create_queue(QueueName="jobs")
    deploy("lister", "import boto3\ndef handle(event, context): return boto3.client('sqs').list_queues()['QueueUrls']")
    (url,) = lambdas.invoke("lister", {})
    assert url.endswith("/jobs")


def test_the_invoke_api_answers_as_lambda_does(lambdas: LambdaPlayer, deploy: Any, cloud: Cloud):
    deploy(
        "echo", "def handle(event, context):\n    if event == 'fail': raise ValueError('asked to')\n    return event"
    )
    client = cloud.client("lambda")
    answer = client.invoke(FunctionName="echo", Payload=b'{"source": "poke"}')
    assert (answer["StatusCode"], json.load(answer["Payload"])) == (200, {"source": "poke"})
    assert "FunctionError" not in answer
    failed = client.invoke(FunctionName="arn:aws:lambda:eu-west-1:123456789012:function:echo", Payload=b'"fail"')
    assert (failed["StatusCode"], failed["FunctionError"]) == (200, "Unhandled")
    assert json.load(failed["Payload"])["errorMessage"] == "asked to"
    assert client.invoke(FunctionName="echo", InvocationType="DryRun")["StatusCode"] == 204
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="nobody"):
        client.invoke(FunctionName="nobody")
    with pytest.raises(client.exceptions.InvalidRequestContentException):
        client.invoke(FunctionName="echo", Payload=b"{not json")


def test_an_asynchronous_invoke_is_accepted_at_once_and_runs_soon(
    lambdas: LambdaPlayer, deploy: Any, cloud: Cloud, history: History
):
    deploy("later", "def handle(event, context): return None")
    assert (
        cloud.client("lambda").invoke(FunctionName="later", InvocationType="Event", Payload=b"{}")["StatusCode"] == 202
    )
    (run,) = wait_until(lambda: history.entries("lambda.invoked"), what="the run")
    assert (run.fields["function"], run.fields["source"], run.fields["error"]) == ("later", "api", None)


def test_an_asynchronous_invoke_that_fails_is_tried_twice_more_then_dropped(
    lambdas: LambdaPlayer, deploy: Any, history: History, metrics: MetricStore
):
    deploy("flaky", "def handle(event, context): raise ValueError('never')")
    lambdas.invoke_async("flaky", {}, source="alarm")
    (dropped,) = wait_until(lambda: history.entries("lambda.dropped"), what="the drop")
    assert dropped.fields["attempt"] == 3
    assert dropped.fields["error"] == "ValueError: never"
    assert dropped.fields["reason"] == "RetriesExhausted"
    assert [entry.fields["delay_seconds"] for entry in history.entries("lambda.retry")] == [0.2, 0.4]
    runs = history.entries("lambda.invoked")
    assert [run.fields["source"] for run in runs] == ["alarm"] * 3
    assert (runs[2].at - runs[1].at).total_seconds() >= 0.4
    errors = Metric.of("AWS/Lambda", "Errors", {"FunctionName": "flaky"})
    assert metrics.values(errors, after=0, until=float("inf")) == [1.0, 1.0, 1.0]


def test_the_functions_own_invoke_config_decides_about_retries_and_the_destination(
    lambdas: LambdaPlayer, deploy: Any, cloud: Cloud, history: History
):
    deploy("once", "def handle(event, context): raise ValueError('never')")
    queue = cloud.moto_client("sqs").create_queue(QueueName="dropped")["QueueUrl"]
    cloud.moto_client("lambda").put_function_event_invoke_config(
        FunctionName="once",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:123456789012:dropped"}},
    )
    lambdas.invoke_async("once", {"source": "tick"})
    (message,) = cloud.moto_client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    told = json.loads(message["Body"])
    assert told["requestPayload"] == {"source": "tick"}
    assert told["requestContext"]["condition"] == "RetriesExhausted"
    assert told["responsePayload"]["errorMessage"] == "never"
    assert not history.entries("lambda.retry")


def test_metrics_in_embedded_format_reach_the_store_and_cloudwatch(
    lambdas: LambdaPlayer, deploy: Any, metrics: MetricStore, cloud: Cloud
):
    deploy(
        "measured",
        """
from aws_lambda_powertools import Metrics
metrics = Metrics()
@metrics.log_metrics
def handle(event, context):
    metrics.add_metric(name="Desired", unit="Count", value=3)
""",
        Layers=[POWERTOOLS],
        environment={"POWERTOOLS_SERVICE_NAME": "warm", "POWERTOOLS_METRICS_NAMESPACE": "WarmPool"},
    )
    lambdas.invoke("measured", {})
    desired = Metric.of("WarmPool", "Desired", {"service": "warm"})
    wait_until(lambda: metrics.values(desired, after=0, until=float("inf")) == [3.0], what="the metric")
    listed = wait_until(lambda: cloud.moto_client("cloudwatch").list_metrics(Namespace="WarmPool")["Metrics"])
    assert listed[0]["Dimensions"] == [{"Name": "service", "Value": "warm"}]


def test_stop_ends_busy_processes_too_and_runs_nothing_more(
    cloud: Cloud, pace: Pace, history: History, code_store: CodeStore, deploy: Any, *, tmp_path: Path
):
    told = tmp_path / "pid"
    deploy(
        "busy",
        f"""
import os, time
def handle(event, context):
    with open({str(told)!r}, "w") as pid: print(os.getpid(), file=pid)
    time.sleep(60)
""",
    )
    player = LambdaPlayer(cloud, pace, history, tmp_path / "lambdas", code_store)
    player.start()
    player.invoke_async("busy", {})
    pid = int(wait_until(lambda: told.exists() and told.read_text(), what="the run"))
    player.stop()
    assert not is_running(pid)
    with pytest.raises(LambdaFailedError, match="has stopped"):
        player.invoke("busy", {})
