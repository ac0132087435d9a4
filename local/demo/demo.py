"""The whole demo: sets the stage, runs the play, gathers how everything ended, and says whether it was right."""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from local.demo import checks, footage, plot, report
from local.demo.decoding import decode
from local.demo.ending import Ending
from local.demo.narrator import Narrator
from local.demo.play import ActTimeoutError, Play
from local.demo.scenario import ALL, DemoJob
from local.demo.storyteller import Storyteller
from local.demo.watcher import Watcher
from local.history import History
from local.stack import LocalStack
from local.webhook_sink import WebhookSink

if TYPE_CHECKING:
    from jobs.record import JobRecord

FLOOR, CEILING = 1, 3


def run(console: Console, *, out: Path, work: Path) -> int:
    """Run the demo; answers the exit code: 0 if everything was as it should be.

    `out` will hold the videos, a poster frame of each, timeline.png and history.jsonl. The logs of
    workers and Lambdas live in a folder of this run under `work`, and are kept if something went wrong.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name in ("timeline.png", "history.jsonl", *(f"{job.id}.{kind}" for job in ALL for kind in ("mp4", "jpg"))):
        (out / name).unlink(missing_ok=True)  # what an earlier demo left, and nothing else
    work.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir=work))
    is_right = False
    try:
        with ExitStack() as stage:
            is_right = _Demo(console, stage, out=out, folder=folder).run()
    finally:
        if is_right:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            console.print(f"The logs of this run are kept in {folder}", highlight=False)
    return 0 if is_right else 1


class _Demo:
    """One run of the demo. What it starts is entered into `stage`, which ends it."""

    def __init__(self, console: Console, stage: ExitStack, *, out: Path, folder: Path) -> None:
        self._console = console
        self._out = out
        self._folder = folder
        self._history = History(out / "history.jsonl")
        self._narrator = Narrator(console)
        self._sink = stage.enter_context(WebhookSink(history=self._history))
        self._stack = stage.enter_context(LocalStack(folder, history=self._history))
        self._stage = stage

    def run(self) -> bool:
        """Deploy, play, gather, check and report; answers whether everything was as it should be."""
        self._deploy()
        wrongs: list[str] = []
        watcher = Watcher(self._stack, on_sample=lambda _: storyteller.look())
        storyteller = Storyteller(
            self._stack,
            lambda line, style: self._narrator.tell(line, watcher.latest_now, style=style),
            job_ids=lambda: [job.id for job in ALL],
        )
        play = Play(
            self._stack,
            watcher,
            webhook=self._sink.url,
            tell=lambda line: self._narrator.tell(line, watcher.latest_now),
        )
        self._console.print()
        self._narrator.head()
        self._stack.start_players()
        with watcher:
            try:
                play.run()
            except ActTimeoutError as failure:
                wrongs.append(str(failure))
        endings = self._gather(play)
        wrongs += self._wrongs(endings, watcher)
        plot.draw(watcher.samples, play.marks, self._out / "timeline.png")
        self._console.print()
        self._console.print(report.jobs_table(endings))
        self._console.print()
        self._console.print(
            f"Videos, poster frames, timeline.png and history.jsonl are in {self._out}/", highlight=False
        )
        report.print_wrongs(self._console, wrongs)
        return not wrongs

    def _deploy(self) -> None:
        with self._console.status("running the Pulumi program and realising its resources in moto"):
            outputs = self._stack.deploy(
                {
                    "warmPoolSize": FLOOR,
                    "maxWorkers": CEILING,
                    "webhookUrl": self._sink.url,
                    "loopbackTargets": [self._sink.target],
                }
            )
        self._console.print(f"the Pulumi program is deployed: service {outputs['service']}, desiredCount 0")
        secret = self._stack.cloud.client("secretsmanager").get_secret_value(SecretId=outputs["webhookSecretArn"])
        self._sink.trust(secret["SecretString"])
        with self._console.status("putting the clips into the bucket"):
            s3 = self._stack.cloud.client("s3")
            for key, file in footage.clips(self._folder):
                s3.upload_file(str(file), outputs["bucket"], key)
        self._console.print(f"real and generated clips are in s3://{outputs['bucket']}/sources/", highlight=False)

    def _gather(self, play: Play) -> list[Ending]:
        with self._console.status("decoding every output to its last frame"):
            records = play.records()
            return [self._ending(job, play, records.get(job.id)) for job in ALL if job.id in play.sent_at]

    def _ending(self, job: DemoJob, play: Play, record: "JobRecord | None") -> Ending:
        payloads = tuple(event.payload for event in self._sink.events if event.payload["data"]["id"] == job.id)
        if record is None or record.rendered is None:
            return Ending(job, play.sent_at[job.id], record, payloads)
        s3 = self._stack.cloud.client("s3")
        video, poster = self._out / f"{job.id}.mp4", self._out / f"{job.id}.jpg"
        s3.download_file(record.rendered.bucket, record.rendered.video_key, str(video))
        s3.download_file(record.rendered.bucket, record.rendered.poster_key, str(poster))
        return Ending(job, play.sent_at[job.id], record, payloads, video, poster, decode(video))

    def _wrongs(self, endings: Sequence[Ending], watcher: Watcher) -> list[str]:
        wrongs = [wrong for ending in endings for wrong in checks.wrong_with_job(ending)]
        wrongs += [f"job {job.id} was never sent" for job in ALL if job.id not in {ending.job.id for ending in endings}]
        wrongs += checks.wrong_with_fleet(watcher.samples, floor=FLOOR, ceiling=CEILING)
        if len(endings) == len(ALL):
            started = [entry.at for entry in self._history.entries("task.running")]
            wrongs += checks.wrong_with_warm_job(endings, max(started, default=None))
        wrongs += checks.wrong_with_history(self._history.entries())
        wrongs += checks.wrong_with_queues(self._stack)
        return wrongs
