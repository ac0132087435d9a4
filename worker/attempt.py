"""One attempt at a job: check everything, bring the sources, render, put the result under the epoch's key."""

import logging
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
from worker.earlier_results import EarlierResults
from worker.errors import LeaseLostError, PermanentError, StoppedError, TransientError
from worker.heartbeat import Heartbeat
from worker.intake import Intake
from worker.media import MediaStore

log = logging.getLogger(__name__)

LOG_NAME = "ffmpeg.log"
"""Beside the render that was not to be: the lifecycle that sweeps renders sweeps it too."""


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

    @property
    def eta_seconds(self) -> float | None:
        """How long the render will take still, at its pace so far; None until there is one."""
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

    def look(self, spec: Spec) -> str:
        """What changes when the same spec over the same sources would come out otherwise."""
        ...

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
        alive: Callable[[], None],
    ) -> RenderResult:
        """Render into `scratch`; once `stop` is set, end FFmpeg and raise StoppedError.

        `alive` is called where there is no progress to tell; what it raises passes through.
        """
        ...

    def log(self, scratch: Path) -> Path | None:
        """All that was said in the render in `scratch`, for the operator; None if it never began."""
        ...


@dataclass
class Trail:
    """What an attempt leaves, filled in as it goes, for an attempt that fails leaves something, too.

    The seconds that each stage took; the key of FFmpeg's log, which is kept of a render that failed; the earlier job
    that the result is from, if it was not rendered anew; and the content's key, under which it can be found later.
    """

    download_seconds: float = 0.0
    render_seconds: float = 0.0
    upload_seconds: float = 0.0
    log_key: str | None = None
    cached_from: str | None = None
    content_key: str | None = None


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
        earlier: EarlierResults | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._renderer = renderer
        self._earlier = earlier
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

    def make(self, spec: Spec, lease: Lease, heartbeat: Heartbeat, trail: Trail) -> Rendered:
        """Download, render, upload, or answer from an earlier render of the same content.

        Raises the types of worker/errors.py; leaves nothing in scratch.
        """
        prefix = f"renders/{lease.job_id}/{lease.epoch}"
        content = self._earlier and self._earlier.content_of(spec, self._renderer.look(spec), heartbeat.check)
        if self._earlier is not None and content is not None:
            began = self._clock()
            trail.content_key = content.key
            found = self._earlier.answer(content, prefix, heartbeat.check)
            if found is not None:
                trail.upload_seconds, trail.cached_from = self._clock() - began, found.job_id
                return found.rendered
        with tempfile.TemporaryDirectory(prefix="job-", dir=self._scratch, ignore_cleanup_errors=True) as folder:
            began = self._clock()
            sources = self._media.download(
                spec.materials, Path(folder), heartbeat.check, content.etags if content else None
            )
            trail.download_seconds = self._clock() - began

            began = self._clock()
            heartbeat.check()
            heartbeat.rendering()
            try:
                result = self._renderer.render(
                    spec,
                    sources,
                    Path(folder),
                    on_progress=lambda progress: heartbeat.report(
                        progress.fraction, progress.frames_per_second, progress.eta_seconds
                    ),
                    stop=heartbeat.stop,
                    alive=heartbeat.check,
                )
            except (StoppedError, LeaseLostError):
                raise
            except Exception:
                trail.render_seconds = self._clock() - began
                trail.log_key = self._keep_log(Path(folder), f"{prefix}/{LOG_NAME}", heartbeat)
                raise
            heartbeat.rendered()
            trail.render_seconds = self._clock() - began

            began = self._clock()
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
            trail.upload_seconds = self._clock() - began
            return rendered

    def note(self, job_id: str, rendered: Rendered, trail: Trail) -> None:
        """Let later jobs of the same content be answered from this one, whose end is written."""
        if self._earlier is not None and trail.content_key is not None:
            self._earlier.note(trail.content_key, job_id, rendered)

    def _keep_log(self, folder: Path, key: str, heartbeat: Heartbeat) -> str | None:
        """Upload what FFmpeg said; the key, or None where there is nothing or S3 would not have it.

        Raises LeaseLostError and StoppedError, as any work does.
        """
        said = self._renderer.log(folder)
        if said is None:
            return None
        try:
            self._media.upload(said, key, "text/plain; charset=utf-8", heartbeat.check)
        except TransientError as error:
            log.warning("FFmpeg's log was not kept", extra={"cause": str(error)})
            return None
        log.warning("a render failed, and FFmpeg's log is kept", extra={"bucket": self._bucket, "key": key})
        return key
