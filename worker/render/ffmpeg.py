"""Run FFmpeg under watch: its own process group, bounded in time and in what it takes, ended the moment it is told."""

import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from worker.errors import StoppedError, TransientError
from worker.render import confined
from worker.render.limits import Limits
from worker.render.log_file import LogFile
from worker.render.progress import Progress, ProgressReader

_TAIL_LINES = 200
_LINE_BYTES = 500
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Outcome:
    """How FFmpeg ended: its return code (negative: a signal's number), the last lines of its stderr, frames encoded."""

    return_code: int
    lines: tuple[str, ...]
    frames: int = 0
    wall_time_exceeded: bool = False


@cache
def executable() -> str:
    """The bundled FFmpeg's path."""
    return imageio_ffmpeg.get_ffmpeg_exe()


def run(
    arguments: Sequence[str],
    *,
    folder: Path,
    limits: Limits,
    wall_seconds: float,
    stop: threading.Event,
    total_seconds: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    alive: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run FFmpeg with `arguments` in `folder` and wait for its end.

    With `total_seconds`, its stdout is read as `-progress`: each block goes to `on_progress`, on this thread, and
    no advance for `limits.stall_seconds` ends it. Without, `alive` is called while it runs, up to `wall_seconds`.
    What it says on stderr goes to the folder's log, too (worker/render/log_file.py).

    Raises:
        StoppedError: `stop` was set; no process is left.
        TransientError: it stalled, or no process could be started.
        Exception: whatever `on_progress` or `alive` raises; no process is left then either.
    """
    clock = _Clock(limits, wall_seconds)
    progress = ProgressReader(total_seconds or 1.0)
    with _started(arguments, folder, limits, wall_seconds, with_progress=total_seconds is not None) as running:
        while running.process.poll() is None:
            if stop.is_set():
                raise StoppedError("rendering was stopped before its end")
            if clock.elapsed_seconds > wall_seconds:
                return Outcome(-signal.SIGTERM, tuple(running.tail), progress.frames, wall_time_exceeded=True)
            for latest in running.progress(progress, clock):
                if on_progress is not None:
                    on_progress(latest)
            if total_seconds is None:
                alive()
            elif clock.stalled:
                raise TransientError(f"FFmpeg made no progress for {limits.stall_seconds:g} s")
            # Not stop.wait: the process's own end must be seen as soon.
            running.wait(_POLL_SECONDS)
        running.join()
        for latest in running.progress(progress, clock):
            if on_progress is not None:
                on_progress(latest)
        return Outcome(running.process.returncode, tuple(running.tail), progress.frames)


class _Clock:
    """When it began, and when the output last grew. Monotonic."""

    def __init__(self, limits: Limits, wall_seconds: float) -> None:
        self._stall_seconds = min(limits.stall_seconds, wall_seconds)
        self._began = self._grew = time.monotonic()
        self._out_seconds = 0.0

    @property
    def elapsed_seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def stalled(self) -> bool:
        return time.monotonic() - self._grew > self._stall_seconds

    def note(self, out_seconds: float) -> None:
        if out_seconds > self._out_seconds:
            self._out_seconds, self._grew = out_seconds, time.monotonic()


class _Running:
    """A process whose pipes are emptied by threads: the last lines of stderr, and the lines of `-progress`."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: LogFile) -> None:
        self.process = process
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._lines: deque[str] = deque()

        def told(line: bytes) -> None:
            log.add(line)
            self.tail.append(_text(line))

        takers = ((process.stderr, told), (process.stdout, lambda line: self._lines.append(_text(line))))
        self._readers = [_reader(pipe, take) for pipe, take in takers if pipe is not None]

    def progress(self, reader: ProgressReader, clock: _Clock) -> Iterator[Progress]:
        """What FFmpeg told since the last call."""
        while self._lines:
            latest = reader.read(self._lines.popleft(), clock.elapsed_seconds)
            if latest is not None:
                clock.note(latest.out_seconds)
                yield latest

    def wait(self, seconds: float) -> None:
        """Wait so long, or until the process ends.

        By the end of what it says: `Popen.wait` looks a hundred times a second, which of a long render is 0.3% more.
        """
        said = self._readers[0]
        if said.is_alive():
            said.join(seconds)
        else:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)

    def join(self) -> None:
        """Wait until everything is read; the process must have ended."""
        for reader in self._readers:
            reader.join()


@contextmanager
def _started(
    arguments: Sequence[str], folder: Path, limits: Limits, wall_seconds: float, *, with_progress: bool
) -> Iterator[_Running]:
    """FFmpeg, running; however this ends, its process group is gone."""
    try:
        process = confined.start(
            (executable(), *arguments),
            folder=folder,
            # All cores may work all the time; no task has more than 16.
            cpu_seconds=wall_seconds * 16,
            address_space_bytes=limits.address_space_bytes,
            # -fs ends the output in good order; this ends what -fs does not see.
            file_bytes=limits.max_output_bytes + 64 * 1024**2,
            stdout=subprocess.PIPE if with_progress else subprocess.DEVNULL,
        )
    except OSError as error:
        raise TransientError(f"FFmpeg could not be started: {error.strerror}") from error
    log = LogFile(folder, arguments)
    running = _Running(process, log)
    try:
        yield running
    finally:
        confined.end_group(process)
        running.join()
        log.close(process.returncode)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r\n")


def _reader(pipe: IO[bytes], take: Callable[[bytes], None]) -> threading.Thread:
    """Empty `pipe` line by line, each bounded: hostile files make FFmpeg say much."""

    def read() -> None:
        while line := pipe.readline(_LINE_BYTES):
            take(line)

    thread = threading.Thread(target=read, name="ffmpeg-output", daemon=True)
    thread.start()
    return thread
