"""Every command of the operator's page, run by a shell as it stands there, and what it does to the local stack."""

import json
import os
import re
import signal
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from local.players.task import Status
from local.webhook_sink import Reply
from tests.docs.operator_shell import OperatorShell, documents
from tests.docs.shell_blocks import snippets
from tests.local.whole import Whole, long_spec, short_spec, whole_stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.awscli, pytest.mark.timeout(170)]

ROOT = Path(__file__).parents[2]
SNIPPETS = {snippet.title: snippet.text for snippet in snippets(ROOT / "docs" / "how-to" / "operate.md")}
NOT_RUN = {"pulumi config"}
"""What only Pulumi's own engine could answer."""
USED: set[str] = set()
RUNBOOKS: dict[str, set[str]] = defaultdict(set)
"""The runbooks' snippets that are not the operator's page's, with their titles."""
for page in sorted(ROOT.glob("docs/runbooks/*.md")):
    for snippet in snippets(page):
        if snippet.text.strip() not in {text.strip() for text in SNIPPETS.values()} | NOT_RUN:
            RUNBOOKS[snippet.text.strip()].add(snippet.title)

FOLLOW = "follow all workers, ten seconds behind them, until Ctrl-C"
LINES_OF_A_JOB = "one job's lines, of the last day"
ERRORS = "errors only, of the last day"
QUEUE = "waiting, in work, put off"
SERVICE = "desired, running, pending, and what ECS said last"
TASKS = "the tasks"
DECISIONS = "the last decisions, each with its reason"
WAKE = "wake it and count this as activity"
SLEEP = "let it sleep as soon as no work is left"
HOLD = "hold it at 3, whatever comes"
HOLD_UNTIL = "hold it as it is until a time"
RESUME = "end a hold or a sleep"
RECORD = "its record: state, attempts, progress, the holder (32 characters of task id, then its own), until when"
RENDERING = "all that are being rendered"
STOP_TASK = "stop the task that holds it: it gives the job back within two minutes, and another takes it"
PURGE = "drop all that wait (SQS takes up to a minute)"
READ_DEAD_LETTERS = "read them (they stay)"
REDRIVE = "back to the queue that they came from, ten a second"
REDRIVE_PROGRESS = "how far that is"

RUNBOOKS_SHOW = {
    "tasks that stopped": r":task/",
    "why one stopped": r'"UserInitiated",\s+"in the way",\s+\[\s+\d+,',
    "the queue": r'"1",\s+"1"',
    "what a look says now": r'"desired": 1,.*(hold 1|another run is looking)',
    "the schedule's state": r"\tENABLED",
    "what it said in the last half hour": r'"level": *"INFO"',
    "what it said in the last half hour: see `reading.problems` and `decision.failure`": r'"problems": *\[\]',
    "the workers' health, as the load balancer sees it": r"(?s):targetgroup/.*\"TargetHealth\"",
    "the dashboard's percentiles": r"^https://",
    "the messages, which stay": r"^$",
    "the notifications, which stay": r"^$",
    "what receivers answered in the last half hour": r'"status": *200',
    "what is in work, since when, how far": r"^in-work\t\d{4}-\S+\t[\d.]+$",
    "who sends: some of the messages, which stay (look once or twice: each time counts, and ten make a dead letter)": (
        r"waits"
    ),
    "when a task was asked for, pulled, started": r"\d",
    "writes of the last hour, minute by minute (ConsumedReadCapacityUnits: reads)": r'"ConsumedWriteCapacityUnits"',
}
"""By title, a pattern of what the runbooks' commands print in the test below."""


