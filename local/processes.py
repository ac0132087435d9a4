"""Child processes that never outlive this one.

Each child leads a session of its own, so that Ctrl-C reaches only this process, which then ends its children in order.
On Linux the kernel kills a child when this process dies, however it dies; elsewhere a child that is not ended by
`end` survives a SIGKILL of this process.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

LEASH = Path(__file__).with_name("leash.py")
KILLED_WAIT_SECONDS = 10.0
"""How long a process may take to vanish after SIGKILL (one that is stuck in the kernel takes a while)."""
SWEEPS = 10
"""How often a session is searched for processes that forked while it was being killed."""

# The kernel ties a child to the *thread* that started it, so one thread that lives as long as the process starts all.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="process-starter")


def start(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    stdin: int | IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `argv` in its own session, with exactly the environment `env`, tied to this process's life.

    Without `stdin` it reads nothing. A program that cannot be run exits with 127 and says so on its stderr.
    """
    leashed = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *argv]
    return _starter.submit(
        lambda: subprocess.Popen(
            leashed,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    ).result()


def end(process: subprocess.Popen[bytes], grace_seconds: float) -> int:
    """Send SIGTERM to `process` alone, as a container runtime does, then SIGKILL to all of it after the grace.

    Answers its exit code (negative: the signal that ended it). Nothing that it started in its session is left.
    """
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_seconds)
    return kill(process)


def kill(process: subprocess.Popen[bytes]) -> int:
    """Send SIGKILL to `process` and whatever it left in its session; answers its exit code."""
    if process.poll() is None:
        process.kill()
    _kill_session(process.pid)
    return process.wait(KILLED_WAIT_SECONDS)


def _kill_session(session: int) -> None:
    """Kill every process of a session: children in process groups of their own (FFmpeg) do not die with its leader."""
    for _ in range(SWEEPS):
        members = list(_members(session))
        if not members:
            return
        for pid in members:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _members(session: int) -> Iterator[int]:
    """The living processes of a session (without /proc: none but its leader's group can be found)."""
    proc = Path("/proc")
    if not proc.is_dir():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(session, signal.SIGKILL)
        return
    for entry in proc.iterdir():
        if not entry.name.isdecimal():
            continue
        with contextlib.suppress(OSError):
            # pid (name) state ppid pgrp session ...; the name may hold spaces and brackets
            state, _, _, its_session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state not in "ZX":
                yield int(entry.name)
