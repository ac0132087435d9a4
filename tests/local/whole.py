"""A whole local stack for the tests of the slice: deployed, played, with clips, and a sink for its webhooks."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from jobs.record import JobRecord
from jobs.table import JobsTable
from local.pace import Pace
from local.players.task import Task
from local.stack import LocalStack
from local.webhook_sink import WebhookSink
from tests.local.alive import children_of, command_of
from tests.waiting import wait_until

CLIP_SECONDS = 4


@dataclass(frozen=True)
class Paused:
    """A worker in the middle of a render that makes no progress."""

    job_id: str
    task: Task
    ffmpeg: int

    def resume(self) -> None:
        """Let the render go on."""
        os.kill(self.ffmpeg, signal.SIGCONT)


class Whole:
    """The stack with what a backend has: a queue to send to, a table to read, an address for webhooks."""

    def __init__(self, stack: LocalStack, sink: WebhookSink) -> None:
        self.stack = stack
        self.sink = sink
        self.table = JobsTable(stack.cloud.client("dynamodb"), stack.outputs["jobsTable"])

    def send(self, body: str | dict[str, Any]) -> str:
        """Put a message on the jobs queue; answers its MessageId."""
        text = body if isinstance(body, str) else json.dumps(body)
        queue_url = self.stack.outputs["jobsQueueUrl"]
        return self.stack.cloud.client("sqs").send_message(QueueUrl=queue_url, MessageBody=text)["MessageId"]

    def record(self, job_id: str) -> JobRecord | None:
        return self.table.read(job_id)

    def ended(self, job_id: str, timeout_seconds: float = 60) -> JobRecord:
        """The record of a job once its end is told: its outbox is empty."""

        def end() -> JobRecord | None:
            record = self.record(job_id)
            return record if record and record.state.is_terminal and record.outbox is None else None

        record = wait_until(end, timeout_seconds, f"the end of {job_id}")
        assert record is not None
        return record

    def news(self, job_id: str) -> list[dict[str, Any]]:
        """What the verified webhooks said of a job, each event once."""
        payloads = [event.payload["data"] for event in self.sink.events]
        return [payload for payload in payloads if payload["id"] == job_id]

    def paused(self, job_ids: Sequence[str]) -> Paused | None:
        """Stop the FFmpeg that renders one of these jobs where it is: its worker is busy until it is resumed."""
        for job_id in job_ids:
            record = self.record(job_id)
            owner = record.owner if record and record.state == "rendering" else None
            task = next((task for task in self.stack.fargate.tasks() if owner and task.id in owner), None)
            for pid in children_of(task.pid) if task and task.pid else ():
                program, *arguments = command_of(pid).split(b"\0")
                if b"ffmpeg" in program and b"-progress" in arguments:
                    os.kill(pid, signal.SIGSTOP)
                    assert task is not None
                    return Paused(job_id, task, pid)
        return None

    def webhook_secret(self) -> str:
        client = self.stack.cloud.client("secretsmanager")
        return client.get_secret_value(SecretId=self.stack.outputs["webhookSecretArn"])["SecretString"]

    def deployed(self) -> dict[str, Any]:
        """What the program has made, by URN, in the order of creation."""
        return json.loads((self.stack.folder / "program" / "resources.json").read_text())["resources"]

    def failures(self) -> int:
        """How many workers have crashed or had to be killed."""
        return sum(len(self.stack.history.entries(event)) for event in ("task.crashed", "task.killed"))

    def counts(self) -> tuple[int, int, int]:
        """The service's desired, running and pending counts, as anyone would read them."""
        names = self.stack.outputs
        answer = self.stack.cloud.client("ecs").describe_services(cluster=names["cluster"], services=[names["service"]])
        service = answer["services"][0]
        return service["desiredCount"], service["runningCount"], service["pendingCount"]

    def queue_is_empty(self, output: str = "jobsQueueUrl") -> bool:
        attributes = self.stack.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.stack.outputs[output],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return all(int(count) == 0 for count in attributes.values())

    def renders(self, job_id: str) -> list[str]:
        """The keys under a job's renders."""
        listing = self.stack.cloud.client("s3").list_objects_v2(
            Bucket=self.stack.outputs["bucket"], Prefix=f"renders/{job_id}/"
        )
        return [item["Key"] for item in listing.get("Contents", [])]


@contextmanager
def whole_stack(folder: Path, **config: object) -> Iterator[Whole]:
    """A stack that is asleep, with `sources/clip.mp4` (4 s, 640x360, a tone) and `sources/broken.mp4` in its bucket."""
    with still_stack(folder, **config) as whole:
        whole.stack.start_players()
        yield whole


@contextmanager
def still_stack(folder: Path, **config: object) -> Iterator[Whole]:
    """What `whole_stack` gives before it comes to life: all is deployed, nobody plays yet."""
    with WebhookSink() as sink, LocalStack(folder, pace=Pace(minute_seconds=1, cold_start_seconds=0.2)) as stack:
        defaults = {
            "webhookUrl": sink.url,
            "loopbackTargets": [sink.target],
            "minuteSeconds": 1,
            "visibilityTimeoutSeconds": 10,
        }
        outputs = stack.deploy({**defaults, **config})
        clip = folder / "clip.mp4"
        _generate(clip)
        s3 = stack.cloud.client("s3")
        s3.upload_file(str(clip), outputs["bucket"], "sources/clip.mp4")
        s3.put_object(Bucket=outputs["bucket"], Key="sources/broken.mp4", Body=b"no film " * 500)
        whole = Whole(stack, sink)
        sink.trust(whole.webhook_secret())
        yield whole


def short_spec() -> dict[str, Any]:
    """A render of well under a second."""
    return {
        "output": {"width": 160, "height": 90, "fps": 25},
        "clips": [{"source": "sources/clip.mp4", "trim": {"start": 0, "end": 0.4}}],
    }


def long_spec() -> dict[str, Any]:
    """A render that takes long enough to be met in its middle."""
    return {
        "output": {"width": 640, "height": 360, "fps": 30},
        "clips": [{"source": "sources/clip.mp4"}],
    }


def _generate(target: Path) -> None:
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    argv += ["-f", "lavfi", "-i", f"testsrc2=size=640x360:rate=30:duration={CLIP_SECONDS}"]
    argv += ["-f", "lavfi", "-i", f"sine=frequency=330:duration={CLIP_SECONDS}"]
    argv += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(target)]
    subprocess.run(argv, check=True, timeout=60, stdin=subprocess.DEVNULL)
