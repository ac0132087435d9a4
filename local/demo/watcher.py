"""Watching the stack from outside, by the calls that any user of it could make."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from local.demo.sample import Sample
from local.stack import LocalStack

INTERVAL_SECONDS = 0.25


class Watcher:
    """Samples the fleet and the queue in a thread, four times a second, until it is closed.

    `on_sample` is called in that thread after each sample; what it raises ends the watch and is raised by `check()`.
    """

    def __init__(self, stack: LocalStack, on_sample: Callable[[Sample], None]) -> None:
        self.samples: list[Sample] = []
        self._stack = stack
        self._on_sample = on_sample
        self._began = time.monotonic()
        self._closed = threading.Event()
        self._failure: BaseException | None = None
        self._ecs = stack.cloud.client("ecs")
        self._sqs = stack.cloud.client("sqs")
        self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the watch and wait for its last sample."""
        self._closed.set()
        self._thread.join(timeout=10)

    @property
    def elapsed_seconds(self) -> float:
        """Seconds since the watch began."""
        return time.monotonic() - self._began

    @property
    def latest(self) -> Sample:
        """The newest sample; all zero before the first."""
        return self.samples[-1] if self.samples else Sample(0.0)

    @property
    def latest_now(self) -> Sample:
        """The newest sample's figures at this moment: what a line of the timeline shows."""
        return replace(self.latest, at_seconds=self.elapsed_seconds)

    def check(self) -> None:
        """Raise what ended the watch before its time, if anything did."""
        if self._failure:
            raise self._failure

    def _watch(self) -> None:
        try:
            while not self._closed.wait(INTERVAL_SECONDS):
                sample = self._sample()
                self.samples.append(sample)
                self._on_sample(sample)
        except Exception as failure:  # noqa: BLE001 - raised again in the thread that asked for the watch
            self._failure = failure

    def _sample(self) -> Sample:
        outputs = self._stack.outputs
        service = self._ecs.describe_services(cluster=outputs["cluster"], services=[outputs["service"]])["services"][0]
        counts = self._sqs.get_queue_attributes(
            QueueUrl=outputs["jobsQueueUrl"],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return Sample(
            at_seconds=self.elapsed_seconds,
            desired=service["desiredCount"],
            running=service["runningCount"],
            pending=service["pendingCount"],
            visible=int(counts["ApproximateNumberOfMessages"]),
            in_flight=int(counts["ApproximateNumberOfMessagesNotVisible"]),
        )
