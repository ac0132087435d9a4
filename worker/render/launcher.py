"""Bound this process to its parent's life and to limits, then become a program: what `confined.py` runs as a script.

Each FFmpeg of a render waits for it, so it imports nothing that it could do without: 15 ms of processor time a start.
"""

import ctypes
import os
import resource
import sys

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def become(parent_pid: int, cpu_seconds: int, address_space_bytes: int, file_bytes: int, argv: list[str]) -> None:
    """Become `argv`, unless the parent is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL)
        if os.getppid() != parent_pid:
            sys.exit("the process that asked for this is gone")
    bounds = [
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ]
    if sys.platform == "linux":  # elsewhere the kernel refuses to bound what is mapped
        bounds.append((resource.RLIMIT_AS, address_space_bytes))
    for kind, bound in bounds:
        hard = resource.getrlimit(kind)[1]
        value = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (value, value))
    os.execv(argv[0], argv)  # noqa: S606 - becoming the program, without a shell, is the purpose


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