class Operator:
    """Who has the page open beside a shell."""

    def __init__(self, whole: Whole, shell: OperatorShell) -> None:
        self.whole = whole
        self.shell = shell

    def does(self, title: str, change: Callable[[str], str] = str, **placeholders: str) -> str:
        """Run the commands under a title, with `job_id` for JOB-ID; answers what they print."""
        named = {name.upper().replace("_", "-"): value for name, value in placeholders.items()}
        return self.shell.run(change(SNIPPETS[title]), named)

    def orders(self, title: str, change: Callable[[str], str] = str) -> None:
        """Give an order, which the warmkeeper has to answer by a decision."""
        answer, about_the_call = documents(self.does(title, change))
        assert answer.keys() == {"desired", "level", "reason"}
        assert about_the_call["StatusCode"] == 200
        assert "FunctionError" not in about_the_call

    def waiting(self) -> int:
        [answer] = documents(self.does(QUEUE))
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def uses(*titles: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Say which commands of the page a test runs."""
    USED.update(titles)
    return lambda test: test


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("stack")
    sizes = {"warmPoolSize": 1, "maxWorkers": 3, "sleepAfterMinutes": 20}
    with whole_stack(folder, **sizes, frontDoor="alb", allowPlainHttp=True, webhookRetrySeconds=[1]) as whole:
        yield whole


@pytest.fixture(scope="module")
def operator(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with closing(OperatorShell(tmp_path_factory.mktemp("operator"), whole.stack)) as shell:
        yield Operator(whole, shell)


def job(job_id: str, **changes: Any) -> dict[str, Any]:
    return {"version": 1, "id": job_id, "spec": short_spec(), **changes}


def count_of(count: int) -> Callable[[str], str]:
    """What makes the page's hold at 3 one at another count, as a reader would."""
    return lambda hold: hold.replace('"count":3', f'"count":{count}')


def bury(whole: Whole, count: int) -> None:
    """Receive the jobs in vain, as workers do that die at once, until so many are dead letters."""
    sqs, url = whole.stack.cloud.client("sqs"), whole.stack.outputs["jobsQueueUrl"]

    def buried() -> bool:
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, WaitTimeSeconds=0)
        return visible(whole, "jobsDeadLetterQueueUrl") == count

    wait_until(buried, what=f"{count} dead letters")


