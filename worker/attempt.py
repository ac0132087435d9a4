"""One attempt at a job: check everything, bring the sources, render, put the result under the epoch's key."""

import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jobs.addresses import ForbiddenAddress, UnresolvableAddress, check_resolved
from jobs.lease import Lease
from jobs.notification import Rendered
from jobs.problem import Problem
from jobs.spec import InvalidSpec, Spec, parse_spec
from worker.errors import PermanentError
from worker.heartbeat import Heartbeat
from worker.intake import Intake
from worker.media import MediaStore


class Progress(Protocol):
    """How far a render is."""

    @property
    def fraction(self) -> float:
        """0..1."""
        ...

    @property
    def frames_per_second(self) -> float:
        """Frames encoded a second of the render."""
        ...


class RenderResult(Protocol):
    """What a render made, in scratch."""

    @property
    def video(self) -> Path: ...  # noqa: D102 - the names say it
    @property
    def poster(self) -> Path: ...  # noqa: D102
    @property
    def width(self) -> int: ...  # noqa: D102
    @property
    def height(self) -> int: ...  # noqa: D102
    @property
    def duration_seconds(self) -> float: ...  # noqa: D102
    @property
    def thumbnails(self) -> Path | None: ...  # noqa: D102


class Renderer(Protocol):
    """Renders a spec from local files (worker.render.engine). Raises the types of worker/errors.py."""

    def check(self, spec: Spec) -> None:
        """Raise PermanentError for what no source could mend, such as an unknown font."""
        ...

    def render(
        self,
        spec: Spec,
        sources: Mapping[str, Path],
        scratch: Path,
        *,
        on_progress: Callable[[Progress], None],
        stop: threading.Event,
    ) -> RenderResult:
        """Render into `scratch`; once `stop` is set, end FFmpeg and raise StoppedError."""
        ...


@dataclass
class StageTimes:
    """Seconds that each stage took, filled in as they end: an attempt that fails has spent time, too."""

    download_seconds: float = 0.0
    render_seconds: float = 0.0
    upload_seconds: float = 0.0


def checked_spec(raw: object, media: MediaStore, renderer: Renderer, known: Sequence[Problem] = ()) -> Spec:
    """The spec in a decoded JSON value, if nothing is wrong with it, its sources and fonts.

    Raises PermanentError with all that is, and with what is `known` besides.
    """
    try:
        spec = parse_spec(raw)
    except InvalidSpec as error:
        raise PermanentError((*error.problems, *known)) from None
    problems = [*media.problems(spec.materials), *known]
    try:
        renderer.check(spec)
    except PermanentError as error:
        problems.extend(error.problems)
    if problems:
        raise PermanentError(problems)
    return spec


class Attempt:
    """Makes a job's render; knows nothing of messages, leases' taking or records."""

    def __init__(
        self,
        renderer: Renderer,
        media: MediaStore,
        *,
        bucket: str,
        scratch: Path,
        loopback_targets: frozenset[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._renderer = renderer
        self._media = media
        self._bucket = bucket
        self._scratch = scratch
        self._loopback_targets = loopback_targets
        self._clock = clock

    def webhook_problem(self, webhook: str | None) -> Problem | None:
        """What is forbidden about the webhook's address. A name that does not resolve now may do so later."""
        if webhook is None:
            return None
        try:
            with suppress(UnresolvableAddress):
                check_resolved(webhook, self._loopback_targets)
        except ForbiddenAddress as error:
            return Problem(
                field="webhook", message=f"{error.target} is not allowed: {error.reason}", remedy=error.remedy
            )
        return None

    def check(self, intake: Intake, known: tuple[Problem, ...]) -> Spec:
        """The job's spec, if nothing is wrong with it, its sources and fonts; raises PermanentError with all that is.

        `known` are problems that were found before, such as the webhook's.
        """
        if intake.problems:
            raise PermanentError((*intake.problems, *known))
        return checked_spec(intake.spec, self._media, self._renderer, known)

    def make(self, spec: Spec, lease: Lease, heartbeat: Heartbeat, times: StageTimes) -> Rendered:
        """Download, render, upload. Raises the types of worker/errors.py; leaves nothing in scratch."""
        with tempfile.TemporaryDirectory(prefix="job-", dir=self._scratch, ignore_cleanup_errors=True) as folder:
            began = self._clock()
            sources = self._media.download(spec.materials, Path(folder), heartbeat.check)
            times.download_seconds = self._clock() - began

            began = self._clock()
            heartbeat.check()
            heartbeat.rendering()
            result = self._renderer.render(
                spec,
                sources,
                Path(folder),
                on_progress=lambda progress: heartbeat.report(progress.fraction, progress.frames_per_second),
                stop=heartbeat.stop,
            )
            heartbeat.rendered()
            times.render_seconds = self._clock() - began

            began = self._clock()
            prefix = f"renders/{lease.job_id}/{lease.epoch}"
            rendered = Rendered(
                bucket=self._bucket,
                video_key=f"{prefix}/video.mp4",
                poster_key=f"{prefix}/poster.jpg",
                thumbnails_key=f"{prefix}/thumbnails.jpg" if result.thumbnails else None,
                width=result.width,
                height=result.height,
                duration_seconds=result.duration_seconds,
                size_bytes=result.video.stat().st_size,
            )
            self._media.upload(result.video, rendered.video_key, "video/mp4", heartbeat.check)
            self._media.upload(result.poster, rendered.poster_key, "image/jpeg", heartbeat.check)
            if result.thumbnails and rendered.thumbnails_key:
                self._media.upload(result.thumbnails, rendered.thumbnails_key, "image/jpeg", heartbeat.check)
            times.upload_seconds = self._clock() - began
            return rendered
