"""The Lambda player: runs the archives that were deployed, as Lambda would run them."""

import json
import logging
import re
import threading
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from local.cloud import AwsAnswer, AwsRequest, Cloud
from local.code_store import CodeStore
from local.history import History
from local.pace import Pace
from local.players.lambda_events import Attempt, Event, EventQueue, InvokeConfig, Reason
from local.players.lambda_pool import LambdaPool, PoolClosedError
from local.players.lambda_process import Deployed, ImportPath, LambdaProcess, Outcome
from local.players.layers import POWERTOOLS_LAYER, LayerStore, UnknownLayerError
from local.players.metrics import MetricStore, embedded_metrics, function_metrics

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef
    from mypy_boto3_sqs import SQSClient

log = logging.getLogger(__name__)

INVOKE_PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")


class UnknownFunctionError(LookupError):
    """No function of that name is deployed."""


class LambdaFailedError(RuntimeError):
    """The handler raised, timed out or could not be started; `answer` is what Lambda would say of it."""

    def __init__(self, function: str, outcome: Outcome) -> None:
        super().__init__(f"{function}: {outcome.error}")
        self.answer: dict[str, Any] = outcome.payload


class LambdaPlayer:
    """Runs deployed functions in warm processes, and answers Lambda's Invoke API on the cloud's endpoint.

    Unzipped code is kept under `folder`, as is each function's log, `<folder>/logs/<function>.log`. The configuration
    is read at every invoke: a function that was deployed anew gets new processes.
    """

    def __init__(
        self,
        cloud: Cloud,
        pace: Pace,
        history: History,
        folder: Path,
        code_store: CodeStore,
        *,
        metrics: MetricStore | None = None,
    ) -> None:
        self._cloud = cloud
        self._client: LambdaClient = cloud.moto_client("lambda")
        self._sqs: SQSClient = cloud.moto_client("sqs")
        self._history = history
        self._layers = LayerStore(folder, code_store)
        self._logs = folder / "logs"
        self._metrics = metrics or MetricStore()
        self._known: dict[str, tuple[int, Deployed]] = {}
        """Each function that was asked for, and at which count of changes it was read."""
        self._pools: dict[str, tuple[Deployed, LambdaPool]] = {}
        self._lock = threading.Lock()
        self._is_stopped = False
        self._events = EventQueue(
            pace, history, attempt=self._attempt, config_of=self._invoke_config, dropped=self._tell_of_dropped
        )
        cloud.answer_with(self.answer)

    def start(self) -> None:
        """Begin to run asynchronous events; synchronous ones run as soon as the player exists."""
        self._logs.mkdir(parents=True, exist_ok=True)
        self._events.start()

    def stop(self) -> None:
        """End every process at once and forget the events that wait."""
        self._events.ask_to_stop()
        with self._lock:
            self._is_stopped = True
            pools = [pool for _, pool in self._pools.values()]
            self._pools.clear()
        for pool in pools:
            pool.kill()
        self._events.stop()

    def invoke(self, name: str, payload: Any, *, source: str = "direct") -> Any:
        """Run the function `name` (or its ARN) now and return what its handler answers.

        Raises UnknownFunctionError, and LambdaFailedError if it ended with an error.
        """
        outcome = self.run(name, payload, source=source)
        if outcome.failed:
            raise LambdaFailedError(name, outcome)
        return outcome.payload

    def invoke_async(self, name: str, payload: Any, *, source: str = "direct") -> None:
        """Have the function `name` (or its ARN) run soon, and again up to twice if it fails.

        Raises UnknownFunctionError.
        """
        self._events.accept(Event(self._deployed(name).name, payload, source))

    def run(self, name: str, payload: Any, *, source: str) -> Outcome:
        """Run the function `name` (or its ARN) now, whatever comes of it. Raises UnknownFunctionError."""
        deployed = self._deployed(name)
        try:
            with self._pool(deployed).process() as process:
                outcome = process.run(payload)
        except PoolClosedError as error:
            if not self._is_stopped:  # it was deployed anew before this run had its process
                return self.run(name, payload, source=source)
            outcome = _not_started(error)
        except (OSError, UnknownLayerError, zipfile.BadZipFile) as error:
            outcome = _not_started(error)
        if not self._is_stopped:
            self._tell_of_run(deployed, outcome, source)
        return outcome

    def answer(self, request: AwsRequest) -> AwsAnswer | None:
        """Answer an Invoke request as Lambda does; None for any other request."""
        path = INVOKE_PATH.fullmatch(request.path)
        if path is None or request.method != "POST":
            return None
        name = unquote(path["name"])
        try:
            payload = json.loads(request.body or b"{}")
        except ValueError as error:
            return _refusal(400, "InvalidRequestContentException", f"Could not parse request body into json: {error}")
        try:
            match request.headers.get("x-amz-invocation-type", "RequestResponse"):
                case "Event":
                    self.invoke_async(name, payload, source="api")
                    return AwsAnswer(202)
                case "DryRun":
                    self._deployed(name)
                    return AwsAnswer(204)
                case _:
                    return _invoke_answer(self.run(name, payload, source="api"))
        except UnknownFunctionError as error:
            return _refusal(404, "ResourceNotFoundException", str(error))

    def log_files(self) -> dict[str, Path]:
        """The log of each function that has run, by the name of its log group."""
        with self._lock:
            return {deployed.log_group: self._log_of(deployed.name) for deployed, _ in self._pools.values()}

    def _deployed(self, name: str) -> Deployed:
        """The function as it is deployed now; read again when that may have changed."""
        change = self._cloud.changes.count("lambda")
        read_at, known = self._known.get(name, (None, None))
        if known is None or read_at != change:
            known = self._read(name)
            self._known[name] = (change, known)
        return known

    def _read(self, name: str) -> Deployed:
        try:
            configuration = self._client.get_function_configuration(FunctionName=name)
        except self._client.exceptions.ResourceNotFoundException as error:
            raise UnknownFunctionError(f"Function not found: {name}") from error
        return deployed_from(configuration)

    def _pool(self, deployed: Deployed) -> LambdaPool:
        with self._lock:
            if self._is_stopped:
                raise PoolClosedError("the Lambda player has stopped")
            known, pool = self._pools.get(deployed.name, (None, None))
            if pool is None or known != deployed:
                if pool is not None:
                    pool.retire()
                pool = LambdaPool(lambda: self._start(deployed))
                self._pools[deployed.name] = (deployed, pool)
            return pool

    def _start(self, deployed: Deployed) -> LambdaProcess:
        path = ImportPath(
            archive=self._layers.archive(deployed.code_sha256),
            layers=tuple(self._layer(arn) for arn in reversed(deployed.layers)),
            runtime=self._layers.runtime(),
        )
        aws = self._cloud.environment(deployed.role_arn, session=deployed.name)
        return LambdaProcess(deployed, path, aws, lambda line: self._take_line(deployed.name, line))

    def _layer(self, arn: str) -> Path:
        if POWERTOOLS_LAYER.fullmatch(arn):
            return self._layers.powertools()
        name, _, version = arn.rpartition(":")
        try:
            content = self._client.get_layer_version(LayerName=name, VersionNumber=int(version))["Content"]
            return self._layers.layer(content.get("CodeSha256", ""))
        except (self._client.exceptions.ClientError, FileNotFoundError, ValueError) as error:
            raise UnknownLayerError(f"there is no content of the layer {arn} here") from error

    def _take_line(self, name: str, line: str) -> None:
        with self._log_of(name).open("a", encoding="utf-8") as lines:
            lines.write(line + "\n")
        self._metrics.put(embedded_metrics(line))

    def _log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _tell_of_run(self, deployed: Deployed, outcome: Outcome, source: str) -> None:
        self._history.record(
            "lambda.invoked",
            function=deployed.name,
            source=source,
            ms=round(outcome.milliseconds, 1),
            error=outcome.error,
            request_id=outcome.request_id,
        )
        values = {"Invocations": 1.0, "Errors": float(outcome.failed), "Duration": outcome.milliseconds}
        self._metrics.put(function_metrics(deployed.name, values))

    def _attempt(self, event: Event) -> Attempt:
        try:
            outcome = self.run(event.function, event.payload, source=event.source)
        except UnknownFunctionError as error:
            return Attempt("", str(error))
        return Attempt(outcome.request_id, outcome.error, outcome.payload)

    def _invoke_config(self, name: str) -> InvokeConfig:
        try:
            config = self._client.get_function_event_invoke_config(FunctionName=name)
        except self._client.exceptions.ResourceNotFoundException:
            return InvokeConfig()
        defaults = InvokeConfig()
        return InvokeConfig(
            retries=config.get("MaximumRetryAttempts", defaults.retries),
            event_age_minutes=config.get("MaximumEventAgeInSeconds", defaults.event_age_minutes * 60) / 60,
            on_failure=config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
        )

    def _tell_of_dropped(self, event: Event, config: InvokeConfig, attempt: Attempt, reason: Reason) -> None:
        self._metrics.put(function_metrics(event.function, {"AsyncEventsDropped": 1.0}))
        if config.on_failure is None:
            return
        queue_name = config.on_failure.rpartition(":")[2]
        notice = {
            "version": "1.0",
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "requestContext": {
                "requestId": attempt.request_id,
                "functionArn": f"{self._deployed(event.function).arn}:$LATEST",
                "condition": reason,
                "approximateInvokeCount": event.attempt,
            },
            "requestPayload": event.payload,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": attempt.answer,
        }
        url = self._sqs.get_queue_url(QueueName=queue_name)["QueueUrl"]
        self._sqs.send_message(QueueUrl=url, MessageBody=json.dumps(notice))


