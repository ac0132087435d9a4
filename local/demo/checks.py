"""Whether everything was as it should be: each check answers what was wrong, in words, or nothing."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from local.demo.ending import Ending
from local.demo.sample import Sample
from local.demo.scenario import FIRST, WARM
from local.history import Entry
from local.stack import LocalStack

# Frames of a real picture vary more than this within themselves, in grey levels of 0..255; an empty one has 0.
LEAST_CONTRAST = 5.0
# AAC's frames are 1024 samples long and its encoder has a delay, so sound ends a little after the picture.
SOUND_TOLERANCE_SECONDS = 0.15


def wrong_with_job(ending: Ending) -> Iterator[str]:
    """What is wrong with one job's end."""
    record, job = ending.record, ending.job
    if record is None:
        yield f"{job.id}: it left no record"
        return
    if record.state != job.expected_state:
        yield f"{job.id}: it ended as {record.state}, not as {job.expected_state} ({record.error})"
    if record.attempts > 1:
        yield f"{job.id}: it took {record.attempts} attempts: a busy worker was stopped or died"
    if record.outbox is not None:
        yield f"{job.id}: its notification is still in the outbox"
    if len(ending.payloads) != 1:
        yield f"{job.id}: {len(ending.payloads)} webhooks with a right signature told of its end, not 1"
    elif ending.payloads[0]["data"]["state"] != record.state:
        yield f"{job.id}: its webhook said {ending.payloads[0]['data']['state']}, its record {record.state}"
    if job.error_fields:
        yield from _wrong_with_failure(ending)
    elif record.state == "done":
        yield from _wrong_with_output(ending)


def _wrong_with_failure(ending: Ending) -> Iterator[str]:
    error = ending.record.error if ending.record else None
    if error is None or not error.message or not error.remedy:
        yield f"{ending.job.id}: its failure has no message or no remedy"
        return
    for field in ending.job.error_fields:
        if not error.field.startswith(field):
            yield f"{ending.job.id}: its failure names {error.field}, not {field}"


def _wrong_with_output(ending: Ending) -> Iterator[str]:
    rendered = ending.record.rendered if ending.record else None
    if rendered is None or ending.video is None or ending.poster is None or ending.decoded is None:
        yield f"{ending.job.id}: it has no output"
        return
    decoded = ending.decoded
    if decoded.complaint:
        yield f"{ending.job.id}: decoding its output complained: {decoded.complaint.splitlines()[0]}"
    if ending.video.stat().st_size != rendered.size_bytes:
        yield f"{ending.job.id}: its output has {ending.video.stat().st_size} bytes, its record {rendered.size_bytes}"
    if decoded.size != (rendered.width, rendered.height):
        yield f"{ending.job.id}: its frames are {decoded.size}, its record says {rendered.width}x{rendered.height}"
    if abs(decoded.picture_seconds - rendered.duration_seconds) > 1.5 / decoded.frames_per_second:
        yield (
            f"{ending.job.id}: it has {decoded.picture_seconds:.3f} s of frames, "
            f"its record says {rendered.duration_seconds:.3f} s"
        )
    if abs(decoded.sound_seconds - decoded.picture_seconds) > SOUND_TOLERANCE_SECONDS:
        yield f"{ending.job.id}: {decoded.sound_seconds:.2f} s of sound, {decoded.picture_seconds:.2f} s of picture"
    if decoded.contrast < LEAST_CONTRAST:
        yield f"{ending.job.id}: its frames are empty (contrast {decoded.contrast:.1f})"


def wrong_with_fleet(samples: Sequence[Sample], *, floor: int, ceiling: int) -> Iterator[str]:
    """What is wrong with the fleet's course: it goes from 0 to the floor, bursts, falls to the floor, and to 0."""
    levels = [samples[0].desired] if samples else []
    levels += [after.desired for before, after in pairwise(samples) if before.desired != after.desired]
    if not levels or levels[0] != 0 or levels[-1] != 0:
        yield f"the fleet did not begin and end at 0: {levels}"
    if levels[1:2] != [floor]:
        yield f"the fleet did not wake to the floor of {floor}: {levels}"
    if max(levels, default=0) != ceiling:
        yield f"the burst did not reach the ceiling of {ceiling}, or went above it: {levels}"
    if levels[-2:] != [floor, 0]:
        yield f"the fleet did not rest at the floor of {floor} before it slept: {levels}"


def wrong_with_warm_job(endings: Sequence[Ending], newest_task_at: datetime | None) -> Iterator[str]:
    """What is wrong with the job at the warm floor: a worker that ran before it came took it, sooner than the first."""
    by_id = {ending.job.id: ending for ending in endings}
    first, warm = by_id[FIRST.id].record, by_id[WARM.id].record
    if first is None or warm is None or first.times is None or warm.times is None:
        yield f"{WARM.id}: its wait is not known"
        return
    if newest_task_at is None or newest_task_at >= by_id[WARM.id].sent_at:
        yield f"{WARM.id}: a worker was started for it, so it was not taken at a warm floor"
    if warm.times.wait_seconds >= first.times.wait_seconds:
        yield (
            f"{WARM.id}: it waited {warm.times.wait_seconds:.1f} s at the warm floor, "
            f"the first {first.times.wait_seconds:.1f} s from zero"
        )


def wrong_with_history(entries: Sequence[Entry]) -> Iterator[str]:
    """What the players saw go wrong: workers that crashed or had to be killed, events that were dropped."""
    for entry in entries:
        if entry.event in {"task.crashed", "task.killed", "lambda.dropped", "alarm.action_failed"}:
            yield f"{entry.event}: {dict(entry.fields)}"


def wrong_with_queues(stack: LocalStack) -> Iterator[str]:
    """Messages that were left on a queue, or that died."""
    sqs = stack.cloud.client("sqs")
    for output in (
        "jobsQueueUrl",
        "jobsDeadLetterQueueUrl",
        "notificationsQueueUrl",
        "notificationsDeadLetterQueueUrl",
    ):
        counts = sqs.get_queue_attributes(QueueUrl=stack.outputs[output], AttributeNames=["All"])["Attributes"]
        left = int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesNotVisible"])
        if left:
            yield f"{left} messages are left on {output}"
