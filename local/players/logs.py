"""The log player: what tasks and functions print comes into the log groups that they are deployed with.

On AWS a driver beside each task and function does that. Here each prints into a file, and this player carries what is
new in the files to moto, in batches; a line's time is that of its batch. Moto takes every pattern in braces to match
every line, so FilterLogEvents with such a pattern is answered here.
"""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from local.cloud import AwsAnswer, AwsRequest, Cloud
from local.players.beat import Beat
from local.players.fargate import FargatePlayer
from local.players.lambdas import LambdaPlayer
from local.players.log_patterns import UnknownPatternError, json_pattern
from local.players.task import Task

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

log = logging.getLogger(__name__)

SHIP_SECONDS = 0.5
"""How often the files are looked at. CloudWatch shows a line after some seconds."""
LINES_AT_ONCE = 1_000
"""Of one PutLogEvents; CloudWatch takes 10,000 and a MiB."""
FILTER_TARGET = "Logs_20140328.FilterLogEvents"
CONTENT_TYPE = "application/x-amz-json-1.1"


@dataclass(frozen=True)
class LogFile:
    """A file of log lines, and the stream that they belong to."""

    path: Path
    group: str
    stream: str


class LogPlayer:
    """Carries the lines of every task and function of `cloud` to their groups, between `start` and `stop`."""

    def __init__(self, cloud: Cloud, fargate: FargatePlayer, lambdas: LambdaPlayer) -> None:
        self._client: CloudWatchLogsClient = cloud.moto_client("logs")
        self._cloud = cloud
        self._fargate = fargate
        self._lambdas = lambdas
        self._offsets: dict[Path, int] = {}
        self._moto = urllib3.PoolManager()
        self._beat = Beat("log-player", self._ship, interval_seconds=SHIP_SECONDS)

    def start(self) -> None:
        """Begin to play."""
        self._cloud.answer_with(self.answer)
        self._beat.start()

    def stop(self) -> None:
        """Leave the rest where it is: in the files."""
        self._beat.stop()

    def answer(self, request: AwsRequest) -> AwsAnswer | None:
        """Answer FilterLogEvents with a pattern in braces: moto's page, without the lines that do not match."""
        if request.target != FILTER_TARGET:
            return None
        asked = json.loads(request.body)
        pattern = asked.pop("filterPattern", "")
        if not pattern.lstrip().startswith("{"):
            return None
        try:
            matches = json_pattern(pattern)
        except UnknownPatternError as error:
            body = {"__type": "InvalidParameterException", "message": str(error)}
            return AwsAnswer(400, json.dumps(body).encode(), {"Content-Type": CONTENT_TYPE})
        moto = self._moto.request(
            "POST",
            self._cloud.moto_url + request.path,
            body=json.dumps(asked),
            headers={name: request.headers[name] for name in ("authorization", "content-type", "x-amz-target")},
            retries=False,
        )
        answer = moto.json()
        if "events" in answer:
            answer["events"] = [event for event in answer["events"] if matches(event["message"])]
        return AwsAnswer(moto.status, json.dumps(answer).encode(), {"Content-Type": CONTENT_TYPE})

    def _files(self) -> Iterator[LogFile]:
        for task in (*self._fargate.tasks(), *self._fargate.stopped_tasks()):
            file = file_of(task)
            if file is not None:
                yield file
        for group, path in self._lambdas.log_files().items():
            yield LogFile(path, group, f"[$LATEST]{path.stem}")

    def _ship(self) -> float:
        for file in self._files():
            lines, self._offsets[file.path] = lines_from(file.path, self._offsets.get(file.path, 0))
            try:
                self._put(file, lines)
            except (BotoCoreError, ClientError) as error:
                log.debug("moto did not take the lines of %s: %s", file.path, error)
        return SHIP_SECONDS

    def _put(self, file: LogFile, lines: Iterator[str]) -> None:
        while batch := list(islice(lines, LINES_AT_ONCE)):
            now = int(time.time() * 1000)
            events: list[InputLogEventTypeDef] = [{"timestamp": now, "message": line} for line in batch]
            put = partial(self._client.put_log_events, logGroupName=file.group, logStreamName=file.stream)
            try:
                put(logEvents=events)
            except self._client.exceptions.ResourceNotFoundException:  # the stream's first lines
                self._client.create_log_stream(logGroupName=file.group, logStreamName=file.stream)
                put(logEvents=events)


def file_of(task: Task) -> LogFile | None:
    """A task's file and the stream that the awslogs driver would write; None for a task that logs nowhere."""
    container = task.definition.container
    configuration = container.get("logConfiguration", {})
    if configuration.get("logDriver") != "awslogs":
        return None
    options = configuration["options"]
    stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{task.id}"
    return LogFile(task.log, options["awslogs-group"], stream)


def lines_from(path: Path, offset: int) -> tuple[Iterator[str], int]:
    """The whole lines of a file from a byte on, but for empty ones (CloudWatch takes none), and where they end."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            new = file.read()
    except FileNotFoundError:  # nothing was printed yet
        return iter(()), offset
    whole = new[: new.rfind(b"\n") + 1]
    lines = (line for line in whole.decode("utf-8", errors="replace").splitlines() if line.strip())
    return lines, offset + len(whole)
