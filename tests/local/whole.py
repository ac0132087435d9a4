"""A whole local stack for the tests of the slice: deployed, played, with clips, and a sink for its webhooks."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from jobs.record import JobRecord
from jobs.table import JobsTable
from local.pace import Pace
from local.players.task import Task
from local.stack import LocalStack
from local.webhook_sink import WebhookSink
from tests.local.alive import children_of
from tests.waiting import wait_until

CLIP_SECONDS = 4


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

    def renderer(self, job_id: str) -> Task | None:
        """The task that is in the middle of this job's frames: its FFmpeg runs."""
        record = self.record(job_id)
        if record is None or record.state != "rendering" or record.owner is None:
            return None
        task = next((task for task in self.stack.fargate.tasks() if task.id in (record.owner or "")), None)
        return task if task and task.pid and children_of(task.pid) else None

    def any_renderer(self, job_ids: Sequence[str]) -> tuple[str, Task] | None:
        """The first of these jobs that is being rendered, and its task."""
        return next(((job_id, task) for job_id in job_ids if (task := self.renderer(job_id))), None)

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
        stack.start_players()
        whole = Whole(stack, sink)
        sink.trust(whole.webhook_secret())
        yield whole


def short_spec() -> dict[str, Any]:
    """A render of well under a second."""
    return {
        "output": {"width": 160, "height": 90, "fps": 25},
        "clips": [{"source": "sources/clip.mp4", "trim": {"start": 0, "end": 0.4}}],
    }


def long_spec(*, clips: int = 1) -> dict[str, Any]:
    """A render of some seconds a clip, in the middle of which something can be done to its worker."""
    return {
        "output": {"width": 1280, "height": 720, "fps": 30},
        "clips": [{"source": "sources/clip.mp4"}] * clips,
    }


def _generate(target: Path) -> None:
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    argv += ["-f", "lavfi", "-i", f"testsrc2=size=640x360:rate=30:duration={CLIP_SECONDS}"]
    argv += ["-f", "lavfi", "-i", f"sine=frequency=330:duration={CLIP_SECONDS}"]
    argv += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(target)]
    subprocess.run(argv, check=True, timeout=60, stdin=subprocess.DEVNULL)