def _not_started(error: Exception) -> Outcome:
    return Outcome("", {"errorType": type(error).__name__, "errorMessage": str(error)}, True, 0.0)


def deployed_from(configuration: "FunctionConfigurationResponseTypeDef") -> Deployed:
    """What a function's configuration says of how to run it."""
    return Deployed(
        name=configuration["FunctionName"],
        arn=configuration["FunctionArn"],
        handler=configuration["Handler"],
        code_sha256=configuration["CodeSha256"],
        layers=tuple(layer.get("Arn", "") for layer in configuration.get("Layers", [])),
        environment=tuple(sorted(configuration.get("Environment", {}).get("Variables", {}).items())),
        timeout_seconds=float(configuration["Timeout"]),
        memory_mib=int(configuration["MemorySize"]),
        runtime=configuration.get("Runtime", ""),
        role_arn=configuration["Role"],
        log_group=configuration.get("LoggingConfig", {}).get("LogGroup", ""),
    )


def _invoke_answer(outcome: Outcome) -> AwsAnswer:
    headers = {"Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST"}
    if outcome.failed:
        headers["X-Amz-Function-Error"] = "Unhandled"
    return AwsAnswer(200, json.dumps(outcome.payload).encode(), headers)


def _refusal(status: int, kind: str, message: str) -> AwsAnswer:
    body = json.dumps({"Type": "User", "Message": message, "message": message}).encode()
    return AwsAnswer(status, body, {"Content-Type": "application/json", "x-amzn-errortype": kind})