def visible(whole: Whole, queue: str) -> int:
    attributes = whole.stack.cloud.client("sqs").get_queue_attributes(
        QueueUrl=whole.stack.outputs[queue], AttributeNames=["ApproximateNumberOfMessages"]
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def logged(whole: Whole, pattern: str) -> list[dict[str, Any]]:
    """What the workers' log has of a pattern: asked here, since each start of the CLI costs a second of processor."""
    group = whole.stack.outputs["workerLogGroup"]
    found = whole.stack.cloud.client("logs").filter_log_events(logGroupName=group, filterPattern=pattern)
    return [json.loads(event["message"]) for event in found["events"]]


@uses(WAKE, SLEEP, DECISIONS, SERVICE, TASKS)
def test_a_wake_starts_a_worker_and_a_sleep_ends_it(operator: Operator, whole: Whole) -> None:
    operator.orders(WAKE)
    wait_until(lambda: whole.counts() == (1, 1, 0), 30, "a running worker")
    [[desired, running, pending, said]] = documents(operator.does(SERVICE))
    assert (desired, running, pending) == (1, 1, 0)
    assert any("has started 1 tasks" in words for words in said)
    [task] = whole.stack.fargate.tasks()
    assert operator.does(TASKS).split() == [task.arn]

    operator.orders(SLEEP)
    wait_until(lambda: whole.counts() == (0, 0, 0), 30, "sleep")
    decisions = [line.split("\t") for line in operator.does(DECISIONS).splitlines()]
    kinds = [row[1] for row in decisions if len(row) == 3]
    assert kinds.index("sleep") < kinds.index("wake"), "the newest is the first"
    assert any("wake (ana: demo at ten)" in row[2] for row in decisions if len(row) == 3)


@uses(HOLD, HOLD_UNTIL, RESUME)
def test_a_hold_keeps_three_workers_until_it_is_resumed(operator: Operator, whole: Whole) -> None:
    operator.orders(HOLD)
    wait_until(lambda: whole.counts() == (3, 3, 0), 30, "three running workers")
    operator.orders(HOLD_UNTIL)
    assert "hold until 2099-01-01T06:00:00+00:00 (ana)" in operator.does(DECISIONS).splitlines()[0]
    assert whole.counts() == (3, 3, 0)
    operator.orders(RESUME)
    wait_until(lambda: whole.counts() in {(1, 1, 0), (0, 0, 0)}, 30, "the floor, or sleep")


@uses(RECORD, RENDERING, TASKS, STOP_TASK)
def test_a_stuck_job_is_given_back_by_the_task_that_is_stopped_and_rendered_by_another(
    operator: Operator, whole: Whole
) -> None:
    whole.send(job("stuck", spec=long_spec()))
    stuck = wait_until(lambda: whole.paused(["stuck"]), 40, "a render", longest_pause_seconds=0.02)

    [record] = documents(operator.does(RECORD, job_id="stuck"))
    [rendering] = documents(operator.does(RENDERING))
    assert [item["id"]["S"] for item in rendering["Items"]] == ["stuck"]
    holder = record["Item"]["owner"]["S"][:32]
    assert [arn for arn in operator.does(TASKS).split() if arn.endswith(f"/{holder}")] == [stuck.task.arn]
    operator.does(STOP_TASK, task_id=holder)

    ended = whole.ended("stuck", timeout_seconds=130)
    assert (ended.state, ended.attempts, ended.epoch) == ("done", 1, 2), "what is given back is not counted"
    wait_until(lambda: stuck.task.status is Status.STOPPED, 130, "the end of the stuck task")
    assert (stuck.task.stopped_reason, stuck.task.exit_code) == ("stuck render", 0)


@uses(FOLLOW, LINES_OF_A_JOB, ERRORS)
def test_the_logs_tell_what_becomes_of_jobs_while_it_happens_and_afterwards(
    operator: Operator, whole: Whole, tmp_path: Path
) -> None:
    table, dynamodb = whole.stack.outputs["jobsTable"], whole.stack.cloud.client("dynamodb")
    printed = tmp_path / "followed"
    following = operator.shell.begin(SNIPPETS[FOLLOW], printed)
    try:
        dynamodb.put_item(TableName=table, Item={"id": {"S": "unreadable"}, "state": {"S": "unheard of"}})
        whole.send(job("unreadable"))
        whole.send(job("told"))
        whole.ended("told")

        def has_ended() -> bool:
            return "a job ended" in {line["message"] for line in logged(whole, '{ $.job_id = "told" }')}

        def followed() -> list[str]:
            return [line for line in printed.read_text().splitlines() if '"job_id": "told"' in line]

        wait_until(has_ended, 20, "the job's lines")
        story = operator.does(LINES_OF_A_JOB, job_id="told").splitlines()
        assert {json.loads(line)["job_id"] for line in story} == {"told"}
        wait_until(lambda: logged(whole, '{ $.level = "ERROR" }'), 20, "an error")
        told = [json.loads(line) for line in operator.does(ERRORS).splitlines()]
        assert {line["level"] for line in told} == {"ERROR"}
        assert "a message was not processed" in {line["message"] for line in told}
        dynamodb.delete_item(TableName=table, Key={"id": {"S": "unreadable"}})
        assert whole.ended("unreadable").state == "done"
        wait_until(lambda: followed()[: len(story)] == story, 40, "the same lines, each once, as they come")
    finally:
        wait_until(lambda: interrupted(following), 30, "the end of what follows the logs")


def interrupted(shell: "subprocess.Popen[bytes]") -> bool:
    """Whether Ctrl-C ends a shell. One that comes as a program was about to end well does not: the shell goes on."""
    with suppress(ProcessLookupError):
        os.killpg(shell.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        shell.wait(2)
    return shell.poll() is not None


@uses(HOLD, QUEUE, PURGE, READ_DEAD_LETTERS, REDRIVE, REDRIVE_PROGRESS, RESUME)
def test_a_purge_drops_what_waits_and_a_redrive_has_dead_letters_rendered_unless_they_have_ended_meanwhile(
    operator: Operator, whole: Whole
) -> None:
    whole.send(job("ended"))
    before = whole.ended("ended")
    operator.orders(HOLD, count_of(0))
    wait_until(lambda: whole.counts() == (0, 0, 0), 30, "a fleet at zero")
    for name in ("dropped-0", "dropped-1"):
        whole.send(job(name))
    assert operator.waiting() == 2
    operator.does(PURGE)
    assert operator.waiting() == 0

    for name in ("ended", "buried"):
        whole.send(job(name))
    bury(whole, 2)
    [letters] = documents(operator.does(READ_DEAD_LETTERS))
    assert {json.loads(message["Body"])["id"] for message in letters["Messages"]} == {"ended", "buried"}
    assert visible(whole, "jobsDeadLetterQueueUrl") == 2, "they stay"
    [started] = documents(operator.does(REDRIVE))
    assert started["TaskHandle"]
    [told] = documents(operator.does(REDRIVE_PROGRESS))
    [task] = told["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 2)
    assert (visible(whole, "jobsQueueUrl"), visible(whole, "jobsDeadLetterQueueUrl")) == (2, 0)

    operator.orders(RESUME)
    assert whole.ended("buried").state == "done"
    wait_until(whole.queue_is_empty, 20, "an empty queue")
    assert whole.record("ended") == before
    assert [whole.record(name) for name in ("dropped-0", "dropped-1")] == [None, None]


@uses(REDRIVE)
def test_redriven_notifications_tell_their_webhook(operator: Operator, whole: Whole) -> None:
    def of_notifications(commands: str) -> str:
        return commands.replace("jobsDeadLetterQueueUrl", "notificationsDeadLetterQueueUrl")

    wait_until(lambda: whole.queue_is_empty("notificationsQueueUrl"), 20, "the delivery of what others have to tell")
    whole.sink.reply_next(Reply(status=500), Reply(status=500))
    whole.send(job("unheard"))
    wait_until(lambda: visible(whole, "notificationsDeadLetterQueueUrl") == 1, 40, "a dead notification")
    assert whole.news("unheard") == []
    operator.does(REDRIVE, of_notifications)
    [news] = wait_until(lambda: whole.news("unheard"), 20, "the webhook")
    assert news["state"] == "done"


def test_the_runbooks_other_commands_show_what_they_say(operator: Operator, whole: Whole) -> None:
    """At a fleet with a job in work, one that waits, and a task that was stopped: what an alarm is looked into with."""
    operator.orders(HOLD, count_of(1))
    wait_until(lambda: whole.counts() == (1, 1, 0), 30, "one worker")
    [first] = [task for task in whole.stack.fargate.tasks() if task.status is Status.RUNNING]
    ecs, elb = whole.stack.cloud.client("ecs"), whole.stack.cloud.client("elbv2")
    ecs.stop_task(cluster=first.cluster_arn, task=first.arn, reason="in the way")
    whole.send(job("in-work", spec=long_spec()))
    busy = wait_until(lambda: whole.paused(["in-work"]), 40, "a render", longest_pause_seconds=0.02)
    whole.send(job("waits"))
    groups = {group["TargetType"]: group["TargetGroupArn"] for group in elb.describe_target_groups()["TargetGroups"]}

    def prints(text: str) -> str:
        known = {"TASK-ARN": first.arn, "TARGET-GROUP-ARN": groups["ip"]}
        return operator.shell.run(text, {name: value for name, value in known.items() if name in text})

    with ThreadPoolExecutor(2) as pool:
        printed = dict(zip(RUNBOOKS, pool.map(prints, RUNBOOKS), strict=True))
    wrong = {
        title: printed[text]
        for text, titles in RUNBOOKS.items()
        for title in titles
        if re.search(RUNBOOKS_SHOW[title], printed[text]) is None
    }
    assert wrong == {}
    operator.orders(RESUME)
    busy.resume()
    assert {whole.ended(name).state for name in ("in-work", "waits")} == {"done"}


def test_every_command_of_the_pages_is_run_by_a_test_above() -> None:
    assert set(SNIPPETS) == USED
    assert {title for titles in RUNBOOKS.values() for title in titles} == RUNBOOKS_SHOW.keys()
