"""Whether a process runs, and what it started; whether a port is listened to."""

import os
import socket
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits for its parent's glance does not."""
    try:
        os.kill(pid, 0)
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def children_of(pid: int) -> list[int]:
    """The ids of the processes that `pid` started and that run still."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) == pid:
                found.append(int(folder.name))
    return found


def command_of(pid: int) -> bytes:
    """The command line of a process, its words parted by NUL; empty when it has ended."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def is_listened_to(port: int) -> bool:
    """Whether someone takes connections at a loopback port."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
