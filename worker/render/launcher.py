"""Becomes a program within limits (worker/render/confined.py). Run as a script, and imports next to nothing.

It starts before each FFmpeg: what it imported besides (`subprocess`, `typing`, `pathlib`) took 23 ms of a processor, as
much as FFmpeg's look at a file does.
"""

import ctypes
import os
import resource
import sys

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def become(parent_pid: int, cpu_seconds: int, address_space_bytes: int, file_bytes: int, argv: list[str]) -> None:
    """Bind this process to its parent's life and to the limits, then be `argv`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL)
        if os.getppid() != parent_pid:
            sys.exit("the process that asked for this is gone")
        _go_first_where_memory_runs_out()
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


def _go_first_where_memory_runs_out() -> None:
    """Have the kernel end this process and not the one that asked for it, which can say so."""
    try:
        file = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    except OSError:
        return
    try:
        os.write(file, b"1000")
    except OSError:
        pass
    finally:
        os.close(file)


if __name__ == "__main__":
    become(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
