"""Tie this process to its parent's life, then become another program.

Run as a script: `python -I -S local/leash.py <parent's pid> <program> <argument>...`. It asks the kernel to kill it
when its parent dies (Linux's PR_SET_PDEATHSIG, which survives exec), and replaces itself by the program: same pid,
same environment, same files. A script and not subprocess's `preexec_fn`, because Python code between fork and exec can
deadlock in a process that has threads. It imports nothing of ours, so that it starts in milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""Linux, <sys/prctl.h>."""
COMMAND_NOT_FOUND = 127
"""What shells and container runtimes exit with when there is no such program."""


def tie_to_parent(parent_pid: int) -> None:
    """Have the kernel send SIGKILL to this process when the thread that started it ends; nothing outside Linux."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit("the parent died before the program began")


def become(argv: list[str]) -> None:
    """Exec `argv`; exit 127 with one line on stderr if it cannot be run."""
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - the argv is the caller's list; no shell is wanted
    except OSError as error:
        sys.stderr.write(f"cannot start {argv[0]}: {error.strerror}\n")
        sys.exit(COMMAND_NOT_FOUND)


if __name__ == "__main__":
    tie_to_parent(int(sys.argv[1]))
    become(sys.argv[2:])
