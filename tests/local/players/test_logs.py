"""What tasks and functions print, as CloudWatch Logs tells it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import Cloud
from local.players.lambdas import LambdaPlayer
from local.players.logs import LogPlayer, lines_from
from tests.local.players.small_fleet import SmallFleet, small_fleet
from tests.waiting import wait_until

GROUP = "workers-logs"
AWSLOGS = {"logDriver": "awslogs", "options": {"awslogs-group": GROUP, "awslogs-stream-prefix": "worker"}}
TALKER = """
import json, time
print("up", flush=True)
print()
for job in ("one", "two"):
    print(json.dumps({"level": "INFO" if job == "one" else "ERROR", "job_id": job}), flush=True)
time.sleep(600)
"""


@pytest.fixture
def fleet(cloud: Cloud, tmp_path: Path) -> Iterator[SmallFleet]:
    with small_fleet(cloud, tmp_path / "tasks") as made:
        cloud.moto_client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")
        yield made


@pytest.fixture
def logs(cloud: Cloud, fleet: SmallFleet, lambdas: LambdaPlayer) -> Iterator[Any]:
    """The client, while the player plays."""
    client = cloud.client("logs")
    client.create_log_group(logGroupName=GROUP)
    player = LogPlayer(cloud, fleet.player, lambdas)
    player.start()
    yield client
    player.stop()


def messages(logs: Any, group: str = GROUP, **asked: Any) -> list[str]:
    return [event["message"] for event in logs.filter_log_events(logGroupName=group, **asked)["events"]]


def test_a_tasks_lines_come_once_into_the_stream_that_the_driver_would_write(fleet: SmallFleet, logs: Any) -> None:
    fleet.create(TALKER, logConfiguration=AWSLOGS)
    [task] = fleet.until_running(1)
    wait_until(lambda: len(messages(logs)) >= 3, what="the task's lines")
    with task.log.open("a") as file:
        file.write("a later line\nand half a li")
    wait_until(lambda: "a later line" in messages(logs), what="the later line")
    assert messages(logs)[0] == "up"
    assert len(messages(logs)) == 4, "no line twice, none that is empty, none that has not ended"
    [stream] = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert stream["logStreamName"] == f"worker/worker/{task.id}"


def test_the_last_words_of_a_task_that_stopped_come_too(fleet: SmallFleet, logs: Any) -> None:
    fleet.create("print('last words', flush=True)", logConfiguration=AWSLOGS)
    wait_until(lambda: "last words" in messages(logs), what="the last words")


def test_a_task_without_the_driver_logs_nowhere(fleet: SmallFleet, logs: Any) -> None:
    fleet.create(TALKER)
    silent, *_ = fleet.until_running(1)
    fleet.ecs.update_service(
        cluster="warm-pool", service="workers", taskDefinition=fleet.register(TALKER, logConfiguration=AWSLOGS)
    )
    wait_until(lambda: messages(logs), what="the other task's lines")
    streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert not any(silent.id in stream["logStreamName"] for stream in streams)


def test_a_functions_lines_come_into_its_own_group(cloud: Cloud, logs: Any, lambdas: LambdaPlayer, deploy: Any) -> None:
    logs.create_log_group(logGroupName="its-own")
    code = "import os\ndef handle(event, context): print('for', event, os.environ['AWS_LAMBDA_LOG_GROUP_NAME'])"
    deploy("talker", code, LoggingConfig={"LogFormat": "Text", "LogGroup": "its-own"})
    lambdas.invoke("talker", "you")
    wait_until(lambda: messages(logs, "its-own") == ["for you its-own"], what="the function's line")
    assert messages(logs) == []


def test_a_pattern_in_braces_chooses_and_one_that_is_not_played_is_refused(fleet: SmallFleet, logs: Any) -> None:
    fleet.create(TALKER, logConfiguration=AWSLOGS)
    wait_until(lambda: len(messages(logs)) == 3, what="the task's lines")
    assert messages(logs, filterPattern='{ $.level = "ERROR" }') == ['{"level": "ERROR", "job_id": "two"}']
    assert messages(logs, filterPattern='{ $.job_id = "three" }') == []
    assert messages(logs, filterPattern="up") == ["up"], "words are moto's"
    with pytest.raises(ClientError, match="knows no filter pattern"):
        messages(logs, filterPattern="{ $.level = 1 }")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        messages(logs, "nowhere", filterPattern='{ $.level = "ERROR" }')


def test_only_whole_lines_are_read_and_a_file_that_is_not_there_has_none(tmp_path: Path) -> None:
    file = tmp_path / "log"
    lines, offset = lines_from(file, 0)
    assert (list(lines), offset) == ([], 0)
    file.write_bytes(b"one\n\ntw")
    lines, offset = lines_from(file, offset)
    assert (list(lines), offset) == (["one"], 5)
    file.write_bytes(b"one\n\ntwo\n")
    lines, offset = lines_from(file, offset)
    assert (list(lines), offset) == (["two"], 9)
