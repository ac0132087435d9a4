"""What a person does with a stack in the background, from the terminal: start it, end it, ask for it."""

import contextlib
import os
import signal
import subprocess
import sys
import time

from rich.console import Console

from local import processes
from local.background import words
from local.background.claim import Claim
from local.background.folder import Folder
from local.background.order import Order
from local.background.standing import Facts
from local.program import REPOSITORY

START_SECONDS = 300.0
"""A start takes some 12 s; on a machine that renders beside it, some times that."""
END_SECONDS = 30.0
"""From SIGTERM to SIGKILL: workers have five seconds of it."""
GONE_SECONDS = 10.0
"""How long a process may take to vanish after SIGKILL."""
POLL_SECONDS = 0.1
LOG_LINES = 25


class StartError(Exception):
    """The stack did not start; the text says why."""


def up(console: Console, folder: Folder, order: Order) -> None:
    """Start a stack as ordered, unless one runs, and say how to reach the one that runs then.

    Raises:
        StartError: it did not start, and nothing of it is left but its log.
        KeyboardInterrupt: it was not wanted any more; nothing of it is left.
    """
    while True:
        claim = folder.pid_file.take()
        if claim is not None:
            facts = _start(console, folder, order, claim)
            console.print("The local stack is up, and stays up in the background.\n", style="green")
            break
        facts = _await_another(folder)
        if facts is not None:
            console.print("The local stack is up already.\n", style="green")
            break
    _print(console, *words.summary(facts, folder))
    if facts.order != order:
        _print(console, "", "  It keeps the options that it was started with; `make down` first to have others.")


def down(console: Console, folder: Folder) -> None:
    """End the stack in order, by force where that takes too long; say so if none runs."""
    pid = folder.pid_file.pid()
    claim = folder.pid_file.take()
    if claim is not None:
        what = f"The stack that was here (process {pid}) is dead already." if pid else "No stack is up here."
        folder.forget()
        claim.withdraw()
        claim.let_go()
        _print(console, what)
        return
    pid = _await_signature(folder)
    if pid is None:
        _print(console, "No stack is up here.")
        return
    began_at = time.monotonic()
    _print(console, f"ending the stack (process {pid}): its workers, its functions, its cloud")
    if not _ends_by(signal.SIGTERM, pid, folder, END_SECONDS):
        _print(console, f"it does not end in {END_SECONDS:.0f} s: killing it")
        _ends_by(signal.SIGKILL, pid, folder, GONE_SECONDS)
    folder.forget()
    _print(console, f"The stack is down, after {time.monotonic() - began_at:.1f} s. Its logs are in {folder.path}")


def facts_of(folder: Folder) -> Facts | None:
    """How to reach the stack that is up; None if none is, or not yet."""
    return folder.standing().facts if folder.pid_file.is_held() else None


def _start(console: Console, folder: Folder, order: Order, claim: Claim) -> Facts:
    """Start a keeper under the claim, and wait until its stack is ready."""
    keeper: subprocess.Popen[bytes] | None = None
    try:
        former = folder.pid_file.pid()
        if former:
            _print(console, f"the stack that was here (process {former}) ended without `make down`; starting anew")
        claim.withdraw()
        folder.clear()
        keeper = _begin(folder, order, claim)
        return _await_ready(console, folder, keeper)
    except BaseException:
        if keeper is not None:
            processes.end(keeper, END_SECONDS)
        folder.forget()
        raise
    finally:
        claim.let_go()


def _begin(folder: Folder, order: Order, claim: Claim) -> "subprocess.Popen[bytes]":
    with folder.log.open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "local.background.keeper", str(folder.path), str(claim.descriptor)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[claim.descriptor],
            start_new_session=True,  # neither Ctrl-C nor the end of the terminal reaches it
        )
    with contextlib.suppress(BrokenPipeError):  # it has died, and the log says why
        assert keeper.stdin is not None
        keeper.stdin.write(order.model_dump_json().encode())
        keeper.stdin.close()
    return keeper


def _await_ready(console: Console, folder: Folder, keeper: "subprocess.Popen[bytes]") -> Facts:
    """Tell each stage as it begins, until the keeper's stack is ready."""
    began_at = time.monotonic()
    told = ""
    while True:
        code = keeper.poll()
        standing = folder.standing()
        if standing.facts is not None:
            return standing.facts
        seconds = time.monotonic() - began_at
        if standing.stage not in {"", told}:
            told = standing.stage
            _print(console, f"{seconds:5.1f} s  {told}")
        if code is not None:
            raise StartError(f"The stack did not start (exit code {code}). {_end_of(folder)}")
        if seconds > START_SECONDS:
            raise StartError(f"The stack was not ready after {START_SECONDS:.0f} s. {_end_of(folder)}")
        time.sleep(POLL_SECONDS)


def _await_another(folder: Folder) -> Facts | None:
    """Wait for the stack that another `up` is starting; None when it is gone before it is ready."""
    while folder.pid_file.is_held():
        facts = folder.standing().facts
        if facts is not None:
            return facts
        time.sleep(POLL_SECONDS)
    return None


def _await_signature(folder: Folder) -> int | None:
    """The id of the process that holds the claim, which writes it in its first moments; None if it is gone."""
    while folder.pid_file.is_held():
        pid = folder.pid_file.pid()
        if pid is not None:
            return pid
        time.sleep(POLL_SECONDS)
    return None


def _ends_by(number: signal.Signals, pid: int, folder: Folder, seconds: float) -> bool:
    """Send the signal to the holder (SIGKILL to its group) and wait; whether the claim is free then."""
    deadline = time.monotonic() + seconds
    if folder.pid_file.is_held():  # so that `pid` is the holder's and nobody else's
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if number == signal.SIGKILL else os.kill)(pid, number)
    while folder.pid_file.is_held():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _end_of(folder: Folder) -> str:
    lines = folder.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join([f"The end of {folder.log}:", *(f"  {line}" for line in lines[-LOG_LINES:])])


def _print(console: Console, *lines: str) -> None:
    """Print as it is: a terminal may wrap addresses, but nothing is to be put into them."""
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
