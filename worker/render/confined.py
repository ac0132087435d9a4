"""Run a program that reads hostile bytes: its own session, an empty environment, bounded resources.

Limits are set by a tiny launcher (`launcher.py`, run as a script) that then becomes the program: code run between fork
and exec in a process with threads may deadlock, and `prlimit` is not everywhere.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

_LAUNCHER = Path(__file__).with_name("launcher.py")

# A decoder must find neither credentials nor settings here: it gets a locale and nothing else.
EMPTY_ENVIRONMENT = {"LC_ALL": "C"}


def start(
    argv: Sequence[str],
    *,
    folder: Path,
    cpu_seconds: float,
    address_space_bytes: int,
    file_bytes: int,
    stdout: int | IO[Any] | None = subprocess.DEVNULL,
    stderr: int | IO[Any] | None = subprocess.PIPE,
) -> "subprocess.Popen[bytes]":
    """Start `argv` in `folder`; it dies with the thread that started it (on Linux), and with `end_group`.

    Raises:
        OSError: when no process can be started (the machine is out of memory or of processes).
    """
    bounds = [str(int(bound) + 1) for bound in (cpu_seconds, address_space_bytes, file_bytes)]
    launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), *bounds]
    return subprocess.Popen(
        [*launcher, *argv],
        cwd=folder,
        env=EMPTY_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )


def end_group(process: "subprocess.Popen[bytes]", grace_seconds: float = 0.5) -> None:
    """End the process and all that it started: ask, wait `grace_seconds`, then kill. Returns when it is reaped."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
    else:
        # The leader is gone, its children may not be.
        _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
