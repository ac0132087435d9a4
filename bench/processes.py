"""Contenders' processes, run to their end, and what they took of clock and processors."""

import resource
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import imageio_ffmpeg

from bench.score import Run


class ContenderFailedError(Exception):
    """A contender's program ended with an error; the text is the end of what it said."""


def run(arguments: Sequence[str], folder: Path) -> str:
    """Run the worker's own FFmpeg in `folder` and answer what it said. Raises ContenderFailedError."""
    return run_program([imageio_ffmpeg.get_ffmpeg_exe(), *arguments], folder)


def run_program(argv: Sequence[str], folder: Path, words: str = "") -> str:
    """Run a program with `words` on its stdin and answer what it said. Raises ContenderFailedError."""
    ended = subprocess.run(
        argv, cwd=folder, input=words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if ended.returncode != 0:
        raise ContenderFailedError(f"{Path(argv[0]).name}: {ended.stdout[-1000:]}")
    return ended.stdout


def timed(work: Callable[[], object]) -> Run:
    """What `work` takes, in this process and in those that it starts and waits for."""
    processors, clock = _processor_seconds(), time.monotonic()
    work()
    return Run(time.monotonic() - clock, _processor_seconds() - processors)


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
